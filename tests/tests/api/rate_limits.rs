//! Callers are held to their rates, and told how much of them is left.

use e2e::value::{self, report, text};
use e2e::{Answer, Server, Site, Stack, on_both_stacks};
use serde_json::Value;
use std::sync::Arc;

on_both_stacks! {
    development_limits_nothing,
    production_announces_the_documented_rates,
    a_caller_over_its_rate_waits,
    each_class_has_its_own_bucket,
    each_key_has_its_own_buckets,
    whoever_guesses_keys_is_shut_out,
}

async fn limited(stack: Stack, rates: &[(&str, u32)]) -> Site {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__RATE_LIMITS__ENABLED", "true");
    rates.iter().fold(site, |site, (class, rate)| {
        let name = format!("FAULTBOOK__RATE_LIMITS__{class}");
        site.set(&name, &rate.to_string())
    })
}

fn number(answer: &Answer, header: &str) -> u64 {
    answer
        .header(header)
        .parse()
        .unwrap_or_else(|_| panic!("{header}: {:?}", answer.headers))
}

fn now() -> u64 {
    value::now().unix_timestamp().try_into().unwrap()
}

async fn development_limits_nothing(stack: Stack) {
    let server = Server::start(stack).await;
    let answer = server.get("/api/errors").await;
    assert_eq!(
        (answer.status, answer.header("x-ratelimit-limit")),
        (200, "")
    );
}

async fn production_announces_the_documented_rates(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("ENVIRONMENT", "production")
        .set("HOST", "127.0.0.1");
    let mut server = site.start().await;
    let line = server.announced("sk_live_");
    let key = line
        .split_whitespace()
        .find(|word| word.starts_with("sk_live_"))
        .unwrap();
    let owner = server.with_key(key);
    let listed = owner.get("/api/errors").await;
    assert_eq!(number(&listed, "x-ratelimit-limit"), 500);
    assert_eq!(number(&listed, "x-ratelimit-remaining"), 499);
    let reported = owner.post("/api/errors", &report("m")).await;
    assert_eq!(number(&reported, "x-ratelimit-limit"), 1_000);
    assert_eq!(number(&reported, "x-ratelimit-remaining"), 999);
    let reset = number(&reported, "x-ratelimit-reset");
    assert!((now() - 5..=now() + 60).contains(&reset), "{reset}");
}

async fn a_caller_over_its_rate_waits(stack: Stack) {
    let server = limited(stack, &[("GENERAL", 3)]).await.start().await;
    for left in [2, 1, 0] {
        let answer = server.get("/api/errors").await;
        assert_eq!(answer.status, 200);
        assert_eq!(number(&answer, "x-ratelimit-remaining"), left);
    }
    let refused = server.get("/api/errors").await;
    let body = refused.refusal(429, "rate_limited");
    assert_eq!(
        text(&body["error"]),
        "Rate limit exceeded. Please try again later."
    );
    assert_eq!(number(&refused, "x-ratelimit-limit"), 3);
    assert_eq!(number(&refused, "x-ratelimit-remaining"), 0);
    assert!((1..=20).contains(&number(&refused, "retry-after")));
    let reset = number(&refused, "x-ratelimit-reset");
    assert!((now() + 20..=now() + 61).contains(&reset), "{reset}");
}

async fn each_class_has_its_own_bucket(stack: Stack) {
    let rates = [("GENERAL", 1), ("INGEST", 2)];
    let server = limited(stack, &rates).await.start().await;
    server.get("/api/errors").await.data(200);
    server.get("/api/errors").await.refusal(429, "rate_limited");
    let first = server.report(&report("m")).await;
    let batch = server
        .post("/api/errors/batch", &Value::from(vec![report("m")]))
        .await;
    assert_eq!(batch.data(201)[0]["data"]["id"], first["id"]);
    let refused = server.post("/api/errors", &report("m")).await;
    refused.refusal(429, "rate_limited");
    assert_eq!(number(&refused, "x-ratelimit-limit"), 2);
}

async fn each_key_has_its_own_buckets(stack: Stack) {
    let server = limited(stack, &[("GENERAL", 1)]).await.start().await;
    let key = server
        .site
        .create_key(&["--name", "another", "--permissions", "read"])
        .await;
    server.get("/api/errors").await.data(200);
    server.get("/api/errors").await.refusal(429, "rate_limited");
    let another = server.with_key(&key);
    another.get("/api/errors").await.data(200);
    another
        .get("/api/errors")
        .await
        .refusal(429, "rate_limited");
}

async fn whoever_guesses_keys_is_shut_out(stack: Stack) {
    let server = limited(stack, &[("BAD_CREDENTIALS", 2)])
        .await
        .start()
        .await;
    server.get("/api/errors").await.data(200);
    let guesser = server.with_key("a-guess");
    for _ in 0..2 {
        guesser
            .get("/api/errors")
            .await
            .refusal(401, "invalid_api_key");
    }
    let refused = guesser.get("/api/errors").await;
    refused.refusal(429, "rate_limited");
    assert!((1..=30).contains(&number(&refused, "retry-after")));
    // Who was here before goes on.
    server.get("/api/errors").await.data(200);
}

#[tokio::test]
async fn nodes_share_buckets_and_count_alone_without_redis() {
    let rates = [("GENERAL", 4)];
    let site = Arc::new(limited(Stack::PostgresRedis, &rates).await);
    let nodes = [
        Server::on(Arc::clone(&site)).await,
        Server::on(Arc::clone(&site)).await,
    ];
    for turn in 0..4 {
        let answer = nodes[turn % 2].get("/api/errors").await;
        assert_eq!(number(&answer, "x-ratelimit-remaining"), 3 - turn as u64);
    }
    for node in &nodes {
        node.get("/api/errors").await.refusal(429, "rate_limited");
    }
    site.redis().await.kill();
    for node in &nodes {
        for _ in 0..4 {
            node.get("/api/errors").await.data(200);
        }
        node.get("/api/errors").await.refusal(429, "rate_limited");
    }
}
