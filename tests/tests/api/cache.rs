//! Cached answers are right: no read that follows a confirmed write is older than the write.

use e2e::value::{report, text};
use e2e::{Answer, Client, Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;

on_both_stacks! {
    the_second_read_is_a_hit,
    every_kind_of_write_is_seen_by_the_next_read,
    a_reader_never_sees_counts_go_back,
    unchanged_answers_are_not_sent_again,
    answers_differ_by_parameters_and_key,
    errors_are_not_cached,
    concurrent_readers_of_one_list_all_get_it,
}

async fn the_second_read_is_a_hit(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    for path in [
        "/api/errors".to_owned(),
        "/api/errors?limit=5&level=error".to_owned(),
        format!("/api/errors/{id}/occurrences"),
    ] {
        let first = server.get(&path).await;
        assert_eq!(
            (first.status, first.header("x-cache")),
            (200, "MISS"),
            "{path}"
        );
        for _ in 0..3 {
            let again = server.get(&path).await;
            assert_eq!(again.header("x-cache"), "HIT", "{path}");
            assert_eq!(again.body, first.body);
            assert_eq!(again.header("link"), first.header("link"));
        }
    }
    server.report(&report("m")).await;
    assert_eq!(server.get("/api/errors").await.header("x-cache"), "MISS");
}

async fn every_kind_of_write_is_seen_by_the_next_read(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    let path = format!("/api/errors/{id}");
    let list = "/api/errors?source=backend";
    for turn in 1..=50 {
        let told = server.report(&report("m")).await;
        assert_eq!(told["count"], turn + 1);
        let error = &server.data(list).await["errors"][0];
        assert_eq!(
            error["count"],
            turn + 1,
            "a reported occurrence is not seen"
        );
        assert_eq!(
            server.data(&format!("{path}/occurrences?limit=1")).await["total"],
            turn + 1
        );

        server.put(&format!("{path}/resolve")).await.data(200);
        let error = &server.data(list).await["errors"][0];
        assert_eq!(error["resolved"], true, "a resolution is not seen");
        server.put(&format!("{path}/unresolve")).await.data(200);
        let error = &server.data(list).await["errors"][0];
        assert_eq!(error["resolved"], false, "its undoing is not seen");

        let other = server
            .post("/api/errors/batch", &json!([report("passing")]))
            .await
            .data(201);
        assert_eq!(server.data(list).await["total"], 2, "a batch is not seen");
        let other = text(&other[0]["data"]["id"]).to_owned();
        if turn % 2 == 0 {
            server
                .delete(&format!("/api/errors/{other}"))
                .await
                .is_empty_204();
        } else {
            let body = json!({ "ids": [other], "action": "delete" });
            server.post("/api/errors/bulk", &body).await.data(200);
        }
        assert_eq!(
            server.data(list).await["total"],
            1,
            "a deletion is not seen"
        );
    }
}

async fn a_reader_never_sees_counts_go_back(stack: Stack) {
    let server = Server::start(stack).await;
    server.report(&report("m")).await;
    let confirmed = Arc::new(std::sync::atomic::AtomicU64::new(1));
    let order = std::sync::atomic::Ordering::SeqCst;
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (client, confirmed) = ((*server).clone(), Arc::clone(&confirmed));
            tokio::spawn(async move {
                for _ in 0..25 {
                    let count = client.report(&report("m")).await["count"].as_u64().unwrap();
                    confirmed.fetch_max(count, order);
                }
            })
        })
        .collect();
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (client, confirmed) = ((*server).clone(), Arc::clone(&confirmed));
            tokio::spawn(async move {
                let mut seen = 0;
                while seen < 101 {
                    let at_least = confirmed.load(order).max(seen);
                    seen = client.errors("").await[0]["count"].as_u64().unwrap();
                    assert!(
                        seen >= at_least,
                        "{seen} was read after {at_least} was confirmed"
                    );
                }
            })
        })
        .collect();
    for task in writers.into_iter().chain(readers) {
        task.await.unwrap();
    }
}

async fn conditional(client: &Client, path: &str, tag: &str) -> Answer {
    Answer::to(
        client
            .request(Method::GET, path)
            .header("If-None-Match", tag),
    )
    .await
}

async fn unchanged_answers_are_not_sent_again(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    for path in [
        "/api/errors".to_owned(),
        format!("/api/errors/{id}/occurrences"),
    ] {
        let first = server.get(&path).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.len() > 2 && tag.ends_with('"'), "{tag:?}");
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"other\", {tag}"),
            "*".to_owned(),
        ] {
            let answer = conditional(&server, &path, &known).await;
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
            assert_eq!(answer.header("etag"), tag);
        }
        for unknown in ["\"other\"", "", "nonsense"] {
            assert_eq!(
                conditional(&server, &path, unknown).await.status,
                200,
                "{unknown}"
            );
        }
        server.report(&report("m")).await;
        let changed = conditional(&server, &path, &tag).await;
        assert_eq!(changed.status, 200, "{path}");
        assert_ne!(changed.header("etag"), tag);
    }
}

async fn answers_differ_by_parameters_and_key(stack: Stack) {
    let server = Server::start(stack).await;
    for source in ["a", "b", "c"] {
        server
            .report(&json!({ "message": "m", "source": source }))
            .await;
    }
    let write_only = server.with_key(
        &server
            .site
            .create_key(&["--permissions", "errors:write"])
            .await,
    );
    for _ in 0..2 {
        assert_eq!(server.errors("").await.len(), 3);
        assert_eq!(server.errors("?limit=2").await.len(), 2);
        assert_eq!(server.errors("?source=a").await.len(), 1);
        assert!(server.errors("?limit=2").await[0].get("context").is_none());
        assert!(
            server.errors("?limit=2&include=context").await[0]
                .get("context")
                .is_some()
        );
        write_only
            .get("/api/errors")
            .await
            .refusal(403, "permission_denied");
        server
            .anonymous()
            .get("/api/errors")
            .await
            .refusal(401, "missing_api_key");
    }
}

async fn errors_are_not_cached(stack: Stack) {
    let server = Server::start(stack).await;
    for path in ["/api/errors?limit=0", "/nothing"] {
        let answer = server.get(path).await;
        assert!(answer.status >= 400);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("etag"), "");
    }
    // An answer for one key must not be kept for another.
    let list = server.get("/api/errors").await;
    assert!(list.header("cache-control").contains("private"), "{list:?}");
}

async fn concurrent_readers_of_one_list_all_get_it(stack: Stack) {
    let server = Server::start(stack).await;
    server.report(&report("m")).await;
    let readers: Vec<_> = (0..64)
        .map(|_| {
            let client = (*server).clone();
            tokio::spawn(async move { client.get("/api/errors").await })
        })
        .collect();
    let mut misses = 0;
    for reader in readers {
        let answer = reader.await.unwrap();
        assert_eq!(answer.data(200)["total"], 1);
        misses += usize::from(answer.header("x-cache") == "MISS");
    }
    assert!(
        (1..=2).contains(&misses),
        "{misses} readers computed the same list"
    );
}

/// One site, two nodes.
mod two_nodes {
    use super::*;

    async fn nodes() -> (Server, Server) {
        let one = Server::start(Stack::PostgresRedis).await;
        let other = Server::on(Arc::clone(&one.site)).await;
        (one, other)
    }

    #[tokio::test]
    async fn what_one_confirms_the_other_shows_at_once() {
        let (one, other) = nodes().await;
        let id = text(&one.report(&report("m")).await["id"]).to_owned();
        let path = format!("/api/errors/{id}");
        for turn in 1..=50 {
            let (writer, reader) = if turn % 2 == 0 {
                (&one, &other)
            } else {
                (&other, &one)
            };
            writer.report(&report("m")).await;
            for node in [reader, writer] {
                assert_eq!(node.errors("").await[0]["count"], turn + 1);
            }
            writer.put(&format!("{path}/resolve")).await.data(200);
            assert_eq!(reader.errors("").await[0]["resolved"], true);
            assert_eq!(reader.errors("?resolved=false").await.len(), 0);
            writer.put(&format!("{path}/unresolve")).await.data(200);
            assert_eq!(reader.errors("?resolved=false").await.len(), 1);
        }
        one.delete(&path).await.is_empty_204();
        assert_eq!(other.errors("").await.len(), 0);
        other.get(&path).await.refusal(404, "error_not_found");
    }

    #[tokio::test]
    async fn what_one_computed_is_a_hit_on_the_other() {
        let (one, other) = nodes().await;
        one.report(&report("m")).await;
        assert_eq!(one.get("/api/errors").await.header("x-cache"), "MISS");
        assert_eq!(other.get("/api/errors").await.header("x-cache"), "HIT");
    }

    #[tokio::test]
    async fn counts_are_exact_across_nodes() {
        let (one, other) = nodes().await;
        let senders: Vec<_> = (0..12)
            .map(|number| {
                let client: Client = if number % 2 == 0 {
                    (*one).clone()
                } else {
                    (*other).clone()
                };
                tokio::spawn(async move {
                    let mut counts = Vec::new();
                    for _ in 0..25 {
                        let data = client.report(&report("one and the same")).await;
                        counts.push(data["count"].as_u64().unwrap());
                    }
                    counts
                })
            })
            .collect();
        let mut counts = Vec::new();
        for sender in senders {
            counts.extend(sender.await.unwrap());
        }
        counts.sort_unstable();
        assert_eq!(counts, (1..=300).collect::<Vec<u64>>());
        for node in [&one, &other] {
            let errors = node.errors("").await;
            assert_eq!((errors.len(), &errors[0]["count"]), (1, &json!(300)));
        }
    }
}
