//! Contract of `SessionStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, new_id};
use crate::world::{digest, new_member, new_tenant, new_user};
use faultbook_domain::id::SessionId;
use faultbook_domain::identity::{BuiltInRole, Session, User};
use time::Duration;

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

pub async fn a_session_is_found_used_and_ended(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let member = new_member(&stores, &scope, BuiltInRole::Viewer).await;
    let user = stores
        .users
        .get_user(member.user_id)
        .await
        .unwrap()
        .unwrap();
    let session = new_session(&stores, &user).await;
    let found = stores.sessions.find_session(&session.digest).await.unwrap();
    assert_eq!(found, Some((session.clone(), user)));
    assert_eq!(stores.sessions.find_session(&digest()).await.unwrap(), None);

    let later = NOON + Duration::HOUR;
    let unknown = SessionId(new_id());
    let used = [(session.id, later), (unknown, later)];
    stores.sessions.touch_sessions(&used).await.unwrap();
    let used = [(session.id, NOON)];
    stores.sessions.touch_sessions(&used).await.unwrap();
    let (found, _) = stores
        .sessions
        .find_session(&session.digest)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.last_seen, later, "never moved back");
    let member = stores
        .members
        .get_member(scope.tenant_scope(), member.id)
        .await
        .unwrap();
    assert_eq!(member.unwrap().last_active, Some(later));

    stores.sessions.delete_session(session.id).await.unwrap();
    assert_eq!(
        stores.sessions.find_session(&session.digest).await.unwrap(),
        None
    );
    stores.sessions.delete_session(session.id).await.unwrap();
}

pub async fn a_new_password_ends_other_sessions(stores: Stores) {
    let (user, other) = (new_user(&stores).await, new_user(&stores).await);
    let kept = new_session(&stores, &user).await;
    let ended = new_session(&stores, &user).await;
    let of_other = new_session(&stores, &other).await;
    let changed = stores.users.set_password(user.id, "$new", kept.id).await;
    changed.unwrap();
    let changed = stores.users.get_user(user.id).await.unwrap().unwrap();
    assert_eq!(changed.password_hash, "$new");
    for (session, is_there) in [(kept, true), (ended, false), (of_other, true)] {
        let found = stores.sessions.find_session(&session.digest).await.unwrap();
        assert_eq!(found.is_some(), is_there);
    }
}

pub async fn old_sessions_are_forgotten(stores: Stores) {
    let user = new_user(&stores).await;
    let (begun, used) = (NOON - Duration::days(40), NOON - Duration::days(2));
    let sessions =
        [(begun, NOON), (used, used), (NOON, NOON)].map(|(created_at, last_seen)| Session {
            id: SessionId(new_id()),
            user_id: user.id,
            digest: digest(),
            created_at,
            last_seen,
        });
    for session in &sessions {
        stores.sessions.create_session(session).await.unwrap();
    }
    let (unused, old) = (NOON - Duration::DAY, NOON - Duration::days(30));
    stores
        .sessions
        .delete_old_sessions(unused, old)
        .await
        .unwrap();
    let mut left = Vec::new();
    for session in &sessions {
        let found = stores.sessions.find_session(&session.digest).await.unwrap();
        left.push(found.is_some());
    }
    assert_eq!(left, [false, false, true]);
}
