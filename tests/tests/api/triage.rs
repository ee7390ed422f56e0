//! Resolving, reopening, deleting, and what time has to do with it.

use e2e::value::{fresh_id, report, text, texts, time_in, time_of};
use e2e::{Answer, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use time::Duration;

on_both_stacks! {
    times_too_far_in_the_future_are_refused,
    past_times_set_first_seen_and_leave_last_seen,
    resolving_is_idempotent_and_undoable,
    an_error_that_occurs_again_is_reopened,
    a_late_occurrence_reopens_nothing,
    deleting_takes_everything_along,
    reports_may_race_with_deletions,
    bulk_changes_report_what_was_found,
    bad_bulk_changes_are_refused,
    occurrences_are_paged_newest_first,
    concurrent_changes_end_in_one_state,
}

fn at(message: &str, offset: Duration) -> Value {
    json!({ "message": message, "source": "backend", "timestamp": time_in(offset) })
}

async fn times_too_far_in_the_future_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for offset in [
        Duration::seconds(301 + 5),
        Duration::hours(1),
        Duration::days(400),
    ] {
        let sentence = server
            .post("/api/errors", &at("m", offset))
            .await
            .names_field("timestamp");
        assert!(sentence.contains("5 minutes"), "{sentence}");
    }
    let data = server.report(&at("m", Duration::seconds(290))).await;
    assert!(time_of(&data["timestamp"]) > e2e::value::now() + Duration::minutes(3));
    for written in [
        "2026-11-20",
        "2026-11-20T12:00:00",
        "1763683200",
        "now",
        "2026-02-30T00:00:00Z",
        "",
    ] {
        let body = json!({ "message": "m", "source": "s", "timestamp": written });
        server
            .post("/api/errors", &body)
            .await
            .names_field("timestamp");
    }
}

async fn past_times_set_first_seen_and_leave_last_seen(stack: Stack) {
    let server = Server::start(stack).await;
    let now = server.report(&report("m")).await;
    let past = server.report(&at("m", Duration::days(-3))).await;
    assert_eq!((&past["id"], &past["count"]), (&now["id"], &json!(2)));
    assert_eq!(past["first_seen"], past["timestamp"]);
    assert_eq!(past["last_seen"], now["last_seen"]);
    let long_ago =
        json!({ "message": "m", "source": "backend", "timestamp": "1999-12-31T23:59:59Z" });
    let data = server.report(&long_ago).await;
    assert_eq!(
        time_of(&data["first_seen"]),
        time::macros::datetime!(1999-12-31 23:59:59 UTC)
    );
    assert_eq!(
        (&data["last_seen"], &data["count"]),
        (&now["last_seen"], &json!(3))
    );
    for extreme in [
        "0001-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999-12:00",
    ] {
        let body = json!({ "message": "extreme", "source": "s", "timestamp": extreme });
        let answer = server.post("/api/errors", &body).await;
        assert_eq!(answer.status, 201, "{extreme}: {}", answer.text());
    }
}

async fn resolving_is_idempotent_and_undoable(stack: Stack) {
    let server = Server::start(stack).await;
    let path = format!(
        "/api/errors/{}",
        text(&server.report(&report("m")).await["id"])
    );
    let (resolve, unresolve) = (format!("{path}/resolve"), format!("{path}/unresolve"));
    let answer = server.put(&unresolve).await.data(200);
    assert_eq!(answer, server.data(&path).await);
    assert_eq!(answer["status"], "open");

    let answer = server.put(&resolve).await.data(200);
    assert_eq!(answer, server.data(&path).await);
    assert_eq!(answer["status"], "resolved");
    let first = server.data(&path).await;
    assert_eq!(
        (&first["resolved"], &first["regressed"]),
        (&json!(true), &json!(false))
    );
    time_of(&first["resolved_at"]);
    let answer = server.put(&resolve).await.data(200);
    assert_eq!(answer, server.data(&path).await);
    assert_eq!(answer["status"], "resolved");
    assert_eq!(
        server.data(&path).await["resolved_at"],
        first["resolved_at"]
    );

    for _ in 0..2 {
        let answer = server.put(&unresolve).await.data(200);
        let open = server.data(&path).await;
        assert_eq!(answer, open);
        assert_eq!(open["status"], "open");
        assert_eq!(
            (&open["resolved"], &open["resolved_at"]),
            (&json!(false), &Value::Null)
        );
        assert_eq!(open["count"], 1);
    }
}

async fn an_error_that_occurs_again_is_reopened(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    let path = format!("/api/errors/{id}");
    server.put(&format!("{path}/resolve")).await.data(200);
    let again = server.report(&report("m")).await;
    assert_eq!((&again["id"], &again["count"]), (&json!(id), &json!(2)));
    assert_eq!(
        (&again["resolved"], &again["regressed"]),
        (&json!(false), &json!(true))
    );
    let open = server.data(&path).await;
    assert_eq!(
        (&open["resolved"], &open["regressed"]),
        (&json!(false), &json!(true))
    );

    server.put(&format!("{path}/resolve")).await.data(200);
    let resolved = server.data(&path).await;
    assert_eq!(
        (&resolved["resolved"], &resolved["regressed"]),
        (&json!(true), &json!(false))
    );
}

async fn a_late_occurrence_reopens_nothing(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    let path = format!("/api/errors/{id}");
    server.put(&format!("{path}/resolve")).await.data(200);
    let resolved_at = server.data(&path).await["resolved_at"].clone();

    let late = server.report(&at("m", Duration::minutes(-5))).await;
    assert_eq!(
        (&late["count"], &late["resolved"]),
        (&json!(2), &json!(true))
    );
    let exactly = json!({ "message": "m", "source": "backend", "timestamp": resolved_at });
    let exactly = server.report(&exactly).await;
    assert_eq!(
        (&exactly["count"], &exactly["resolved"]),
        (&json!(3), &json!(true))
    );
    assert_eq!(
        (&exactly["regressed"], &exactly["resolved_at"]),
        (&json!(false), &resolved_at)
    );

    let later = server.report(&at("m", Duration::seconds(30))).await;
    assert_eq!(
        (&later["count"], &later["resolved"], &later["regressed"]),
        (&json!(4), &json!(false), &json!(true))
    );
}

async fn deleting_takes_everything_along(stack: Stack) {
    let server = Server::start(stack).await;
    let mut body = report("m");
    body["event_id"] = json!(fresh_id());
    let first = server.report(&body).await;
    let path = format!("/api/errors/{}", text(&first["id"]));
    server.delete(&path).await.is_empty_204();
    for (method, rest) in [
        (Method::DELETE, ""),
        (Method::GET, ""),
        (Method::GET, "/occurrences"),
        (Method::GET, "/grouping"),
        (Method::PUT, "/resolve"),
        (Method::PUT, "/unresolve"),
    ] {
        let answer = Answer::to(server.request(method, &format!("{path}{rest}"))).await;
        answer.refusal(404, "error_not_found");
    }
    // A new life, not the old one continued.
    let new = server.report(&report("m")).await;
    assert_ne!(new["id"], first["id"]);
    assert_eq!(new["count"], 1);
    // What is no longer stored is no repeat.
    let again = server.report(&body).await;
    assert_eq!((&again["id"], &again["count"]), (&new["id"], &json!(2)));
}

async fn reports_may_race_with_deletions(stack: Stack) {
    let server = Server::start(stack).await;
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let client = (*server).clone();
            tokio::spawn(async move {
                for turn in 0..25 {
                    let message = ["left", "right"][turn % 2];
                    let data = client.report(&report(message)).await;
                    assert!(data["count"].as_u64().unwrap() > 0);
                    if number == 0 && turn % 3 == 0 {
                        let path = format!("/api/errors/{}", text(&data["id"]));
                        client.delete(&path).await.is_empty_204();
                        client.get(&path).await.refusal(404, "error_not_found");
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let last = [
        server.report(&report("left")).await,
        server.report(&report("right")).await,
    ];
    let errors = server.errors("").await;
    assert_eq!(errors.len(), 2);
    for error in last {
        let path = format!("/api/errors/{}/occurrences", text(&error["id"]));
        assert_eq!(server.data(&path).await["total"], error["count"]);
    }
}

async fn bulk_changes_report_what_was_found(stack: Stack) {
    let server = Server::start(stack).await;
    let mut ids = Vec::new();
    for message in ["a", "b", "c"] {
        ids.push(text(&server.report(&report(message)).await["id"]).to_owned());
    }
    let absent = fresh_id().to_string();
    let change = async |action: &str, ids: &[&str]| {
        let body = json!({ "ids": ids, "action": action });
        server.post("/api/errors/bulk", &body).await.data(200)
    };
    let done = change("resolve", &[&ids[0], &ids[1], &absent, &ids[0]]).await;
    assert_eq!(
        (&done["affected"], &done["not_found"]),
        (&json!(2), &json!([absent]))
    );
    let resolved = server.errors("?resolved=true").await;
    let resolved: BTreeSet<String> = texts(&resolved, "id").into_iter().collect();
    assert_eq!(resolved, ids[..2].iter().cloned().collect());

    change("unresolve", &[&ids[0]]).await;
    assert_eq!(
        texts(&server.errors("?resolved=true").await, "id"),
        [ids[1].clone()]
    );

    let done = change("delete", &[&ids[1], &ids[2], &absent]).await;
    assert_eq!(done["affected"], 2);
    assert_eq!(texts(&server.errors("").await, "id"), [ids[0].clone()]);
    assert_eq!(change("delete", &[&absent]).await["affected"], 0);
}

async fn bad_bulk_changes_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    let id = server.report(&report("m")).await["id"].clone();
    let many: Vec<String> = (0..10_001).map(|_| fresh_id().to_string()).collect();
    for (body, field) in [
        (json!({ "action": "delete" }), "ids"),
        (json!({ "ids": null, "action": "delete" }), "ids"),
        (json!({ "ids": [], "action": "delete" }), "ids"),
        (json!({ "ids": id, "action": "delete" }), "ids"),
        (json!({ "ids": [id, "x"], "action": "delete" }), "ids"),
        (json!({ "ids": [id, 5], "action": "delete" }), "ids"),
        (json!({ "ids": many, "action": "delete" }), "ids"),
        (json!({ "ids": [id] }), "action"),
        (json!({ "ids": [id], "action": "explode" }), "action"),
        (json!({ "ids": [id], "action": ["delete"] }), "action"),
        (json!({ "ids": [id], "action": "DELETE" }), "action"),
    ] {
        server
            .post("/api/errors/bulk", &body)
            .await
            .names_field(field);
    }
    for body in [json!([]), json!("delete"), json!(5), json!(null)] {
        server
            .post("/api/errors/bulk", &body)
            .await
            .refusal(400, "invalid_input");
    }
    assert_eq!(server.data("/api/errors").await["total"], 1);
}

async fn occurrences_are_paged_newest_first(stack: Stack) {
    let server = Server::start(stack).await;
    let mut sent = Vec::new();
    let mut id = String::new();
    for number in 0..23 {
        let mut body = report("again");
        body["context"] = json!({ "turn": number });
        let data = server.report(&body).await;
        text(&data["id"]).clone_into(&mut id);
        sent.push(text(&data["event_id"]).to_owned());
    }
    sent.reverse();
    let whole = server.data(&format!("/api/errors/{id}/occurrences")).await;
    assert_eq!(
        (&whole["total"], &whole["next_cursor"]),
        (&json!(23), &Value::Null)
    );
    let all = whole["occurrences"].as_array().unwrap();
    assert_eq!(texts(all, "event_id"), sent);
    assert_eq!(all[0]["context"], json!({ "turn": 22 }));
    assert!(
        all.iter()
            .all(|one| one["error_id"] == json!(id) && one["id"] != json!(id))
    );

    let mut path = format!("/api/errors/{id}/occurrences?limit=5");
    let mut seen = Vec::new();
    loop {
        let answer = server.get(&path).await;
        let data = answer.data(200);
        seen.extend(texts(data["occurrences"].as_array().unwrap(), "event_id"));
        let link = answer.header("link");
        if data["next_cursor"].is_null() {
            assert_eq!(link, "");
            break;
        }
        // What comes in between moves no page.
        server.report(&report("again")).await;
        let next = link
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix(">; rel=\"next\""));
        next.unwrap().clone_into(&mut path);
    }
    assert_eq!(seen, sent);
}

async fn concurrent_changes_end_in_one_state(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    let path = format!("/api/errors/{id}");
    let sent: Vec<_> = (0..60)
        .map(|number| {
            let (client, path) = ((*server).clone(), path.clone());
            tokio::spawn(async move {
                match number % 3 {
                    0 => client.post("/api/errors", &report("m")).await,
                    1 => client.put(&format!("{path}/resolve")).await,
                    _ => client.put(&format!("{path}/unresolve")).await,
                }
            })
        })
        .collect();
    for answer in sent {
        let answer = answer.await.unwrap();
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    }
    let error = server.data(&path).await;
    assert_eq!(error["count"], 21);
    assert_eq!(
        error["resolved"] == json!(true),
        !error["resolved_at"].is_null(),
        "{error}"
    );
    let mut listed = server.as_reported(&id).await;
    for field in ["stack_trace", "context", "tags", "user"] {
        listed.as_object_mut().unwrap().remove(field);
    }
    let mut shown = server.errors("").await.swap_remove(0);
    for (field, value) in listed.as_object().unwrap() {
        assert_eq!(shown[field].take(), *value, "{field}");
    }
}
