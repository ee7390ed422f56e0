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
    secrets_go_nowhere_else,
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

async fn secrets_go_nowhere_else(stack: Stack) {
    let (receiver, evil) = (Receiver::start().await, Receiver::start().await);
    let server = Server::start(stack).await;
    let set =
        async |name: &str, config: &Value| server.change(&format!("{PATH}/{name}"), config).await;
    let test = async |name: &str| {
        let answer = server
            .post(&format!("{PATH}/{name}/test"), &json!({}))
            .await;
        answer.data(200)
    };
    let with = |shown: &Value, changes: Value| {
        let mut config = shown.clone();
        for (field, value) in changes.as_object().unwrap() {
            config[field] = value.clone();
        }
        config
    };
    let email = json!({
        "smtp_server": "127.0.0.1", "smtp_port": 9, "smtp_security": "none", "username": "u",
        "password": "hush-hush", "from_email": "a@example.com", "recipients": ["a@example.com"],
    });
    let shown = set("email", &email).await.data(200)["config"].take();
    for changes in [
        json!({ "smtp_server": "localhost" }),
        json!({ "smtp_port": 10 }),
        json!({ "smtp_security": "starttls" }),
        json!({ "smtp_port": null }),
    ] {
        let config = with(&shown, changes);
        set("email", &config).await.names_field("password");
        // As the document shows a channel.
        let config = json!({ "config": config });
        set("email", &config).await.names_field("password");
    }
    for changes in [
        json!({ "recipients": ["b@example.com"], "from_email": "B <b@example.com>", "username": "v" }),
        json!({ "smtp_server": "localhost", "password": "its own" }),
    ] {
        set("email", &with(&shown, changes)).await.data(200);
    }

    let sms = json!({
        "api_base": receiver.url(""), "account_sid": "AC1", "auth_token": "hush-hush",
        "from_number": "+15550001111", "to_numbers": ["+15551234567"],
    });
    let shown = set("sms", &sms).await.data(200)["config"].take();
    for base in [json!(evil.url("")), json!(null)] {
        let config = with(&shown, json!({ "api_base": base }));
        set("sms", &config).await.names_field("auth_token");
    }
    let config = with(&shown, json!({ "to_numbers": ["+15557654321"] }));
    set("sms", &config).await.data(200);

    let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u";
    let webhook = json!({ "url": receiver.url("/hook"), "secret": secret });
    let shown = set("webhook", &webhook).await.data(200)["config"].take();
    let host = receiver.url("").replace("http://", "");
    for url in [
        evil.url("/hook"),
        evil.url("/").replace("http://", &format!("http://{host}@")),
    ] {
        let config = with(&shown, json!({ "url": url }));
        set("webhook", &config).await.names_field("secret");
    }
    let config = with(&shown, json!({ "url": receiver.url("/another") }));
    set("webhook", &config).await.data(200);
    assert_eq!(test("webhook").await["status"], "connected");
    assert!(receiver.received().await[0].head.contains("/another"));
    // What is shown, sent back, changes nothing: not even that the test passed.
    let list = server.data(PATH).await;
    for channel in list["integrations"].as_array().unwrap() {
        let name = text(&channel["name"]);
        if channel["status"] != "not_configured" {
            let again = set(name, &channel["config"]).await.data(200);
            assert_eq!(again, *channel, "{name}");
        }
    }
    let own =
        json!({ "url": evil.url("/hook"), "secret": "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY" });
    set("webhook", &own).await.data(200);
    assert_eq!(evil.received().await.len(), 0);
    // A mask of nothing is no secret.
    server.delete(&format!("{PATH}/email")).await.is_empty_204();
    let config = with(&email, json!({ "password": "***" }));
    set("email", &config).await.names_field("password");
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
