//! Every filter of the list, alone and together.

use e2e::value::{report, text, texts, time_in, time_of};
use e2e::{Answer, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

on_both_stacks! {
    each_filter_selects,
    filters_add_up,
    a_fingerprint_finds_its_error,
    times_bound_the_last_sighting,
    words_of_the_message_are_found,
    heavy_fields_come_on_request,
    values_are_compared_exactly,
}

/// Six errors that differ in what can be filtered by.
async fn some_errors(server: &Server) -> Vec<Value> {
    let mut made = Vec::new();
    for (message, level, source, environment) in [
        (
            "payment gateway refused the card",
            "error",
            "backend",
            "production",
        ),
        (
            "payment page rendered slowly",
            "warning",
            "frontend",
            "production",
        ),
        ("cache warmed", "info", "backend", "staging"),
        ("entering checkout", "debug", "frontend", "staging"),
        ("worker crashed", "fatal", "worker", "production"),
        ("disk almost full", "warning", "backend", "staging"),
    ] {
        let body = json!({ "message": message, "level": level, "source": source, "environment": environment });
        made.push(server.report(&body).await);
    }
    let id = text(&made[2]["id"]);
    server
        .put(&format!("/api/errors/{id}/resolve"))
        .await
        .data(200);
    made
}

async fn found(server: &Server, query: &[(&str, &str)]) -> Vec<String> {
    let request = server.request(Method::GET, "/api/errors").query(query);
    let data = Answer::to(request).await.data(200);
    let mut found = texts(data["errors"].as_array().unwrap(), "message");
    assert_eq!(data["total"], found.len(), "{query:?}");
    found.sort();
    found
}

async fn each_filter_selects(stack: Stack) {
    let server = Server::start(stack).await;
    some_errors(&server).await;
    for (name, value, count) in [
        ("level", "error", 2),
        ("level", "ERROR", 2),
        ("level", "warning", 2),
        ("level", "warn", 2),
        ("level", "info", 1),
        ("level", "debug", 1),
        ("source", "backend", 3),
        ("source", "worker", 1),
        ("source", "nobody", 0),
        ("environment", "production", 3),
        ("environment", "staging", 3),
        ("environment", "nowhere", 0),
        ("severity", "critical", 2),
        ("severity", "medium", 2),
        ("severity", "low", 2),
        ("severity", "high", 0),
        ("resolved", "true", 1),
        ("resolved", "false", 5),
        ("project", "default", 6),
        ("q", "payment", 2),
        ("fingerprint", "00000000000000000000000000000000", 0),
    ] {
        let found = found(&server, &[(name, value)]).await;
        assert_eq!(found.len(), count, "{name}={value}: {found:?}");
    }
}

async fn filters_add_up(stack: Stack) {
    let server = Server::start(stack).await;
    some_errors(&server).await;
    let both = [("source", "backend"), ("environment", "staging")];
    assert_eq!(
        found(&server, &both).await,
        ["cache warmed", "disk almost full"]
    );
    let three = [both[0], both[1], ("resolved", "false")];
    assert_eq!(found(&server, &three).await, ["disk almost full"]);
    let words = [
        ("q", "payment"),
        ("level", "warning"),
        ("source", "frontend"),
    ];
    assert_eq!(
        found(&server, &words).await,
        ["payment page rendered slowly"]
    );
    assert!(
        found(&server, &[("level", "debug"), ("severity", "critical")])
            .await
            .is_empty()
    );
}

async fn a_fingerprint_finds_its_error(stack: Stack) {
    let server = Server::start(stack).await;
    for error in some_errors(&server).await {
        let fingerprint = text(&error["fingerprint"]);
        let found = found(&server, &[("fingerprint", fingerprint)]).await;
        assert_eq!(found, [text(&error["message"])]);
    }
}

async fn times_bound_the_last_sighting(stack: Stack) {
    let server = Server::start(stack).await;
    for days in [1, 2, 3, 4] {
        let at = time_in(Duration::days(-days));
        let message = ["one", "two", "three", "four"][usize::try_from(days).unwrap() - 1];
        let body =
            json!({ "message": format!("seen {message} ago"), "source": "s", "timestamp": at });
        server.report(&body).await;
    }
    let at = |hours: i64| time_in(Duration::hours(-hours));
    let count = async |query: &[(&str, &str)]| found(&server, query).await.len();
    assert_eq!(count(&[("since", &at(60))]).await, 2);
    assert_eq!(count(&[("until", &at(60))]).await, 2);
    assert_eq!(count(&[("since", &at(84)), ("until", &at(36))]).await, 2);
    assert_eq!(count(&[("since", &at(36)), ("until", &at(84))]).await, 0);

    // From the first instant on, up to but without the last; whatever the offset it is written with.
    let all = server.errors("?sort=last_seen").await;
    let newest = time_of(&all[0]["last_seen"]);
    let written = all[0]["last_seen"].as_str().unwrap();
    assert_eq!(count(&[("since", written)]).await, 1);
    assert_eq!(count(&[("until", written)]).await, 3);
    let elsewhere = newest.to_offset(time::macros::offset!(+5:30));
    let elsewhere = elsewhere
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    assert_eq!(count(&[("since", &elsewhere)]).await, 1);
}

async fn words_of_the_message_are_found(stack: Stack) {
    let server = Server::start(stack).await;
    for message in [
        "Payment FAILED at checkout",
        "payment succeeded",
        "50% of users_affected",
        "Größe ungültig",
    ] {
        server.report(&report(message)).await;
    }
    for (words, count) in [
        ("payment", 2),
        ("PAYMENT", 2),
        ("payment failed", 1),
        ("checkout payment", 1),
        ("payment nothing", 0),
        ("   ", 4),
        ("Größe", 1),
        ("users_affected", 1),
        ("usersXaffected", 0),
    ] {
        let found = found(&server, &[("q", words)]).await;
        assert_eq!(found.len(), count, "{words:?}: {found:?}");
    }
}

async fn heavy_fields_come_on_request(stack: Stack) {
    let server = Server::start(stack).await;
    let trace = "Error: x\n    at f (a.js:1:2)";
    let body =
        json!({ "message": "m", "source": "s", "stack_trace": trace, "context": { "a": 1 } });
    let reported = server.report(&body).await;
    server.report(&report("without either")).await;
    for (query, has_trace, has_context) in [
        ("", false, false),
        ("&include=stack_trace", true, false),
        ("&include=context", false, true),
        ("&include=stack_trace,context", true, true),
        ("&include=context,%20stack_trace", true, true),
    ] {
        let errors = server.errors(&format!("?source=s{query}")).await;
        let listed = &errors[0];
        assert_eq!(
            listed.get("stack_trace"),
            has_trace.then_some(&json!(trace)),
            "{query}"
        );
        assert_eq!(
            listed.get("context"),
            has_context.then_some(&json!({ "a": 1 })),
            "{query}"
        );
        let mut expected = reported.as_object().unwrap().clone();
        for field in ["stack_trace", "context", "tags", "user"] {
            expected.remove(field);
        }
        for (field, value) in expected {
            assert_eq!(listed[&field], value, "{query}: {field}");
        }
    }
    let all = server.errors("?include=context,stack_trace").await;
    let bare = all.iter().find(|one| one["source"] == "backend").unwrap();
    assert_eq!(
        (bare.get("context"), bare.get("stack_trace")),
        (Some(&Value::Null), Some(&Value::Null))
    );
}

async fn values_are_compared_exactly(stack: Stack) {
    let server = Server::start(stack).await;
    for source in ["api", "API", "api ", "a+b c&d=e", "ünïcode", "100%"] {
        server
            .report(&json!({ "message": "m", "source": source }))
            .await;
    }
    for source in ["api", "API", "a+b c&d=e", "ünïcode", "100%"] {
        let request = server
            .request(Method::GET, "/api/errors")
            .query(&[("source", source)]);
        let data = Answer::to(request).await.data(200);
        assert_eq!(data["total"], 1, "{source:?}: {data}");
        assert_eq!(data["errors"][0]["source"], source);
    }
}
