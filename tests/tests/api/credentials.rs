//! Who may call, and what the others are told.

use e2e::site::Stores;
use e2e::value::{fresh_id, now, report, text};
use e2e::{Answer, Client, Server, Stack, on_both_stacks};
use faultbook_domain::identity::KeyDigest;
use faultbook_domain::tenancy::TenantScope;
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

on_both_stacks! {
    every_route_refuses_a_caller_without_a_key,
    bad_keys_are_refused,
    a_key_works_in_either_header,
    an_expired_key_is_refused,
    a_revoked_key_is_refused_within_five_seconds,
    a_key_may_do_what_it_was_made_for,
    a_refused_caller_with_a_large_body_sees_why,
    a_key_can_be_made_only_for_what_exists,
    keys_are_not_logged,
}

fn guarded() -> Vec<(Method, String)> {
    let id = fresh_id();
    vec![
        (Method::GET, "/api/errors".to_owned()),
        (Method::POST, "/api/errors".to_owned()),
        (Method::POST, "/api/errors/batch".to_owned()),
        (Method::POST, "/api/errors/bulk".to_owned()),
        (Method::GET, format!("/api/errors/{id}")),
        (Method::DELETE, format!("/api/errors/{id}")),
        (Method::PUT, format!("/api/errors/{id}/resolve")),
        (Method::PUT, format!("/api/errors/{id}/unresolve")),
        (Method::GET, format!("/api/errors/{id}/occurrences")),
        (Method::GET, format!("/api/errors/{id}/grouping")),
    ]
}

async fn call(client: &Client, method: Method, path: &str) -> Answer {
    let request = client
        .request(method, path)
        .header("Content-Type", "application/json");
    Answer::to(request.body(report("m").to_string())).await
}

async fn every_route_refuses_a_caller_without_a_key(stack: Stack) {
    let server = Server::start(stack).await;
    for (method, path) in guarded() {
        for client in [
            server.anonymous(),
            server.with_key(""),
            server.with_key("  "),
        ] {
            let refused = call(&client, method.clone(), &path)
                .await
                .refusal(401, "missing_api_key");
            assert_eq!(refused["error"], "Missing API key", "{method} {path}");
        }
    }
    let basic = server
        .anonymous()
        .request(Method::GET, "/api/errors")
        .header("Authorization", "Basic dGVzdC1hcGkta2V5");
    Answer::to(basic).await.refusal(401, "missing_api_key");
}

async fn bad_keys_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    let good = server.site.create_key(&["--permissions", "read"]).await;
    let last = good.chars().last().unwrap();
    let typo = format!(
        "{}{}",
        &good[..good.len() - 1],
        if last == 'a' { 'b' } else { 'a' }
    );
    let long = format!("{good}x");
    let endless = "k".repeat(20_000);
    for key in [
        "nonsense",
        "sk_live_",
        "sk_live_short",
        "sk_live_0000000000000000000000000000000000000000",
        &typo,
        &long,
        &good[1..],
        &good.to_uppercase(),
        "TEST-API-KEY",
        "test-api-key, test-api-key",
        "' OR 1=1 --",
        "test-api-key\u{e9}",
        &endless,
    ] {
        for (method, path) in [(Method::GET, "/api/errors"), (Method::POST, "/api/errors")] {
            let answer = call(&server.with_key(key), method, path).await;
            let refused = answer.refusal(401, "invalid_api_key");
            assert_eq!(refused["error"], "Invalid API key", "{key}");
        }
    }
    assert_eq!(server.with_key(&good).get("/api/errors").await.status, 200);
}

async fn a_key_works_in_either_header(stack: Stack) {
    let server = Server::start(stack).await;
    for value in ["Bearer test-api-key", "bearer  test-api-key"] {
        let request = server
            .anonymous()
            .request(Method::GET, "/api/errors")
            .header("Authorization", value);
        Answer::to(request).await.data(200);
    }
    let key = server.site.create_key(&["--permissions", "read"]).await;
    assert!(
        key.starts_with("sk_live_") && key.len() == 8 + 32 + 6,
        "{key}"
    );
    server.with_key(&key).data("/api/errors").await;
}

async fn an_expired_key_is_refused(stack: Stack) {
    let server = Server::start(stack).await;
    let key = server
        .site
        .create_key(&["--permissions", "write", "--expires-in", "1s"])
        .await;
    let client = server.with_key(&key);
    // It was made before this instant, so it has expired a second after it at the latest, also on a node
    // that has accepted it before.
    let (made, mut sentence) = (Instant::now(), String::new());
    while sentence.is_empty() && made.elapsed() < Duration::from_secs(10) {
        let answer = client.post("/api/errors", &report("m")).await;
        if made.elapsed() > Duration::from_secs(2) || answer.status != 201 {
            let refused = answer.refusal(401, "expired_api_key");
            text(&refused["error"]).clone_into(&mut sentence);
        }
    }
    assert_eq!(sentence, "API key has expired");
    client
        .get("/api/errors")
        .await
        .refusal(401, "expired_api_key");
}

async fn a_revoked_key_is_refused_within_five_seconds(stack: Stack) {
    let server = Server::start(stack).await;
    let key = server.site.create_key(&["--permissions", "read"]).await;
    let client = server.with_key(&key);
    client.data("/api/errors").await;
    // Another node's doing, as far as this server can tell.
    let Stores { keys, .. } = server.site.stores().await;
    let stored = keys.find_key(&KeyDigest::of(&key)).await.unwrap().unwrap();
    assert!(
        keys.revoke_key(TenantScope::for_tests(stored.tenant_id), stored.id, now())
            .await
            .unwrap()
    );
    let revoked = Instant::now();
    loop {
        let answer = client.get("/api/errors").await;
        if answer.status != 200 {
            answer.refusal(401, "invalid_api_key");
            break;
        }
        assert!(
            revoked.elapsed() < Duration::from_secs(5),
            "the key is still accepted"
        );
    }
}

async fn a_key_may_do_what_it_was_made_for(stack: Stack) {
    let server = Server::start(stack).await;
    let id = text(&server.report(&report("m")).await["id"]).to_owned();
    let error = format!("/api/errors/{id}");
    let bulk = |action: &str| json!({ "ids": [fresh_id()], "action": action });
    // Permissions, and whether they allow to read, report, resolve, delete.
    for (permissions, allowed) in [
        ("read", [true, false, false, false]),
        ("write", [true, true, true, false]),
        ("admin", [true, true, true, true]),
        ("errors:read", [true, false, false, false]),
        ("errors:write", [false, true, false, false]),
        ("errors:resolve", [false, false, true, false]),
        ("errors:delete", [false, false, false, true]),
        ("alerts:read,errors:read", [true, false, false, false]),
        ("keys:manage", [false, false, false, false]),
    ] {
        let key = server
            .site
            .create_key(&["--permissions", permissions])
            .await;
        let client = server.with_key(&key);
        let [read, write, resolve, delete] = allowed;
        let check = |answer: Answer, is_allowed: bool| {
            if is_allowed {
                assert!(
                    answer.status < 300 || answer.status == 404,
                    "{permissions}: {}",
                    answer.text()
                );
            } else {
                let refused = answer.refusal(403, "permission_denied");
                assert_eq!(refused["error"], "Permission denied");
            }
        };
        for path in [
            "/api/errors",
            &error,
            &format!("{error}/occurrences"),
            &format!("{error}/grouping"),
        ] {
            check(client.get(path).await, read);
        }
        check(client.post("/api/errors", &report("m")).await, write);
        check(
            client
                .post("/api/errors/batch", &json!([report("m")]))
                .await,
            write,
        );
        check(client.put(&format!("{error}/resolve")).await, resolve);
        check(client.put(&format!("{error}/unresolve")).await, resolve);
        check(
            client.post("/api/errors/bulk", &bulk("resolve")).await,
            resolve,
        );
        check(
            client.delete(&format!("/api/errors/{}", fresh_id())).await,
            delete,
        );
        check(
            client.post("/api/errors/bulk", &bulk("delete")).await,
            delete,
        );
    }
    assert_eq!(server.data(&error).await["id"], json!(id));
}

async fn a_refused_caller_with_a_large_body_sees_why(stack: Stack) {
    let server = Server::start(stack).await;
    let key = server.site.create_key(&["--permissions", "read"]).await;
    let body = vec![b'x'; 4 << 20];
    let answer = server
        .anonymous()
        .post_bytes("/api/errors", body.clone())
        .await;
    answer.refusal(401, "missing_api_key");
    let answer = server
        .with_key("nonsense")
        .post_bytes("/api/errors/bulk", body.clone())
        .await;
    answer.refusal(401, "invalid_api_key");
    let answer = server
        .with_key(&key)
        .post_bytes("/api/errors/batch", body)
        .await;
    answer.refusal(403, "permission_denied");
}

async fn a_key_can_be_made_only_for_what_exists(stack: Stack) {
    let server = Server::start(stack).await;
    for (arguments, names) in [
        (["--permissions", "read,fly"], "fly"),
        (["--tenant", "nobody"], "nobody"),
        (["--tenant", "No Slug"], "No Slug"),
        (["--expires-in", "soon"], "soon"),
    ] {
        let output = server
            .site
            .run(&[&["key", "create"], &arguments[..]].concat())
            .await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains(names),
            "{arguments:?}: {output:?}"
        );
        assert!(output.stdout.is_empty(), "{output:?}");
    }
}

async fn keys_are_not_logged(stack: Stack) {
    let site = e2e::Site::new(stack).await.set("RUST_LOG", "trace");
    let server = site.start().await;
    let key = server.site.create_key(&["--permissions", "read"]).await;
    let unknown = "a-key-that-nobody-has";
    server.with_key(&key).data("/api/errors").await;
    server
        .with_key(&key)
        .post("/api/errors", &report("m"))
        .await
        .refusal(403, "permission_denied");
    server
        .with_key(unknown)
        .get("/api/errors")
        .await
        .refusal(401, "invalid_api_key");
    let log = server.log();
    assert!(
        log.contains("credential was refused"),
        "the refusal is not logged"
    );
    assert!(!log.contains(&key), "the log holds a key");
    assert!(!log.contains(unknown), "the log holds a refused key");
}
