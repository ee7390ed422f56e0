//! Channels: set, masked, tested, cleared, unreadable in the store.

use e2e::receiver::Receiver;
use e2e::value::{text, time_of};
use e2e::{Server, Site, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_stacks! {
    a_channel_is_set_tested_and_cleared,
    a_failed_test_says_why,
    bad_channels_are_refused,
    secrets_are_masked_and_kept,
    channels_need_their_permission,
    defaults_of_the_installation_serve_everybody,
}

const PATH: &str = "/api/settings/integrations";

async fn shown(server: &Server, name: &str) -> Value {
    let list = server.data(PATH).await;
    let all = list["integrations"].as_array().unwrap();
    assert_eq!(all.len(), 4);
    all.iter().find(|one| one["name"] == name).unwrap().clone()
}

async fn a_channel_is_set_tested_and_cleared(stack: Stack) {
    let (server, receiver) = (Server::start(stack).await, Receiver::start().await);
    assert_eq!(shown(&server, "slack").await["status"], "not_configured");
    let path = format!("{PATH}/slack");
    let test = format!("{path}/test");
    server
        .post(&test, &json!({}))
        .await
        .refusal(400, "invalid_input");
    let config =
        json!({ "webhook_url": receiver.url("/services/T/B/secret"), "channel": "#alerts" });
    let set = server.change(&path, &config).await.data(200);
    assert_eq!(
        (&set["status"], &set["last_test"]),
        (&json!("configured"), &Value::Null)
    );
    assert_eq!(set["config"]["channel"], "#alerts");
    let tested = server.post(&test, &json!({})).await.data(200);
    assert_eq!(tested["status"], "connected");
    time_of(&tested["last_test"]);
    let received = receiver.received().await;
    assert!(
        received[0].body.contains("blocks") && received[0].body.contains("Test"),
        "{received:?}"
    );
    assert_eq!(shown(&server, "slack").await, tested);
    server.delete(&path).await.is_empty_204();
    server
        .delete(&path)
        .await
        .refusal(404, "integration_not_found");
    assert_eq!(shown(&server, "slack").await["status"], "not_configured");
    server
        .change(&format!("{PATH}/pigeon"), &json!({}))
        .await
        .refusal(404, "integration_not_found");
}

async fn a_failed_test_says_why(stack: Stack) {
    let (server, receiver) = (Server::start(stack).await, Receiver::start().await);
    receiver.answer(403);
    let path = format!("{PATH}/slack");
    let config = json!({ "webhook_url": receiver.url("/services/hush-hush") });
    server.change(&path, &config).await.data(200);
    let tested = server
        .post(&format!("{path}/test"), &json!({}))
        .await
        .data(200);
    assert_eq!(tested["status"], "error");
    assert!(text(&tested["error"]).contains("403"), "{tested}");
    assert!(!tested.to_string().contains("hush-hush"));
    assert_eq!(shown(&server, "slack").await["status"], "error");
}

async fn bad_channels_are_refused(stack: Stack) {
    let server = Server::start(stack).await;
    for (name, config, field) in [
        ("slack", json!({}), "webhook_url"),
        (
            "slack",
            json!({ "webhook_url": "javascript:alert(1)" }),
            "webhook_url",
        ),
        (
            "webhook",
            json!({ "url": "https://example.com", "secret": "short" }),
            "secret",
        ),
        (
            "sms",
            json!({ "account_sid": "A", "auth_token": "t", "from_number": "+15550001111", "to_numbers": ["x"] }),
            "to_numbers",
        ),
        (
            "email",
            json!({ "smtp_server": "s", "from_email": "a@b", "recipients": ["a@b"], "smtp_port": 70_000 }),
            "smtp_port",
        ),
    ] {
        server
            .change(&format!("{PATH}/{name}"), &config)
            .await
            .names_field(field);
    }
    server
        .change(&format!("{PATH}/slack"), &json!([]))
        .await
        .refusal(400, "invalid_input");
}

async fn secrets_are_masked_and_kept(stack: Stack) {
    let receiver = Receiver::start().await;
    let site = Arc::new(Site::new(stack).await);
    let mut server = Server::on(Arc::clone(&site)).await;
    let path = format!("{PATH}/webhook");
    let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";
    let config = json!({ "url": receiver.url("/hook?token=hush-hush"), "secret": secret });
    let set = server.change(&path, &config).await.data(200);
    assert_eq!(set["config"]["secret"], "***");
    assert!(!set.to_string().contains("hush"), "{set}");
    // What was shown may be sent back as it is.
    server.change(&path, &set["config"]).await.data(200);
    let tested = server
        .post(&format!("{path}/test"), &json!({}))
        .await
        .data(200);
    assert_eq!(tested["status"], "connected", "{tested}");
    assert!(
        receiver.received().await[0]
            .head
            .contains("token=hush-hush")
    );
    assert!(!server.log().contains("hush-hush"));
    server.stop();
    if stack == Stack::Sqlite {
        let file = std::fs::read(site.directory().join("data/faultbook.db")).unwrap();
        let has = |text: &[u8]| file.windows(text.len()).any(|window| window == text);
        assert!(!has(b"hush-hush") && !has(&secret.as_bytes()[6..]));
    }
    let server = Server::on(site).await;
    let tested = server
        .post(&format!("{path}/test"), &json!({}))
        .await
        .data(200);
    assert_eq!(tested["status"], "connected", "the key outlives the server");
}

async fn channels_need_their_permission(stack: Stack) {
    let server = Server::start(stack).await;
    let reader = server.with_key(
        &server
            .site
            .create_key(&["--permissions", "read,write"])
            .await,
    );
    reader.get(PATH).await.refusal(403, "permission_denied");
    reader
        .change(&format!("{PATH}/slack"), &json!({}))
        .await
        .refusal(403, "permission_denied");
    server
        .anonymous()
        .get(PATH)
        .await
        .refusal(401, "missing_api_key");
}

async fn defaults_of_the_installation_serve_everybody(stack: Stack) {
    let receiver = Receiver::start().await;
    let config = json!({ "webhook_url": receiver.url("/services/default") });
    let site = Site::new(stack)
        .await
        .set("FAULTBOOK__NOTIFICATIONS__SLACK", &config.to_string());
    let server = site.start().await;
    assert_eq!(shown(&server, "slack").await["status"], "configured");
    let tested = server
        .post(&format!("{PATH}/slack/test"), &json!({}))
        .await
        .data(200);
    assert_eq!(
        (&tested["status"], receiver.received().await.len()),
        (&json!("connected"), 1)
    );
    let printed = server.site.output_of(&["config"]).await;
    assert!(!printed.contains("services/default"), "{printed}");
}

#[tokio::test]
async fn a_server_that_cannot_keep_its_key_serves_all_the_same() {
    let site = Site::new(Stack::PostgresRedis).await;
    std::fs::write(site.directory().join("data"), "in the way").unwrap();
    let (server, receiver) = (site.start().await, Receiver::start().await);
    assert!(
        server.log().contains("notifications.secret_key"),
        "{}",
        server.log()
    );
    let config = json!({ "webhook_url": receiver.url("/services/x") });
    server
        .change(&format!("{PATH}/slack"), &config)
        .await
        .data(200);
    let tested = server
        .post(&format!("{PATH}/slack/test"), &json!({}))
        .await
        .data(200);
    assert_eq!(tested["status"], "connected");
}
