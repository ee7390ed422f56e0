//! Service: logs users in and out and changes passwords.

use super::access::Access;
use super::access_error::{AccessError, Missing};
use super::api_key::{KeyDigest, KeyKind, KeyText};
use super::member::Member;
use super::member_store::MemberStore;
use super::passwords::Passwords;
use super::principal::Principal;
use super::session::{Session, SessionLife, csrf_token};
use super::session_store::SessionStore;
use super::user::User;
use super::user_store::UserStore;
use crate::clock::Clock;
use crate::id::SessionId;
use crate::id_source::IdSource;
use crate::store_error::StoreError;
use std::sync::Arc;
use time::Duration;

/// How long an expired session is kept, so that its user gets a specific error.
const REMEMBERED: Duration = Duration::days(7);

/// Minimum length of a password, in characters.
pub const SHORTEST_PASSWORD: usize = 8;

/// Maximum length of a password, in bytes: bounds the time of hashing.
pub const LONGEST_PASSWORD: usize = 1_024;

/// A new session.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The cookie's secret, which is stored nowhere.
    pub secret: KeyText,
    /// The CSRF token, which must accompany the cookie on every change.
    pub csrf_token: String,
    /// The user.
    pub user: User,
    /// The session.
    pub session: Session,
}

/// Logs users in and out and changes passwords.
pub struct Sessions {
    sessions: Arc<dyn SessionStore>,
    users: Arc<dyn UserStore>,
    members: Arc<dyn MemberStore>,
    passwords: Arc<dyn Passwords>,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    life: SessionLife,
}

/// Dependencies of [`Sessions`].
pub struct SessionDependencies {
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Users.
    pub users: Arc<dyn UserStore>,
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// Hashing.
    pub passwords: Arc<dyn Passwords>,
    /// The credential cache.
    pub access: Arc<Access>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// Lifetime of sessions.
    pub life: SessionLife,
}

impl Sessions {
    /// Creates the service.
    #[must_use]
    pub fn new(parts: SessionDependencies) -> Self {
        let SessionDependencies {
            sessions,
            users,
            members,
            passwords,
            access,
            clock,
            ids,
            life,
        } = parts;
        Self {
            sessions,
            users,
            members,
            passwords,
            access,
            clock,
            ids,
            life,
        }
    }

    /// Returns the lifetime of sessions.
    #[must_use]
    pub const fn life(&self) -> SessionLife {
        self.life
    }

    /// Logs a user in. An unknown address takes as long as a wrong password.
    ///
    /// # Errors
    /// [`AccessError::BadLogin`], or a store or the hashing fails.
    pub async fn log_in(&self, email: &str, password: &str) -> Result<LoggedIn, AccessError> {
        let user = self.users.find_user(&email.trim().to_lowercase()).await?;
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let matches = self.passwords.matches(password, hash).await?;
        let user = user.filter(|_| matches).ok_or(AccessError::BadLogin)?;
        Ok(self.begin(user).await?)
    }

    /// Begins a session of a user whose identity is certain.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn begin(&self, user: User) -> Result<LoggedIn, StoreError> {
        let now = self.clock.now();
        let secret = KeyText::from_random(KeyKind::Session, self.ids.secret_bytes());
        let session = Session {
            id: SessionId(self.ids.next_id(now)),
            user_id: user.id,
            digest: KeyDigest::of(secret.reveal()),
            created_at: now,
            last_seen: now,
        };
        self.sessions.create_session(&session).await?;
        self.sessions.touch_sessions(&[(session.id, now)]).await?;
        Ok(LoggedIn {
            csrf_token: csrf_token(secret.reveal()),
            secret,
            user,
            session,
        })
    }

    /// Logs out: deletes the session.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn log_out(&self, session: SessionId) -> Result<(), StoreError> {
        let ended = self.sessions.delete_session(session).await;
        self.access.forget();
        ended
    }

    /// Returns the user of a session and their memberships.
    ///
    /// # Errors
    /// [`AccessError::Permission`] when the caller is not a user; the account does not exist any more, or the store
    /// fails.
    pub async fn who(&self, principal: &Principal) -> Result<(User, Vec<Member>), AccessError> {
        let id = principal.user().ok_or(AccessError::Permission)?;
        let user = self.users.get_user(id).await?;
        let user = user.ok_or(AccessError::NotFound(Missing::User))?;
        let members = self.members.list_memberships(id).await?;
        Ok((user, members))
    }

    /// Changes the caller's password, deletes all of their other sessions and ends their rights to reset it. Returns
    /// whose password it is.
    ///
    /// # Errors
    /// [`AccessError::WrongPassword`] when `current` is wrong; [`AccessError::Invalid`] when `new` is invalid.
    pub async fn change_password(
        &self,
        principal: &Principal,
        current: &str,
        new: &str,
    ) -> Result<User, AccessError> {
        let session = principal.session.ok_or(AccessError::Permission)?;
        let (user, _) = self.who(principal).await?;
        check_password("new_password", new)?;
        let hash = Some(user.password_hash.clone());
        if !self.passwords.matches(current, hash).await? {
            return Err(AccessError::WrongPassword);
        }
        let hash = self.passwords.hash(new).await?;
        self.users.set_password(user.id, &hash, session).await?;
        self.access.forget();
        Ok(user)
    }

    /// Deletes sessions that expired a while ago. Call it periodically.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn delete_expired(&self) -> Result<(), StoreError> {
        let now = self.clock.now() - REMEMBERED;
        let SessionLife { idle, absolute } = self.life;
        self.sessions
            .delete_old_sessions(now - idle, now - absolute)
            .await
    }
}

/// Validates the length of a password.
///
/// # Errors
/// [`AccessError::Invalid`] naming the field.
pub fn check_password(field: &'static str, password: &str) -> Result<(), AccessError> {
    if password.chars().count() < SHORTEST_PASSWORD {
        let problem = format!("must be at least {SHORTEST_PASSWORD} characters long");
        return Err(AccessError::invalid(field, problem));
    }
    if password.len() > LONGEST_PASSWORD {
        let problem = format!("must be at most {LONGEST_PASSWORD} bytes long");
        return Err(AccessError::invalid(field, problem));
    }
    Ok(())
}
