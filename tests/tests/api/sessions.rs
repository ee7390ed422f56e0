//! Logging in and out.

use e2e::people::{PASSWORD, join, log_in, log_in_with, new_tenant, send};
use e2e::value::{report, text};
use e2e::{Answer, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

on_both_stacks! {
    a_session_acts_with_the_permissions_of_its_role,
    a_change_needs_the_token_that_login_returned,
    logging_out_ends_the_session,
    a_new_password_logs_out_everywhere_else,
    an_unused_session_expires,
    nobody_learns_who_has_an_account,
    failed_logins_are_limited,
    a_person_of_several_tenants_chooses,
    cookies_are_kept_from_scripts_and_other_sites,
}

async fn a_session_acts_with_the_permissions_of_its_role(stack: Stack) {
    let server = Server::start(stack).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let ada = log_in(&server, "Ada@Example.com ").await;
    let me = ada.data("/api/v1/auth/me").await;
    assert_eq!(me["user"]["email"], "ada@example.com");
    assert_eq!(me["memberships"][0]["role"], "viewer");
    assert_eq!(me["csrf_token"], ada.csrf_token.as_str());
    assert!(
        me["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("errors:read"))
    );
    ada.data("/api/errors").await;
    let body = report("m");
    let answer = ada.call(Method::POST, "/api/errors", Some(&body)).await;
    answer.refusal(403, "permission_denied");
    join_as_developer(&server).await;
    let bob = log_in(&server, "bob@example.com").await;
    let made = bob.call(Method::POST, "/api/errors", Some(&body)).await;
    made.data(201);
}

async fn join_as_developer(server: &Server) {
    join(server, "default", "bob@example.com", "developer").await;
}

async fn a_change_needs_the_token_that_login_returned(stack: Stack) {
    let server = Server::start(stack).await;
    join(&server, "default", "ada@example.com", "admin").await;
    let ada = log_in(&server, "ada@example.com").await;
    let other = log_in(&server, "ada@example.com").await;
    let body = json!({ "name": "Shop" });
    for token in ["", "nonsense", &other.csrf_token] {
        let request = server
            .anonymous()
            .request(Method::POST, "/api/projects")
            .header("Cookie", &ada.cookie)
            .header("X-CSRF-Token", token);
        send(request, Some(&body)).await.refusal(403, "csrf_failed");
    }
    assert_eq!(ada.data("/api/projects").await["total"], 1);
    let made = ada.call(Method::POST, "/api/projects", Some(&body)).await;
    made.data(201);
}

async fn logging_out_ends_the_session(stack: Stack) {
    let server = Server::start(stack).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let ada = log_in(&server, "ada@example.com").await;
    let answer = ada.call(Method::POST, "/api/v1/auth/logout", None).await;
    answer.is_empty_204();
    assert!(
        answer.header("set-cookie").contains("Max-Age=0"),
        "{answer:?}"
    );
    let answer = ada.call(Method::GET, "/api/v1/auth/me", None).await;
    answer.refusal(401, "invalid_token");
}

async fn a_new_password_logs_out_everywhere_else(stack: Stack) {
    let server = Server::start(stack).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let here = log_in(&server, "ada@example.com").await;
    let there = log_in(&server, "ada@example.com").await;
    let path = "/api/v1/auth/password";
    let change =
        |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let wrong = change("wrong", "another password");
    let answer = here.call(Method::POST, path, Some(&wrong)).await;
    let refused = answer.refusal(422, "validation_failed");
    assert_eq!(refused["details"][0]["field"], "current_password");
    let short = change(PASSWORD, "short");
    let answer = here.call(Method::POST, path, Some(&short)).await;
    let refused = answer.refusal(422, "validation_failed");
    assert_eq!(refused["details"][0]["field"], "new_password");
    let answer = server
        .post(path, &change(PASSWORD, "another password"))
        .await;
    answer.refusal(403, "permission_denied");
    let good = change(PASSWORD, "another password");
    let answer = here.call(Method::POST, path, Some(&good)).await;
    answer.is_empty_204();
    here.data("/api/v1/auth/me").await;
    let answer = there.call(Method::GET, "/api/v1/auth/me", None).await;
    answer.refusal(401, "invalid_token");
    let old = json!({ "email": "ada@example.com", "password": PASSWORD });
    let answer = server.anonymous().post("/api/v1/auth/login", &old).await;
    answer.refusal(401, "invalid_login");
    log_in_with(&server, "ada@example.com", "another password").await;
}

async fn an_unused_session_expires(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__SESSIONS__IDLE", "1s");
    let server = site.start().await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let ada = log_in(&server, "ada@example.com").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let answer = ada.call(Method::GET, "/api/v1/auth/me", None).await;
    let refused = answer.refusal(401, "session_expired");
    assert_eq!(refused["error"], "Session expired");
}

/// The answer to a wrong password and to an unknown address is the same, and takes as long.
async fn nobody_learns_who_has_an_account(stack: Stack) {
    let server = Server::start(stack).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let client = server.anonymous();
    let mut answers: Vec<(Value, Duration)> = Vec::new();
    for email in ["ada@example.com", "nobody@example.com"] {
        let body = json!({ "email": email, "password": "wrong password" });
        let mut fastest = Duration::MAX;
        let mut refused = Value::Null;
        for _ in 0..5 {
            let started = Instant::now();
            let answer = client.post("/api/v1/auth/login", &body).await;
            fastest = fastest.min(started.elapsed());
            refused = answer.refusal(401, "invalid_login");
        }
        refused["request_id"] = Value::Null;
        answers.push((refused, fastest));
    }
    assert_eq!(answers[0].0, answers[1].0);
    let (known, unknown) = (answers[0].1.as_secs_f64(), answers[1].1.as_secs_f64());
    assert!(
        (0.3..3.0).contains(&(known / unknown)),
        "{known} s and {unknown} s"
    );
}

async fn failed_logins_are_limited(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__RATE_LIMITS__ENABLED", "true")
        .set("FAULTBOOK__RATE_LIMITS__FAILED_LOGINS", "3");
    let server = site.start().await;
    let body = json!({ "email": "ada@example.com", "password": "wrong password" });
    let client = server.anonymous();
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let answer = client.post("/api/v1/auth/login", &body).await;
        if answer.status == 429 {
            assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses[0], 401);
    assert_eq!(statuses[5], 429, "{statuses:?}");
    server.data("/api/errors").await;
}

async fn a_person_of_several_tenants_chooses(stack: Stack) {
    let server = Server::start(stack).await;
    new_tenant(&server, "acme").await;
    new_tenant(&server, "other").await;
    join(&server, "default", "ada@example.com", "viewer").await;
    join(&server, "acme", "ada@example.com", "owner").await;
    let ada = log_in(&server, "ada@example.com").await;
    let home = ada.data("/api/v1/auth/me").await;
    assert_eq!(home["memberships"].as_array().unwrap().len(), 2);
    let me = |tenant: &str| {
        let request = ada.request(Method::GET, "/api/v1/auth/me");
        Answer::to(request.header("X-Tenant", tenant))
    };
    let there = me("acme").await.data(200);
    assert_ne!(home["tenant_id"], there["tenant_id"]);
    let by_id = me(text(&there["tenant_id"])).await.data(200);
    assert_eq!(by_id["permissions"], there["permissions"]);
    assert!(
        there["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("tenant:manage"))
    );
    me("other").await.refusal(403, "not_a_member");
    me("nowhere").await.refusal(404, "tenant_not_found");
    // The path decides below /tenants.
    ada.data("/api/v1/tenants/acme/audit").await;
    let answer = ada
        .call(Method::GET, "/api/v1/tenants/default/audit", None)
        .await;
    answer.refusal(403, "permission_denied");
    // A suspended tenant is left aside as long as there is another.
    server
        .post("/api/v1/tenants/default/suspend", &json!({}))
        .await
        .data(200);
    let home = ada.data("/api/v1/auth/me").await;
    assert_eq!(home["tenant_id"], there["tenant_id"]);
}

async fn cookies_are_kept_from_scripts_and_other_sites(stack: Stack) {
    let site = Site::new(stack).await;
    let user = [
        "user",
        "create",
        "--email",
        "root@example.com",
        "--platform-admin",
    ];
    let server = site.start().await;
    let output = server.site.run_with_input(&user, PASSWORD).await;
    assert!(output.status.success(), "{output:?}");
    let body = json!({ "email": "root@example.com", "password": PASSWORD });
    let client = server.anonymous();
    let answer = client.post("/api/v1/auth/login", &body).await;
    answer.data(200);
    let cookie = answer.header("set-cookie");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");
    assert_eq!(answer.header("cache-control"), "no-store");
    let root = log_in(&server, "root@example.com").await;
    let me = root.data("/api/v1/auth/me").await;
    assert_eq!(
        (&me["platform_admin"], &me["tenant_id"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(root.data("/api/v1/tenants").await["total"], 1);
    let answer = root.call(Method::GET, "/api/errors", None).await;
    answer.refusal(403, "permission_denied");
    let mine = json!({ "name": "Mine", "slug": "mine" });
    let made = root
        .call(Method::POST, "/api/v1/tenants", Some(&mine))
        .await;
    made.data(201);
    let me = root.data("/api/v1/auth/me").await;
    assert_eq!(me["memberships"][0]["role"], "owner");
}
