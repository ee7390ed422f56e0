//! A full disk, ten thousand connections that say nothing, nodes that are replaced in mid-load.

use e2e::value::{fresh_id, report, text};
use e2e::{Answer, Client, Server, Site, Stack, on_both_stacks};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

on_both_stacks! {
    ten_thousand_idle_connections_stop_nobody,
}

/// Connections that are opened and left alone.
const IDLE: usize = 10_000;

/// Shells usually allow fewer open files; the server inherits what we are allowed.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = IDLE as u64 + 2_000;
    let enough = limit.maximum.is_none_or(|most| most >= wanted);
    assert!(
        enough,
        "this machine allows {:?} open files only",
        limit.maximum
    );
    let raised = Rlimit {
        current: Some(wanted.max(limit.current.unwrap_or(wanted))),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).unwrap();
}

async fn ten_thousand_idle_connections_stop_nobody(stack: Stack) {
    raise_open_files();
    let server = Server::start(stack).await;
    let mut idle = Vec::with_capacity(IDLE);
    for _ in 0..IDLE {
        idle.push(TcpStream::connect(server.address()).await.unwrap());
    }
    let client = Client::new(server.base().to_owned());
    for _ in 0..100 {
        client.report(&report("in the crowd")).await;
    }
    assert_eq!(server.errors("").await[0]["count"], 100);
    let memory = server.peak_memory_kib();
    assert!(memory < 400 << 10, "{memory} KiB");
    drop(idle);
    client.report(&report("afterwards")).await;
}

/// The disk has room for a while only: a limit on the size of files stands in for it, which needs no
/// right to mount anything. What is refused is refused clearly, what was acknowledged stays, and with
/// room again all goes on.
#[tokio::test]
async fn a_full_disk_is_told_and_recovered_from() {
    let site = Arc::new(Site::new(Stack::Sqlite).await);
    let mut command = std::process::Command::new("sh");
    let binary = site.command(&[]);
    // Ignored, the signal becomes an error of the write, as a full disk is.
    let script = "trap '' XFSZ; exec \"$0\"";
    command.arg("-c").arg(script).arg(binary.get_program());
    command.current_dir(site.directory()).env_clear();
    for (name, value) in binary.get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    let server = tokio::task::spawn_blocking(move || Server::launch_with(site, command))
        .await
        .unwrap();
    let long = "x".repeat(100_000);
    let full = json!({ "message": "m", "source": "s", "stack_trace": long });
    server.report(&full).await;
    limit_files(&server, Some(4 << 20));

    let mut acknowledged = 1;
    let refused = loop {
        assert!(acknowledged < 200, "the disk never fills");
        let answer = server.post("/api/errors", &full).await;
        match answer.status {
            201 => acknowledged += 1,
            _ => break answer,
        }
    };
    refused.refusal(503, "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(server.get("/health").await.status, 200);
    server.get("/readyz").await.refusal(503, "unavailable");
    assert_eq!(database_health(&server).await, "unhealthy");
    assert_eq!(
        server.data("/api/errors").await["total"],
        1,
        "reading goes on"
    );

    limit_files(&server, None);
    let started = Instant::now();
    while server.post("/api/errors", &full).await.status != 201 {
        assert!(
            started.elapsed() < Duration::from_secs(20),
            "{}",
            server.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let error = &server.errors("").await[0];
    assert_eq!(error["count"], acknowledged + 1);
    assert_eq!(server.get("/readyz").await.status, 200);
    assert_eq!(database_health(&server).await, "healthy");
}

/// What the services' list says of the database.
async fn database_health(server: &Server) -> String {
    let services = server.data("/api/monitoring/services").await;
    let services = services["services"].as_array().unwrap();
    let database = services.iter().find(|one| one["name"] == "Database");
    text(&database.unwrap()["status"]).to_owned()
}

/// Sets how large the server's files may grow; without a bound, as large as we may.
fn limit_files(server: &Server, bytes: Option<u64>) {
    let limit = Rlimit {
        current: bytes,
        maximum: getrlimit(Resource::Fsize).maximum,
    };
    let server = Pid::from_raw(i32::try_from(server.id()).unwrap());
    prlimit(server, Resource::Fsize, limit).unwrap();
}

/// What a reporter behind a load balancer saw.
#[derive(Default)]
struct Seen {
    acknowledged: u64,
    waited: u64,
}

/// Reports until told to stop; each report goes to one node, and to the other when that one cannot be
/// reached or asks to come again. Any other answer is a failure.
async fn report_to(nodes: Arc<std::sync::Mutex<Vec<String>>>, stop: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    let mut turn = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut body = report("while nodes come and go");
        body["event_id"] = json!(fresh_id());
        let body = body.to_string();
        loop {
            turn += 1;
            let base = {
                let nodes = nodes.lock().unwrap();
                nodes[turn % nodes.len()].clone()
            };
            let client = Client::new(base);
            match Answer::try_to(client.posting("/api/errors", body.clone())).await {
                Ok(answer) if answer.status == 201 => {
                    seen.acknowledged += 1;
                    break;
                }
                Ok(answer) => {
                    assert_eq!(answer.status, 503, "{}", answer.text());
                    assert!(!answer.header("retry-after").is_empty());
                    seen.waited += 1;
                }
                // The node is gone or going: the balancer takes the other one.
                Err(_) => seen.waited += 1,
            }
        }
    }
    seen
}

#[tokio::test]
async fn nodes_are_replaced_one_by_one_and_nobody_notices() {
    let site = Arc::new(Site::new(Stack::PostgresRedis).await);
    let mut servers = Vec::new();
    for _ in 0..2 {
        servers.push(Server::on(Arc::clone(&site)).await);
    }
    let bases = servers.iter().map(|server| server.base().to_owned());
    let nodes = Arc::new(std::sync::Mutex::new(bases.collect::<Vec<_>>()));
    let stop = Arc::new(AtomicBool::new(false));
    let reporters: Vec<_> = (0..16)
        .map(|_| tokio::spawn(report_to(Arc::clone(&nodes), Arc::clone(&stop))))
        .collect();
    for place in [0, 1, 0, 1] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let server = &mut servers[place];
        server.ask_to_stop();
        let status = server.ended();
        assert_eq!(status.code(), Some(0), "{}", server.log());
        let next = Server::on(Arc::clone(&site)).await;
        nodes.lock().unwrap()[place] = next.base().to_owned();
        servers[place] = next;
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = 0;
    let mut waited = 0;
    for reporter in reporters {
        let seen = reporter.await.unwrap();
        acknowledged += seen.acknowledged;
        waited += seen.waited;
    }
    assert!(waited > 0, "no node was ever missed");
    let error = &servers[0].errors("").await[0];
    assert_eq!(
        error["count"],
        acknowledged,
        "{} was lost or doubled",
        text(&error["id"])
    );
}
