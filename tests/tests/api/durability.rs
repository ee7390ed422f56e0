//! What was acknowledged is never lost, whatever ends the server.

use e2e::value::{fresh_id, report, text, texts};
use e2e::{Answer, Client, Server, Stack, on_both_stacks};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

on_both_stacks! {
    nothing_acknowledged_is_lost_when_the_server_is_killed,
    a_stop_answers_what_has_begun_and_loses_nothing,
    a_request_that_has_begun_is_answered,
    everything_is_there_after_a_restart,
    a_stopping_server_ends_though_clients_stay_connected,
}

/// Reports one of four messages until the server no longer answers; returns what it acknowledged.
async fn report_until_the_end(
    client: Client,
    number: usize,
    acknowledged: Arc<AtomicU64>,
) -> Outcome {
    let message = ["left", "right", "top", "bottom"][number % 4];
    let mut outcome = Outcome::default();
    loop {
        let event = fresh_id().to_string();
        let mut body = report(message);
        body["event_id"] = json!(event);
        match Answer::try_to(client.posting("/api/errors", body.to_string())).await {
            Ok(answer) if answer.status == 201 => {
                let data = answer.data(201);
                assert_eq!(data["event_id"], json!(event));
                outcome
                    .acknowledged
                    .push((text(&data["id"]).to_owned(), event));
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Ok(answer) => {
                outcome.refused.push(answer.status);
                return outcome;
            }
            Err(error) => {
                outcome.broken_off = !error.is_connect();
                return outcome;
            }
        }
    }
}

#[derive(Default)]
struct Outcome {
    acknowledged: Vec<(String, String)>,
    refused: Vec<u16>,
    /// Whether a request got no answer although it had been sent.
    broken_off: bool,
}

/// 64 reporters, each with a connection of its own, and how many reports they have been told are kept.
fn reporters(server: &Server) -> (Vec<tokio::task::JoinHandle<Outcome>>, Arc<AtomicU64>) {
    let acknowledged = Arc::new(AtomicU64::new(0));
    let tasks = (0..64).map(|number| {
        let client = Client::new(server.base().to_owned());
        tokio::spawn(report_until_the_end(
            client,
            number,
            Arc::clone(&acknowledged),
        ))
    });
    (tasks.collect(), acknowledged)
}

async fn until(counter: &AtomicU64, enough: u64) {
    while counter.load(Ordering::Relaxed) < enough {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Checks that every acknowledged occurrence is kept exactly once, and that counts are the sums; returns how
/// many are kept that were not acknowledged.
async fn all_are_kept(client: &Client, outcomes: &[Outcome]) -> usize {
    let mut unacknowledged = 0;
    let mut by_error: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (error, event) in outcomes.iter().flat_map(|outcome| &outcome.acknowledged) {
        assert!(by_error.entry(error).or_default().insert(event));
    }
    assert_eq!(by_error.len(), 4);
    for (error, events) in by_error {
        let mut kept = Vec::new();
        let mut path = format!("/api/errors/{error}/occurrences?limit=100");
        loop {
            let data = client.data(&path).await;
            kept.extend(texts(data["occurrences"].as_array().unwrap(), "event_id"));
            let Some(cursor) = data["next_cursor"].as_str() else {
                break;
            };
            path = format!("/api/errors/{error}/occurrences?limit=100&cursor={cursor}");
        }
        let distinct: BTreeSet<&str> = kept.iter().map(String::as_str).collect();
        assert_eq!(distinct.len(), kept.len(), "an occurrence is kept twice");
        let lost: Vec<_> = events.difference(&distinct).collect();
        assert!(
            lost.is_empty(),
            "{} of {} are lost: {lost:?}",
            lost.len(),
            events.len()
        );
        let data = client.data(&format!("/api/errors/{error}")).await;
        assert_eq!(
            data["count"],
            kept.len(),
            "the count is not the number of occurrences"
        );
        unacknowledged += kept.len() - events.len();
    }
    unacknowledged
}

async fn nothing_acknowledged_is_lost_when_the_server_is_killed(stack: Stack) {
    let mut server = Server::start(stack).await;
    let (tasks, acknowledged) = reporters(&server);
    until(&acknowledged, 300).await;
    server.kill();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    assert!(
        outcomes.iter().any(|outcome| outcome.broken_off),
        "nothing was in flight"
    );

    let server = Server::on(Arc::clone(&server.site)).await;
    all_are_kept(&server, &outcomes).await;
    // What was acknowledged is known as a repeat by the new process too.
    let (error, event) = &outcomes[0].acknowledged[0];
    let before = server.data(&format!("/api/errors/{error}")).await["count"].clone();
    let mut repeat = report("left");
    repeat["event_id"] = json!(event);
    let repeated = server.report(&repeat).await;
    assert_eq!(
        (&repeated["id"], &repeated["count"]),
        (&json!(error), &before)
    );
}

async fn a_stop_answers_what_has_begun_and_loses_nothing(stack: Stack) {
    let mut server = Server::start(stack).await;
    let (tasks, acknowledged) = reporters(&server);
    until(&acknowledged, 300).await;
    server.ask_to_stop();
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    let status = server.ended();
    assert_eq!(status.code(), Some(0), "{}", server.log());
    for outcome in &outcomes {
        assert!(
            outcome.refused.iter().all(|status| *status == 503),
            "{:?}",
            outcome.refused
        );
    }
    let server = Server::on(Arc::clone(&server.site)).await;
    let unanswered = all_are_kept(&server, &outcomes).await;
    assert_eq!(
        unanswered, 0,
        "reports were stored and their senders not told"
    );
}

/// A request whose first half has arrived when the stop begins.
async fn a_request_that_has_begun_is_answered(stack: Stack) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut server = Server::start(stack).await;
    let body = report("half sent").to_string();
    let (first, second) = body.split_at(10);
    let head = format!(
        "POST /api/errors HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(server.address())
        .await
        .unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body once it handles the request.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked[..], b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(first.as_bytes()).await.unwrap();
    server.ask_to_stop();
    while !server.log().contains("SIGTERM") {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stream.write_all(second.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(e2e::raw::status(&answer), 201, "{answer}");
    assert_eq!(server.ended().code(), Some(0), "{}", server.log());
    let server = Server::on(Arc::clone(&server.site)).await;
    assert_eq!(server.errors("").await[0]["message"], "half sent");
}

async fn everything_is_there_after_a_restart(stack: Stack) {
    let mut server = Server::start(stack).await;
    let body = json!({
        "message": "m", "source": "s", "stack_trace": "Error: m\n    at f (a.js:1:2)", "context": { "b": 1, "a": [2.50] },
        "tags": { "x": "y" }, "user": { "id": 5 }, "release": "1", "url": "https://x.example/"
    });
    let reported = server.report(&body).await;
    let other = server.report(&report("other")).await;
    let other = format!("/api/errors/{}", text(&other["id"]));
    server.put(&format!("{other}/resolve")).await.data(200);
    let path = format!("/api/errors/{}", text(&reported["id"]));
    let mut before = Vec::new();
    for path in [&path, &other, &format!("{path}/occurrences"), "/api/errors"] {
        before.push((path.to_owned(), server.data(path).await));
    }
    assert_eq!(server.stop().code(), Some(0));
    let server = Server::on(Arc::clone(&server.site)).await;
    for (path, data) in before {
        assert_eq!(server.data(&path).await, data, "{path}");
    }
    assert_eq!(server.report(&body).await["count"], 2);
}

async fn a_stopping_server_ends_though_clients_stay_connected(stack: Stack) {
    use tokio::io::AsyncWriteExt;
    let mut server = Server::start(stack).await;
    server.report(&report("m")).await;
    let mut idle = Vec::new();
    for sent in ["", "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"] {
        for _ in 0..20 {
            let mut stream = tokio::net::TcpStream::connect(server.address())
                .await
                .unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            idle.push(stream);
        }
    }
    let started = Instant::now();
    assert_eq!(server.stop().code(), Some(0));
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    drop(idle);
}
