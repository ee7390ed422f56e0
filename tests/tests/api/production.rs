//! `ENVIRONMENT=production`: nothing is open that was not opened.

use e2e::value::report;
use e2e::{Answer, Client, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use std::fs;
use std::sync::Arc;

on_both_stacks! {
    the_first_start_prints_an_owner_key_and_no_other_does,
    the_development_key_is_never_accepted,
    the_owner_key_is_stored_nowhere,
    figures_and_other_origins_are_closed,
    development_on_an_open_address_warns,
}

async fn production(stack: Stack) -> Site {
    Site::new(stack)
        .await
        .set("ENVIRONMENT", "production")
        .set("HOST", "127.0.0.1")
}

fn owner_key(server: &mut Server) -> String {
    let line = server.announced("sk_live_");
    let key = line
        .split_whitespace()
        .find(|word| word.starts_with("sk_live_"));
    key.unwrap().to_owned()
}

async fn the_first_start_prints_an_owner_key_and_no_other_does(stack: Stack) {
    let mut server = production(stack).await.start().await;
    let key = owner_key(&mut server);
    assert_eq!(key.len(), 8 + 32 + 6);
    let owner = server.with_key(&key);
    let id = e2e::value::text(&owner.report(&report("m")).await["id"]).to_owned();
    owner
        .put(&format!("/api/errors/{id}/resolve"))
        .await
        .data(200);
    assert_eq!(owner.errors("").await.len(), 1);
    assert_eq!(server.stop().code(), Some(0));
    let printed = server.whole_announcement();
    assert_eq!(printed.matches("sk_live_").count(), 1, "{printed}");
    assert!(!printed.contains("test-api-key"), "{printed}");

    let mut server = Server::on(Arc::clone(&server.site)).await;
    server
        .with_key(&key)
        .delete(&format!("/api/errors/{id}"))
        .await
        .is_empty_204();
    assert_eq!(server.stop().code(), Some(0));
    let printed = server.whole_announcement();
    assert!(!printed.contains("sk_live_"), "{printed}");
}

async fn the_development_key_is_never_accepted(stack: Stack) {
    // A development server has stored it in the same database before.
    let mut development = Server::start(stack).await;
    development.report(&report("m")).await;
    assert!(development.stop().success());
    let mut command = development.site.command(&[]);
    command
        .env("ENVIRONMENT", "production")
        .env("HOST", "127.0.0.1");
    let mut server = Server::launch_with(Arc::clone(&development.site), command);
    let key = owner_key(&mut server);
    for value in ["test-api-key", " test-api-key "] {
        let client: Client = server.with_key(value);
        client
            .get("/api/errors")
            .await
            .refusal(401, "invalid_api_key");
        client
            .post("/api/errors", &report("m"))
            .await
            .refusal(401, "invalid_api_key");
    }
    let request = server
        .anonymous()
        .request(Method::GET, "/api/errors")
        .header("Authorization", "Bearer test-api-key");
    Answer::to(request).await.refusal(401, "invalid_api_key");
    server.with_key(&key).data("/api/errors").await;
}

async fn the_owner_key_is_stored_nowhere(stack: Stack) {
    let mut server = production(stack)
        .await
        .set("RUST_LOG", "trace")
        .start()
        .await;
    let key = owner_key(&mut server);
    server.with_key(&key).data("/api/errors").await;
    assert!(!server.log().contains(&key), "the log holds the key");
    assert!(server.stop().success());
    if let Some(url) = server.site.database_url() {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        let rows = client
            .query("SELECT k::text FROM api_keys k", &[])
            .await
            .unwrap();
        assert!(!rows.is_empty());
        for row in rows {
            assert!(!row.get::<_, &str>(0).contains(&key[8..]));
        }
    } else {
        let file = fs::read(server.site.directory().join("data/faultbook.db")).unwrap();
        assert!(!String::from_utf8_lossy(&file).contains(&key[8..]));
    }
}

async fn figures_and_other_origins_are_closed(stack: Stack) {
    let site = production(stack)
        .await
        .set("FAULTBOOK__METRICS__TOKEN", "a-token-for-figures");
    let mut server = site.start().await;
    let key = owner_key(&mut server);
    server
        .anonymous()
        .get("/metrics")
        .await
        .refusal(401, "invalid_api_key");
    server
        .with_key(&key)
        .get("/metrics")
        .await
        .refusal(401, "invalid_api_key");
    let figures = |token: &str| {
        let bearer = format!("Bearer {token}");
        Answer::to(
            server
                .anonymous()
                .request(Method::GET, "/metrics")
                .header("Authorization", bearer),
        )
    };
    figures("another-token")
        .await
        .refusal(401, "invalid_api_key");
    let answer = figures("a-token-for-figures").await;
    assert_eq!(answer.status, 200);
    assert!(
        answer.text().contains("faultbook_build_info"),
        "{}",
        answer.text()
    );

    let request = server
        .with_key(&key)
        .request(Method::GET, "/api/errors")
        .header("Origin", "https://somewhere.example");
    let answer = Answer::to(request).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    for path in ["/health", "/livez", "/readyz", "/openapi.json"] {
        assert_eq!(server.anonymous().get(path).await.status, 200, "{path}");
    }
}

async fn development_on_an_open_address_warns(stack: Stack) {
    let site = Site::new(stack).await.set("HOST", "0.0.0.0");
    let mut server = site.start().await;
    server.announced("Report a first error");
    let log = server.log();
    assert!(
        log.contains("WARN") && log.contains("ENVIRONMENT=production"),
        "{log}"
    );
    let quiet = Server::start(stack).await;
    assert!(
        !quiet.log().contains("ENVIRONMENT=production"),
        "{}",
        quiet.log()
    );
}
