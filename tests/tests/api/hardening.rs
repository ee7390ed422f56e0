//! A full Redis, files that others could read, a log that anybody could fill, a stop that a client could
//! hold up, searches of any length.

use e2e::value::report;
use e2e::{Answer, Server, Site, Stack, on_both_stacks, raw};
use reqwest::Method;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

on_both_stacks! {
    answers_name_what_they_depend_on,
    searches_are_bounded_and_know_every_alphabet,
    nobody_fills_the_log,
    a_half_sent_body_does_not_hold_up_a_stop,
    a_body_that_arrives_after_the_signal_is_answered,
}

async fn answers_name_what_they_depend_on(stack: Stack) {
    let server = Server::start(stack).await;
    server.report(&report("m")).await;
    for encoding in ["identity", "gzip"] {
        for path in ["/api/errors", "/api/stats", "/api/projects", "/nothing"] {
            let request = server.request(Method::GET, path);
            let request = request.header("Accept-Encoding", encoding);
            let answer = Answer::to(request.header("Origin", "https://app.example")).await;
            let vary = answer.header("vary").to_ascii_lowercase();
            for name in [
                "x-api-key",
                "authorization",
                "cookie",
                "x-tenant",
                "accept-encoding",
                "origin",
            ] {
                let names = vary.split(',').map(str::trim).filter(|one| *one == name);
                assert_eq!(names.count(), 1, "{path}: {name} in {vary}");
            }
        }
    }
}

async fn searches_are_bounded_and_know_every_alphabet(stack: Stack) {
    let server = Server::start(stack).await;
    for message in ["Übergröße, Ошибка", "ΟΔΟΣ 100% [a_b]", r"C:\temp and *"] {
        server.report(&report(message)).await;
    }
    let search = async |words: &str| {
        let request = server.request(Method::GET, "/api/errors");
        Answer::to(request.query(&[("q", words)])).await
    };
    for (words, found) in [
        ("ошибка", 1),
        ("ОШИБКА ÜBERGRÖßE", 1),
        ("οδος", 1),
        ("100%", 1),
        ("a_b [", 1),
        (r"c:\temp", 1),
        ("*", 1),
        ("aXb", 0),
        ("ошибки", 0),
    ] {
        let list = search(words).await.data(200);
        assert_eq!(list["total"], found, "{words}");
    }
    let sentence = "the order could not be paid because the card was refused by its bank again";
    assert_eq!(search(sentence).await.data(200)["total"], 0);
    assert_eq!(search(&"%".repeat(1_000)).await.data(200)["total"], 0);
    assert_eq!(search(&"ж".repeat(1_000)).await.data(200)["total"], 0);
    for sign in ["a", "%", "_", "\\", "*", "[", "ж", "a "] {
        for times in [1_001, 10_000, 50_001] {
            let path = sign.repeat(times);
            let request = server.request(Method::GET, "/api/errors");
            let answer = Answer::try_to(request.query(&[("q", path)])).await;
            // A request line beyond 128 KiB is refused before it is read whole.
            let Ok(answer) = answer else { continue };
            assert!(
                matches!(answer.status, 400 | 414 | 431),
                "{times} times {sign:?}: {}",
                answer.status
            );
        }
    }
}

/// Nothing that needs no credential writes more than some lines, and none of them is an error.
async fn nobody_fills_the_log(stack: Stack) {
    let site = Site::new(stack).await.set("RUST_LOG", "info");
    let server = site.start().await;
    let before = server.log().lines().count();
    let wrong = server.with_key("no such key");
    for number in 0..60 {
        let request = format!("GET /{number}|\u{1} HTTP/1.1\r\nHost: x\r\n\r\n");
        raw::exchange(server.address(), request.as_bytes()).await;
        raw::exchange(server.address(), b"GET /%zz HTTP/1.1\r\nBad Header\r\n\r\n").await;
        wrong.get("/api/errors").await;
    }
    let log = server.log();
    let added: Vec<&str> = log.lines().skip(before).collect();
    assert!(added.len() <= 25, "{} lines:\n{log}", added.len());
    assert!(!log.contains("ERROR"), "{log}");
    assert!(log.contains("a credential was refused"), "{log}");
}

/// The head of a report of so many bytes.
fn head(length: usize) -> String {
    format!(
        "POST /api/errors HTTP/1.1\r\nHost: x\r\nX-API-Key: test-api-key\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

async fn a_half_sent_body_does_not_hold_up_a_stop(stack: Stack) {
    let mut server = Server::start(stack).await;
    let mut halves = Vec::new();
    for sent in [
        format!("{}{{\"message\"", head(1_000)),
        "GET / HT".to_owned(),
    ] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        halves.push(stream);
    }
    server.report(&report("m")).await;
    let begun = Instant::now();
    assert_eq!(server.stop().code(), Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    let mut answer = Vec::new();
    let _ = halves[0].read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.is_empty() || raw::status(&answer) == 503, "{answer}");
}

async fn a_body_that_arrives_after_the_signal_is_answered(stack: Stack) {
    let mut server = Server::start(stack).await;
    let body = report("late").to_string();
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let (first, rest) = body.split_at(body.len() / 2);
    let sent = format!("{}{first}", head(body.len()));
    stream.write_all(sent.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.ask_to_stop();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    stream.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert_eq!(raw::status(&answer), 201, "{answer}");
    assert_eq!(server.ended().code(), Some(0));
}

/// Whatever the umask and whichever command is the first.
#[tokio::test]
async fn the_database_file_is_for_its_owner_alone() {
    for arguments in [
        &["migrate"][..],
        &["user", "create", "--email", "a@b.example"],
        &["retention", "--dry-run"],
    ] {
        let site = Site::new(Stack::Sqlite).await;
        let binary = site.command(arguments);
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "umask 000; echo 'correct horse battery' | \"$0\" \"$@\"",
        ]);
        command.arg(binary.get_program()).args(arguments);
        command.current_dir(site.directory()).env_clear();
        for (name, value) in binary.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        let output = output.await.unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let data = site.directory().join("data");
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&data), 0o700, "{arguments:?}");
        for entry in data.read_dir().unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{arguments:?}: {}", path.display());
        }
    }
}

async fn tell_redis(server: &Server, command: &str) {
    let url = server.site.redis().await.url();
    let address = url.trim_start_matches("redis://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let text = format!("{command}\r\nQUIT\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("+OK"), "{command}: {answer}");
}

#[tokio::test]
async fn a_full_redis_hides_no_confirmed_write() {
    let one = Server::start(Stack::PostgresRedis).await;
    let other = Server::on(Arc::clone(&one.site)).await;
    let id = one.report(&report("m")).await["id"].clone();
    let id = e2e::value::text(&id).to_owned();
    for node in [&one, &other, &other] {
        node.errors("").await;
        node.data("/api/stats").await;
    }
    tell_redis(&one, "CONFIG SET maxmemory 1").await;
    for turn in 2..30 {
        let (writer, reader) = if turn % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        writer.report(&report("m")).await;
        assert_eq!(reader.errors("").await[0]["count"], turn);
        writer
            .put(&format!("/api/errors/{id}/resolve"))
            .await
            .data(200);
        assert_eq!(reader.errors("").await[0]["resolved"], true);
        writer
            .put(&format!("/api/errors/{id}/unresolve"))
            .await
            .data(200);
        assert_eq!(reader.errors("?resolved=false").await.len(), 1);
    }
    let batch = json!([report("m"), report("m")]);
    one.post("/api/errors/batch", &batch).await.data(201);
    assert_eq!(other.errors("").await[0]["count"], 31);
    for node in [&one, &other] {
        let warnings = node.log().matches(" WARN ").count();
        assert!(warnings <= 3, "{}", node.log());
    }

    tell_redis(&one, "CONFIG SET maxmemory 0").await;
    let begun = Instant::now();
    while other.get("/api/errors").await.header("x-cache") != "HIT" {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "nothing is cached again"
        );
    }
    one.report(&report("m")).await;
    assert_eq!(other.errors("").await[0]["count"], 32);
}
