//! Similar reports are one error, counted exactly.

use e2e::value::{fresh_id, report, text, texts};
use e2e::{Answer, Server, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_stacks! {
    concurrent_reports_of_one_message_are_each_counted_once,
    concurrent_reports_of_many_messages_stay_apart,
    messages_that_differ_in_numbers_are_one_error,
    messages_that_mean_different_things_stay_apart,
    what_is_not_the_error_does_not_split_it,
    the_latest_occurrence_is_shown,
    a_repeated_event_counts_nothing,
    concurrent_repeats_of_one_event_count_once,
    a_callers_own_grouping_counts_instead,
    the_grouping_is_explained,
    the_grouping_of_a_report_is_explained_before_it_is_sent,
}

async fn concurrent_reports_of_one_message_are_each_counted_once(stack: Stack) {
    let server = Server::start(stack).await;
    let senders: Vec<_> = (0..12)
        .map(|_| {
            let client = (*server).clone();
            tokio::spawn(async move {
                let mut answers = Vec::new();
                for _ in 0..25 {
                    answers.push(client.report(&report("one and the same")).await);
                }
                answers
            })
        })
        .collect();
    let mut answers = Vec::new();
    for sender in senders {
        answers.extend(sender.await.unwrap());
    }
    let mut counts: Vec<u64> = answers
        .iter()
        .map(|data| data["count"].as_u64().unwrap())
        .collect();
    counts.sort_unstable();
    assert_eq!(counts, (1..=300).collect::<Vec<u64>>());
    let ids: BTreeSet<String> = texts(&answers, "id").into_iter().collect();
    assert_eq!(ids.len(), 1);
    let error = server
        .data(&format!("/api/errors/{}", ids.first().unwrap()))
        .await;
    assert_eq!(error["count"], 300);
    let errors = server.errors("").await;
    assert_eq!((errors.len(), &errors[0]["count"]), (1, &json!(300)));
    let path = format!("/api/errors/{}/occurrences", ids.first().unwrap());
    assert_eq!(server.data(&path).await["total"], 300);
}

async fn concurrent_reports_of_many_messages_stay_apart(stack: Stack) {
    let server = Server::start(stack).await;
    let kinds = [
        "apple", "banana", "cherry", "damson", "elder", "fig", "grape",
    ];
    let sent: Vec<_> = (0..140)
        .map(|number| {
            let client = (*server).clone();
            let message = format!("cannot peel the {}", kinds[number % kinds.len()]);
            tokio::spawn(async move { client.report(&report(&message)).await })
        })
        .collect();
    for one in sent {
        one.await.unwrap();
    }
    let errors = server.errors("").await;
    let counts: Vec<Value> = errors.iter().map(|error| error["count"].clone()).collect();
    assert_eq!(counts, vec![json!(20); kinds.len()]);
}

async fn messages_that_differ_in_numbers_are_one_error(stack: Stack) {
    let server = Server::start(stack).await;
    let mut ids = BTreeSet::new();
    for number in 0..50 {
        let message = format!(
            "Request {} of user {} timed out after {number}.5 s",
            number * 7,
            90_000 + number
        );
        let data = server.report(&report(&message)).await;
        assert_eq!(data["message"], message.as_str());
        ids.insert(text(&data["id"]).to_owned());
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(server.errors("").await[0]["count"], 50);
}

async fn messages_that_mean_different_things_stay_apart(stack: Stack) {
    let server = Server::start(stack).await;
    for (one, other) in [
        ("cannot decode utf-8", "cannot decode utf-16"),
        ("upstream answered HTTP 404", "upstream answered HTTP 500"),
        (
            "ORA-00942: table does not exist",
            "ORA-01017: invalid credentials",
        ),
        (
            "Cannot read property 'foo' of undefined",
            "Cannot read property 'bar' of undefined",
        ),
        ("connection refused", "connection reset"),
    ] {
        let (one, other) = (
            server.report(&report(one)).await,
            server.report(&report(other)).await,
        );
        assert_ne!(
            one["id"], other["id"],
            "{} and {}",
            one["message"], other["message"]
        );
    }
    let elsewhere = json!({ "message": "connection refused", "source": "frontend" });
    assert_eq!(server.report(&elsewhere).await["count"], 1);
}

async fn what_is_not_the_error_does_not_split_it(stack: Stack) {
    let server = Server::start(stack).await;
    let mut body = report("one error");
    let id = server.report(&body).await["id"].clone();
    for (field, value) in [
        ("environment", json!("staging")),
        ("level", json!("warning")),
        ("url", json!("https://example.com/elsewhere")),
        ("user", json!({ "id": 5 })),
        ("release", json!("2.0.0")),
        ("context", json!({ "a": 1 })),
        ("tags", json!({ "a": "1" })),
    ] {
        body[field] = value;
        assert_eq!(server.report(&body).await["id"], id, "{field}");
    }
}

async fn the_latest_occurrence_is_shown(stack: Stack) {
    let server = Server::start(stack).await;
    let first = server.report(&report("shown")).await;
    let body = json!({
        "message": "shown", "source": "backend", "level": "info", "environment": "staging", "release": "2",
        "context": { "turn": "second" }
    });
    let second = server.report(&body).await;
    assert_eq!((&second["id"], &second["count"]), (&first["id"], &json!(2)));
    assert_eq!(second["first_seen"], first["first_seen"]);
    assert_ne!(second["event_id"], first["event_id"]);
    let got = server.as_reported(text(&first["id"])).await;
    assert_eq!(got, second);
}

async fn a_repeated_event_counts_nothing(stack: Stack) {
    let server = Server::start(stack).await;
    let mut body = report("told twice");
    body["event_id"] = json!(fresh_id());
    let first = server.report(&body).await;
    let again = server.report(&body).await;
    assert_eq!((&again["id"], &again["count"]), (&first["id"], &json!(1)));
    assert_eq!(again["event_id"], body["event_id"]);

    // The same error is returned whatever the repeat says.
    body["message"] = json!("another story");
    let changed = server.report(&body).await;
    assert_eq!(
        (&changed["id"], &changed["count"]),
        (&first["id"], &json!(1))
    );
    assert_eq!(server.data("/api/errors").await["total"], 1);

    let new = server.report(&report("told twice")).await;
    assert_eq!((&new["id"], &new["count"]), (&first["id"], &json!(2)));
    // Upper case is the same UUID.
    body["event_id"] = json!(text(&body["event_id"]).to_uppercase());
    assert_eq!(server.report(&body).await["count"], 2);
}

async fn concurrent_repeats_of_one_event_count_once(stack: Stack) {
    let server = Server::start(stack).await;
    let events: Vec<_> = (0..8).map(|_| fresh_id()).collect();
    let sent: Vec<_> = (0..160)
        .map(|number| {
            let client = (*server).clone();
            let mut body = report("told by everyone at once");
            body["event_id"] = json!(events[number % events.len()]);
            tokio::spawn(async move { client.post("/api/errors", &body).await })
        })
        .collect();
    for answer in sent {
        let answer: Answer = answer.await.unwrap();
        answer.data(201);
    }
    let errors = server.errors("").await;
    assert_eq!((errors.len(), &errors[0]["count"]), (1, &json!(8)));
    let path = format!("/api/errors/{}/occurrences", text(&errors[0]["id"]));
    let occurrences = server.data(&path).await;
    let kept: BTreeSet<String> = texts(occurrences["occurrences"].as_array().unwrap(), "event_id")
        .into_iter()
        .collect();
    assert_eq!(kept, events.iter().map(ToString::to_string).collect());
}

async fn a_callers_own_grouping_counts_instead(stack: Stack) {
    let server = Server::start(stack).await;
    let with = |message: &str, parts: Value| {
        let mut body = report(message);
        body["fingerprint"] = parts;
        body
    };
    let one = server
        .report(&with("left is broken", json!(["checkout"])))
        .await;
    let other = server
        .report(&with("the right one hangs", json!(["checkout"])))
        .await;
    assert_eq!(one["id"], other["id"]);
    let payments = server
        .report(&with("left is broken", json!(["payments"])))
        .await;
    assert_ne!(payments["id"], one["id"]);

    let plain = server.report(&report("left is broken")).await;
    assert_ne!(plain["id"], one["id"]);
    let spliced = json!(["{{ default }}", "eu"]);
    let eu = server
        .report(&with("left is broken", spliced.clone()))
        .await;
    assert_ne!(eu["id"], plain["id"]);
    assert_eq!(
        server
            .report(&with("left is broken", spliced.clone()))
            .await["id"],
        eu["id"]
    );
    assert_ne!(
        server.report(&with("the right one hangs", spliced)).await["id"],
        eu["id"]
    );
}

async fn the_grouping_of_a_report_is_explained_before_it_is_sent(stack: Stack) {
    let server = Server::start(stack).await;
    let path = "/api/grouping/explain";
    let mut sent = report("order 4711 failed with status 503 for card 4111 1111 1111 1111");
    sent["stack_trace"] = json!("E: x\n    at save (/srv/shop/store.js:3:4)");
    let dry = server.post(path, &sent).await.data(200);
    assert_eq!(server.errors("").await.len(), 0, "a dry run stores nothing");
    assert!(!dry.to_string().contains("4111"), "{dry}");
    let because = |text: &str| {
        let part = dry["parts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|part| part["text"] == text);
        let part = part.unwrap_or_else(|| panic!("{text} is not among {}", dry["parts"]));
        (
            part["counted"].clone(),
            part["reason"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(because("4711"), (json!(false), "a number".to_owned()));
    assert_eq!(because("503"), (json!(true), "an HTTP status".to_owned()));
    assert_eq!(because("store save").0, json!(true));

    let data = server.report(&sent).await;
    let stored = server
        .data(&format!("/api/errors/{}/grouping", text(&data["id"])))
        .await;
    assert_eq!(data["fingerprint"], dry["fingerprint"]);
    for field in [
        "fingerprint",
        "normalized_message",
        "inputs",
        "frames",
        "parts",
    ] {
        assert_eq!(stored[field], dry[field], "{field}");
    }

    let mut own = sent.clone();
    own["fingerprint"] = json!(["checkout"]);
    let dry = server.post(path, &own).await.data(200);
    let counted: Vec<&Value> = dry["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|part| part["counted"] == true)
        .collect();
    assert_eq!(
        (counted.len(), &counted[0]["text"]),
        (1, &json!("checkout")),
        "{dry}"
    );

    server
        .post(path, &json!({ "source": "shop" }))
        .await
        .refusal(400, "invalid_input");
    let mut elsewhere = sent.clone();
    elsewhere["project"] = json!("nowhere");
    server
        .post(path, &elsewhere)
        .await
        .refusal(404, "project_not_found");
    let writer = json!({ "name": "writer", "permissions": ["errors:write"] });
    let writer = server
        .post("/api/settings/api-keys", &writer)
        .await
        .data(201);
    let writer = server.with_key(text(&writer["api_key"]));
    writer
        .post(path, &sent)
        .await
        .refusal(403, "permission_denied");
    assert_eq!(server.errors("").await.len(), 1);
}

async fn the_grouping_is_explained(stack: Stack) {
    let server = Server::start(stack).await;
    let data = server.report(&report("order 4711 failed")).await;
    let path = format!("/api/errors/{}/grouping", text(&data["id"]));
    let explained = server.data(&path).await;
    assert_eq!(explained["fingerprint"], data["fingerprint"]);
    assert!(
        text(&explained["normalized_message"]).contains("order"),
        "{explained}"
    );
    assert!(
        explained["inputs"]
            .as_array()
            .is_some_and(|inputs| !inputs.is_empty()),
        "{explained}"
    );
    assert!(explained["frames"].is_array(), "{explained}");
    server
        .get(&format!("/api/errors/{}/grouping", fresh_id()))
        .await
        .refusal(404, "error_not_found");
}
