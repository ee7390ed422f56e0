//! The parameters of lists: what is refused.

use e2e::value::{fresh_id, report, text};
use e2e::{Answer, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::json;

on_both_stacks! {
    limits_are_one_to_a_hundred,
    offsets_are_not_negative,
    unknown_values_are_refused,
    garbage_cursors_are_refused,
    a_cursor_of_another_list_is_refused,
    sql_in_every_parameter_finds_nothing_and_harms_nothing,
    odd_query_strings_do_no_harm,
    odd_paths_do_no_harm,
}

async fn limits_are_one_to_a_hundred(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    for path in [
        "/api/errors".to_owned(),
        format!("/api/errors/{id}/occurrences"),
    ] {
        for limit in [
            "0",
            "101",
            "abc",
            "-1",
            "1.5",
            "1e1",
            "99999999999999999999",
            "0x10",
            "%00",
            "１",
        ] {
            let answer = server.get(&format!("{path}?limit={limit}")).await;
            let sentence = answer.names_field("limit");
            assert!(sentence.contains("from 1 to 100"), "{sentence}");
        }
        for limit in [1, 100] {
            let data = server.data(&format!("{path}?limit={limit}")).await;
            assert_eq!(data["limit"], limit);
        }
    }
}

async fn offsets_are_not_negative(stack: Stack) {
    let server = Server::start(stack).await;
    server.report(&report("m")).await;
    for offset in [
        "-1",
        "abc",
        "1.5",
        "-9223372036854775808",
        "99999999999999999999999",
    ] {
        server
            .get(&format!("/api/errors?offset={offset}"))
            .await
            .names_field("offset");
    }
    for offset in ["1", "1000000", "9223372036854775807"] {
        let data = server.data(&format!("/api/errors?offset={offset}")).await;
        assert_eq!(
            (&data["errors"], &data["total"]),
            (&json!([]), &json!(1)),
            "{offset}"
        );
    }
    // Beyond what a database counts: either answer is right, a failure is not.
    for offset in ["9223372036854775808", "18446744073709551615"] {
        let answer = server.get(&format!("/api/errors?offset={offset}")).await;
        if answer.status == 200 {
            assert_eq!(answer.data(200)["errors"], json!([]));
        } else {
            answer.names_field("offset");
        }
    }
}

async fn unknown_values_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for (name, values) in [
        ("level", ["loud", "error,warning"]),
        ("severity", ["worst", "1"]),
        ("resolved", ["maybe", "1"]),
        ("fingerprint", ["abc", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"]),
        ("since", ["yesterday", "2026-13-01T00:00:00Z"]),
        ("until", ["1763683200", "2026-11-20T"]),
        ("sort", ["id", "count; DROP TABLE errors"]),
        ("include", ["everything", "context,user"]),
    ] {
        for value in values {
            server
                .get(&format!("/api/errors?{name}={value}"))
                .await
                .names_field(name);
        }
    }
    let answer = server.get("/api/errors?project=nowhere").await;
    answer.refusal(404, "project_not_found");
}

const GARBAGE: [&str; 14] = [
    "x",
    "l",
    "o",
    "lx",
    "ox",
    "l0",
    "o0",
    "l-1",
    "%00",
    "%FF%FE",
    "l0000000000000000000000000000000000000000000000000000000000000000",
    "l99999999999999999999999999999999",
    "o99999999999999999999999999999999",
    "bDE2MzQ1Njc4OQ==",
];

async fn garbage_cursors_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    for path in [
        "/api/errors".to_owned(),
        format!("/api/errors/{id}/occurrences"),
    ] {
        for cursor in GARBAGE {
            server
                .get(&format!("{path}?cursor={cursor}"))
                .await
                .names_field("cursor");
        }
    }
}

async fn a_cursor_of_another_list_is_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for source in ["one", "two"] {
        server
            .report(&json!({ "message": "m", "source": source }))
            .await;
    }
    let id = text(
        &server
            .report(&json!({ "message": "m", "source": "one" }))
            .await["id"],
    )
    .to_owned();
    let lists = [
        "/api/errors?limit=1&sort=last_seen".to_owned(),
        "/api/errors?limit=1&sort=first_seen".to_owned(),
        "/api/errors?limit=1&sort=count".to_owned(),
        format!("/api/errors/{id}/occurrences?limit=1"),
    ];
    for list in &lists {
        let cursor = text(&server.data(list).await["next_cursor"]).to_owned();
        for other in &lists {
            let answer = server.get(&format!("{other}&cursor={cursor}")).await;
            if other == list {
                answer.data(200);
            } else {
                answer.names_field("cursor");
            }
        }
        if !list.contains("occurrences") {
            let both = server
                .get(&format!("{list}&cursor={cursor}&offset=1"))
                .await;
            both.names_field("offset");
        }
    }
}

async fn sql_in_every_parameter_finds_nothing_and_harms_nothing(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("the only one")).await["id"]).to_owned();
    let injections = [
        "' OR '1'='1",
        "x'); DROP TABLE errors; --",
        "\" OR 1=1 --",
        "1; SELECT pg_sleep(10)",
        "\\' OR 1=1 --",
        "%27%20OR%201=1",
        "%",
        "_",
        "*",
        "\0",
    ];
    let names = [
        "limit",
        "offset",
        "cursor",
        "level",
        "source",
        "environment",
        "severity",
        "resolved",
        "fingerprint",
        "project",
        "since",
        "until",
        "q",
        "sort",
        "include",
        "unknown",
    ];
    for injection in injections {
        for name in names {
            let request = server
                .request(Method::GET, "/api/errors")
                .query(&[(name, injection)]);
            let answer = Answer::to(request).await;
            match (name, answer.status) {
                ("unknown", 200) => assert_eq!(answer.data(200)["total"], 1),
                ("source" | "environment" | "q", 200) => {
                    assert_eq!(answer.data(200)["total"], 0, "{name}={injection}");
                }
                ("project", 404) => drop(answer.refusal(404, "project_not_found")),
                _ => drop(answer.names_field(name)),
            }
        }
        for name in ["limit", "cursor"] {
            let path = format!("/api/errors/{id}/occurrences");
            let request = server
                .request(Method::GET, &path)
                .query(&[(name, injection)]);
            Answer::to(request).await.names_field(name);
        }
        let body = json!({ "ids": [injection], "action": "delete" });
        server
            .post("/api/errors/bulk", &body)
            .await
            .names_field("ids");
        let body = json!({ "ids": [id], "action": injection });
        server
            .post("/api/errors/bulk", &body)
            .await
            .names_field("action");
    }
    assert_eq!(server.data("/api/errors").await["total"], 1);
}

async fn odd_query_strings_do_no_harm(stack: Stack) {
    let server = Server::start(stack).await;
    server.report(&report("m")).await;
    for query in [
        "?",
        "?&&&",
        "?=",
        "?limit=",
        "?limit",
        "?source=&level=",
        "?x=%zz",
        "?%ff=%fe",
        "?a=1&a=2",
    ] {
        let data = server.data(&format!("/api/errors{query}")).await;
        assert_eq!(
            (&data["total"], &data["limit"]),
            (&json!(1), &json!(50)),
            "{query}"
        );
    }
    assert_eq!(server.data("/api/errors?limit=7&limit=9").await["limit"], 9);
    let words = "a ".repeat(500);
    let request = server
        .request(Method::GET, "/api/errors")
        .query(&[("q", &words)]);
    Answer::to(request).await.names_field("q");
    let long = "s".repeat(30_000);
    assert_eq!(
        server.data(&format!("/api/errors?source={long}")).await["total"],
        0
    );
}

async fn odd_paths_do_no_harm(stack: Stack) {
    let server = Server::start(stack).await;
    let id = fresh_id();
    for bad in [
        "not-a-uuid",
        "%00",
        "%FF",
        "1",
        "'%20OR%201=1",
        "00000000-0000-0000-0000-00000000000g",
        "..%2f..%2fetc%2fpasswd",
        &format!("{id}x"),
        &format!("%20{id}"),
    ] {
        for (method, rest) in [
            (Method::GET, ""),
            (Method::DELETE, ""),
            (Method::PUT, "/resolve"),
            (Method::PUT, "/unresolve"),
            (Method::GET, "/occurrences"),
            (Method::GET, "/grouping"),
        ] {
            let path = format!("/api/errors/{bad}{rest}");
            let answer = Answer::to(server.request(method, &path)).await;
            answer.refusal(400, "invalid_input");
        }
    }
    for (method, rest) in [
        (Method::GET, ""),
        (Method::DELETE, ""),
        (Method::PUT, "/resolve"),
        (Method::PUT, "/unresolve"),
        (Method::GET, "/occurrences"),
        (Method::GET, "/grouping"),
    ] {
        let path = format!("/api/errors/{id}{rest}");
        let answer = Answer::to(server.request(method, &path)).await;
        assert_eq!(
            answer.refusal(404, "error_not_found")["error"],
            "Error not found"
        );
    }
}
