//! A tenant's channels: set, shown without secrets, tested, cleared.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how failure is reported"
)]

use faultbook_contract::builder::{NOON, TestChannels, a_tenant, settings};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::notifications::{
    ChannelKind, ChannelSettings, ChannelState, Integrations, MockNotifier, MockSecretBox, NotSet,
    NotifyError, Unset,
};
use faultbook_domain::system::SystemIds;
use faultbook_domain::tenancy::{TenantLimits, TenantScope};
use faultbook_domain::testing::FixedClock;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const SLACK: ChannelKind = ChannelKind::named("slack");
const EMAIL: ChannelKind = ChannelKind::EMAIL;

/// Seals by inverting each byte.
fn secret_box() -> MockSecretBox {
    let turned = |text: &[u8]| text.iter().map(|byte| !byte).collect::<Vec<u8>>();
    let mut secret_box = MockSecretBox::new();
    secret_box.expect_seal().returning(turned);
    secret_box
        .expect_open()
        .returning(move |sealed| Some(turned(sealed)));
    secret_box
}

fn tenant() -> TenantScope {
    TenantScope::for_tests(a_tenant().id)
}

fn integrations(notifier: MockNotifier, defaults: &[(ChannelKind, Value)]) -> Integrations {
    let ids = Arc::new(SystemIds::default());
    let store = Arc::new(MemoryStore::new(ids.clone()));
    let defaults: BTreeMap<ChannelKind, ChannelSettings> = defaults
        .iter()
        .map(|(kind, value)| (*kind, settings(value.clone())))
        .collect();
    Integrations::new(
        (store.clone(), store),
        Arc::new(secret_box()),
        (Arc::new(TestChannels), Arc::new(notifier)),
        (Arc::new(FixedClock::at(NOON)), ids),
        defaults,
        "https://faults.example.com".to_owned(),
    )
}

fn mail() -> Value {
    json!({ "smtp_server": "mail.example.com", "password": "hush", "recipients": ["a@example.com"] })
}

fn fields(outcome: Result<impl Sized, NotSet>) -> Vec<&'static str> {
    match outcome.err() {
        Some(NotSet::Invalid(faults)) => faults.iter().map(|fault| fault.field).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn channels_are_listed_by_kind_also_those_that_are_not_set() {
    let integrations = integrations(MockNotifier::new(), &[]);
    let tenant = tenant();
    integrations
        .set(tenant, EMAIL, settings(mail()), false)
        .await
        .unwrap();
    let listed = integrations.list(tenant).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|one| (one.kind, one.state)).collect();
    let expected = [
        (SLACK, ChannelState::NotConfigured),
        (EMAIL, ChannelState::Configured),
    ];
    assert_eq!(listed, expected);
    assert_eq!(integrations.kind("email"), Some(EMAIL));
    assert_eq!(integrations.kind("pager"), None);
}

#[tokio::test]
async fn a_secret_is_hidden_when_shown_and_whole_when_used() {
    let integrations = integrations(MockNotifier::new(), &[]);
    let tenant = tenant();
    let shown = integrations
        .set(tenant, EMAIL, settings(mail()), false)
        .await
        .unwrap();
    assert_eq!(shown.config["password"], "***");
    integrations
        .set(tenant, EMAIL, shown.config.clone(), false)
        .await
        .unwrap();
    let channel = integrations.channel(tenant, EMAIL).await.unwrap();
    assert_eq!(channel.settings, settings(mail()));
    let mut moved = shown.config;
    moved.insert("smtp_server".to_owned(), "evil.example.com".into());
    assert_eq!(
        fields(integrations.set(tenant, EMAIL, moved, false).await),
        ["password"]
    );
}

#[tokio::test]
async fn what_is_at_fault_or_too_large_changes_nothing() {
    let limits = TenantLimits {
        recipients: 2,
        channel_config: 200,
        ..TenantLimits::default()
    };
    let integrations = integrations(MockNotifier::new(), &[]).limited_to(limits);
    let tenant = tenant();
    let set = |value: Value| integrations.set(tenant, EMAIL, settings(value), false);
    assert_eq!(fields(set(json!({})).await), ["smtp_server"]);
    let many = json!({ "smtp_server": "x", "recipients": ["a@b", "c@d", "e@f"] });
    assert_eq!(fields(set(many).await), ["recipients"]);
    let long = json!({ "smtp_server": "x".repeat(300) });
    assert!(matches!(set(long).await, Err(NotSet::TooLarge(200))));
    let shown = integrations.get(tenant, EMAIL).await.unwrap();
    assert_eq!(shown.state, ChannelState::NotConfigured);
}

#[tokio::test]
async fn a_default_of_the_installation_serves_tenants_that_set_nothing() {
    let integrations = integrations(MockNotifier::new(), &[(EMAIL, mail())]);
    let tenant = tenant();
    let shown = integrations.get(tenant, EMAIL).await.unwrap();
    assert_eq!(shown.state, ChannelState::Configured);
    assert_eq!(shown.config["password"], "***");
    let channel = integrations.channel(tenant, EMAIL).await.unwrap();
    assert_eq!(channel.settings, settings(mail()));
    // Sent back as shown, it stays the installation's: there is nothing to clear.
    integrations
        .set(tenant, EMAIL, shown.config, false)
        .await
        .unwrap();
    assert!(!integrations.clear(tenant, EMAIL).await.unwrap());
    let unset = integrations.channel(tenant, SLACK).await;
    assert!(matches!(unset, Err(Unset::NotConfigured)));
}

#[tokio::test]
async fn a_test_sends_a_message_and_its_outcome_is_kept_until_the_channel_changes() {
    let mut notifier = MockNotifier::new();
    notifier
        .expect_send()
        .times(1)
        .returning(|_, _, _| Err(NotifyError::permanent("no such host")));
    notifier
        .expect_send()
        .times(1)
        .returning(|_, _, _| Ok("200".to_owned()));
    let integrations = integrations(notifier, &[]);
    let tenant = tenant();
    let untested = integrations.test(tenant, EMAIL).await;
    assert!(matches!(untested, Err(Unset::NotConfigured)));
    integrations
        .set(tenant, EMAIL, settings(mail()), false)
        .await
        .unwrap();
    for (state, reason) in [
        (ChannelState::Error, Some("no such host")),
        (ChannelState::Connected, None),
    ] {
        let tested = integrations.test(tenant, EMAIL).await.unwrap();
        let kept = integrations.get(tenant, EMAIL).await.unwrap();
        for shown in [tested, kept] {
            let test = shown.last_test.unwrap();
            assert_eq!((shown.state, test.at), (state, NOON));
            assert_eq!(shown.last_error.as_deref(), reason);
            match reason {
                Some(reason) => assert_eq!(test.result, reason),
                None => assert!(
                    test.result.starts_with("Sent. Answered 200 in "),
                    "{test:?}"
                ),
            }
        }
    }
    let mut changed = mail();
    changed["password"] = "new".into();
    let shown = integrations
        .set(tenant, EMAIL, settings(changed), false)
        .await
        .unwrap();
    assert_eq!(
        (shown.state, shown.last_test),
        (ChannelState::Configured, None)
    );
}
