//! One occurrence with its place, the past of an error, its place in lists, and what occurred beside it.

use e2e::value::{fresh_id, report, text, time_in};
use e2e::{Client, Server, Stack, on_both_stacks};
use serde_json::{Value, json};
use time::Duration;

on_both_stacks! {
    an_occurrence_has_its_place,
    a_search_narrows_the_occurrences,
    surroundings_come_out_of_the_context,
    an_error_tells_its_past,
    an_error_has_a_place_in_the_list,
    counts_are_those_of_the_list,
    what_waits_is_told_to_who_may_read_it,
    bad_parameters_of_occurrences_are_named,
}

async fn occurred(client: &Client, body: &Value) -> (String, String) {
    let data = client.report(body).await;
    let id = text(&data["id"]).to_owned();
    let latest = format!("/api/errors/{id}/occurrences/latest");
    let latest = text(&client.data(&latest).await["id"]).to_owned();
    (id, latest)
}

async fn an_occurrence_has_its_place(stack: Stack) {
    let server = Server::start(stack).await;
    let mut ids = Vec::new();
    let mut error = String::new();
    for minutes in [1, 30, 2] {
        let body = json!({
            "message": "m", "source": "s", "timestamp": time_in(Duration::minutes(-minutes)),
        });
        let (id, occurrence) = occurred(&server, &body).await;
        error = id;
        ids.push(occurrence);
    }
    let path = |named: &str| format!("/api/errors/{error}/occurrences/{named}");
    for (place, id) in ids.iter().enumerate() {
        let found = server.data(&path(id)).await;
        assert_eq!(found["id"], json!(id));
        assert_eq!(found["error_id"], json!(error));
        assert_eq!(
            (&found["position"], &found["total"]),
            (&json!(place + 1), &json!(3))
        );
        assert_eq!(
            found["older_id"],
            json!(place.checked_sub(1).map(|place| &ids[place]))
        );
        assert_eq!(found["newer_id"], json!(ids.get(place + 1)));
        assert_eq!(found["capped"], json!([]));
    }
    assert_eq!(server.data(&path("first")).await["id"], json!(ids[0]));
    assert_eq!(server.data(&path("latest")).await["id"], json!(ids[2]));
    let (_, foreign) = occurred(&server, &report("another")).await;
    for unknown in [foreign, fresh_id().to_string()] {
        server
            .get(&path(&unknown))
            .await
            .refusal(404, "error_not_found");
    }
}

async fn a_search_narrows_the_occurrences(stack: Stack) {
    let server = Server::start(stack).await;
    let mut ids = Vec::new();
    let mut error = String::new();
    for (environment, release) in [("staging", "1"), ("production", "1"), ("staging", "2")] {
        let body = json!({
            "message": "m", "source": "s", "environment": environment, "release": release,
        });
        let (id, occurrence) = occurred(&server, &body).await;
        error = id;
        ids.push(occurrence);
    }
    let path = |named: &str, query: &str| {
        let query = query.replace(' ', "%20");
        format!("/api/errors/{error}/occurrences{named}?query={query}")
    };
    let staging = "is:resolved words assigned:me environment:staging";
    let latest = server.data(&path("/latest", staging)).await;
    assert_eq!(latest["id"], json!(ids[2]));
    assert_eq!(
        (&latest["position"], &latest["total"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(latest["older_id"], json!(ids[0]));
    let between = server.data(&path(&format!("/{}", ids[1]), staging)).await;
    assert_eq!(
        (&between["position"], &between["total"]),
        (&Value::Null, &json!(2))
    );
    assert_eq!(
        (&between["older_id"], &between["newer_id"]),
        (&json!(ids[0]), &json!(ids[2]))
    );
    let listed = server
        .data(&path("", "!environment:production release:1"))
        .await;
    assert_eq!(
        (&listed["total"], &listed["occurrences"][0]["id"]),
        (&json!(1), &json!(ids[0]))
    );
    for named in ["/latest", "/first"] {
        let answer = server.get(&path(named, "environment:nowhere")).await;
        answer.refusal(404, "error_not_found");
    }
    assert_eq!(server.data(&path("", "message:nothing")).await["total"], 0);
    server
        .get(&path("/latest", "is:"))
        .await
        .names_field("query");
}

async fn surroundings_come_out_of_the_context(stack: Stack) {
    let server = Server::start(stack).await;
    let context = json!({
        "breadcrumbs": [
            { "timestamp": "2026-11-20T12:00:01Z", "type": "http", "data": { "status": 500 } },
            { "timestamp": "2026-11-20T12:00:00Z", "message": "clicked", "category": "ui" },
        ],
        "request": { "method": "GET", "url": "https://shop/cart", "headers": { "Host": "shop" } },
        "exception": [{ "type": "KeyError", "value": "'tea'", "stacktrace": { "frames": [
            { "function": "price", "filename": "price.py", "lineno": 3, "in_app": true,
              "pre_context": ["def price(name):"], "context_line": "    raise KeyError(name)",
              "vars": { "name": "tea" } },
        ] } }],
    });
    let body = json!({ "message": "m", "source": "s", "context": context });
    let (id, _) = occurred(&server, &body).await;
    for path in [
        format!("/api/errors/{id}"),
        format!("/api/errors/{id}/occurrences/latest"),
    ] {
        let shown = server.data(&path).await;
        assert_eq!(shown["context"], context);
        assert_eq!(shown["breadcrumbs"][0]["message"], "clicked");
        assert_eq!(shown["breadcrumbs"][1]["data"]["status"], 500);
        assert_eq!(shown["breadcrumbs"][1]["level"], Value::Null);
        let expected = json!({
            "method": "GET", "url": "https://shop/cart", "query": null,
            "headers": { "Host": "shop" }, "body": null,
        });
        assert_eq!(shown["request"], expected);
        let frame = &shown["exceptions"][0]["frames"][0];
        assert_eq!(frame["pre_context"], json!(["def price(name):"]));
        assert_eq!(frame["vars"]["name"], "tea");
    }
    let (bare, _) = occurred(&server, &report("bare")).await;
    let shown = server.data(&format!("/api/errors/{bare}")).await;
    assert_eq!(
        (&shown["breadcrumbs"], &shown["request"]),
        (&json!([]), &Value::Null)
    );
}

async fn an_error_tells_its_past(stack: Stack) {
    let server = Server::start(stack).await;
    let one = |message: &str, release: Option<&str>, days: i64| {
        json!({
            "message": message, "source": "s", "release": release,
            "timestamp": time_in(Duration::days(-days)),
        })
    };
    let kept = text(&server.report(&one("kept", Some("2"), 0)).await["id"]).to_owned();
    server.report(&one("kept", None, 3)).await;
    let gone = text(&server.report(&one("other", Some("1"), 2)).await["id"]).to_owned();
    let merge = format!("/api/errors/{gone}/merge");
    server
        .post(&merge, &json!({ "into": kept }))
        .await
        .data(200);
    let shown = server.data(&format!("/api/errors/{kept}")).await;
    assert_eq!(
        (&shown["count"], &shown["count_today"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(
        (&shown["first_release"], &shown["last_release"]),
        (&json!("1"), &json!("2"))
    );
    let prints = shown["fingerprints"].as_array().unwrap();
    assert_eq!(prints.len(), 2);
    assert_eq!(
        (&prints[0]["count"], &prints[1]["count"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        (&prints[0]["joined_by"], &prints[0]["merged_from"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(prints[0]["message"], "kept");
    assert_eq!(prints[1]["merged_from"], json!(gone));
    assert_eq!(prints[1]["joined_by"]["kind"], "key");
    assert_eq!(prints[1]["message"], "other");
}

async fn an_error_has_a_place_in_the_list(stack: Stack) {
    let server = Server::start(stack).await;
    let mut ids = Vec::new();
    for minutes in 0..4 {
        let body = json!({
            "message": format!("number {minutes} failed badly"), "source": "s",
            "fingerprint": [minutes.to_string()],
            "environment": if minutes == 2 { "staging" } else { "production" },
            "timestamp": time_in(Duration::minutes(-minutes)),
        });
        ids.push(text(&server.report(&body).await["id"]).to_owned());
    }
    let place = |id: &str, query: &str| format!("/api/errors/{id}/neighbors{query}");
    let second = server.data(&place(&ids[1], "")).await;
    let expected = json!({
        "position": 2, "total": 4, "previous_id": ids[0], "next_id": ids[2], "capped": [],
    });
    assert_eq!(second, expected);
    let outside = server
        .data(&place(&ids[2], "?query=environment:production"))
        .await;
    assert_eq!(
        (&outside["position"], &outside["total"]),
        (&Value::Null, &json!(3))
    );
    assert_eq!(
        (&outside["previous_id"], &outside["next_id"]),
        (&json!(ids[1]), &json!(ids[3]))
    );
    let last = server
        .data(&place(&ids[0], "?sort=first_seen&limit=1"))
        .await;
    assert_eq!(
        (&last["position"], &last["previous_id"]),
        (&json!(1), &Value::Null)
    );
    let unknown = fresh_id().to_string();
    server
        .get(&place(&unknown, ""))
        .await
        .refusal(404, "error_not_found");
    server.get(&place("x", "")).await.names_field("id");
    let often = format!("/api/errors/{}/often-with", ids[0]);
    assert_eq!(
        server.data(&often).await["errors"],
        json!([]),
        "one minute is not enough"
    );
}

async fn counts_are_those_of_the_list(stack: Stack) {
    let server = Server::start(stack).await;
    let mut ids = Vec::new();
    for (number, environment) in ["a", "b", "c", "d", "e"]
        .iter()
        .zip(["x", "y", "x", "y", "x"])
    {
        for user in 0..2 {
            let body = json!({
                "message": format!("error {number}"), "source": "s", "fingerprint": [number],
                "environment": environment, "user": { "id": user },
            });
            let data = server.report(&body).await;
            if user == 0 {
                ids.push(text(&data["id"]).to_owned());
            }
        }
    }
    server
        .put(&format!("/api/errors/{}/resolve", ids[0]))
        .await
        .data(200);
    server
        .put(&format!("/api/errors/{}/ignore", ids[1]))
        .await
        .data(200);
    server
        .put(&format!("/api/errors/{}/resolve", ids[2]))
        .await
        .data(200);
    let again = json!({
        "message": "error c", "source": "s", "fingerprint": ["c"], "environment": "x",
    });
    server.report(&again).await;
    let counts = |query: &str| {
        let path = format!("/api/errors/counts{query}");
        let server = &server;
        async move { server.data(&path).await }
    };
    let all = json!({
        "open": 3, "regressed": 1, "ignored": 1, "resolved": 1, "all": 5, "occurrences": 11,
        "users": 2, "capped": [],
    });
    assert_eq!(counts("").await, all);
    let open = counts("?query=is:open").await;
    assert_eq!((&open["all"], &open["occurrences"]), (&json!(5), &json!(7)));
    assert_eq!(counts("?resolved=true").await["occurrences"], 2);
    let of_x = counts("?environment=x&query=is:regressed").await;
    assert_eq!(
        (&of_x["open"], &of_x["resolved"], &of_x["all"]),
        (&json!(2), &json!(1), &json!(3))
    );
    assert_eq!(
        (&of_x["occurrences"], &of_x["users"]),
        (&json!(3), &json!(2))
    );
    for query in ["", "?environment=x", "?query=word"] {
        let listed = server.data(&format!("/api/errors{query}")).await;
        assert_eq!(counts(query).await["all"], listed["total"], "{query}");
    }
    let cached = server.get("/api/errors/counts?project=default").await;
    assert_eq!(cached.header("x-cache"), "MISS");
    let cached = server.get("/api/errors/counts?project=default").await;
    assert_eq!(cached.header("x-cache"), "HIT");
}

async fn what_waits_is_told_to_who_may_read_it(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    server
        .put(&format!("/api/errors/{id}/resolve"))
        .await
        .data(200);
    server.report(&report("m")).await;
    let incident = json!({ "title": "t", "severity": "low" });
    server
        .post("/api/alerts/incidents", &incident)
        .await
        .data(201);
    let expected = json!({ "errors": 1, "rules": 0, "incidents": 1 });
    assert_eq!(server.data("/api/attention").await, expected);
    let permissions = ["--permissions", "errors:read"];
    let reader = server.with_key(&server.site.create_key(&permissions).await);
    let expected = json!({ "errors": 1, "rules": null, "incidents": null });
    assert_eq!(reader.data("/api/attention").await, expected);
    server
        .anonymous()
        .get("/api/attention")
        .await
        .refusal(401, "missing_api_key");
}

async fn bad_parameters_of_occurrences_are_named(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    let path = format!("/api/errors/{id}/occurrences");
    for (address, field) in [
        (format!("{path}/newest"), "occurrence_id"),
        ("/api/errors/x/occurrences/latest".to_owned(), "id"),
        (format!("{path}/latest?since=yesterday"), "since"),
        (format!("{path}?until=x"), "until"),
        ("/api/errors/counts?level=x".to_owned(), "level"),
        ("/api/errors/counts?query=is:x".to_owned(), "query"),
        (format!("/api/errors/{id}/neighbors?sort=x"), "sort"),
    ] {
        server.get(&address).await.names_field(field);
    }
}
