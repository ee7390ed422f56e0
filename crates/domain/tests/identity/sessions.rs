//! Sessions: logging in and out, expiry, changing a password.

use crate::world::World;
use async_trait::async_trait;
use faultbook_contract::builder::{a_member, a_user};
use faultbook_domain::identity::{
    AccessError, AuthError, Credential, HashFailed, LoggedIn, MemberStore, Passwords, Principal,
    SessionDependencies, SessionLife, Sessions, User, UserStore, csrf_token,
};
use faultbook_domain::system::SystemIds;
use std::sync::Arc;
use time::Duration;

const LIFE: SessionLife = SessionLife {
    idle: Duration::DAY,
    absolute: Duration::days(30),
};

/// Hashes that are plain to read.
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

fn sessions(world: &World) -> Sessions {
    Sessions::new(SessionDependencies {
        sessions: world.store.clone(),
        users: world.store.clone(),
        members: world.store.clone(),
        passwords: Arc::new(PlainHash),
        access: Arc::clone(&world.access),
        clock: world.clock.clone(),
        ids: Arc::new(SystemIds::default()),
        life: LIFE,
    })
}

/// A member of the tenant with the password `correct horse`.
async fn a_colleague(world: &World) -> User {
    let user = User {
        password_hash: "hash of correct horse".to_owned(),
        platform_admin: false,
        ..a_user()
    };
    UserStore::create_user(&*world.store, &user).await.unwrap();
    let member = a_member(&user, world.tenant.id);
    world.store.add_member(&member).await.unwrap();
    user
}

async fn principal(world: &World, of: &LoggedIn) -> Result<Arc<Principal>, AuthError> {
    let secret = of.secret.reveal();
    let credential = Credential::Session {
        secret,
        tenant: None,
    };
    world.access.accept(credential).await
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_refused_alike() {
    let world = World::new().await;
    let user = a_colleague(&world).await;
    let sessions = sessions(&world);
    for (email, password) in [
        (user.email.as_str(), "wrong"),
        ("nobody@example.com", "correct horse"),
    ] {
        let refused = sessions.log_in(email, password).await;
        assert!(matches!(refused, Err(AccessError::BadLogin)), "{email}");
    }
}

#[tokio::test]
async fn a_session_lasts_from_login_to_logout() {
    let world = World::new().await;
    let user = a_colleague(&world).await;
    let sessions = sessions(&world);
    let shouted = format!("  {} ", user.email.to_uppercase());
    let entered = sessions.log_in(&shouted, "correct horse").await.unwrap();
    assert_eq!(entered.user.id, user.id);
    assert_eq!(entered.csrf_token, csrf_token(entered.secret.reveal()));
    let caller = principal(&world, &entered).await.unwrap();
    assert_eq!(caller.session, Some(entered.session.id));
    let (known, memberships) = sessions.who(&caller).await.unwrap();
    assert_eq!((known.id, memberships.len()), (user.id, 1));
    sessions.log_out(entered.session.id).await.unwrap();
    let gone = principal(&world, &entered).await;
    assert!(matches!(gone, Err(AuthError::Invalid)));
}

#[tokio::test]
async fn a_session_ends_when_it_is_idle_and_is_forgotten_later() {
    let world = World::new().await;
    let user = a_colleague(&world).await;
    let sessions = sessions(&world);
    let entered = sessions.log_in(&user.email, "correct horse").await.unwrap();
    world.clock.advance(LIFE.idle);
    let ended = principal(&world, &entered).await;
    assert!(matches!(ended, Err(AuthError::SessionExpired)));
    sessions.delete_expired().await.unwrap();
    let ended = principal(&world, &entered).await;
    assert!(matches!(ended, Err(AuthError::SessionExpired)));
    world.clock.advance(Duration::days(8));
    sessions.delete_expired().await.unwrap();
    world.access.forget();
    let forgotten = principal(&world, &entered).await;
    assert!(matches!(forgotten, Err(AuthError::Invalid)));
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::new().await;
    let user = a_colleague(&world).await;
    let sessions = sessions(&world);
    let here = sessions.log_in(&user.email, "correct horse").await.unwrap();
    let there = sessions.log_in(&user.email, "correct horse").await.unwrap();
    let caller = principal(&world, &here).await.unwrap();
    let change = async |current, new| sessions.change_password(&caller, current, new).await;
    let refused = change("wrong", "battery staple").await;
    assert!(matches!(refused, Err(AccessError::WrongPassword)));
    let refused = change("correct horse", "short").await;
    assert!(matches!(refused, Err(AccessError::Invalid { .. })));
    principal(&world, &there).await.unwrap();
    change("correct horse", "battery staple").await.unwrap();
    principal(&world, &here).await.unwrap();
    let ended = principal(&world, &there).await;
    assert!(matches!(ended, Err(AuthError::Invalid)));
    let refused = sessions.log_in(&user.email, "correct horse").await;
    assert!(matches!(refused, Err(AccessError::BadLogin)));
    sessions
        .log_in(&user.email, "battery staple")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_key_is_nobody() {
    let world = World::new().await;
    let (_, key) = world.holder_of(&["admin"]).await;
    let refused = sessions(&world).who(&key).await;
    assert!(matches!(refused, Err(AccessError::Permission)));
}
