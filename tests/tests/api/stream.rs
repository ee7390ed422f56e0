//! Changes of errors as server-sent events.

use e2e::people::{join, log_in, new_program, new_tenant};
use e2e::value::{report, text};
use e2e::{Client, Server, Stack, on_both_stacks};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{sleep, timeout};

on_both_stacks! {
    changes_are_told_as_they_happen,
    a_reader_who_comes_back_misses_nothing,
    what_does_not_match_is_not_told,
    a_stream_ends_with_its_credential,
    an_error_that_leaves_a_search_is_told_of,
    what_is_the_callers_is_told,
}

/// When to give up waiting for an event.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than an event takes.
const QUIET: Duration = Duration::from_secs(4);

/// An event: name, id, data.
pub type Event = (String, String, Value);

/// A reader of a stream.
pub struct Reader {
    response: Response,
    received: String,
}

impl Reader {
    pub async fn open(client: &Client, path: &str, last: Option<&str>) -> Self {
        let request = client.request(Method::GET, path);
        let request = match last {
            Some(last) => request.header("Last-Event-ID", last),
            None => request,
        };
        Self::begun(request.send().await.unwrap()).await
    }

    /// One that waits for nothing before it reads.
    pub const fn at_once(response: Response) -> Self {
        Self {
            response,
            received: String::new(),
        }
    }

    /// Waits until a stream has begun.
    pub async fn begun(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut reader = Self::at_once(response);
        // Something is sent at once; what follows happens after the reader has come.
        while !reader.received.contains("ping") {
            assert!(reader.receive().await, "the stream has ended");
        }
        sleep(Duration::from_millis(500)).await;
        reader.received.clear();
        reader
    }

    /// Receives more; `false` at the end.
    pub async fn receive(&mut self) -> bool {
        match self.response.chunk().await {
            Ok(Some(bytes)) => {
                self.received.push_str(std::str::from_utf8(&bytes).unwrap());
                true
            }
            _ => false,
        }
    }

    /// The next event that is no ping.
    pub async fn next(&mut self) -> Event {
        let event = timeout(PATIENCE, async {
            loop {
                while let Some((event, rest)) = self.received.split_once("\n\n") {
                    let (event, rest) = (event.to_owned(), rest.to_owned());
                    self.received = rest;
                    let field = |name: &str| {
                        let line = event.lines().find_map(|line| line.strip_prefix(name));
                        line.unwrap_or_default().to_owned()
                    };
                    let name = field("event: ");
                    if !name.is_empty() && name != "ping" {
                        let data = serde_json::from_str(&field("data: ")).unwrap();
                        return (name, field("id: "), data);
                    }
                }
                assert!(self.receive().await, "the stream has ended");
            }
        });
        event.await.expect("an event")
    }

    /// Whether nothing is told for a while.
    pub async fn is_quiet(&mut self) -> bool {
        timeout(QUIET, self.next()).await.is_err()
    }
}

async fn changes_are_told_as_they_happen(stack: Stack) {
    let server = Server::start(stack).await;
    let mut all = Reader::open(&server, "/api/stream", None).await;
    let mut open = Reader::open(&server, "/api/stream?query=is:open", None).await;
    let mut resolved = Reader::open(&server, "/api/stream?query=is:resolved", None).await;
    let id = text(&server.report(&report("told")).await["id"]).to_owned();
    for reader in [&mut all, &mut open] {
        let (name, _, data) = reader.next().await;
        assert_eq!((name.as_str(), &data["id"]), ("error.new", &json!(id)));
        assert_eq!(data["message"], "told");
    }
    server.report(&report("told")).await;
    for reader in [&mut all, &mut open] {
        let (name, _, data) = reader.next().await;
        let counted = (&data["count"], &data["total_count"]);
        assert_eq!(
            (name.as_str(), counted),
            ("error.counts", (&json!(2), &json!(2)))
        );
    }
    let resolve = format!("/api/errors/{id}/resolve");
    server.put(&resolve).await.data(200);
    for reader in [&mut all, &mut open, &mut resolved] {
        let (name, _, data) = reader.next().await;
        assert_eq!(
            (name.as_str(), &data["resolved"]),
            ("error.changed", &json!(true))
        );
    }
    server.report(&report("told")).await;
    for reader in [&mut all, &mut open, &mut resolved] {
        let (name, _, data) = reader.next().await;
        assert_eq!(
            (name.as_str(), &data["regressed"]),
            ("error.regressed", &json!(true))
        );
    }
    let other = text(&server.report(&report("takes in")).await["id"]).to_owned();
    let merge = format!("/api/errors/{id}/merge");
    server
        .post(&merge, &json!({ "into": other }))
        .await
        .data(200);
    loop {
        let (name, _, data) = all.next().await;
        if name == "error.deleted" {
            assert_eq!(data, json!({ "id": id, "merged_into": other }));
            break;
        }
    }
}

async fn a_reader_who_comes_back_misses_nothing(stack: Stack) {
    let server = Server::start(stack).await;
    let mut reader = Reader::open(&server, "/api/stream", None).await;
    server.report(&report("first")).await;
    let (_, last, first) = reader.next().await;
    drop(reader);
    server.report(&report("second")).await;
    server.report(&report("second")).await;
    sleep(Duration::from_secs(2)).await;
    let path = format!("/api/stream?last_event_id={last}");
    let response = server.request(Method::GET, &path).send().await.unwrap();
    let mut reader = Reader::at_once(response);
    let (name, _, data) = reader.next().await;
    assert_eq!(
        (name.as_str(), &data["message"]),
        ("error.new", &json!("second"))
    );
    assert_ne!(data["id"], first["id"]);
    assert!(reader.is_quiet().await, "nothing is told twice");

    let request = server.request(Method::GET, "/api/stream");
    let response = request
        .header("Last-Event-ID", "unknown")
        .send()
        .await
        .unwrap();
    let mut reader = Reader::at_once(response);
    let (name, _, data) = reader.next().await;
    assert_eq!((name.as_str(), data), ("reset", json!({})));
}

async fn what_does_not_match_is_not_told(stack: Stack) {
    let server = Server::start(stack).await;
    new_tenant(&server, "theirs").await;
    let stranger = new_program(&server, "theirs", "owner").await;
    let mut foreign = Reader::open(&stranger, "/api/stream", None).await;
    let mut other = Reader::open(&server, "/api/stream?query=source:elsewhere", None).await;
    let mut own = Reader::open(&server, "/api/stream?project=default", None).await;
    server.report(&report("ours")).await;
    assert_eq!(own.next().await.0, "error.new");
    assert!(foreign.is_quiet().await && other.is_quiet().await);

    let bad = server.get("/api/stream?query=a%20level:loud").await;
    assert_eq!(bad.status, 400);
    assert_eq!(bad.json()["details"][0]["position"], 3);
    assert_eq!(server.anonymous().get("/api/stream").await.status, 401);
    assert_eq!(server.get("/api/stream?project=none").await.status, 404);
}

async fn a_stream_ends_with_its_credential(stack: Stack) {
    let server = Server::start(stack).await;
    let key = json!({ "name": "short", "permissions": ["read"] });
    let made = server.post("/api/settings/api-keys", &key).await.data(201);
    let reader = server.with_key(text(&made["api_key"]));
    let mut reader = Reader::open(&reader, "/api/stream", None).await;
    let path = format!("/api/settings/api-keys/{}", text(&made["id"]));
    server.delete(&path).await;
    let ends = timeout(PATIENCE, async { while reader.receive().await {} });
    ends.await.expect("the stream ends");
}

async fn an_error_that_leaves_a_search_is_told_of(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("few")).await["id"]).to_owned();
    let resolved = text(&server.report(&report("done")).await["id"]).to_owned();
    let path = format!("/api/errors/{resolved}/resolve");
    server.put(&path).await.data(200);
    // What happened before is told to nobody who comes now.
    sleep(Duration::from_secs(1)).await;
    let mut few = Reader::open(&server, "/api/stream?query=count:%3C2%20is:open", None).await;
    let mut many = Reader::open(&server, "/api/stream?query=count:%3E5", None).await;
    let mut done = Reader::open(&server, "/api/stream?query=is:resolved", None).await;
    server.report(&report("few")).await;
    let (name, _, data) = few.next().await;
    assert_eq!((name.as_str(), &data["id"]), ("error.counts", &json!(id)));
    assert_eq!(data["count"], 2);
    server.report(&report("few")).await;
    assert!(few.is_quiet().await, "it has left before");
    for error in [&id, &resolved] {
        let deleted = server.delete(&format!("/api/errors/{error}")).await;
        deleted.is_empty_204();
    }
    let (name, _, data) = done.next().await;
    assert_eq!(
        (name.as_str(), &data["id"]),
        ("error.deleted", &json!(resolved))
    );
    assert!(many.is_quiet().await && few.is_quiet().await && done.is_quiet().await);
}

async fn what_is_the_callers_is_told(stack: Stack) {
    let server = Server::start(stack).await;
    join(&server, "default", "ada@example.com", "developer").await;
    let ada = log_in(&server, "ada@example.com").await;
    let followed = text(&server.report(&report("followed")).await["id"]).to_owned();
    let path = format!("/api/errors/{followed}/follow");
    ada.call(Method::PUT, &path, None).await.data(200);
    let open = async |path: &str| {
        let response = ada.request(Method::GET, path).send().await.unwrap();
        Reader::begun(response).await
    };
    let mut own = open("/api/stream?query=assigned:me").await;
    let mut follows = open("/api/stream?query=is:followed").await;
    server.report(&report("followed")).await;
    let (name, _, data) = follows.next().await;
    assert_eq!(
        (name.as_str(), &data["id"]),
        ("error.counts", &json!(followed))
    );
    let path = format!("/api/errors/{followed}/assign");
    let assign = json!({ "assigned_to": "ada@example.com" });
    server.change(&path, &assign).await.data(200);
    for reader in [&mut own, &mut follows] {
        let (name, _, data) = reader.next().await;
        assert_eq!(
            (name.as_str(), &data["id"]),
            ("error.changed", &json!(followed))
        );
        assert_eq!(data["assigned_to"]["email"], "ada@example.com");
        assert_eq!(data["followed"], true);
    }
    let nobody = json!({ "assigned_to": null });
    server.change(&path, &nobody).await.data(200);
    let (name, _, data) = own.next().await;
    assert_eq!(
        (name.as_str(), &data["assigned_to"]),
        ("error.changed", &Value::Null)
    );
}
