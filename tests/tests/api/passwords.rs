//! Forgotten passwords.

use e2e::people::{PASSWORD, Person, join, log_in, log_in_with, new_tenant};
use e2e::value::text;
use e2e::{Mailbox, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

const ADA: &str = "ada@example.com";
const NEW: &str = "battery staple horse";

on_both_stacks! {
    a_link_sets_a_password_once,
    nobody_learns_whom_a_link_is_sent_to,
    a_person_gets_three_links_an_hour,
    a_tenants_mail_server_takes_over_nobodys_account,
    an_address_asks_so_often,
}

async fn site(stack: Stack, mailbox: &Mailbox) -> Site {
    Site::new(stack)
        .await
        .set(
            "FAULTBOOK__NOTIFICATIONS__PUBLIC_URL",
            "https://faults.example.com",
        )
        .set(
            "FAULTBOOK__NOTIFICATIONS__EMAIL",
            &mailbox.settings().to_string(),
        )
}

async fn forget(server: &Server, email: &str) -> Value {
    let body = json!({ "email": email });
    let nobody = server.anonymous();
    let request = nobody.posting("/api/v1/auth/forgot", body.to_string());
    let answer = e2e::Answer::to(request.header("Host", "evil.example.com")).await;
    answer.data(202)
}

async fn reset(server: &Server, token: &str, password: &str) -> e2e::Answer {
    let body = json!({ "token": token, "password": password });
    server.anonymous().post("/api/v1/auth/reset", &body).await
}

fn token_of(letter: &str) -> String {
    let (_, rest) = letter
        .split_once("https://faults.example.com/reset?token=")
        .unwrap_or_else(|| panic!("no link: {letter}"));
    let token: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    assert_eq!(token.len(), 64, "256 bits");
    token
}

async fn is_logged_in(person: &Person) -> bool {
    let me = person.call(Method::GET, "/api/v1/auth/me", None).await;
    me.status == 200
}

async fn a_link_sets_a_password_once(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let server = site(stack, &mailbox).await.start().await;
    join(&server, "default", ADA, "viewer").await;
    let before = mailbox.letters_to(ADA).await.len();
    let ada = log_in(&server, ADA).await;
    forget(&server, "Ada@Example.com").await;
    let letters = mailbox.wait_for(ADA, before + 1).await;
    let letter = &letters[before].text;
    assert!(letter.contains("127.0.0.1"), "who asked: {letter}");
    assert!(!letter.contains("evil.example.com"), "{letter}");
    let token = token_of(letter);
    let refused = reset(&server, &token, "short")
        .await
        .refusal(422, "validation_failed");
    assert_eq!(refused["details"][0]["field"], "password");
    assert!(is_logged_in(&ada).await);
    reset(&server, &token, NEW).await.is_empty_204();
    assert!(!is_logged_in(&ada).await, "all sessions end");
    for token in [token.as_str(), "unknown"] {
        let refused = reset(&server, token, NEW)
            .await
            .refusal(400, "invalid_reset");
        assert_eq!(refused["error"], "Reset link is invalid or has expired");
    }
    log_in_with(&server, ADA, NEW).await;
    let letters = mailbox.wait_for(ADA, before + 2).await;
    assert!(
        letters[before + 1].text.contains("was changed"),
        "told by mail"
    );
    let audit = server.data("/api/v1/tenants/default/audit").await;
    assert_eq!(audit["entries"][0]["detail"], ADA, "told by audit");
}

async fn nobody_learns_whom_a_link_is_sent_to(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let server = site(stack, &mailbox).await.start().await;
    join(&server, "default", ADA, "viewer").await;
    let before = mailbox.letters_to(ADA).await.len();
    let known = forget(&server, ADA).await;
    let unknown = forget(&server, "nobody@example.com").await;
    assert_eq!(known, unknown);
    mailbox.wait_for(ADA, before + 1).await;
    assert!(mailbox.letters_to("nobody@example.com").await.is_empty());
    let body = json!({ "email": "no address" });
    let answer = server.anonymous().post("/api/v1/auth/forgot", &body).await;
    let refused = answer.refusal(422, "validation_failed");
    assert_eq!(refused["details"][0]["field"], "email");
}

async fn a_person_gets_three_links_an_hour(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let server = site(stack, &mailbox).await.start().await;
    join(&server, "default", ADA, "viewer").await;
    let before = mailbox.letters_to(ADA).await.len();
    let ada = log_in(&server, ADA).await;
    for sent in 1..=3 {
        forget(&server, ADA).await;
        mailbox.wait_for(ADA, before + sent).await;
    }
    forget(&server, ADA).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let letters = mailbox.letters_to(ADA).await;
    assert_eq!(letters.len(), before + 3, "silently no more");
    // A change of the password ends what was sent.
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    let path = "/api/v1/auth/password";
    ada.call(Method::POST, path, Some(&change))
        .await
        .is_empty_204();
    let answer = reset(&server, &token_of(&letters[before].text), PASSWORD).await;
    answer.refusal(400, "invalid_reset");
    let letters = mailbox.wait_for(ADA, before + 4).await;
    assert!(letters[before + 3].text.contains("was changed"));
}

/// Without a mail server of the installation, a tenant's own may only serve people who are of this tenant alone, and
/// only if somebody set it who may change the tenant anyway.
async fn a_tenants_mail_server_takes_over_nobodys_account(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let server = Site::new(stack)
        .await
        .set(
            "FAULTBOOK__NOTIFICATIONS__PUBLIC_URL",
            "https://faults.example.com",
        )
        .start()
        .await;
    new_tenant(&server, "acme").await;
    join(&server, "default", ADA, "viewer").await;
    join(&server, "default", "both@example.com", "viewer").await;
    join(&server, "acme", "both@example.com", "viewer").await;
    let admin = json!({ "name": "k", "permissions": ["admin"] });
    let admin = server
        .post("/api/settings/api-keys", &admin)
        .await
        .data(201);
    let admin = server.with_key(text(&admin["api_key"]));
    let path = "/api/settings/integrations/email";
    admin.change(path, &mailbox.settings()).await.data(200);
    forget(&server, ADA).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(mailbox.letters_to(ADA).await.is_empty(), "set by an admin");
    let mut settings = mailbox.settings();
    settings["recipients"] = json!(["others@example.com"]);
    server.change(path, &settings).await.data(200);
    forget(&server, "both@example.com").await;
    forget(&server, ADA).await;
    mailbox.wait_for(ADA, 1).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let others = mailbox.letters_to("both@example.com").await;
    assert!(others.is_empty(), "of two tenants");
}

async fn an_address_asks_so_often(stack: Stack) {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__RATE_LIMITS__ENABLED", "true")
        .set("FAULTBOOK__RATE_LIMITS__FAILED_LOGINS", "3");
    let server = site.start().await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let body = json!({ "email": "nobody@example.com" });
        let answer = server.anonymous().post("/api/v1/auth/forgot", &body).await;
        statuses.push(answer.status);
    }
    assert_eq!((statuses[0], statuses[5]), (202, 429), "{statuses:?}");
}
