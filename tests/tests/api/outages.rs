//! A dependency that is down: what still works, what says so, and that everything comes back.

use e2e::value::{report, text};
use e2e::{Answer, Client, Server, Site, Stack};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long an answer may take while a dependency is down.
const SOON: Duration = Duration::from_secs(8);

#[track_caller]
fn is_unavailable(answer: &Answer) {
    answer.refusal(503, "unavailable");
    let seconds: u32 = answer.header("retry-after").parse().expect("Retry-After");
    assert!((1..=60).contains(&seconds), "{seconds}");
}

async fn timed<F: Future<Output = Answer>>(answer: F) -> Answer {
    let started = Instant::now();
    let answer = answer.await;
    let elapsed = started.elapsed();
    assert!(elapsed < SOON, "the answer took {elapsed:?}");
    answer
}

async fn until_ready(client: &Client) {
    let started = Instant::now();
    while client.get("/readyz").await.status != 200 {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "it does not recover"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until what was queued is stored.
async fn counts(client: &Client, id: &str, count: u64) {
    let started = Instant::now();
    let path = format!("/api/errors/{id}");
    while client.data(&path).await["count"] != count {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{} instead of {count}",
            client.data(&path).await["count"]
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reports until the answer is a 201: just after an outage it may still be a 202. Those that are queued
/// meanwhile are told apart by their message.
async fn stored(client: &Client) -> serde_json::Value {
    let started = Instant::now();
    loop {
        let probe = client.post("/api/errors", &report("is it back")).await;
        if probe.status == 201 {
            return client.report(&report("m")).await;
        }
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "it is not back"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn without_postgres_requests_are_told_to_come_again_and_all_recovers() {
    let server = Site::with_own_postgres().await.start().await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    let path = format!("/api/errors/{id}");
    for round in 1..=2 {
        server.site.postgres().await.stop();
        let queued = timed(server.post("/api/errors", &report("m"))).await;
        let names = queued.data(202)["event_ids"].clone();
        assert_eq!(names.as_array().map(Vec::len), Some(1));
        is_unavailable(&timed(server.get(&format!("/api/errors?offset={round}"))).await);
        is_unavailable(&timed(server.get(&path)).await);
        is_unavailable(&timed(server.put(&format!("{path}/resolve"))).await);
        is_unavailable(&timed(server.delete(&path)).await);
        is_unavailable(&timed(server.get("/readyz")).await);
        assert_eq!(timed(server.get("/livez")).await.status, 200);
        assert_eq!(timed(server.get("/health")).await.status, 200);
        // Not even who is calling can be found out for a key that was not seen lately.
        is_unavailable(&timed(server.with_key("unseen").get("/api/errors")).await);
        server
            .post("/api/errors", &json!({ "source": "s" }))
            .await
            .names_field("message");

        server.site.postgres().await.start_again().await;
        until_ready(&server).await;
        counts(&server, &id, 2 * round).await;
        let data = stored(&server).await;
        assert_eq!(
            (&data["id"], &data["count"]),
            (&json!(id), &json!(2 * round + 1))
        );
        assert_eq!(server.errors("?q=m").await[0]["count"], 2 * round + 1);
    }
}

/// PostgreSQL is killed while 16 clients report: what was acknowledged is there, exactly once.
#[tokio::test]
async fn what_was_acknowledged_survives_the_death_of_postgres() {
    let server = Site::with_own_postgres().await.start().await;
    server.report(&report("m")).await;
    let acknowledged = Arc::new(AtomicU64::new(1));
    let over = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (client, acknowledged, over) = (
                (*server).clone(),
                Arc::clone(&acknowledged),
                Arc::clone(&over),
            );
            tokio::spawn(async move {
                let mut unavailable = 0;
                while !over.load(Ordering::Relaxed) {
                    let mut body = report("m");
                    body["event_id"] = json!(e2e::value::fresh_id());
                    // A client that is told to come again sends the same event again.
                    loop {
                        let answer = client.post("/api/errors", &body).await;
                        if matches!(answer.status, 201 | 202) {
                            acknowledged.fetch_add(1, Ordering::Relaxed);
                            break;
                        }
                        is_unavailable(&answer);
                        unavailable += 1;
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
                unavailable
            })
        })
        .collect();
    let until = async |count: u64| {
        while acknowledged.load(Ordering::Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    until(100).await;
    server.site.postgres().await.kill();
    let at_death = acknowledged.load(Ordering::Relaxed);
    is_unavailable(&timed(server.get("/readyz")).await);
    server.site.postgres().await.start_again().await;
    until(at_death + 100).await;
    over.store(true, Ordering::Relaxed);
    let mut unavailable = 0;
    for task in tasks {
        unavailable += task.await.unwrap();
    }
    assert_eq!(unavailable, 0, "the queue takes what PostgreSQL cannot");
    let errors = server.errors("").await;
    assert_eq!(errors.len(), 1);
    let id = text(&errors[0]["id"]);
    counts(&server, id, acknowledged.load(Ordering::Relaxed)).await;
    let errors = server.errors("").await;
    let occurrences = server
        .data(&format!(
            "/api/errors/{}/occurrences",
            text(&errors[0]["id"])
        ))
        .await;
    assert_eq!(occurrences["total"], errors[0]["count"]);
}

#[tokio::test]
async fn a_server_does_not_start_without_its_database_and_says_why() {
    let site = Site::with_own_postgres().await;
    site.postgres().await.stop();
    let output = site.run(&[]).await;
    assert!(!output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("database"), "{said}");
}

#[derive(Debug, Clone, Copy)]
enum Trouble {
    Killed,
    Stalled,
}

/// Writes and reads for a while; every read must hold what was confirmed before it.
async fn reads_follow_writes(server: &Server, turns: u64) {
    let mut confirmed = server.report(&report("m")).await["count"].as_u64().unwrap();
    for _ in 0..turns {
        let listed = timed(server.get("/api/errors")).await.data(200);
        assert_eq!(listed["errors"][0]["count"], confirmed);
        let told = timed(server.post("/api/errors", &report("m")))
            .await
            .data(201);
        assert_eq!(told["count"], confirmed + 1);
        confirmed += 1;
    }
}

async fn redis_in(trouble: Trouble) {
    let server = Server::start(Stack::PostgresRedis).await;
    let other = Server::on(Arc::clone(&server.site)).await;
    reads_follow_writes(&server, 10).await;
    other.errors("").await;
    {
        let mut redis = server.site.redis().await;
        match trouble {
            Trouble::Killed => redis.kill(),
            Trouble::Stalled => redis.freeze(),
        }
    }
    reads_follow_writes(&server, 20).await;
    for turn in 0..10 {
        let (writer, reader) = if turn % 2 == 0 {
            (&server, &other)
        } else {
            (&other, &server)
        };
        let count = writer.report(&report("m")).await["count"].clone();
        let seen = timed(reader.get("/api/errors")).await.data(200);
        assert_eq!(
            seen["errors"][0]["count"], count,
            "{trouble:?}: another node shows an old list"
        );
    }
    assert_eq!(timed(server.get("/readyz")).await.status, 200);
    {
        let mut redis = server.site.redis().await;
        match trouble {
            Trouble::Killed => redis.start_again().await,
            Trouble::Stalled => redis.thaw(),
        }
    }
    for turn in 0..40 {
        let (writer, reader) = if turn % 2 == 0 {
            (&server, &other)
        } else {
            (&other, &server)
        };
        let count = writer.report(&report("m")).await["count"].clone();
        let seen = timed(reader.get("/api/errors")).await.data(200);
        assert_eq!(
            seen["errors"][0]["count"], count,
            "{trouble:?}, and over: a node shows an old list"
        );
    }
    // The cache comes back into use.
    let started = Instant::now();
    while server.get("/api/errors").await.header("x-cache") != "HIT" {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "the cache is never used again"
        );
    }
    reads_follow_writes(&other, 10).await;
}

#[tokio::test]
async fn killing_redis_costs_nothing_but_time() {
    redis_in(Trouble::Killed).await;
}

#[tokio::test]
async fn a_stalled_redis_costs_nothing_but_time() {
    redis_in(Trouble::Stalled).await;
}

/// Under load from both sides, as in a restart of Redis in the middle of the day.
#[tokio::test]
async fn redis_may_restart_in_mid_load() {
    let server = Server::start(Stack::PostgresRedis).await;
    server.report(&report("m")).await;
    let over = Arc::new(AtomicBool::new(false));
    let confirmed = Arc::new(AtomicU64::new(1));
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (client, over, confirmed) =
                ((*server).clone(), Arc::clone(&over), Arc::clone(&confirmed));
            tokio::spawn(async move {
                while !over.load(Ordering::Relaxed) {
                    if number % 2 == 0 {
                        let told = timed(client.post("/api/errors", &report("m")))
                            .await
                            .data(201);
                        confirmed.fetch_max(told["count"].as_u64().unwrap(), Ordering::SeqCst);
                    } else {
                        let before = confirmed.load(Ordering::SeqCst);
                        let seen = timed(client.get("/api/errors")).await.data(200);
                        let seen = seen["errors"][0]["count"].as_u64().unwrap();
                        assert!(
                            seen >= before,
                            "{seen} was read after {before} was confirmed"
                        );
                    }
                }
            })
        })
        .collect();
    for _ in 0..2 {
        let until = async |count: u64| {
            while confirmed.load(Ordering::SeqCst) < count
                && !tasks.iter().any(tokio::task::JoinHandle::is_finished)
            {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        until(confirmed.load(Ordering::SeqCst) + 30).await;
        server.site.redis().await.kill();
        until(confirmed.load(Ordering::SeqCst) + 30).await;
        server.site.redis().await.start_again().await;
    }
    over.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn a_server_starts_without_redis() {
    let site = Site::new(Stack::PostgresRedis).await;
    site.redis().await.stop();
    let server = site.start().await;
    reads_follow_writes(&server, 5).await;
    server.site.redis().await.start_again().await;
    let started = Instant::now();
    while server.get("/api/errors").await.header("x-cache") != "HIT" {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "the cache is never used"
        );
    }
    reads_follow_writes(&server, 5).await;
}

/// The cache comes back as it was before a write that it missed, and is read by a node that had nothing to do
/// while it was away.
#[tokio::test]
async fn a_cache_that_missed_a_write_is_not_believed() {
    let writer = Site::with_durable_redis().await.start().await;
    let reader = Server::on(Arc::clone(&writer.site)).await;
    let path = format!(
        "/api/errors/{}",
        text(&writer.report(&report("m")).await["id"])
    );
    for turn in 1..=3 {
        let before = reader.errors("").await;
        assert_eq!(before[0]["count"], turn);
        assert_eq!(reader.errors("").await, before);
        writer.site.redis().await.kill();
        let told = timed(writer.post("/api/errors", &report("m"))).await;
        assert_eq!(told.data(201)["count"], turn + 1);
        writer.site.redis().await.start_again().await;
        let after = timed(reader.get("/api/errors")).await.data(200);
        assert_eq!(
            after["errors"][0]["count"],
            turn + 1,
            "an old list is shown"
        );
        assert_eq!(reader.data(&path).await["count"], turn + 1);
        // The writer goes on, which is when it can tell the cache what that missed.
        let started = Instant::now();
        while writer.get("/api/errors").await.header("x-cache") != "HIT" {
            assert!(
                started.elapsed() < Duration::from_secs(20),
                "the cache is never used again"
            );
        }
    }
}
