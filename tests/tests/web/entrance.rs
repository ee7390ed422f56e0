//! Signing in and out, assets, and pages about what failed.

use crate::reader::Reader;
use e2e::people::PASSWORD;
use e2e::{Answer, Client, Server, Site, Stack, on_both_stacks};
use reqwest::Method;

on_both_stacks!(
    whoever_is_not_signed_in_comes_back_afterwards,
    another_site_signs_nobody_in,
    a_developer_is_signed_in_by_one_click_on_this_computer_alone,
    the_first_owner_is_made_once,
    signing_out_ends_the_session,
    assets_are_kept_for_ever,
    pages_tell_what_failed_and_routes_keep_json,
);

async fn open(client: &Client, path: &str) -> Answer {
    Answer::to(
        client
            .request(Method::GET, path)
            .header("Accept", "text/html"),
    )
    .await
}

async fn send(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    Answer::to(client.request(Method::POST, path).form(fields)).await
}

async fn whoever_is_not_signed_in_comes_back_afterwards(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let stranger = server.anonymous();
    let sent = open(&stranger, "/errors?q=a%20b").await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, "/login?next=%2Ferrors%3Fq%3Da%2520b")
    );
    let html = open(&stranger, sent.header("location")).await.text();
    assert!(html.contains("value=\"/errors?q=a%20b\""), "{html}");
    let wrong = send(
        &stranger,
        "/login",
        &[
            ("email", &owner.email),
            ("password", "wrong"),
            ("next", "/errors?q=x"),
        ],
    )
    .await;
    assert_eq!(wrong.status, 401);
    assert!(
        wrong.text().contains("E-mail or password is wrong") && wrong.text().contains(&owner.email)
    );
    let right = [
        ("email", owner.email.as_str()),
        ("password", PASSWORD),
        ("next", "/errors?q=x"),
    ];
    let signed_in = send(&stranger, "/login", &right).await;
    assert_eq!(
        (signed_in.status, signed_in.header("location")),
        (303, "/errors?q=x")
    );
    let cookie = signed_in.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let elsewhere = [
        ("email", owner.email.as_str()),
        ("password", PASSWORD),
        ("next", "//evil.example"),
    ];
    assert_eq!(
        send(&stranger, "/login", &elsewhere)
            .await
            .header("location"),
        "/errors"
    );
    let fragment = stranger
        .request(Method::GET, "/errors")
        .header("HX-Request", "true");
    let fragment = Answer::to(fragment).await;
    assert_eq!(
        (fragment.status, fragment.header("hx-redirect")),
        (401, "/login")
    );
}

async fn another_site_signs_nobody_in(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let fields = [("email", owner.email.as_str()), ("password", PASSWORD)];
    for header in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ] {
        let request = server
            .anonymous()
            .request(Method::POST, "/login")
            .header(header.0, header.1);
        assert_eq!(
            Answer::to(request.form(&fields)).await.status,
            403,
            "{header:?}"
        );
    }
}

async fn a_developer_is_signed_in_by_one_click_on_this_computer_alone(stack: Stack) {
    let server = Server::start(stack).await;
    let stranger = server.anonymous();
    assert!(
        open(&stranger, "/login")
            .await
            .text()
            .contains("Continue as developer")
    );
    let elsewhere = stranger
        .request(Method::POST, "/login/development")
        .header("Host", "evil.example");
    assert_eq!(
        Answer::to(elsewhere.form(&[("next", "")])).await.status,
        404
    );
    let proxied = stranger
        .request(Method::POST, "/login/development")
        .header("X-Forwarded-For", "203.0.113.9");
    assert_eq!(Answer::to(proxied.form(&[("next", "")])).await.status, 404);
    let signed_in = send(&stranger, "/login/development", &[("next", "")]).await;
    assert_eq!(
        (signed_in.status, signed_in.header("location")),
        (303, "/errors")
    );
    let again = send(&stranger, "/login/development", &[("next", "/dashboard")]).await;
    assert_eq!(
        (again.status, again.header("location")),
        (303, "/dashboard")
    );
}

async fn the_first_owner_is_made_once(stack: Stack) {
    let site = Site::new(stack).await.set("ENVIRONMENT", "production");
    let mut server = site.start().await;
    let line = server.announced("makes the first owner");
    let path = line
        .split_whitespace()
        .find_map(|word| word.find("/setup/").map(|at| word[at..].to_owned()))
        .unwrap();
    let stranger = server.anonymous();
    assert_eq!(open(&stranger, "/setup/iv_live_wrong").await.status, 404);
    assert_eq!(open(&stranger, &path).await.status, 200);
    let with = |email: &'static str, password: &'static str| {
        [("name", "Ada"), ("email", email), ("password", password)]
    };
    assert_eq!(
        send(&stranger, &path, &with("nonsense", PASSWORD))
            .await
            .status,
        422
    );
    assert_eq!(
        send(&stranger, &path, &with("ada@example.com", "short"))
            .await
            .status,
        422
    );
    let made = send(&stranger, &path, &with("Ada@example.com", PASSWORD)).await;
    assert_eq!(
        (made.status, made.header("location")),
        (303, "/errors"),
        "{}",
        made.text()
    );
    assert!(made.header("set-cookie").contains("Secure"), "{made:?}");
    assert_eq!(
        send(&stranger, &path, &with("eve@example.com", PASSWORD))
            .await
            .status,
        404
    );
    assert_eq!(open(&stranger, &path).await.status, 404);
    let developer = send(&stranger, "/login/development", &[("next", "")]).await;
    assert_eq!(developer.status, 404);
    let right = [("email", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(send(&stranger, "/login", &right).await.status, 303);
}

async fn signing_out_ends_the_session(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    assert_eq!(owner.go("/logout", &[]).await, "/login?note=out");
    let sent = owner.open("/dashboard").await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, "/login?note=ended&next=%2Fdashboard")
    );
}

async fn assets_are_kept_for_ever(stack: Stack) {
    let server = Server::start(stack).await;
    let stranger = server.anonymous();
    let html = open(&stranger, "/login").await.text();
    let mut found = 0;
    for part in html.split('"').filter(|part| part.starts_with("/assets/")) {
        let part = part.split('#').next().unwrap();
        for encoding in ["br", "gzip", "identity"] {
            let request = stranger
                .request(Method::GET, part)
                .header("Accept-Encoding", encoding);
            let answer = Answer::to(request).await;
            assert_eq!(answer.status, 200, "{part}");
            assert_eq!(answer.header("content-encoding"), encoding);
            assert!(answer.header("cache-control").contains("immutable"));
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        found += 1;
    }
    assert!(found >= 3, "{html}");
    assert_eq!(open(&stranger, "/assets/ui.css").await.status, 404);
}

async fn pages_tell_what_failed_and_routes_keep_json(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let missing = open(&server.anonymous(), "/nowhere").await;
    assert_eq!(missing.status, 404);
    assert!(
        missing.header("content-type").starts_with("text/html"),
        "{missing:?}"
    );
    let policy = missing.header("content-security-policy");
    assert!(
        policy.contains("default-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(missing.text().contains(missing.header("x-request-id")));
    server
        .anonymous()
        .get("/nowhere")
        .await
        .refusal(404, "not_found");
    open(&server.anonymous(), "/api/errors")
        .await
        .refusal(401, "missing_api_key");
    let request = owner
        .person
        .request(Method::GET, "/errors/nonsense")
        .header("HX-Request", "true");
    let part = Answer::to(request).await;
    assert_eq!(part.status, 404);
    assert!(
        part.text().contains("role=\"alert\"") && !part.text().contains("<html"),
        "{}",
        part.text()
    );
    let wrong = Answer::to(owner.person.request(Method::PUT, "/errors")).await;
    assert_eq!(wrong.status, 405);
    assert!(wrong.text().contains("<h1"));
}
