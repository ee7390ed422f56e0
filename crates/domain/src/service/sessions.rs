//! Logging in and out.

use super::access::Access;
use super::denied::Denied;
use super::principal::Principal;
use crate::entity::{
    KeyDigest, KeyKind, KeyText, Member, Session, SessionId, SessionLife, User, csrf_token,
};
use crate::port::{Clock, IdSource, MemberStore, Passwords, SessionStore, StoreError, UserStore};
use std::sync::Arc;
use time::Duration;

/// How long an ended session is remembered, so that its holder is told what happened to it.
const REMEMBERED: Duration = Duration::days(7);

/// The shortest password, in characters.
pub const SHORTEST_PASSWORD: usize = 8;

/// The longest password, in bytes: hashing takes longer for more.
pub const LONGEST_PASSWORD: usize = 1_024;

/// A session that has begun.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The cookie's secret, which exists nowhere else.
    pub secret: KeyText,
    /// What must be sent with the cookie to change anything.
    pub csrf_token: String,
    /// Who logged in.
    pub user: User,
    /// The session.
    pub session: Session,
}

/// People's sessions.
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

/// What sessions are made of.
pub struct SessionParts {
    /// Sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// People.
    pub users: Arc<dyn UserStore>,
    /// Where they belong.
    pub members: Arc<dyn MemberStore>,
    /// Hashing.
    pub passwords: Arc<dyn Passwords>,
    /// What remembers sessions.
    pub access: Arc<Access>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// How long they live.
    pub life: SessionLife,
}

impl Sessions {
    /// Sessions of these stores.
    #[must_use]
    pub fn new(parts: SessionParts) -> Self {
        let SessionParts {
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

    /// How long sessions live.
    #[must_use]
    pub const fn life(&self) -> SessionLife {
        self.life
    }

    /// Begins a session. An unknown address takes as long as a wrong password.
    ///
    /// # Errors
    /// [`Denied::BadLogin`], or a store or the hashing fails.
    pub async fn log_in(&self, email: &str, password: &str) -> Result<LoggedIn, Denied> {
        let user = self.users.find(&email.trim().to_lowercase()).await?;
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let matches = self.passwords.matches(password, hash).await?;
        let user = user.filter(|_| matches).ok_or(Denied::BadLogin)?;
        let now = self.clock.now();
        let secret = KeyText::from_random(KeyKind::Session, self.ids.secret_bytes());
        let session = Session {
            id: SessionId(self.ids.next_id(now)),
            user_id: user.id,
            digest: KeyDigest::of(secret.reveal()),
            created_at: now,
            last_seen: now,
        };
        self.sessions.begin(&session).await?;
        self.sessions.touch_sessions(&[(session.id, now)]).await?;
        Ok(LoggedIn {
            csrf_token: csrf_token(secret.reveal()),
            secret,
            user,
            session,
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn log_out(&self, session: SessionId) -> Result<(), StoreError> {
        let ended = self.sessions.end(session).await;
        self.access.forget();
        ended
    }

    /// Who is calling with a session, and where they belong.
    ///
    /// # Errors
    /// [`Denied::NotFound`] when it is no person, or the store fails.
    pub async fn who(&self, principal: &Principal) -> Result<(User, Vec<Member>), Denied> {
        let missing = || Denied::NotFound(super::denied::Missing::User);
        let id = principal.user().ok_or_else(missing)?;
        let user = self.users.user(id).await?.ok_or_else(missing)?;
        let members = self.members.memberships(id).await?;
        Ok((user, members))
    }

    /// Changes the caller's password and ends all of their sessions but this one.
    ///
    /// # Errors
    /// [`Denied::BadLogin`] when `current` is wrong; [`Denied::Invalid`] when `new` cannot be one.
    pub async fn change_password(
        &self,
        principal: &Principal,
        current: &str,
        new: &str,
    ) -> Result<(), Denied> {
        let (user, _) = self.who(principal).await?;
        let session = principal.session.ok_or(Denied::Permission)?;
        check_password("new_password", new)?;
        let hash = Some(user.password_hash);
        if !self.passwords.matches(current, hash).await? {
            return Err(Denied::BadLogin);
        }
        let hash = self.passwords.hash(new).await?;
        self.users.set_password(user.id, &hash, session).await?;
        self.access.forget();
        Ok(())
    }

    /// Forgets sessions that ended a while ago. To be called now and then.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        let now = self.clock.now() - REMEMBERED;
        let SessionLife { idle, absolute } = self.life;
        self.sessions
            .forget_sessions(now - idle, now - absolute)
            .await
    }
}

/// Refuses what is too short or too long for a password.
///
/// # Errors
/// [`Denied::Invalid`] naming the field.
pub fn check_password(field: &'static str, password: &str) -> Result<(), Denied> {
    if password.chars().count() < SHORTEST_PASSWORD {
        let problem = format!("must be at least {SHORTEST_PASSWORD} characters long");
        return Err(Denied::invalid(field, problem));
    }
    if password.len() > LONGEST_PASSWORD {
        let problem = format!("must be at most {LONGEST_PASSWORD} bytes long");
        return Err(Denied::invalid(field, problem));
    }
    Ok(())
}
