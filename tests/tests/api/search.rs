//! Search, facets and tags of errors.

use e2e::value::{report, text, texts};
use e2e::{Answer, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;

on_both_stacks! {
    a_query_finds_by_every_occurrence,
    figures_are_those_of_what_matches,
    bad_queries_name_the_position,
    unknown_keys_get_a_hint,
    facets_count_errors_by_value,
    tags_are_counted_for_each_error,
    values_of_a_tag_come_in_pages,
    known_keys_and_values_are_listed,
    cursors_belong_to_their_list,
    similar_errors_say_why,
    what_was_recorded_is_found_after_a_kill,
}

async fn ask(server: &Server, path: &str, query: &[(&str, &str)]) -> Answer {
    Answer::to(server.request(Method::GET, path).query(query)).await
}

async fn found(server: &Server, query: &str) -> Vec<String> {
    let data = ask(server, "/api/errors", &[("query", query)])
        .await
        .data(200);
    let mut found = texts(data["errors"].as_array().unwrap(), "message");
    assert_eq!(data["total"], found.len(), "{query}");
    assert_eq!(data["total_capped"], false);
    found.sort();
    found
}

/// An error that was seen in production and then in staging, and another one.
async fn two_errors(server: &Server) -> Vec<Value> {
    let mut made = Vec::new();
    for body in [
        json!({ "message": "Straße gesperrt", "level": "error", "environment": "production",
            "release": "shop@1.0.0", "tags": { "plan": "Pro" }, "user": { "id": 7, "email": "ann@shop.example" } }),
        json!({ "message": "Straße gesperrt", "level": "error", "environment": "staging",
            "release": "shop@2.0.0", "tags": { "plan": "free" }, "user": { "id": 8 } }),
        json!({ "message": "disk almost full", "level": "warning", "environment": "staging" }),
    ] {
        let mut body = body;
        body["source"] = json!("shop");
        made.push(server.report(&body).await);
    }
    made
}

async fn a_query_finds_by_every_occurrence(stack: Stack) {
    let server = Server::start(stack).await;
    two_errors(&server).await;
    let (street, disk) = ("Straße gesperrt", "disk almost full");
    for (query, expected) in [
        ("", vec![street, disk]),
        ("STRASSE", vec![street]),
        ("environment:production", vec![street]),
        ("environment:staging", vec![street, disk]),
        ("environment:staging release:shop@1.0.0", vec![]),
        ("!environment:production", vec![disk]),
        ("plan:pro", vec![street]),
        ("plan:[pro,none]", vec![street]),
        ("user:ann*", vec![street]),
        ("level:warning", vec![disk]),
        ("is:new is:open", vec![street, disk]),
        ("is:resolved", vec![]),
        ("count:>1", vec![street]),
        ("users:>=2", vec![street]),
        ("last_seen:<2h", vec![street, disk]),
        ("since:1h", vec![street, disk]),
        ("until:1h", vec![]),
        ("\"almost full\"", vec![disk]),
        ("-disk", vec![street]),
        ("has:plan", vec![street]),
    ] {
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(found(&server, query).await, expected, "{query}");
    }
    let data = ask(
        &server,
        "/api/errors",
        &[("environment", "production"), ("query", "plan:free")],
    );
    assert_eq!(data.await.data(200)["total"], 0);
}

async fn figures_are_those_of_what_matches(stack: Stack) {
    let server = Server::start(stack).await;
    two_errors(&server).await;
    let one = async |query: &[(&str, &str)]| {
        let data = ask(&server, "/api/errors", query).await.data(200);
        data["errors"][0].clone()
    };
    let all = one(&[("query", "gesperrt"), ("sort", "users")]).await;
    assert_eq!(
        (&all["count"], &all["total_count"], &all["users"]),
        (&json!(2), &json!(2), &json!(2))
    );
    assert_eq!(all["new"], true);
    let hours = all["trend"].as_array().unwrap();
    assert_eq!(hours.len(), 24);
    assert_eq!(hours.iter().filter_map(Value::as_i64).sum::<i64>(), 2);
    let staging = one(&[
        ("query", "gesperrt environment:staging"),
        ("sort", "trend"),
        ("trend", "14d"),
    ])
    .await;
    assert_eq!(
        (
            &staging["count"],
            &staging["total_count"],
            &staging["users"]
        ),
        (&json!(1), &json!(2), &json!(1))
    );
    assert_eq!(staging["trend"].as_array().unwrap().len(), 14);
    let whole = server
        .data(&format!("/api/errors/{}", text(&all["id"])))
        .await;
    for field in ["type", "culprit", "new", "users", "total_count", "trend"] {
        assert_eq!(whole[field], all[field], "{field}");
    }
}

async fn bad_queries_name_the_position(stack: Stack) {
    let server = Server::start(stack).await;
    for (query, position) in [
        ("is:sleeping", 1),
        ("a is:", 3),
        ("über \"offen", 6),
        ("plan:[a,b", 1),
        ("plan:[]", 1),
        ("count:many", 1),
    ] {
        let answer = ask(&server, "/api/errors", &[("query", query)]).await;
        let refused = answer.refusal(400, "invalid_input");
        let sentence = format!("field 'query' cannot be understood at position {position}:");
        assert!(
            text(&refused["error"]).contains(&sentence),
            "{query}: {refused}"
        );
        assert_eq!(refused["details"][0]["field"], "query");
        assert_eq!(refused["details"][0]["position"], position);
    }
    let long = "a".repeat(2_001);
    let refused = ask(&server, "/api/errors", &[("query", &long)]).await;
    assert_eq!(
        refused.refusal(400, "invalid_input")["details"][0]["position"],
        2_001
    );
    for (name, value) in [("sort", "age"), ("trend", "7d"), ("since", "yesterday")] {
        ask(&server, "/api/errors", &[(name, value)])
            .await
            .names_field(name);
    }
}

async fn unknown_keys_get_a_hint(stack: Stack) {
    let server = Server::start(stack).await;
    two_errors(&server).await;
    let data = ask(
        &server,
        "/api/errors",
        &[("query", "gesperrt enviroment:x")],
    )
    .await
    .data(200);
    assert_eq!(data["hints"][0]["position"], 10);
    assert!(text(&data["hints"][0]["message"]).contains("environment"));
    let data = ask(&server, "/api/errors", &[("query", "plan:pro")])
        .await
        .data(200);
    assert_eq!(data["hints"], json!([]));
}

async fn facets_count_errors_by_value(stack: Stack) {
    let server = Server::start(stack).await;
    let made = two_errors(&server).await;
    let id = text(&made[2]["id"]);
    server
        .put(&format!("/api/errors/{id}/resolve"))
        .await
        .data(200);
    let facets = server.data("/api/errors/facets").await;
    assert_eq!(
        facets["environment"],
        json!([{ "value": "staging", "count": 2 }, { "value": "production", "count": 1 }])
    );
    assert_eq!(
        facets["status"],
        json!([{ "value": "open", "count": 1 }, { "value": "resolved", "count": 1 }])
    );
    assert_eq!(
        facets["level"],
        json!([{ "value": "error", "count": 1 }, { "value": "warning", "count": 1 }])
    );
    let facets = ask(
        &server,
        "/api/errors/facets",
        &[("query", "environment:production")],
    )
    .await
    .data(200);
    assert_eq!(
        facets["release"],
        json!([{ "value": "shop@1.0.0", "count": 1 }])
    );
    assert_eq!(
        facets["environment"],
        json!([{ "value": "production", "count": 1 }])
    );
}

async fn tags_are_counted_for_each_error(stack: Stack) {
    let server = Server::start(stack).await;
    let made = two_errors(&server).await;
    let id = text(&made[0]["id"]);
    let data = server.data(&format!("/api/errors/{id}/tags")).await;
    let tags = data["tags"].as_array().unwrap();
    assert_eq!(
        texts(tags, "key"),
        ["environment", "level", "plan", "release", "source", "user"]
    );
    let plan = &tags[2];
    assert_eq!((&plan["total"], &plan["distinct"]), (&json!(2), &json!(2)));
    assert_eq!(
        texts(plan["values"].as_array().unwrap(), "value"),
        ["Pro", "free"]
    );
    for path in ["tags", "tags/plan"] {
        server
            .get(&format!("/api/errors/not-an-id/{path}"))
            .await
            .refusal(400, "invalid_input");
        let unknown = format!("/api/errors/00000000-0000-7000-8000-000000000000/{path}");
        server.get(&unknown).await.refusal(404, "error_not_found");
    }
    server
        .get(&format!("/api/errors/{id}/tags/nothing"))
        .await
        .refusal(404, "tag_not_found");
}

async fn values_of_a_tag_come_in_pages(stack: Stack) {
    let server = Server::start(stack).await;
    let mut id = String::new();
    for number in 0..5 {
        let mut body = report("paged");
        body["tags"] = json!({ "number": number.to_string() });
        id = text(&server.report(&body).await["id"]).to_owned();
    }
    let path = format!("/api/errors/{id}/tags/number");
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = vec![("limit", "2")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let data = ask(&server, &path, &query).await.data(200);
        assert_eq!((&data["total"], &data["other"]), (&json!(5), &json!(0)));
        seen.extend(texts(data["values"].as_array().unwrap(), "value"));
        match data["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
    ask(&server, &path, &[("cursor", "t")])
        .await
        .names_field("cursor");
}

async fn known_keys_and_values_are_listed(stack: Stack) {
    let server = Server::start(stack).await;
    two_errors(&server).await;
    let data = server.data("/api/tags").await;
    assert_eq!(data["tags"][0]["errors"], 2);
    assert!(texts(data["tags"].as_array().unwrap(), "key").contains(&"plan".to_owned()));
    let data = ask(&server, "/api/tags/plan/values", &[("prefix", "PR")])
        .await
        .data(200);
    assert_eq!(texts(data["values"].as_array().unwrap(), "value"), ["Pro"]);
    assert_eq!(
        server.data("/api/tags/unknown/values").await,
        json!({ "values": [] })
    );
    server
        .get("/api/tags?project=nobody")
        .await
        .refusal(404, "project_not_found");
}

async fn cursors_belong_to_their_list(stack: Stack) {
    let server = Server::start(stack).await;
    two_errors(&server).await;
    let data = ask(
        &server,
        "/api/errors",
        &[("limit", "1"), ("query", "is:open")],
    )
    .await
    .data(200);
    let cursor = text(&data["next_cursor"]);
    let query = [("limit", "1"), ("query", "is:open"), ("cursor", cursor)];
    assert_eq!(
        ask(&server, "/api/errors", &query).await.data(200)["errors"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    for other in [("query", "is:new"), ("sort", "count"), ("level", "error")] {
        let answer = ask(&server, "/api/errors", &[other, ("cursor", cursor)]).await;
        answer.names_field("cursor");
    }
}

async fn what_was_recorded_is_found_after_a_kill(stack: Stack) {
    let mut server = Server::start(stack).await;
    for number in 0..40 {
        let mut body = report("before the kill");
        body["tags"] = json!({ "number": (number % 4).to_string() });
        server.report(&body).await;
    }
    server.kill();
    let server = Server::on(Arc::clone(&server.site)).await;
    let data = ask(&server, "/api/errors", &[("query", "number:1")])
        .await
        .data(200);
    assert_eq!(data["errors"][0]["count"], 10);
    assert_eq!(data["errors"][0]["total_count"], 40);
}

async fn similar_errors_say_why(stack: Stack) {
    let server = Server::start(stack).await;
    let mut ids = Vec::new();
    for message in [
        "disk sda is nearly full",
        "disk sdb is nearly full",
        "card refused",
    ] {
        let body = json!({ "message": message, "source": "shop", "fingerprint": [message] });
        ids.push(text(&server.report(&body).await["id"]).to_owned());
    }
    let data = server
        .data(&format!("/api/errors/{}/similar", ids[0]))
        .await;
    let similar = data["similar"].as_array().unwrap();
    assert_eq!(similar.len(), 1, "{data}");
    assert_eq!(similar[0]["error"]["id"], ids[1]);
    assert_eq!(similar[0]["why"], json!(["message differs in 1 word"]));
    assert!(similar[0]["score"].as_f64().unwrap() >= 0.3);
    let none = server
        .data(&format!("/api/errors/{}/similar", ids[2]))
        .await;
    assert_eq!(none["similar"], json!([]));
    server
        .get("/api/errors/x/similar")
        .await
        .refusal(400, "invalid_input");
    let unknown = "/api/errors/00000000-0000-7000-8000-000000000000/similar";
    server.get(unknown).await.refusal(404, "error_not_found");
}
