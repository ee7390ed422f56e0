//! A page in headless Chromium, from a server of its own.

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::mpsc::{Receiver, channel};

/// How long a page may take. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// Opens `page.html` of a folder with a query and waits until it has posted to `/done`.
///
/// # Panics
/// When it does not, or Chromium is not installed.
pub async fn visit(folder: &Path, query: &[(&str, &str)]) {
    let (address, server, mut done) = serve(folder);
    let mut url = reqwest::Url::parse(&format!("http://{address}/page.html")).unwrap();
    url.query_pairs_mut().extend_pairs(query);
    let profile = tempfile::tempdir().unwrap();
    let mut browser = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .arg("--disable-dev-shm-usage")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--remote-debugging-port=0")
        .arg(url.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect(
            "Chromium is not installed: run tests/run.sh, or install the Debian package chromium",
        );
    let finished = tokio::time::timeout(PATIENCE, done.recv()).await;
    browser.kill().await.unwrap();
    server.stop(false).await;
    assert!(finished.is_ok(), "the page never finished: {url}");
}

/// Serves a folder's page, and takes what it posts.
fn serve(folder: &Path) -> (String, ServerHandle, Receiver<()>) {
    let (finished, done) = channel(1);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let (html, script) = (read("page.html"), read("shop.js"));
    let server = HttpServer::new(move || {
        let (html, script, finished) = (html.clone(), script.clone(), finished.clone());
        let page = move || {
            let answer = HttpResponse::Ok()
                .content_type("text/html")
                .body(html.clone());
            async { answer }
        };
        let script = move || {
            let answer = HttpResponse::Ok()
                .content_type("text/javascript")
                .body(script.clone());
            async { answer }
        };
        let done = move || {
            // Whoever waits for more than the first has gone.
            let _ = finished.try_send(());
            async { HttpResponse::NoContent().finish() }
        };
        App::new()
            .route("/page.html", web::get().to(page))
            .route("/shop.js", web::get().to(script))
            .route("/done", web::post().to(done))
    });
    let server = server
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
    let address = server.addrs()[0].to_string();
    let running = server.run();
    let handle = running.handle();
    tokio::spawn(running);
    (address, handle, done)
}
