//! Contract of `PasswordResetStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, new_id};
use crate::world::{digest, new_user};
use faultbook_domain::id::SessionId;
use faultbook_domain::identity::{PasswordReset, Session, User};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

fn a_right(user: &User, at: OffsetDateTime) -> PasswordReset {
    PasswordReset {
        digest: digest(),
        user_id: user.id,
        created_at: at,
    }
}

async fn new_right(stores: &Stores, user: &User, at: OffsetDateTime) -> Option<PasswordReset> {
    let reset = a_right(user, at);
    let added = stores.password_resets.create_password_reset(&reset).await;
    added.unwrap().then_some(reset)
}

async fn new_session(stores: &Stores, user: &User) -> Session {
    let session = Session {
        id: SessionId(new_id()),
        user_id: user.id,
        digest: digest(),
        created_at: NOON,
        last_seen: NOON,
    };
    stores.sessions.create_session(&session).await.unwrap();
    session
}

async fn is_usable(stores: &Stores, reset: &PasswordReset, now: OffsetDateTime) -> bool {
    let found = stores
        .password_resets
        .find_password_reset(&reset.digest, now)
        .await
        .unwrap();
    if let Some(found) = &found {
        assert_eq!(found, reset);
    }
    found.is_some()
}

pub async fn a_right_is_used_once(stores: Stores) {
    let (user, other) = (new_user(&stores).await, new_user(&stores).await);
    let right = new_right(&stores, &user, NOON).await.unwrap();
    let second = new_right(&stores, &user, NOON).await.unwrap();
    let of_other = new_right(&stores, &other, NOON).await.unwrap();
    let (ended, kept) = (
        new_session(&stores, &user).await,
        new_session(&stores, &other).await,
    );
    assert!(is_usable(&stores, &right, NOON).await);
    let resets = &stores.password_resets;
    let uses = (0..4).map(|_| {
        let (resets, digest) = (Arc::clone(resets), right.digest);
        tokio::spawn(async move { resets.use_password_reset(&digest, NOON, "$new").await })
    });
    let mut used = Vec::new();
    for outcome in uses.collect::<Vec<_>>() {
        used.extend(outcome.await.unwrap().unwrap());
    }
    assert_eq!(used, [user.id], "once, however many call");
    let changed = stores.users.get_user(user.id).await.unwrap().unwrap();
    assert_eq!(changed.password_hash, "$new");
    for (right, is_left) in [(&right, false), (&second, false), (&of_other, true)] {
        assert_eq!(is_usable(&stores, right, NOON).await, is_left);
    }
    for (session, is_left) in [(ended, false), (kept, true)] {
        let found = stores.sessions.find_session(&session.digest).await.unwrap();
        assert_eq!(found.is_some(), is_left);
    }
    let unknown = resets.use_password_reset(&digest(), NOON, "$x").await;
    assert_eq!(unknown.unwrap(), None);
}

pub async fn a_right_ends_with_its_hour(stores: Stores) {
    let user = new_user(&stores).await;
    let right = new_right(&stores, &user, NOON).await.unwrap();
    let end = NOON + PasswordReset::VALIDITY;
    assert!(is_usable(&stores, &right, end - Duration::SECOND).await);
    assert!(!is_usable(&stores, &right, end).await);
    let resets = &stores.password_resets;
    let late = resets.use_password_reset(&right.digest, end, "$new").await;
    assert_eq!(late.unwrap(), None);
    let unchanged = stores.users.get_user(user.id).await.unwrap().unwrap();
    assert_eq!(unchanged.password_hash, user.password_hash);
    resets.delete_password_resets(NOON).await.unwrap();
    assert!(
        is_usable(&stores, &right, NOON).await,
        "not before that time"
    );
    resets.delete_password_resets(end).await.unwrap();
    assert!(!is_usable(&stores, &right, NOON).await);
}

pub async fn a_person_gets_few_rights_an_hour(stores: Stores) {
    let (user, other) = (new_user(&stores).await, new_user(&stores).await);
    let resets = &stores.password_resets;
    let asked = (0..8).map(|_| {
        let (resets, right) = (Arc::clone(resets), a_right(&user, NOON));
        tokio::spawn(async move {
            let added = resets.create_password_reset(&right).await.unwrap();
            added.then_some(right)
        })
    });
    let mut given = Vec::new();
    for right in asked.collect::<Vec<_>>() {
        given.extend(right.await.unwrap());
    }
    assert_eq!(given.len(), PasswordReset::MOST as usize);
    assert!(new_right(&stores, &other, NOON).await.is_some());
    let used = resets
        .use_password_reset(&given[0].digest, NOON, "$new")
        .await;
    assert_eq!(used.unwrap(), Some(user.id));
    let soon = NOON + PasswordReset::VALIDITY - Duration::SECOND;
    assert!(
        new_right(&stores, &user, soon).await.is_none(),
        "used ones count"
    );
    let later = NOON + PasswordReset::VALIDITY;
    assert!(new_right(&stores, &user, later).await.is_some());
}

pub async fn a_change_of_the_password_ends_rights(stores: Stores) {
    let user = new_user(&stores).await;
    let right = new_right(&stores, &user, NOON).await.unwrap();
    let kept = new_session(&stores, &user).await;
    let changed = stores.users.set_password(user.id, "$new", kept.id).await;
    changed.unwrap();
    assert!(!is_usable(&stores, &right, NOON).await);
}
