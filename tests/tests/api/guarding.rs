//! Wrong credentials and passwords, and what sends mail: limited, without getting in the way of others.

use e2e::people::{PASSWORD, Person, invite, join, log_in, new_tenant, send};
use e2e::receiver::Receiver;
use e2e::value::text;
use e2e::{Answer, Client, Server, Site, Stack, on_both_stacks};
use faultbook_domain::identity::{KeyKind, KeyText};
use reqwest::Method;
use serde_json::{Value, json};

on_both_stacks! {
    wrong_keys_lock_nobody_else_out,
    wrong_passwords_are_limited_at_once_as_one_by_one,
    right_passwords_cost_nothing,
    other_ways_to_try_passwords_are_limited_at_once,
    invitations_are_limited_by_tenant_and_person,
    tests_of_channels_and_rules_are_limited,
    a_dozen_goes_out_at_once,
}

async fn limited(stack: Stack, rates: &[(&str, u32)]) -> Server {
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__RATE_LIMITS__ENABLED", "true");
    let site = rates.iter().fold(site, |site, (name, rate)| {
        site.set(
            &format!("FAULTBOOK__RATE_LIMITS__{name}"),
            &rate.to_string(),
        )
    });
    site.start().await
}

/// A secret in the form of ours that is nobody's.
fn guess(kind: KeyKind, number: u8) -> String {
    KeyText::from_random(kind, [number; 32]).reveal().to_owned()
}

#[track_caller]
fn must_wait(answer: &Answer) {
    let refused = answer.refusal(429, "rate_limited");
    let sentence = "Rate limit exceeded. Please try again later.";
    assert_eq!(refused["error"], sentence);
    assert!((1..=60).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
}

async fn wrong_keys_lock_nobody_else_out(stack: Stack) {
    let server = limited(stack, &[("BAD_CREDENTIALS", 3), ("GENERAL", 20)]).await;
    let key = server.site.create_key(&["--permissions", "read"]).await;
    let program = json!({ "name": "p", "role": "viewer" });
    let path = "/api/v1/tenants/default/system-users";
    let program = server.post(path, &program).await.data(201);
    join(&server, "default", "ada@example.com", "viewer").await;
    let ada = log_in(&server, "ada@example.com").await;
    let kinds = [KeyKind::ApiKey, KeyKind::SystemUser];
    let mut refused = 0;
    for number in 0..10 {
        let guess = guess(kinds[usize::from(number % 2)], number);
        let answer = server.with_key(&guess).get("/api/errors").await;
        refused += u32::from(answer.status == 429);
    }
    assert_eq!(refused, 7);
    for wrong in [
        "nonsense".to_owned(),
        guess(KeyKind::ApiKey, 99),
        "sk_live_x".to_owned(),
    ] {
        let request = server
            .with_key(&wrong)
            .request(Method::GET, "/api/errors")
            .header("X-Forwarded-For", "203.0.113.7");
        must_wait(&Answer::to(request).await);
    }
    let cookie = format!("faultbook_session={}", guess(KeyKind::Session, 7));
    let request = server.anonymous().request(Method::GET, "/api/errors");
    must_wait(&send(request.header("Cookie", cookie), None).await);

    // None of the good ones was used before, but for the development key.
    server.data("/api/errors").await;
    server.with_key(&key).data("/api/errors").await;
    for token in [&key, text(&program["token"])] {
        let request = server.anonymous().request(Method::GET, "/api/errors");
        let request = request.header("Authorization", format!("Bearer {token}"));
        send(request, None).await.data(200);
    }
    ada.data("/api/errors").await;
    // Their own limits hold.
    let client = server.with_key(&key);
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(client.get("/api/errors").await.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

/// How many of so many calls at once were answered with each of two statuses.
async fn at_once<F>(number: usize, call: impl Fn() -> F, statuses: [u16; 2]) -> [usize; 2]
where
    F: Future<Output = Answer> + Send + 'static,
{
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..number {
        calls.spawn(call());
    }
    let answers: Vec<u16> = calls
        .join_all()
        .await
        .iter()
        .map(|one| one.status)
        .collect();
    let counts = statuses.map(|status| answers.iter().filter(|one| **one == status).count());
    assert_eq!(counts.iter().sum::<usize>(), number, "{answers:?}");
    counts
}

async fn logging_in(client: Client, email: &'static str, password: &'static str) -> Answer {
    let body = json!({ "email": email, "password": password });
    client.post("/api/v1/auth/login", &body).await
}

async fn wrong_passwords_are_limited_at_once_as_one_by_one(stack: Stack) {
    let server = limited(stack, &[("FAILED_LOGINS", 5)]).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let client = server.anonymous();
    let wrong = || logging_in(client.clone(), "ada@example.com", "wrong password");
    let [checked, refused] = at_once(40, wrong, [401, 429]).await;
    // A token comes back in 12 s, which a slow machine may need.
    assert!(
        (5..=6).contains(&checked),
        "{checked} checked, {refused} refused"
    );
    must_wait(&wrong().await);
    must_wait(&logging_in(client, "ada@example.com", PASSWORD).await);
    server.data("/api/errors").await;
}

async fn right_passwords_cost_nothing(stack: Stack) {
    let server = limited(stack, &[("FAILED_LOGINS", 3)]).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let client = server.anonymous();
    let right = || logging_in(client.clone(), "ada@example.com", PASSWORD);
    assert_eq!(at_once(12, right, [200, 429]).await, [12, 0]);
    logging_in(client.clone(), "ada@example.com", "wrong password")
        .await
        .refusal(401, "invalid_login");
    assert_eq!(at_once(5, right, [200, 429]).await, [5, 0]);
}

async fn other_ways_to_try_passwords_are_limited_at_once(stack: Stack) {
    let server = limited(stack, &[("FAILED_LOGINS", 4)]).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    let ada = log_in(&server, "ada@example.com").await;
    let change = |current: &'static str| {
        let ada = ada.clone();
        move || {
            let ada = ada.clone();
            async move {
                let body = json!({ "current_password": current, "new_password": PASSWORD });
                ada.call(Method::POST, "/api/v1/auth/password", Some(&body))
                    .await
            }
        }
    };
    let [changed, _] = at_once(5, change(PASSWORD), [204, 429]).await;
    assert_eq!(changed, 5);
    let [checked, _] = at_once(12, change("wrong password"), [422, 429]).await;
    assert!((4..=5).contains(&checked), "{checked}");

    let server = limited(stack, &[("FAILED_LOGINS", 4)]).await;
    join(&server, "default", "ada@example.com", "viewer").await;
    new_tenant(&server, "acme").await;
    let token = invite(&server, "acme", "ada@example.com", "viewer").await;
    let client = server.anonymous();
    let accept = || {
        let (client, token) = (client.clone(), token.clone());
        async move {
            let body = json!({ "token": token, "name": "n", "password": "wrong password" });
            client.post("/api/v1/invitations/accept", &body).await
        }
    };
    let [checked, _] = at_once(12, accept, [401, 429]).await;
    assert!((4..=5).contains(&checked), "{checked}");
}

fn guest(number: usize) -> Value {
    json!({ "email": format!("guest{number}@example.com"), "role": "viewer" })
}

async fn inviting(person: &Person, path: &str, number: usize) -> Answer {
    let body = guest(number);
    person.call(Method::POST, path, Some(&body)).await
}

async fn invitations_are_limited_by_tenant_and_person(stack: Stack) {
    let server = limited(stack, &[("INVITATIONS", 4)]).await;
    for tenant in ["acme", "other"] {
        new_tenant(&server, tenant).await;
        join(&server, tenant, "ada@example.com", "owner").await;
    }
    join(&server, "acme", "bob@example.com", "owner").await;
    let ada = log_in(&server, "ada@example.com").await;
    let bob = log_in(&server, "bob@example.com").await;
    let [acme, other] = ["acme", "other"].map(|one| format!("/api/v1/tenants/{one}/invitations"));
    // Two of acme's four were spent to let its members in.
    let first = inviting(&ada, &acme, 0).await.data(201);
    // What is refused for another reason sends nothing, and costs nothing.
    inviting(&ada, &acme, 0)
        .await
        .refusal(409, "already_invited");
    inviting(&ada, "/api/settings/team/invite", 1)
        .await
        .data(201);
    must_wait(&inviting(&ada, &acme, 2).await);
    must_wait(&inviting(&bob, &acme, 2).await);
    must_wait(&inviting(&bob, "/api/settings/team/invite", 2).await);
    for number in [3, 4] {
        inviting(&ada, &other, number).await.data(201);
    }
    must_wait(&inviting(&ada, &other, 5).await);
    // The admin of the platform is counted by tenant: one was spent to let ada in, two by her.
    server.post(&other, &guest(6)).await.data(201);
    must_wait(&server.post(&other, &guest(7)).await);
    let resend = format!("{acme}/{}/resend", text(&first["id"]));
    for _ in 0..4 {
        ada.call(Method::POST, &resend, None).await.data(200);
    }
    must_wait(&ada.call(Method::POST, &resend, None).await);
}

async fn tests_of_channels_and_rules_are_limited(stack: Stack) {
    let receiver = Receiver::start().await;
    let server = limited(stack, &[("CHANNEL_TESTS", 3)]).await;
    let (path, nothing) = ("/api/settings/integrations/slack", json!({}));
    let test = format!("{path}/test");
    for _ in 0..5 {
        server
            .post(&test, &nothing)
            .await
            .refusal(400, "invalid_input");
    }
    let config = json!({ "webhook_url": receiver.url("/services/x") });
    server.change(path, &config).await.data(200);
    for _ in 0..3 {
        assert_eq!(
            server.post(&test, &nothing).await.data(200)["status"],
            "connected"
        );
    }
    must_wait(&server.post(&test, &nothing).await);
    assert_eq!(receiver.received().await.len(), 3);
    let rule = json!({
        "name": "n", "condition": "error_count > 1000", "threshold": 1, "time_window": "5m",
        "notifications": ["slack"],
    });
    let rule = server.post("/api/alerts/rules", &rule).await.data(201);
    let test = format!("/api/alerts/rules/{}/test", text(&rule["id"]));
    for _ in 0..3 {
        server.post(&test, &nothing).await.data(202);
    }
    must_wait(&server.post(&test, &nothing).await);
}

async fn a_dozen_goes_out_at_once(stack: Stack) {
    let server = limited(stack, &[]).await;
    let path = "/api/v1/tenants/default/invitations";
    for number in 0..12 {
        server.post(path, &guest(number)).await.data(201);
    }
    let mut statuses = Vec::new();
    for number in 12..24 {
        statuses.push(server.post(path, &guest(number)).await.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}
