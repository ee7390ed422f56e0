//! The HTTP server alone: the same bodies, read and forgotten.

use crate::ingest::client::{self, Load};
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Requests a second that a server answers 201 which only reads them.
///
/// # Errors
/// When it cannot be started.
pub fn answered(connections: usize, errors: usize, time: Duration) -> anyhow::Result<f64> {
    let (started, starting) = channel();
    std::thread::spawn(move || {
        let served = actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(|| {
                let take = web::post().to(|body: web::Bytes| async move {
                    HttpResponse::Created().body(body.len().to_string())
                });
                App::new().route("/api/errors", take)
            })
            .bind("127.0.0.1:0")?;
            let address = server.addrs().first().copied();
            // Nobody listens any more if the measurement was given up.
            let _ = started.send(address);
            server.run().await
        });
        drop(served);
    });
    let address = starting.recv()?.context("the server does not listen")?;
    let runtime = tokio::runtime::Runtime::new()?;
    let load = |duration| Load {
        connections,
        duration,
        errors,
    };
    runtime.block_on(async {
        client::run(address, load(Duration::from_secs(1))).await?;
        Ok(client::run(address, load(time)).await?.per_second())
    })
}
