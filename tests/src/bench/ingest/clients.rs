//! What clients of others send, beside the same content sent to our own routes.

use super::{Args, otlp_body, sentry_body};
use crate::connection::post_with;
use crate::load::{self, Measured};
use crate::request::NO_EVENT_ID;
use crate::round::Side;
use crate::setup::{Server, Stack};
use anyhow::Context;
use serde_json::{Value, json};
use std::time::Duration;

/// Records of an OTLP request, as its batch processors send them.
const RECORDS: usize = 50;

/// A protocol of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Protocol {
    /// Envelopes of Sentry SDKs, one event each.
    Sentry,
    /// Batches of OpenTelemetry log records, in protobuf.
    Otlp,
}

/// Which of both ways a side sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Theirs(Protocol),
    Ours(Protocol),
}

impl Way {
    const fn protocol(self) -> Protocol {
        match self {
            Self::Theirs(protocol) | Self::Ours(protocol) => protocol,
        }
    }

    const fn reports_a_request(self) -> usize {
        match self.protocol() {
            Protocol::Sentry => 1,
            Protocol::Otlp => RECORDS,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Theirs(Protocol::Sentry) => "Sentry envelopes",
            Self::Ours(Protocol::Sentry) => "the same content to POST /api/errors",
            Self::Theirs(Protocol::Otlp) => "OTLP, 50 log records a request",
            Self::Ours(Protocol::Otlp) => "the same content to POST /api/errors/batch",
        }
    }
}

/// Measures both stacks, or the given server, and prints a table.
///
/// # Errors
/// When a server cannot be started, or stored counts differ from acknowledged ones.
pub async fn compare(args: &Args, protocol: Protocol) -> anyhow::Result<()> {
    let theirs = Way::Theirs(protocol);
    let title = format!("{} connections", args.connections);
    let plan = &args.plan;
    plan.compare(
        &title,
        theirs.reports_a_request(),
        async |server: &Server, duration| send(args, server, duration, theirs).await,
        async || {
            let sqlite = Stack::sqlite().await?;
            let embedded = sides(args, &sqlite, "SQLite, synchronous=FULL", protocol).await?;
            sqlite.close().await?;
            let postgres = Stack::postgres(&plan.places).await?;
            let served = sides(args, &postgres, "PostgreSQL + Redis, durable", protocol).await?;
            postgres.close().await?;
            Ok(vec![embedded, served])
        },
    )
    .await
}

async fn sides(
    args: &Args,
    stack: &Stack,
    store: &str,
    protocol: Protocol,
) -> anyhow::Result<Vec<Side>> {
    let ways = [Way::Theirs(protocol), Way::Ours(protocol)];
    let mut sides = ways.map(|way| Side::new(format!("{store}: {}", way.name())));
    for _ in 0..args.plan.rounds {
        for (way, side) in ways.into_iter().zip(&mut sides) {
            let sending = async |server: &Server, duration| send(args, server, duration, way).await;
            let round = stack.round(way.reports_a_request(), args.plan.duration(), sending);
            side.rounds.push(round.await?);
        }
    }
    Ok(sides.into())
}

async fn send(
    args: &Args,
    server: &Server,
    duration: Duration,
    way: Way,
) -> anyhow::Result<Measured> {
    let target = server.target();
    let errors = args.plan.errors;
    let serial = |place: usize, number: usize| place * 1_000 + number;
    let (connections, status) = (
        args.connections,
        if matches!(way, Way::Ours(_)) {
            201
        } else {
            200
        },
    );
    let (path, headers) = address(server).await?;
    let requests = |place: usize| -> Vec<Vec<u8>> {
        let of_error = |number: usize| match way {
            Way::Theirs(Protocol::Sentry) => {
                let event = sentry_body::event(number, serial(place, number)).to_string();
                let (id, length) = (NO_EVENT_ID, event.len());
                let body = format!(
                    "{{\"event_id\":\"{id}\"}}\n{{\"type\":\"event\",\"length\":{length}}}\n{event}\n"
                );
                post_with(&path, &headers, body.as_bytes())
            }
            _ => target.post(
                "/api/errors",
                &sentry_body::report(number, serial(place, number)).to_string(),
            ),
        };
        let numbers = (0..RECORDS).map(|item| ((place + item) % errors, serial(place, item)));
        match way {
            Way::Theirs(Protocol::Otlp) => {
                let body = otlp_body::request(numbers);
                vec![target.post_as("/v1/logs", "application/x-protobuf", &body)]
            }
            Way::Ours(Protocol::Otlp) => {
                let reports: Vec<Value> = numbers
                    .map(|(number, serial)| otlp_body::report(number, serial))
                    .collect();
                vec![target.post("/api/errors/batch", &json!(reports).to_string())]
            }
            _ => (0..errors).map(of_error).collect(),
        }
    };
    load::over_http(target, connections, duration, status, requests).await
}

/// The path of envelopes, and the header with the project's DSN key.
///
/// # Errors
/// When the server does not answer as documented.
pub async fn address(server: &Server) -> anyhow::Result<(String, String)> {
    let projects = server.get("/api/projects").await?;
    let project = &projects["projects"][0];
    let number = project["number"].as_u64().context("no number")?;
    let key = project["public_key"].as_str().context("no key")?;
    let path = format!("/api/{number}/envelope/");
    let auth =
        format!("X-Sentry-Auth: Sentry sentry_key={key}, sentry_version=7, sentry_client=bench/1");
    Ok((
        path,
        format!("{auth}\r\nContent-Type: application/x-sentry-envelope"),
    ))
}
