//! The sentences of the API contract's "Grouping", one test each.

use super::{assert_apart, assert_same, explain, one_error, two_errors};
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::fingerprint::{FingerprintInput, FingerprintVersion, Fingerprinter};

#[test]
fn numbers_are_parameters() {
    one_error(&[
        &["retry 3 of 5 failed", "retry 12 of 20 failed"],
        &["balance is -12.50", "balance is +1,204.75", "balance is 3"],
        &["worker-3 is not responding", "worker-12 is not responding"],
        &[
            "index out of range [5] with length 3",
            "index out of range [17] with length 0",
        ],
    ]);
}

#[test]
fn ids_and_hashes_are_parameters() {
    one_error(&[
        &[
            "order 88121 not found",
            "order 6ba7b810-9dad-41d1-80b4-00c04fd430c8 not found",
            "order 01ARZ3NDEKTSV4RRFFQ69G5FAV not found",
            "order A-1002 not found",
            "order 5f4dcc3b5aa765d61d8327deb882cf99 not found",
            "order pi_3MtwBwLkdIwHu7ix28a3tqPa not found",
        ],
        &[
            "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 is missing",
            "commit e83c5163316f89bfbde7d9ab23ca2e25604af290 is missing",
        ],
        &[
            "trace 4bf92f3577b34da6a3ce929d0e0e4736 dropped",
            "trace 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 dropped",
        ],
    ]);
}

#[test]
fn addresses_are_parameters() {
    one_error(&[
        &[
            "bad pointer 0x7ffd3e2d8ec8",
            "bad pointer 0xdeadbeef",
            "bad pointer 0x0",
        ],
        &[
            "connect to 10.0.0.7:5432 failed",
            "connect to [2001:db8::17]:5432 failed",
            "connect to fe80::1 failed",
            "connect to db-2.internal:5432 failed",
            "connect to db.example.com failed",
            "connect to localhost:5432 failed",
        ],
        &["Lock@1f2e3d is held", "Lock@2bd79ce is held"],
        &[
            "port of 00:1a:2b:3c:4d:5e is down",
            "port of FF:F2:9F:16:EB:27 is down",
        ],
    ]);
}

#[test]
fn dates_and_durations_are_parameters() {
    one_error(&[
        &[
            "expired on 2024-05-03T00:00:00Z",
            "expired on 2023-12-31 23:59:59+01:00",
            "expired on May  3 10:11:12 2024 GMT",
            "expired on Fri, 03 May 2024 10:11:12 GMT",
            "expired on Sat Jun 25 19:25:34 2005",
            "expired on 03.05.2024",
            "expired on 1714694400",
        ],
        &[
            "timed out after 20 ms",
            "timed out after 1.5s",
            "timed out after 30 seconds",
            "timed out after 1m30s",
        ],
        &[
            "used 330.0 B of memory",
            "used 370.2 KB of memory",
            "used 4096 bytes of memory",
        ],
    ]);
}

#[test]
fn paths_urls_and_emails_are_parameters() {
    one_error(&[
        &[
            "cannot open /var/spool/in/1.csv",
            "cannot open C:\\drop\\liste.csv",
            "cannot open \\\\nas\\share\\x.csv",
            "cannot open ./relative/file.csv",
            "cannot open ~/file.csv",
        ],
        &[
            "GET https://api.example.com/v2/orders?q=1 failed",
            "GET http://user:secret@10.0.0.8:8080/ failed",
            "GET s3://bucket/key failed",
        ],
        &[
            "no mailbox jane.doe@example.com here",
            "no mailbox bob@mail.example.org here",
        ],
    ]);
}

#[test]
fn quoted_data_is_a_parameter() {
    one_error(&[
        &[
            "order \"o'neill\" not found",
            "order \"17\" not found",
            "order 'a b c' not found",
        ],
        &["file '/tmp/a' is empty", "file '/tmp/b/c' is empty"],
        &[
            "invalid literal for int() with base 10: '12x'",
            "invalid literal for int() with base 10: ''",
            "invalid literal for int() with base 10: 'abc'",
        ],
        &[
            "Unexpected token 'i', \"id=88121&type=paid\" is not valid JSON",
            "Unexpected token '<', \"<?xml vers\"... is not valid JSON",
        ],
        &[
            "payload {\"id\": 1, \"tags\": [\"a\"]} was refused",
            "payload {\"name\": \"x\"} was refused",
        ],
        &[
            "ran with retries=3 mode=fast",
            "ran with retries=5 mode=slow",
        ],
    ]);
}

#[test]
fn encodings_stay_apart() {
    two_errors(&[
        &[
            "cannot decode as utf-8",
            "cannot decode as utf-16",
            "cannot decode as latin-1",
        ],
        &["'utf-8' codec can't decode", "'utf-16' codec can't decode"],
        &["built for x86_64", "built for arm64", "built for i386"],
        &["TLS 1.2 is required", "TLS 1.3 is required"],
        &["sha256 mismatch", "sha1 mismatch"],
    ]);
}

#[test]
fn http_statuses_stay_apart() {
    two_errors(&[
        &["HTTP 404", "HTTP 500", "HTTP 503"],
        &[
            "Request failed with status code 404",
            "Request failed with status code 500",
        ],
        &["upstream: status 422", "upstream: status 500"],
        &["status=404", "status=500"],
        &["HTTP/1.1 404", "HTTP/1.1 500"],
        &["GET /users/42 404 12ms", "GET /users/42 500 12ms"],
        &[
            "\"GET /users/42 HTTP/1.1\" 404 12",
            "\"GET /users/42 HTTP/1.1\" 500 12",
        ],
        &["server returned 404", "server returned 500"],
    ]);
}

#[test]
fn error_codes_stay_apart() {
    two_errors(&[
        &["ORA-00942: failed", "ORA-01017: failed"],
        &["SQLSTATE[42S02]: failed", "SQLSTATE[23000]: failed"],
        &["error[E0277]: failed", "error[E0308]: failed"],
        &["error TS2304: failed", "error TS2345: failed"],
        &[
            "connect ECONNREFUSED 10.0.0.1:80",
            "connect ETIMEDOUT 10.0.0.1:80",
        ],
        &["write failed (os error 13)", "write failed (os error 28)"],
        &["ERROR 1045 (28000): failed", "ERROR 1062 (23000): failed"],
        &[
            "failed with error 0x80070005",
            "failed with error 0x80070002",
        ],
        &[
            "rpc error: code = Unavailable desc = x",
            "rpc error: code = NotFound desc = x",
        ],
        &["[Errno 2] failed", "[Errno 13] failed"],
    ]);
}

#[test]
fn quoted_names_stay_apart() {
    two_errors(&[
        &[
            "Cannot read property 'foo' of undefined",
            "Cannot read property 'bar' of undefined",
        ],
        &[
            "Cannot read properties of undefined (reading 'price')",
            "Cannot read properties of undefined (reading 'name')",
        ],
        &["KeyError: 'price'", "KeyError: 'name'"],
        &[
            "undefined method `price' for nil",
            "undefined method `name' for nil",
        ],
        &[
            "Cannot invoke \"com.acme.Address.getCity()\" because \"a\" is null",
            "Cannot invoke \"com.acme.Customer.getName()\" because \"a\" is null",
        ],
        &[
            "violates unique constraint \"orders_pkey\"",
            "violates unique constraint \"customers_email_key\"",
        ],
    ]);
}

#[test]
fn exception_types_in_a_message_stay_apart() {
    two_errors(&[
        &[
            "psycopg2.errors.UniqueViolation: x",
            "psycopg2.errors.ForeignKeyViolation: x",
        ],
        &["SQLite3::BusyException: x", "SQLite3::ReadOnlyException: x"],
        &["Http2Exception: x", "Http2StreamException: x"],
    ]);
}

#[test]
fn the_same_stack_with_another_message_is_another_error() {
    let stack =
        "Error: x\n    at save (/srv/app/src/store.js:3:4)\n    at post (/srv/app/src/api.js:8:2)";
    assert_apart(("disk is full", Some(stack)), ("disk is gone", Some(stack)));
    assert_same(
        ("disk 3 is full", Some(stack)),
        ("disk 14 is full", Some(stack)),
    );
}

#[test]
fn sources_stay_apart() {
    let of = |source| {
        let input = FingerprintInput {
            source,
            message: "x",
            stack_trace: None,
            ..FingerprintInput::default()
        };
        FingerprinterV1.fingerprint(&input)
    };
    assert_ne!(of("frontend"), of("billing"));
}

#[test]
fn a_stack_trace_within_the_message_counts_as_one() {
    let stack = "Error: boom\n    at save (/srv/app/src/store.js:3:4)\n    at post (/srv/app/src/api.js:8:2)";
    let joined = stack.to_owned();
    let moved = stack.replace("/srv/app", "/opt/x").replace(":3:4", ":30:1");
    assert_same((&joined, None), (&moved, None));
    assert_apart((&joined, None), (&joined.replace("save", "load"), None));
    let read = explain(&joined, None);
    assert_eq!(read.normalized_message, "Error: boom");
    assert_eq!(read.stack_format, Some("javascript"));
    assert_eq!(read.frames.len(), 2);
}

#[test]
fn a_message_that_is_only_a_trace_is_read() {
    let trace = |text: &str| {
        format!(
            "Traceback (most recent call last):\n  File \"/srv/a/jobs.py\", line 3, in run\n    x()\nValueError: {text}"
        )
    };
    assert_same(
        (&trace("row 3 is bad"), None),
        (&trace("row 9 is bad"), None),
    );
    assert_apart(
        (&trace("row 3 is bad"), None),
        (&trace("row 3 is gone"), None),
    );
}

#[test]
fn a_callers_fingerprint_replaces_ours_and_may_splice_it_in() {
    let of = |message: &str, parts: &[&str]| {
        let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        let custom = Some(parts.as_slice());
        let input = FingerprintInput {
            source: "shop",
            message,
            stack_trace: None,
            custom,
            ..FingerprintInput::default()
        };
        FingerprinterV1.fingerprint(&input)
    };
    assert_eq!(of("a", &["payments"]), of("b", &["payments"]));
    assert_ne!(of("a", &["payments"]), of("a", &["orders"]));
    assert_ne!(of("a", &["x", "y"]), of("a", &["xy"]));
    for default in ["{{ default }}", "{{default}}", " {{  default }} "] {
        assert_eq!(of("a 1", &[default]), of("a 2", &[default]));
        assert_ne!(of("a", &[default]), of("b", &[default]));
        assert_eq!(of("a", &[default, "eu"]), of("a", &["{{ default }}", "eu"]));
        assert_ne!(of("a", &[default, "eu"]), of("a", &[default, "us"]));
    }
    assert_eq!(of("a", &[]), explain("a", None).fingerprint);
    assert_eq!(of("a", &["{{ default }}"]), explain("a", None).fingerprint);
}

#[test]
fn the_decision_is_explained() {
    let stack = "shop.StoreError: order 17 is gone\n    at save (/srv/app/src/store.js:3:4)\n    at run (node:internal/timers:5:1)";
    let read = explain("order 17 is gone", Some(stack));
    assert_eq!(read.version, FingerprintVersion(1));
    assert_eq!(read.normalized_message, "order <*> is gone");
    assert_eq!(read.exception_types, ["shop.StoreError"]);
    let frames: Vec<_> = read
        .frames
        .iter()
        .map(|f| (f.function.as_str(), f.in_app, f.counted))
        .collect();
    assert_eq!(frames, [("save", true, true), ("run", false, false)]);
    let inputs: Vec<_> = read
        .inputs
        .iter()
        .map(|i| (i.name, i.value.as_str()))
        .collect();
    assert_eq!(
        inputs,
        [
            ("source", "shop"),
            ("type", "shop.StoreError"),
            ("frame", "store save"),
            ("message", "order <*> is gone")
        ]
    );
}
