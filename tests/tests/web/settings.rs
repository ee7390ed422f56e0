//! Settings, accounts, and what is shown this once.

use crate::reader::Reader;
use e2e::people::{self, PASSWORD};
use e2e::{Answer, Server, Stack, on_both_stacks};
use reqwest::Method;

on_both_stacks!(
    a_key_is_shown_this_once,
    a_project_gets_keys_and_goes,
    somebody_is_invited_and_joins,
    a_role_of_ones_own,
    a_channel_keeps_its_secret,
    a_password_is_changed,
    forms_need_their_token,
);

async fn a_key_is_shown_this_once(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let fields = [
        ("name", "Pipeline"),
        ("permissions", "errors:write"),
        ("expires", "90"),
        ("project", "default"),
    ];
    let made = owner.send("/settings/keys", &fields).await;
    assert_eq!(
        (made.status, made.header("cache-control")),
        (200, "no-store")
    );
    let html = made.text();
    let at = html.find("sk_live_").unwrap();
    let secret: String = html[at..]
        .chars()
        .take_while(|one| one.is_ascii_alphanumeric() || *one == '_')
        .collect();
    let report = serde_json::json!({ "message": "m", "source": "pages" });
    assert_eq!(
        server
            .with_key(&secret)
            .post("/api/errors", &report)
            .await
            .status,
        201
    );
    let html = owner.page("/settings/keys").await;
    assert!(
        html.contains("Pipeline") && !html.contains(&secret),
        "{html}"
    );
    let refused = owner
        .send("/settings/keys", &[("name", ""), ("permissions", "read")])
        .await;
    assert_eq!(refused.status, 400);
    let keys = owner.person.data("/api/settings/api-keys").await;
    let id = keys["api_keys"][0]["id"].as_str().unwrap();
    owner.go(&format!("/settings/keys/{id}/revoke"), &[]).await;
    assert!(!owner.page("/settings/keys").await.contains("Pipeline"));
    let audit = owner.page("/settings/audit").await;
    assert!(
        audit.contains("/settings/keys") || audit.contains("key"),
        "{audit}"
    );
}

async fn a_project_gets_keys_and_goes(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    owner
        .go(
            "/settings/projects",
            &[("name", "My shop"), ("slug", ""), ("platform", "python")],
        )
        .await;
    let html = owner.page("/settings/projects/my-shop").await;
    assert!(html.contains("@"), "a DSN: {html}");
    let saved = [
        ("name", "Shop <2>"),
        ("slug", "shop"),
        ("platform", ""),
        ("retention_days", "30"),
    ];
    assert_eq!(
        owner.go("/settings/projects/my-shop", &saved).await,
        "/settings/projects/shop"
    );
    owner.go("/settings/projects/shop/keys", &[]).await;
    let keys = owner.person.data("/api/projects/shop/keys").await;
    assert_eq!(keys["total"], 2);
    let id = keys["keys"][1]["id"].as_str().unwrap();
    let path = format!("/settings/projects/shop/keys/{id}");
    let bad = [
        ("name", "web"),
        ("allowed_origins", "nonsense here"),
        ("enabled", "true"),
    ];
    assert_eq!(owner.send(&path, &bad).await.status, 400);
    let good = [
        ("name", "web"),
        ("allowed_origins", "https://a.example\nhttps://b.example"),
        ("enabled", ""),
    ];
    owner.go(&path, &good).await;
    let keys = owner.person.data("/api/projects/shop/keys").await;
    assert_eq!(
        (
            &keys["keys"][1]["enabled"],
            keys["keys"][1]["allowed_origins"].as_array().unwrap().len()
        ),
        (&false.into(), 2)
    );
    owner.go(&format!("{path}/revoke"), &[]).await;
    let refused = owner
        .send("/settings/projects/shop/delete", &[("confirm", "other")])
        .await;
    assert_eq!(refused.status, 400);
    owner
        .go("/settings/projects/shop/delete", &[("confirm", "shop")])
        .await;
    assert_eq!(owner.open("/settings/projects/shop").await.status, 404);
}

async fn somebody_is_invited_and_joins(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let email = format!("new-{}", owner.email);
    let made = owner
        .send(
            "/settings/team/invite",
            &[("email", &email), ("role", "developer")],
        )
        .await;
    assert_eq!(
        (made.status, made.header("cache-control")),
        (200, "no-store"),
        "{}",
        made.text()
    );
    let html = made.text();
    let at = html.find("/invite/iv_live_").unwrap();
    let path: String = html[at..]
        .chars()
        .take_while(|one| one.is_ascii_alphanumeric() || "/_-".contains(*one))
        .collect();
    assert!(!owner.page("/settings/team").await.contains(&path));
    let stranger = server.anonymous();
    let shown = Answer::to(stranger.request(Method::GET, &path)).await;
    assert_eq!(shown.status, 200);
    let sent = |name: &str, password: &str| {
        let request = stranger.request(Method::POST, &path);
        Answer::to(request.form(&[("name", name), ("password", password)]))
    };
    let refused = sent("Lena", "short").await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let joined = sent("Lena", PASSWORD).await;
    assert_eq!(
        (joined.status, joined.header("location")),
        (303, "/errors"),
        "{}",
        joined.text()
    );
    assert!(
        joined
            .header("set-cookie")
            .starts_with("faultbook_session=")
    );
    let html = owner.page("/settings/team").await;
    assert!(html.contains("Lena"), "{html}");
    let members = owner.person.data("/api/settings/team").await;
    let lena = members["members"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "Lena")
        .unwrap();
    let id = lena["id"].as_str().unwrap();
    owner
        .go(
            &format!("/settings/team/members/{id}"),
            &[("role", "viewer")],
        )
        .await;
    owner
        .go(
            &format!("/settings/team/members/{id}"),
            &[("status", "suspended")],
        )
        .await;
    assert!(owner.page("/settings/team").await.contains("Suspended"));
    owner
        .go(&format!("/settings/team/members/{id}/remove"), &[])
        .await;
    assert!(!owner.page("/settings/team").await.contains("Lena"));
}

async fn a_role_of_ones_own(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let policy = [
        ("kind", "policy"),
        ("name", "triage"),
        ("member", "errors:read"),
        ("member", "errors:resolve"),
    ];
    owner.go("/settings/roles", &policy).await;
    owner
        .go(
            "/settings/roles",
            &[("kind", "role"), ("name", "support"), ("member", "triage")],
        )
        .await;
    let html = owner.page("/settings/roles").await;
    assert!(
        html.contains("Support") && html.contains("triage"),
        "{html}"
    );
    let refused = owner
        .send("/settings/roles", &[("kind", "role"), ("name", "owner")])
        .await;
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    let user = [("name", "deployer"), ("role", "support")];
    let made = owner.send("/settings/system-users", &user).await;
    assert_eq!(made.status, 200, "{}", made.text());
    assert!(made.text().contains("su_live_"));
    assert!(
        !owner
            .page("/settings/system-users")
            .await
            .contains("su_live_")
    );
}

async fn a_channel_keeps_its_secret(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let path = "/settings/integrations/webhook";
    let refused = owner.send(path, &[("url", "ftp://x")]).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let secret = "whsec_c2VjcmV0IG9mIHRoZSBob29rIHRoYXQgaXMgbG9uZw==";
    owner
        .go(
            path,
            &[("url", "https://hooks.example/x"), ("secret", secret)],
        )
        .await;
    for page in [path, "/settings/integrations"] {
        let html = owner.page(page).await;
        assert!(
            html.contains("hooks.example") && !html.contains(secret),
            "{page}: {html}"
        );
    }
    owner.go(&format!("{path}/clear"), &[]).await;
    assert!(
        owner
            .page("/settings/integrations")
            .await
            .contains("Not set up")
    );
}

async fn a_password_is_changed(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let wrong = [
        ("current_password", "not this one"),
        ("new_password", "a new password"),
    ];
    let refused = owner.send("/profile/password", &wrong).await;
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    assert!(!refused.text().contains("not this one"));
    let right = [
        ("current_password", PASSWORD),
        ("new_password", "a new password"),
    ];
    owner.go("/profile/password", &right).await;
    people::log_in_with(&server, &owner.email, "a new password").await;
}

async fn forms_need_their_token(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    for path in [
        "/settings/keys",
        "/incidents/new",
        "/alerts/new",
        "/settings/team/invite",
        "/platform/maintenance",
    ] {
        let request = server.anonymous().request(Method::POST, path);
        let request = request.header("Cookie", &owner.person.cookie);
        let answer = Answer::to(request.form(&[("name", "x"), ("csrf", "wrong")])).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
    }
}
