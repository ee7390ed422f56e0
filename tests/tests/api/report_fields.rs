//! The fields of a report: what is refused, what is accepted, what becomes of it.

use e2e::value::{fresh_id, report, text, time_in, time_of};
use e2e::{Answer, Server, Site, Stack, on_both_stacks};
use serde_json::{Value, json};
use time::Duration;

on_both_stacks! {
    missing_and_blank_fields_are_named,
    every_optional_field_of_a_wrong_type_is_named,
    every_field_at_fault_is_listed,
    a_body_that_is_no_object_is_refused,
    levels_are_read_in_any_case,
    unknown_levels_and_severities_are_refused,
    severity_follows_the_level_unless_given,
    unknown_fields_are_ignored_and_nulls_absent,
    optional_fields_are_kept,
    the_address_is_forwarded_only_by_trusted_proxies,
    a_report_for_an_unknown_project_is_refused,
    bad_reports_cost_no_neighbour,
    long_texts_are_kept_whole,
}

async fn missing_and_blank_fields_are_named(stack: Stack) {
    let server = Server::start(stack).await;
    for field in ["message", "source"] {
        let expected = format!("Invalid input: field '{field}' is required");
        for value in [
            None,
            Some(json!(null)),
            Some(json!("")),
            Some(json!(" \t\n\u{a0}")),
        ] {
            let mut body = report("m");
            match value {
                Some(value) => body[field] = value,
                None => drop(body.as_object_mut().unwrap().remove(field)),
            }
            let answer = server.post("/api/errors", &body).await;
            assert_eq!(answer.names_field(field), expected, "{body}");
        }
        for value in [json!(5), json!(true), json!(["m"]), json!({ "m": 1 })] {
            let mut body = report("m");
            body[field] = value;
            server.post("/api/errors", &body).await.names_field(field);
        }
    }
    assert_eq!(server.data("/api/errors").await["total"], 0);
}

async fn every_optional_field_of_a_wrong_type_is_named(stack: Stack) {
    let server = Server::start(stack).await;
    let values = [
        json!(7),
        json!(1.5),
        json!(true),
        json!(["x", 1]),
        json!({ "x": 1 }),
        json!("\u{1}"),
    ];
    let text: fn(&Value) -> bool = Value::is_string;
    let object: fn(&Value) -> bool = Value::is_object;
    let never: fn(&Value) -> bool = |_| false;
    let fields = [
        ("level", never),
        ("severity", never),
        ("stack_trace", text),
        ("context", object),
        ("environment", text),
        ("url", text),
        ("timestamp", never),
        ("event_id", never),
        ("fingerprint", never),
        ("release", text),
        ("tags", never),
        ("user", object),
    ];
    for (field, fits) in fields {
        for value in values.iter().filter(|value| !fits(value)) {
            let mut body = report("mistyped");
            body[field] = value.clone();
            server.post("/api/errors", &body).await.names_field(field);
        }
    }
    for value in values.iter().filter(|value| !value.is_string()) {
        let mut body = report("mistyped");
        body["project"] = value.clone();
        server
            .post("/api/errors", &body)
            .await
            .names_field("project");
    }
    assert_eq!(server.data("/api/errors").await["total"], 0);
}

async fn every_field_at_fault_is_listed(stack: Stack) {
    let server = Server::start(stack).await;
    let body = json!({ "source": 5, "level": "loud", "context": [], "event_id": "x" });
    let refused = server
        .post("/api/errors", &body)
        .await
        .refusal(400, "invalid_input");
    let details = refused["details"].as_array().unwrap();
    let mut fields = e2e::value::texts(details, "field");
    fields.sort();
    assert_eq!(
        fields,
        ["context", "event_id", "level", "message", "source"]
    );
}

async fn a_body_that_is_no_object_is_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for body in [
        "[]",
        "5",
        "\"m\"",
        "null",
        "true",
        "[{\"message\":\"m\",\"source\":\"s\"}]",
    ] {
        server
            .post_bytes("/api/errors", body)
            .await
            .refusal(400, "invalid_input");
    }
}

async fn levels_are_read_in_any_case(stack: Stack) {
    let server = Server::start(stack).await;
    for (written, level, severity) in [
        ("error", "error", "critical"),
        ("ERROR", "error", "critical"),
        ("Warning", "warning", "medium"),
        ("warn", "warning", "medium"),
        ("WARN", "warning", "medium"),
        ("info", "info", "low"),
        ("iNFO", "info", "low"),
        ("Debug", "debug", "low"),
        ("fatal", "error", "critical"),
        ("FATAL", "error", "critical"),
        ("Critical", "error", "critical"),
    ] {
        let body = json!({ "message": "m", "source": "s", "level": written });
        let data = server.report(&body).await;
        assert_eq!(
            (text(&data["level"]), text(&data["severity"])),
            (level, severity),
            "{written}"
        );
    }
}

async fn unknown_levels_and_severities_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for level in [
        "loud",
        "err",
        "warnings",
        "0",
        "error ",
        "trace",
        "ERRÖR",
        "error\u{0}",
    ] {
        let body = json!({ "message": "m", "source": "s", "level": level });
        server.post("/api/errors", &body).await.names_field("level");
    }
    for severity in ["worst", "fatal", "error", "1"] {
        let body = json!({ "message": "m", "source": "s", "severity": severity });
        server
            .post("/api/errors", &body)
            .await
            .names_field("severity");
    }
}

async fn severity_follows_the_level_unless_given(stack: Stack) {
    let server = Server::start(stack).await;
    let body = json!({ "message": "m", "source": "s", "level": "fatal", "severity": "low" });
    assert_eq!(server.report(&body).await["severity"], "low");
    let body = json!({ "message": "n", "source": "s", "level": "debug", "severity": "high" });
    let data = server.report(&body).await;
    assert_eq!(
        (text(&data["level"]), text(&data["severity"])),
        ("debug", "high")
    );
}

async fn unknown_fields_are_ignored_and_nulls_absent(stack: Stack) {
    let server = Server::start(stack).await;
    let body = json!({
        "message": "m", "source": "s", "level": null, "context": null, "environment": null, "url": null,
        "stack_trace": null, "timestamp": null, "event_id": null, "fingerprint": null, "tags": null,
        "user": null, "release": null, "severity": null, "project": null,
        "id": "mine", "count": 99, "resolved": true, "ip_address": "8.8.8.8", "nonsense": { "a": [1] }
    });
    let data = server.report(&body).await;
    assert_eq!(
        (&data["count"], &data["resolved"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(
        (text(&data["level"]), text(&data["environment"])),
        ("error", "production")
    );
    assert_eq!(data["ip_address"], "127.0.0.1");
    assert!(data.get("nonsense").is_none());
}

async fn optional_fields_are_kept(stack: Stack) {
    let server = Server::start(stack).await;
    let event = fresh_id().to_string();
    let body = json!({
        "message": "m", "source": "s", "event_id": event, "release": "web@1.2.3",
        "environment": "staging", "url": "https://example.com/a?b=c#d",
        "tags": { "region": "eu", "tier": "gold" },
        "user": { "id": 7, "name": "Ada" },
        "timestamp": "2026-01-02T03:04:05.678+02:00",
        "context": { "nested": { "list": [1, 2.50, "three", null, { "deep": true }] }, "z": 1, "a": 2 }
    });
    let data = server.report(&body).await;
    for field in [
        "event_id",
        "release",
        "environment",
        "url",
        "tags",
        "user",
        "context",
    ] {
        assert_eq!(data[field], body[field], "{field}");
    }
    assert_eq!(
        time_of(&data["timestamp"]),
        time::macros::datetime!(2026-01-02 01:04:05.678 UTC)
    );
    let id = text(&data["id"]);
    assert_eq!(server.as_reported(id).await, data);
}

async fn the_address_is_forwarded_only_by_trusted_proxies(stack: Stack) {
    let forwarded = async |server: &Server, value: &str| {
        let request = server
            .posting("/api/errors", report("m").to_string())
            .header("X-Forwarded-For", value);
        text(&Answer::to(request).await.data(201)["ip_address"]).to_owned()
    };
    let server = Server::start(stack).await;
    for value in ["1.2.3.4", "1.2.3.4, 127.0.0.1", "nonsense"] {
        assert_eq!(forwarded(&server, value).await, "127.0.0.1");
    }
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__HTTP__TRUSTED_PROXIES", "[\"127.0.0.0/8\"]");
    let server = site.start().await;
    for (value, address) in [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4, 127.0.0.9", "1.2.3.4"),
        ("2001:db8::1", "2001:db8::1"),
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
    ] {
        assert_eq!(forwarded(&server, value).await, address, "{value:?}");
    }
}

async fn a_report_for_an_unknown_project_is_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for project in [
        "nowhere",
        "'; DROP TABLE projects; --",
        &fresh_id().to_string(),
    ] {
        let body = json!({ "message": "m", "source": "s", "project": project });
        server
            .post("/api/errors", &body)
            .await
            .refusal(404, "project_not_found");
    }
    let body = json!({ "message": "m", "source": "s", "project": "default" });
    let data = server.report(&body).await;
    let body = json!({ "message": "m", "source": "s", "project": data["project_id"] });
    assert_eq!(server.report(&body).await["id"], data["id"]);
}

/// Good reports sent in the same instant as bad ones are written in the same transaction.
async fn bad_reports_cost_no_neighbour(stack: Stack) {
    let server = Server::start(stack).await;
    let late = time_in(Duration::minutes(30));
    let bad = [
        json!({ "message": "bad" }),
        json!({ "message": "bad", "source": "s", "timestamp": late }),
        json!({ "message": "bad", "source": "s", "level": "loud" }),
        json!({ "message": "bad", "source": "s", "event_id": "0" }),
    ];
    let sent = (0..60).map(|number| {
        let client = (*server).clone();
        let body = if number % 3 == 0 {
            bad[number % bad.len()].clone()
        } else {
            report("a good neighbour")
        };
        tokio::spawn(async move { client.post("/api/errors", &body).await })
    });
    let sent: Vec<_> = sent.collect();
    for (number, answer) in sent.into_iter().enumerate() {
        let answer = answer.await.unwrap();
        if number % 3 == 0 {
            answer.refusal(400, "invalid_input");
        } else {
            answer.data(201);
        }
    }
    let errors = server.errors("").await;
    assert_eq!((errors.len(), &errors[0]["count"]), (1, &json!(40)));
}

async fn long_texts_are_kept_whole(stack: Stack) {
    let server = Server::start(stack).await;
    let long = "ü and more. ".repeat(7_000);
    let mut body = report(&long);
    for field in ["source", "environment", "release", "stack_trace"] {
        body[field] = json!(format!("{field} {long}"));
    }
    body["url"] = json!(format!("https://example.com/{}", "a".repeat(50_000)));
    body["tags"] = json!({ "k".repeat(5_000): "v".repeat(50_000) });
    let data = server.report(&body).await;
    for field in [
        "message",
        "source",
        "environment",
        "release",
        "stack_trace",
        "url",
        "tags",
    ] {
        assert!(data[field] == body[field], "{field} was changed");
    }
    let id = text(&data["id"]);
    let got = server.as_reported(id).await;
    assert!(got == data, "what is read differs from what was answered");
}
