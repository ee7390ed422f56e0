//! Service: new passwords for persons who forgot theirs.

use super::access::Access;
use super::access_error::AccessError;
use super::account_mail::AccountMail;
use super::api_key::KeyDigest;
use super::member::Member;
use super::member_store::MemberStore;
use super::password_reset::PasswordReset;
use super::password_reset_store::PasswordResetStore;
use super::passwords::Passwords;
use super::sessions::check_password;
use super::user::User;
use super::user_store::UserStore;
use crate::clock::Clock;
use crate::id_source::IdSource;
use crate::store_error::StoreError;
use std::net::IpAddr;
use std::sync::Arc;

/// Dependencies of [`PasswordResets`].
pub struct PasswordResetParts {
    /// Rights to set a password.
    pub resets: Arc<dyn PasswordResetStore>,
    /// Users.
    pub users: Arc<dyn UserStore>,
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// Hashing.
    pub passwords: Arc<dyn Passwords>,
    /// Sends the mail.
    pub mail: AccountMail,
    /// The credential cache.
    pub access: Arc<Access>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Secrets.
    pub ids: Arc<dyn IdSource>,
    /// Public base URL of this server, as configured.
    pub public_url: String,
}

/// Sends links that set a new password, and sets it.
pub struct PasswordResets(PasswordResetParts);

impl PasswordResets {
    /// Creates the service.
    #[must_use]
    pub const fn new(parts: PasswordResetParts) -> Self {
        Self(parts)
    }

    /// Sends a link to the person of an address, if there is one who can be sent mail. Returns whether a link was sent,
    /// which the answer to whoever asked must not tell: call it after the answer.
    ///
    /// # Errors
    /// [`AccessError::Mail`] when the mail server does not take it, or the store fails.
    pub async fn request(&self, email: &str, from: Option<IpAddr>) -> Result<bool, AccessError> {
        let Some(user) = self.0.users.find_user(email).await? else {
            return Ok(false);
        };
        if !self.0.mail.reaches(&user).await? {
            return Ok(false);
        }
        let token = PasswordReset::token(self.0.ids.secret_bytes());
        let reset = PasswordReset {
            digest: KeyDigest::of(token.reveal()),
            user_id: user.id,
            created_at: self.0.clock.now(),
        };
        if !self.0.resets.create_password_reset(&reset).await? {
            return Ok(false);
        }
        let url = format!("{}/reset?token={}", self.0.public_url, token.reveal());
        let asked = match from {
            Some(address) => format!("It was asked for from the address {address}."),
            None => "The address that asked is not known.".to_owned(),
        };
        let paragraphs = vec![
            "Somebody asked for a new password of your Faultbook account.".to_owned(),
            format!("Set one here within an hour: {url}"),
            format!("{asked} If that was not you, ignore this mail: nothing changes."),
        ];
        let subject = "Set a new Faultbook password";
        self.0.mail.send(&user, subject, paragraphs).await
    }

    /// Sets the password of the person whom a token was sent to, and ends all of their sessions and tokens. Returns the
    /// person and their memberships.
    ///
    /// # Errors
    /// [`AccessError::InvalidReset`] for a token that is unknown, used or over an hour old; [`AccessError::Invalid`] for
    /// a refused password, which uses no token up.
    pub async fn reset(
        &self,
        token: &str,
        password: &str,
    ) -> Result<(User, Vec<Member>), AccessError> {
        let digest = KeyDigest::of(token);
        let now = self.0.clock.now();
        let found = self.0.resets.find_password_reset(&digest, now).await?;
        found.ok_or(AccessError::InvalidReset)?;
        check_password("password", password)?;
        let hash = self.0.passwords.hash(password).await?;
        let used = self.0.resets.use_password_reset(&digest, now, &hash).await;
        self.0.access.forget();
        let id = used?.ok_or(AccessError::InvalidReset)?;
        let user = self.0.users.get_user(id).await?;
        let user = user.ok_or(AccessError::InvalidReset)?;
        let members = self.0.members.list_memberships(id).await?;
        Ok((user, members))
    }

    /// Tells a person by mail that their password was changed. Returns whether there was a way to send it.
    ///
    /// # Errors
    /// [`AccessError::Mail`] when the mail server does not take it, or the store fails.
    pub async fn tell_changed(
        &self,
        user: &User,
        from: Option<IpAddr>,
    ) -> Result<bool, AccessError> {
        let by = from.map_or(String::new(), |address| {
            format!(" from the address {address}")
        });
        let paragraphs = vec![
            format!("The password of your Faultbook account was changed{by}."),
            format!(
                "If that was not you, set a new one: {}/forgot",
                self.0.public_url
            ),
        ];
        let subject = "Your Faultbook password was changed";
        self.0.mail.send(user, subject, paragraphs).await
    }

    /// Deletes rights that cannot be used any more. Call it periodically.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn delete_expired(&self) -> Result<(), StoreError> {
        let before = self.0.clock.now() - PasswordReset::VALIDITY;
        self.0.resets.delete_password_resets(before).await
    }
}
