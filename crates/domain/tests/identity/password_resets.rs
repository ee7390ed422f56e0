//! Forgotten passwords.

use crate::world::World;
use async_trait::async_trait;
use faultbook_contract::builder::{TestChannels, a_member, a_project, a_tenant, a_user, settings};
use faultbook_domain::identity::{
    AccessError, AccountMail, AccountMailParts, HashFailed, MemberStatus, MemberStore,
    PasswordReset, PasswordResetParts, PasswordResets, Passwords, User, UserStore,
};
use faultbook_domain::notifications::{
    ChannelKind, ChannelSettings, Email, Integrations, MockNotifier, MockSecretBox,
    MockTransactionalMailer,
};
use faultbook_domain::system::SystemIds;
use faultbook_domain::tenancy::{TenantScope, TenantStore};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use time::Duration;

struct PlainHash;

#[async_trait]
impl Passwords for PlainHash {
    async fn hash(&self, password: &str) -> Result<String, HashFailed> {
        Ok(format!("hash of {password}"))
    }

    async fn matches(&self, password: &str, hash: Option<String>) -> Result<bool, HashFailed> {
        Ok(hash == Some(format!("hash of {password}")))
    }
}

/// What was sent: the letter, and the server.
type Sent = Arc<Mutex<Vec<(Email, String)>>>;

fn server(name: &str) -> ChannelSettings {
    settings(json!({ "smtp_server": name, "recipients": [] }))
}

fn integrations(world: &World, own: bool) -> Arc<Integrations> {
    let mut sealer = MockSecretBox::new();
    sealer.expect_seal().returning(<[u8]>::to_vec);
    sealer
        .expect_open()
        .returning(|sealed| Some(sealed.to_vec()));
    let own = own.then(|| (ChannelKind::EMAIL, server("of the installation")));
    Arc::new(Integrations::new(
        (world.store.clone(), world.store.clone()),
        Arc::new(sealer),
        (Arc::new(TestChannels), Arc::new(MockNotifier::new())),
        (world.clock.clone(), Arc::new(SystemIds::default())),
        own.into_iter().collect::<BTreeMap<_, _>>(),
        String::new(),
    ))
}

fn resets(world: &World, integrations: &Arc<Integrations>) -> (PasswordResets, Sent) {
    let sent: Sent = Arc::default();
    let seen = Arc::clone(&sent);
    let mut mailer = MockTransactionalMailer::new();
    mailer
        .expect_send_email()
        .returning(move |letter, through| {
            let server = through["smtp_server"].as_str().unwrap().to_owned();
            seen.lock().unwrap().push((letter.clone(), server));
            Ok(())
        });
    let resets = PasswordResets::new(PasswordResetParts {
        resets: world.store.clone(),
        users: world.store.clone(),
        members: world.store.clone(),
        passwords: Arc::new(PlainHash),
        mail: AccountMail::new(AccountMailParts {
            members: world.store.clone(),
            integrations: Arc::clone(integrations),
            mailer: Arc::new(mailer),
            clock: world.clock.clone(),
            ids: Arc::new(SystemIds::default()),
        }),
        access: Arc::clone(&world.access),
        clock: world.clock.clone(),
        ids: Arc::new(SystemIds::default()),
        public_url: "https://faults.example.com".to_owned(),
    });
    (resets, sent)
}

async fn a_person(world: &World, change: impl FnOnce(&mut User)) -> User {
    let mut user = User {
        platform_admin: false,
        ..a_user()
    };
    change(&mut user);
    UserStore::create_user(&*world.store, &user).await.unwrap();
    let member = a_member(&user, world.tenant.id);
    world.store.add_member(&member).await.unwrap();
    user
}

fn token(sent: &Sent) -> String {
    let sent = sent.lock().unwrap();
    let (letter, _) = sent.last().unwrap();
    let text = letter.paragraphs.join(" ");
    let (_, token) = text
        .split_once("https://faults.example.com/reset?token=")
        .unwrap();
    token.split(' ').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_link_works_once_within_its_hour() {
    let world = World::new().await;
    let user = a_person(&world, |_| {}).await;
    let (resets, sent) = resets(&world, &integrations(&world, true));
    let from = Some("192.0.2.7".parse().unwrap());
    assert!(resets.request(&user.email, from).await.unwrap());
    assert!(
        sent.lock().unwrap()[0]
            .0
            .paragraphs
            .join(" ")
            .contains("192.0.2.7")
    );
    let token = token(&sent);
    let short = resets.reset(&token, "short").await;
    assert!(matches!(
        short,
        Err(AccessError::Invalid {
            field: "password",
            ..
        })
    ));
    world
        .clock
        .advance(PasswordReset::VALIDITY - Duration::SECOND);
    let (whose, members) = resets.reset(&token, "battery staple").await.unwrap();
    assert_eq!((whose.id, members.len()), (user.id, 1));
    let again = resets.reset(&token, "battery staple").await;
    assert!(matches!(again, Err(AccessError::InvalidReset)));
    resets.request(&user.email, None).await.unwrap();
    let late = self::token(&sent);
    world.clock.advance(PasswordReset::VALIDITY);
    let late = resets.reset(&late, "battery staple").await;
    assert!(matches!(late, Err(AccessError::InvalidReset)));
    resets.delete_expired().await.unwrap();
}

#[tokio::test]
async fn a_person_is_sent_few_links_and_strangers_none() {
    let world = World::new().await;
    let user = a_person(&world, |_| {}).await;
    let suspended = a_person(&world, |_| {}).await;
    let members = world.store.list_memberships(suspended.id).await.unwrap();
    let mut member = members[0].clone();
    member.status = MemberStatus::Suspended;
    world.store.update_member(&member).await.unwrap();
    let (resets, sent) = resets(&world, &integrations(&world, true));
    for email in ["nobody@example.com", &suspended.email] {
        assert!(!resets.request(email, None).await.unwrap(), "{email}");
    }
    for is_sent in [true, true, true, false] {
        assert_eq!(resets.request(&user.email, None).await.unwrap(), is_sent);
    }
    assert_eq!(sent.lock().unwrap().len(), 3);
}

/// Who rules a tenant's mail server gains nothing by reading what it sends.
#[tokio::test]
async fn a_tenants_server_serves_only_whom_the_tenant_rules_anyway() {
    let world = World::new().await;
    let user = a_person(&world, |_| {}).await;
    let admin = a_person(&world, |user| user.platform_admin = true).await;
    let both = a_person(&world, |_| {}).await;
    let other = a_tenant();
    TenantStore::create_tenant(&*world.store, &other, &a_project(other.id), None)
        .await
        .unwrap();
    let member = a_member(&both, other.id);
    world.store.add_member(&member).await.unwrap();
    let integrations = integrations(&world, false);
    let (resets, sent) = resets(&world, &integrations);
    let tenant = TenantScope::for_tests(world.tenant.id);
    assert!(
        !resets.request(&user.email, None).await.unwrap(),
        "none is set"
    );
    for (by_manager, name) in [(false, "set by anybody"), (true, "set by a manager")] {
        let set = integrations.set(tenant, ChannelKind::EMAIL, server(name), by_manager);
        set.await.unwrap();
        let is_sent = resets.request(&user.email, None).await.unwrap();
        assert_eq!(is_sent, by_manager, "{name}");
        for other in [&admin, &both] {
            assert!(!resets.request(&other.email, None).await.unwrap());
        }
    }
    let sent = sent.lock().unwrap();
    assert_eq!((sent.len(), sent[0].1.as_str()), (1, "set by a manager"));
}
