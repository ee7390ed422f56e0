//! The HTTP server alone: the same bodies, read and forgotten.

use crate::connection::Target;
use crate::load::{self, Load};
use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context;
use std::sync::mpsc::channel;
use std::time::Duration;

/// Requests a second that a server answers 201 which only reads them.
///
/// # Errors
/// When it cannot be started.
pub async fn answered(load: Load) -> anyhow::Result<f64> {
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
    let target = Target::new(&address.to_string(), "").await?;
    let duration = Duration::from_secs(1);
    load::reports(&target, Load { duration, ..load }).await?;
    Ok(load::reports(&target, load).await?.per_second())
}
