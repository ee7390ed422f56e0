//! Many readers of a stream, slow ones, and readers of several nodes.

use crate::stream::{PATIENCE, Reader};
use e2e::value::{report, text};
use e2e::{Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

on_both_stacks! {
    a_node_has_places_for_a_thousand_readers,
    a_reader_who_takes_nothing_is_left_behind,
}

mod two_nodes {
    #[tokio::test]
    async fn changes_of_one_are_told_by_the_other() {
        super::changes_of_one_are_told_by_the_other().await;
    }

    #[tokio::test]
    async fn readers_are_told_that_a_node_died() {
        super::readers_are_told_that_a_node_died().await;
    }
}

async fn a_node_has_places_for_a_thousand_readers(stack: Stack) {
    let server = Server::start(stack).await;
    let mut readers = Vec::new();
    for _ in 0..1_000 {
        let request = server.request(Method::GET, "/api/stream");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        readers.push(Reader::at_once(response));
    }
    let full = server.get("/api/stream").await;
    full.refusal(503, "overloaded");
    assert!(!full.header("retry-after").is_empty());
    sleep(Duration::from_millis(500)).await;
    server.report(&report("told to all")).await;
    for reader in &mut readers {
        let (name, _, data) = reader.next().await;
        assert_eq!(
            (name.as_str(), &data["message"]),
            ("error.new", &json!("told to all"))
        );
    }
    drop(readers);
    for _ in 0..400 {
        let request = server.request(Method::GET, "/api/stream");
        if request.send().await.unwrap().status() == 200 {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("places are not given back");
}

async fn a_reader_who_takes_nothing_is_left_behind(stack: Stack) {
    const ROUNDS: usize = 8;
    const ERRORS: usize = 400;
    let server = Server::start(stack).await;
    let mut lazy = Reader::open(&server, "/api/stream", None).await;
    let mut prompt = Reader::open(&server, "/api/stream", None).await;
    let reading = tokio::spawn(async move {
        for _ in 0..ROUNDS * ERRORS {
            assert_eq!(prompt.next().await.0, "error.new");
        }
    });
    // More than a connection and its queue hold.
    let long = "m".repeat(8_000);
    let before = server.peak_own_memory_kib();
    for round in 0..ROUNDS {
        let batch: Vec<Value> = (0..ERRORS)
            .map(|number| {
                let mut one = report(&long);
                one["fingerprint"] = json!([format!("{round}-{number}")]);
                one
            })
            .collect();
        let stored = server.post("/api/errors/batch", &json!(batch)).await;
        assert!(stored.status < 300, "{}", stored.text());
        sleep(Duration::from_millis(1_200)).await;
    }
    reading.await.unwrap();
    let more = server.peak_own_memory_kib() - before;
    assert!(more < 150_000, "it took {more} KiB");
    // It is waited for for 10 seconds.
    sleep(Duration::from_secs(12)).await;
    let ends = timeout(PATIENCE, async { while lazy.receive().await {} });
    ends.await.expect("its stream has ended");
}

/// Two nodes on PostgreSQL and Redis.
async fn two_nodes() -> (Server, Server) {
    let site = Arc::new(Site::new(Stack::PostgresRedis).await);
    (Server::on(Arc::clone(&site)).await, Server::on(site).await)
}

async fn changes_of_one_are_told_by_the_other() {
    let (here, there) = two_nodes().await;
    let mut reader = Reader::open(&there, "/api/stream", None).await;
    let id = text(&here.report(&report("told")).await["id"]).to_owned();
    let (name, last, data) = reader.next().await;
    assert_eq!((name.as_str(), &data["id"]), ("error.new", &json!(id)));
    drop(reader);
    let path = format!("/api/errors/{id}/resolve");
    there.put(&path).await.data(200);
    // Goes on on the other node, behind what the first told.
    let request = here.request(Method::GET, "/api/stream");
    let request = request.header("Last-Event-ID", &last);
    let mut reader = Reader::at_once(request.send().await.unwrap());
    let (name, _, data) = reader.next().await;
    assert_eq!(
        (name.as_str(), &data["status"]),
        ("error.changed", &json!("resolved"))
    );
    assert!(reader.is_quiet().await, "nothing is told twice");
}

async fn readers_are_told_that_a_node_died() {
    let (mut here, there) = two_nodes().await;
    let mut reader = Reader::open(&there, "/api/stream", None).await;
    assert!(reader.is_quiet().await, "both are at work");
    here.kill();
    let (name, _, data) = reader.next().await;
    assert_eq!((name.as_str(), data), ("reset", json!({})));
    there.report(&report("goes on")).await;
    assert_eq!(reader.next().await.0, "error.new");
    assert!(reader.is_quiet().await, "once");
}
