//! How software writes errors: loggers, structured logs, names in sentences.

use super::{assert_same, one_error, two_errors};

#[test]
fn structured_logs_are_grouped_by_what_they_say() {
    one_error(&[
        &[
            "level=error msg=\"dial 10.0.0.1:80 failed\" id=1",
            "level=error msg=\"dial 10.0.0.2:81 failed\" id=2",
        ],
        &[
            "{\"t\":1,\"msg\":\"job 7 failed\"}",
            "{\"t\":2,\"msg\":\"job 8 failed\"}",
        ],
        &[
            "10.0.0.1 \"GET /a/1 HTTP/1.1\" 12",
            "10.0.0.2 \"GET /b/2 HTTP/1.1\" 13",
        ],
        &["Killed process 3312 (python)", "Killed process 12 (java)"],
    ]);
    two_errors(&[
        &[
            "level=error msg=\"disk full\"",
            "level=error msg=\"disk gone\"",
        ],
        &["level=error err=timeout", "level=error err=refused"],
        &["{\"msg\":\"disk full\"}", "{\"msg\":\"disk gone\"}"],
        &[
            "10.0.0.1 \"GET /a HTTP/1.1\" 12",
            "10.0.0.1 \"POST /a HTTP/1.1\" 12",
        ],
    ]);
}

#[test]
fn names_in_a_sentence_are_parameters() {
    one_error(&[
        &[
            "Failed password for root from 10.0.0.1 port 22",
            "Failed password for alice from 10.0.0.2 port 41",
        ],
        &[
            "session closed for user news",
            "session closed for user fred",
        ],
        &[
            "Invalid user admin from 10.0.0.1",
            "Invalid user Management from 10.0.0.2",
        ],
        &["no rate for EUR/XBT", "no rate for 978:756"],
        &[
            "Access denied for user 'root'@'localhost'",
            "Access denied for user 'app'@'10.0.0.1'",
        ],
        &[
            "undefined method 'x' for #<Cart:0x00007f8b>",
            "undefined method 'x' for #<Cart:0x00005555>",
        ],
    ]);
    two_errors(&[
        &[
            "user banned",
            "user expired",
            "user not found",
            "user unknown",
        ],
        &["no handler for event", "no handler for request"],
        &["invalid user input", "invalid user token"],
    ]);
}

#[test]
fn line_endings_colours_and_indentation_do_not_matter() {
    let plain = "TypeError: x\n    at a (/app/src/a.js:1:2)\n    at b (/app/src/b.js:3:4)\n";
    let crlf = plain.replace('\n', "\r\n");
    let coloured = format!(
        "\x1b[31m{}\x1b[0m",
        plain.replace("    at", "\x1b[90m    at")
    );
    let indented = plain.replace('\n', "  \n\t\t");
    for other in [crlf.as_str(), &coloured, &indented] {
        assert_same(("x", Some(plain)), ("x", Some(other)));
    }
    assert_same(("\x1b[1mboom\x1b[0m  5\r\n", None), ("boom 6", None));
}

#[test]
fn logger_prefixes_do_not_matter() {
    one_error(&[&[
        "redis: connection refused",
        "2024-05-03 10:11:12,345 ERROR [worker-3] redis: connection refused",
        "[2024-05-03T10:11:12.345Z] (pid 4711) redis: connection refused",
        "May  3 10:11:12 web-2 gateway[4711]: redis: connection refused",
        "ERROR:gateway:redis: connection refused",
        "[ERROR] redis: connection refused",
    ]]);
}

#[test]
fn guesses_and_snippets_of_runtimes_do_not_matter() {
    one_error(&[
        &[
            "undefined method 'totl' for nil",
            "undefined method `totl' for nil\nDid you mean?  total",
            "undefined method `totl' for nil\n\n    cart.totl\n        ^^^^^",
        ],
        &[
            "name 'totl' is not defined",
            "name 'totl' is not defined. Did you mean: 'total'?",
        ],
    ]);
}
