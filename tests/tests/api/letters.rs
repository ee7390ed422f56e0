//! E-mails to people about errors: who is assigned, mentioned, or follows.

use e2e::people::{Person, join, log_in};
use e2e::value::{report, text};
use e2e::{Mailbox, Server, Site, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

on_both_stacks! {
    who_is_concerned_gets_a_letter,
    followers_are_told_what_happens,
    a_letter_waits_for_its_mail_server,
    who_may_not_read_gets_none,
    each_kind_can_be_switched_off,
    many_changes_at_once_are_one_letter,
}

const ADA: &str = "ada@example.com";
const BEN: &str = "ben@example.com";

/// Longer than a letter takes.
const QUIET: Duration = Duration::from_secs(3);

async fn start(stack: Stack, mailbox: &Mailbox) -> Server {
    let mail = mailbox.settings().to_string();
    let site = Site::new(stack)
        .await
        .set(
            "FAULTBOOK__NOTIFICATIONS__PUBLIC_URL",
            "https://faults.example.com",
        )
        .set("FAULTBOOK__NOTIFICATIONS__EMAIL", &mail);
    site.start().await
}

async fn person(server: &Server, email: &str) -> Person {
    join(server, "default", email, "developer").await;
    log_in(server, email).await
}

async fn reported(server: &Server, message: &str) -> String {
    text(&server.report(&report(message)).await["id"]).to_owned()
}

async fn put(person: &Person, path: &str, body: Value) -> Value {
    person.call(Method::PUT, path, Some(&body)).await.data(200)
}

/// The letters to an address that say one of these.
async fn letters(mailbox: &Mailbox, address: &str, subject: &str) -> Vec<String> {
    let all = mailbox.letters_to(address).await.into_iter();
    let texts = all.map(|letter| letter.text);
    texts.filter(|text| text.contains(subject)).collect()
}

/// Waits for a letter with such a subject, and returns it.
async fn letter(mailbox: &Mailbox, address: &str, subject: &str) -> String {
    for _ in 0..400 {
        if let Some(found) = letters(mailbox, address, subject).await.pop() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!(
        "no letter '{subject}' to {address}: {:?}",
        mailbox.letters_to(address).await
    );
}

async fn who_is_concerned_gets_a_letter(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let server = start(stack, &mailbox).await;
    let (ada, ben) = (person(&server, ADA).await, person(&server, BEN).await);
    let id = reported(&server, "disk full").await;
    let path = format!("/api/errors/{id}");
    put(
        &ada,
        &format!("{path}/assign"),
        json!({ "assigned_to": BEN }),
    )
    .await;
    let assigned = letter(&mailbox, BEN, "Subject: Assigned to you: disk full").await;
    assert!(
        assigned.contains("Somebody assigned this error to you."),
        "{assigned}"
    );
    assert!(
        assigned.contains(&format!("https://faults.example.com/errors/{id}")),
        "{assigned}"
    );

    let comment = json!({ "text": "Seen since noon, @ben@example.com\n\npassword=hunter2hunter2" });
    let comments = format!("{path}/comments");
    let written = ada
        .call(Method::POST, &comments, Some(&comment))
        .await
        .data(201);
    let mentioned = letter(&mailbox, BEN, "Subject: You are mentioned: disk full").await;
    assert!(mentioned.contains("Seen since noon"), "{mentioned}");
    assert!(!mentioned.contains("hunter2"), "{mentioned}");
    // Mentioned by a change of the comment, which tells nobody else again.
    let changed = json!({ "text": "Or since one, @ben@example.com @ada@example.com" });
    let own = format!("{comments}/{}", text(&written["id"]));
    put(&ada, &own, changed).await;

    // One's own doing.
    for (person, address) in [(&ada, ADA), (&ben, BEN)] {
        put(person, &format!("{path}/follow"), json!({})).await;
        put(
            person,
            &format!("{path}/assign"),
            json!({ "assigned_to": "me" }),
        )
        .await;
        let comment = json!({ "text": format!("I, @{address}") });
        person
            .call(Method::POST, &comments, Some(&comment))
            .await
            .data(201);
    }
    letter(&mailbox, ADA, "Subject: Comment: disk full").await;
    tokio::time::sleep(QUIET).await;
    assert_eq!(letters(&mailbox, BEN, "Assigned").await.len(), 1);
    assert_eq!(
        letters(&mailbox, BEN, "mentioned").await.len(),
        1,
        "once for each comment"
    );
    for kind in ["Assigned", "mentioned"] {
        assert!(letters(&mailbox, ADA, kind).await.is_empty(), "{kind}");
    }
}

async fn followers_are_told_what_happens(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let server = start(stack, &mailbox).await;
    let ada = person(&server, ADA).await;
    let id = reported(&server, "no route to host").await;
    let path = format!("/api/errors/{id}");
    put(&ada, &format!("{path}/follow"), json!({})).await;
    server.put(&format!("{path}/resolve")).await.data(200);
    let resolved = letter(&mailbox, ADA, "Subject: Resolved: no route to host").await;
    assert!(resolved.contains("resolved this error."), "{resolved}");
    let mut later = report("no route to host");
    later["release"] = json!("2.0");
    server.report(&later).await;
    let regressed = letter(&mailbox, ADA, "Subject: Regressed: no route to host").await;
    assert!(regressed.contains("occurred again in 2.0"), "{regressed}");
    let ignore = json!({ "count": 1 });
    server
        .change(&format!("{path}/ignore"), &ignore)
        .await
        .data(200);
    letter(&mailbox, ADA, "Subject: Ignored: no route to host").await;
    server.report(&later).await;
    letter(&mailbox, ADA, "Subject: Reopened: no route to host").await;
    let comment = json!({ "text": "back again" });
    server
        .post(&format!("{path}/comments"), &comment)
        .await
        .data(201);
    let commented = letter(&mailbox, ADA, "Subject: Comment: no route to host").await;
    assert!(commented.contains("back again"), "{commented}");
    let unfollow = ada
        .call(Method::DELETE, &format!("{path}/follow"), None)
        .await;
    unfollow.is_empty_204();
    let told = mailbox.letters_to(ADA).await.len();
    server.put(&format!("{path}/resolve")).await.data(200);
    tokio::time::sleep(QUIET).await;
    assert_eq!(mailbox.letters_to(ADA).await.len(), told);
}

async fn a_letter_waits_for_its_mail_server(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let mut settings = mailbox.settings();
    let server = start(stack, &mailbox).await;
    person(&server, ADA).await;
    let away = settings["smtp_port"].clone();
    settings["smtp_port"] = json!(9);
    let integration = "/api/settings/integrations/email";
    server.change(integration, &settings).await.data(200);
    let id = reported(&server, "disk full").await;
    let assign = json!({ "assigned_to": ADA });
    server
        .change(&format!("/api/errors/{id}/assign"), &assign)
        .await
        .data(200);
    tokio::time::sleep(QUIET).await;
    assert!(letters(&mailbox, ADA, "Assigned").await.is_empty());
    settings["smtp_port"] = away;
    server.change(integration, &settings).await.data(200);
    letter(&mailbox, ADA, "Subject: Assigned to you: disk full").await;
}

async fn who_may_not_read_gets_none(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let server = start(stack, &mailbox).await;
    let ada = person(&server, ADA).await;
    let id = reported(&server, "disk full").await;
    let path = format!("/api/errors/{id}");
    put(&ada, &format!("{path}/follow"), json!({})).await;
    let members = server.data("/api/v1/tenants/default/members").await;
    let all = members["members"].as_array().unwrap();
    let own = all.iter().find(|one| one["email"] == ADA).unwrap();
    let member = format!("/api/v1/tenants/default/members/{}", text(&own["id"]));
    server
        .change(&member, &json!({ "status": "suspended" }))
        .await
        .data(200);
    server.put(&format!("{path}/resolve")).await.data(200);
    tokio::time::sleep(QUIET).await;
    assert!(letters(&mailbox, ADA, "disk full").await.is_empty());
    server
        .change(&member, &json!({ "status": "active" }))
        .await
        .data(200);
    server.put(&format!("{path}/reopen")).await.data(200);
    letter(&mailbox, ADA, "Subject: Reopened: disk full").await;
}

async fn each_kind_can_be_switched_off(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let server = start(stack, &mailbox).await;
    let ada = person(&server, ADA).await;
    let id = reported(&server, "disk full").await;
    let path = format!("/api/errors/{id}");
    put(&ada, &format!("{path}/follow"), json!({})).await;
    let profile = "/api/v1/auth/profile";
    let off = json!({ "notifications": { "assigned": false, "mentioned": false } });
    put(&ada, profile, off).await;
    let assign = json!({ "assigned_to": ADA });
    server
        .change(&format!("{path}/assign"), &assign)
        .await
        .data(200);
    let comment = json!({ "text": "@ada@example.com look" });
    server
        .post(&format!("{path}/comments"), &comment)
        .await
        .data(201);
    // Who follows is told of the comment that mentions them, too.
    letter(&mailbox, ADA, "Subject: Comment: disk full").await;
    assert!(letters(&mailbox, ADA, "Assigned").await.is_empty());
    assert!(letters(&mailbox, ADA, "mentioned").await.is_empty());
    put(
        &ada,
        profile,
        json!({ "notifications": { "followed": false } }),
    )
    .await;
    let told = mailbox.letters_to(ADA).await.len();
    server.put(&format!("{path}/resolve")).await.data(200);
    tokio::time::sleep(QUIET).await;
    assert_eq!(mailbox.letters_to(ADA).await.len(), told);
}

async fn many_changes_at_once_are_one_letter(stack: Stack) {
    let mailbox = Mailbox::start().await;
    let server = start(stack, &mailbox).await;
    person(&server, ADA).await;
    let mut ids = Vec::new();
    for message in ["one", "two", "three"] {
        ids.push(reported(&server, message).await);
    }
    let body = json!({ "ids": ids, "action": "assign", "assigned_to": ADA });
    server.post("/api/errors/bulk", &body).await.data(200);
    let all = letter(&mailbox, ADA, "Subject: Assigned to you").await;
    assert!(
        all.contains("assigned this error and 2 more to you"),
        "{all}"
    );
    tokio::time::sleep(QUIET).await;
    assert_eq!(letters(&mailbox, ADA, "Assigned").await.len(), 1);
}
