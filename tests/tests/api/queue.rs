//! Reports that are answered before they are stored: each is stored, once, whatever ends meanwhile.

use e2e::value::{fresh_id, report, text};
use e2e::{Answer, Client, Server, Site, Stack};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

async fn later(client: &Client, path: &str, body: &Value) -> Answer {
    let request = client.posting(path, body.to_string());
    Answer::to(request.header("Prefer", "respond-async")).await
}

/// Waits until an error has this count.
async fn counts(client: &Client, query: &str, count: usize) -> Value {
    let started = Instant::now();
    loop {
        let errors = client.errors(query).await;
        match errors.first() {
            Some(error) if error["count"] == count => return error.clone(),
            found => assert!(
                started.elapsed() < PATIENCE,
                "{count} expected: {:?}",
                found.map(|error| &error["count"])
            ),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The names of all occurrences of an error.
async fn names(client: &Client, error: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let path = format!("/api/errors/{}/occurrences?limit=100", text(&error["id"]));
    let mut next = path.clone();
    loop {
        let page = client.data(&next).await;
        for occurrence in page["occurrences"].as_array().unwrap() {
            assert!(
                names.insert(text(&occurrence["event_id"]).to_owned()),
                "an occurrence is there twice"
            );
        }
        let Some(cursor) = page["next_cursor"].as_str() else {
            return names;
        };
        next = format!("{path}&cursor={cursor}");
    }
}

#[tokio::test]
async fn who_prefers_so_is_answered_at_once_and_stored_soon() {
    let server = Server::start(Stack::PostgresRedis).await;
    let event = fresh_id().to_string();
    let mut body = report("m");
    body["event_id"] = json!(event);
    for _ in 0..2 {
        let answer = later(&server, "/api/errors", &body).await;
        let data = answer.data(202);
        assert_eq!(data["event_id"], event);
        assert_eq!(data["event_ids"], json!([event]));
    }
    let error = counts(&server, "", 1).await;
    let unnamed = later(&server, "/api/errors", &report("m")).await;
    let made_up = text(&unnamed.data(202)["event_id"]).to_owned();
    counts(&server, "", 2).await;
    assert_eq!(
        names(&server, &error).await,
        BTreeSet::from([event, made_up])
    );
}

#[tokio::test]
async fn a_batch_may_be_stored_later_and_a_bad_item_costs_no_good_one() {
    let server = Server::start(Stack::PostgresRedis).await;
    let batch = json!([report("m"), {"source": "s"}, report("m")]);
    let answer = later(&server, "/api/errors/batch", &batch).await;
    let data = answer.data(202);
    let statuses: Vec<u64> = data["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [202, 400, 202]);
    let queued: BTreeSet<String> = data["event_ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| text(id).to_owned())
        .collect();
    let error = counts(&server, "", 2).await;
    assert_eq!(names(&server, &error).await, queued);
}

#[tokio::test]
async fn bad_reports_are_refused_at_once() {
    let server = Server::start(Stack::PostgresRedis).await;
    let refused = later(&server, "/api/errors", &json!({"source": "s"})).await;
    refused.names_field("message");
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn without_a_queue_the_answer_is_the_usual_one() {
    let server = Server::start(Stack::Sqlite).await;
    let answer = later(&server, "/api/errors", &report("m")).await;
    assert_eq!(answer.data(201)["count"], 1);
    let answer = later(&server, "/api/errors/batch", &json!([report("m")])).await;
    assert_eq!(answer.data(201)[0]["data"]["count"], 2);
}

#[tokio::test]
async fn without_redis_the_answer_is_the_usual_one() {
    let server = Server::start(Stack::PostgresRedis).await;
    server.site.redis().await.kill();
    let answer = later(&server, "/api/errors", &report("m")).await;
    assert_eq!(answer.data(201)["count"], 1);
}

/// PostgreSQL is away for longer than nodes trust keys, under load from 16 clients.
#[tokio::test]
async fn no_report_fails_and_none_is_lost_while_postgres_is_away() {
    let server = Site::with_own_postgres().await.start().await;
    server.report(&report("m")).await;
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..16)
        .map(|_| {
            let (client, over) = ((*server).clone(), Arc::clone(&over));
            tokio::spawn(async move {
                let (mut taken, mut queued) = (Vec::new(), 0);
                while !over.load(Ordering::Relaxed) {
                    let answer = client.post("/api/errors", &report("m")).await;
                    queued += usize::from(answer.status == 202);
                    assert!(
                        matches!(answer.status, 201 | 202),
                        "{}: {}",
                        answer.status,
                        answer.text()
                    );
                    taken.push(text(&answer.json()["data"]["event_id"]).to_owned());
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                (taken, queued)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.site.postgres().await.stop();
    tokio::time::sleep(Duration::from_secs(6)).await;
    server.site.postgres().await.start_again().await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    over.store(true, Ordering::Relaxed);
    let (mut taken, mut queued) = (BTreeSet::new(), 0);
    for client in clients {
        let (names, late) = client.await.unwrap();
        queued += late;
        taken.extend(names);
    }
    assert!(queued > 0, "PostgreSQL was never away");
    let error = counts(&server, "", taken.len() + 1).await;
    let stored = names(&server, &error).await;
    assert_eq!(stored.len(), taken.len() + 1);
    assert!(stored.is_superset(&taken));
}

/// The node that took reports out of the queue dies with them in its hands.
#[tokio::test]
async fn another_node_stores_what_a_dead_one_had_claimed() {
    let site = Site::with_own_postgres()
        .await
        .set("FAULTBOOK__INGEST__QUEUE_RECLAIM_AFTER", "1s");
    let site = Arc::new(site);
    let mut first = Server::on(Arc::clone(&site)).await;
    let second = Server::on(Arc::clone(&site)).await;
    first.report(&report("m")).await;
    second.errors("").await;
    site.postgres().await.stop();
    for _ in 0..20 {
        later(&first, "/api/errors", &report("m")).await.data(202);
    }
    // Long enough for one of the two to have claimed them.
    tokio::time::sleep(Duration::from_millis(500)).await;
    first.kill();
    site.postgres().await.start_again().await;
    let error = counts(&second, "", 21).await;
    assert_eq!(names(&second, &error).await.len(), 21);
}

#[tokio::test]
async fn what_was_queued_survives_the_death_of_redis_and_of_the_server() {
    let mut server = Site::with_own_postgres_and_durable_redis()
        .await
        .start()
        .await;
    server.report(&report("m")).await;
    server.site.postgres().await.stop();
    for _ in 0..20 {
        later(&server, "/api/errors", &report("m")).await.data(202);
    }
    server.kill();
    server.site.redis().await.kill();
    server.site.redis().await.start_again().await;
    server.site.postgres().await.start_again().await;
    let site = Arc::clone(&server.site);
    let server = Server::on(site).await;
    counts(&server, "", 21).await;
}
