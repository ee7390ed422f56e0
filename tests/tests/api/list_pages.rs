//! The order of lists, and walking through them.

use e2e::value::{report, text, texts, time_in};
use e2e::{Client, Server, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use time::Duration;

on_both_stacks! {
    the_newest_sighting_comes_first,
    each_order_is_kept,
    offsets_count_pages,
    cursors_walk_through_everything_once,
    the_next_pages_address_keeps_the_filters,
    a_walk_misses_nothing_that_stays_while_reports_come_in,
}

const NAMES: [&str; 26] = [
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett",
    "kilo", "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango",
    "uniform", "victor", "whiskey", "xray", "yankee", "zulu",
];

/// One error a name: the first seen longest ago, the last most often; ties among their counts.
async fn some_errors(client: &Client, count: usize) {
    let mut batch = Vec::new();
    for (number, name) in NAMES[..count].iter().enumerate() {
        for turn in 0..=number / 4 {
            let minutes = i64::try_from(1_000 - number * 10 + turn).unwrap();
            batch.push(json!({
                "message": format!("{name} broke"), "source": if number % 2 == 0 { "even" } else { "odd" },
                "timestamp": time_in(Duration::minutes(-minutes)),
            }));
        }
    }
    client
        .post("/api/errors/batch", &Value::from(batch))
        .await
        .data(201);
}

/// Every page from this path on, by `Link`.
async fn walk(client: &Client, path: &str) -> Vec<Value> {
    let mut path = path.to_owned();
    let mut seen = Vec::new();
    for _ in 0..100 {
        let answer = client.get(&path).await;
        let data = answer.data(200);
        seen.extend(data["errors"].as_array().unwrap().iter().cloned());
        let link = answer.header("link");
        if data["next_cursor"].is_null() {
            assert_eq!(link, "");
            return seen;
        }
        let next = link
            .strip_prefix('<')
            .and_then(|rest| rest.strip_suffix(">; rel=\"next\""));
        let next = next.unwrap_or_else(|| panic!("no next page in {link:?}"));
        assert!(next.contains(text(&data["next_cursor"])), "{link}");
        next.clone_into(&mut path);
    }
    panic!("the list has no end");
}

async fn the_newest_sighting_comes_first(stack: Stack) {
    let server = Server::start(stack).await;
    for message in ["first", "second", "third", "first"] {
        server.report(&report(message)).await;
    }
    let messages = texts(&server.errors("").await, "message");
    assert_eq!(messages, ["first", "third", "second"]);
}

async fn each_order_is_kept(stack: Stack) {
    let server = Server::start(stack).await;
    some_errors(&server, 26).await;
    for sort in ["last_seen", "first_seen", "count"] {
        let errors = server.errors(&format!("?sort={sort}&limit=100")).await;
        assert_eq!(errors.len(), 26);
        let key = |error: &Value| match error[sort].as_u64() {
            Some(count) => format!("{count:010}"),
            None => text(&error[sort]).to_owned(),
        };
        let keys: Vec<String> = errors.iter().map(key).collect();
        assert!(
            keys.is_sorted_by(|one, other| one >= other),
            "{sort}: {keys:?}"
        );
    }
    assert_eq!(server.errors("?sort=count").await[0]["count"], 7);
}

async fn offsets_count_pages(stack: Stack) {
    let server = Server::start(stack).await;
    some_errors(&server, 26).await;
    let whole = texts(&server.errors("?limit=100").await, "id");
    for (offset, limit, page) in [
        (0, 10, 1),
        (10, 10, 2),
        (20, 10, 3),
        (5, 10, 1),
        (25, 1, 26),
        (26, 10, 3),
        (100, 50, 3),
    ] {
        let data = server
            .data(&format!("/api/errors?limit={limit}&offset={offset}"))
            .await;
        let expected: Vec<&String> = whole.iter().skip(offset).take(limit).collect();
        let ids = texts(data["errors"].as_array().unwrap(), "id");
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{offset} {limit}");
        assert_eq!(
            (&data["page"], &data["limit"], &data["total"]),
            (&json!(page), &json!(limit), &json!(26))
        );
    }
}

async fn cursors_walk_through_everything_once(stack: Stack) {
    let server = Server::start(stack).await;
    some_errors(&server, 26).await;
    for sort in ["last_seen", "first_seen", "count"] {
        let whole = texts(
            &server.errors(&format!("?sort={sort}&limit=100")).await,
            "id",
        );
        for limit in [1, 4, 13, 26, 100] {
            let seen = walk(&server, &format!("/api/errors?sort={sort}&limit={limit}")).await;
            assert_eq!(texts(&seen, "id"), whole, "{sort} {limit}");
        }
        let from_middle = walk(
            &server,
            &format!("/api/errors?sort={sort}&limit=5&offset=7"),
        )
        .await;
        assert_eq!(texts(&from_middle, "id"), whole[7..], "{sort}");
    }
}

async fn the_next_pages_address_keeps_the_filters(stack: Stack) {
    let server = Server::start(stack).await;
    some_errors(&server, 26).await;
    let since = time_in(Duration::days(-30));
    let path = format!(
        "/api/errors?source=even&limit=4&sort=count&include=context&q=broke&resolved=false&since={since}"
    );
    let seen = walk(&server, &path).await;
    assert_eq!(seen.len(), 13);
    assert!(
        seen.iter()
            .all(|error| error["source"] == "even" && error.get("context").is_some())
    );
}

async fn a_walk_misses_nothing_that_stays_while_reports_come_in(stack: Stack) {
    let server = Server::start(stack).await;
    some_errors(&server, 26).await;
    let stays: BTreeSet<String> = texts(&server.errors("?limit=100").await, "id")
        .into_iter()
        .collect();
    let mut path = "/api/errors?limit=3".to_owned();
    let mut seen = Vec::new();
    let mut names = NAMES.iter();
    loop {
        let new = names.next().expect("the list has no end");
        let data = server.data(&path).await;
        seen.extend(texts(data["errors"].as_array().unwrap(), "id"));
        server.report(&report(&format!("new {new}"))).await;
        let Some(cursor) = data["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/errors?limit=3&cursor={cursor}");
    }
    let distinct: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "an error was listed twice");
    assert!(stays.is_subset(&distinct));
}
