//! Service: what a person has set for themselves.

use super::access_error::{AccessError, Missing};
use super::principal::Principal;
use super::profile::{Profile, Theme, TimeZone};
use super::user::User;
use super::user_store::UserStore;
use crate::id::UserId;
use std::sync::Arc;

/// A change to a profile; absent fields stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChange {
    /// Display name.
    pub name: Option<String>,
    /// Time zone.
    pub time_zone: Option<TimeZone>,
    /// Colours of pages.
    pub theme: Option<Theme>,
    /// Whether keyboard shortcuts work.
    pub shortcuts: Option<bool>,
    /// Whether an e-mail comes with an assignment.
    pub assigned: Option<bool>,
    /// Whether an e-mail comes with a mention.
    pub mentioned: Option<bool>,
    /// Whether e-mails come about errors that are followed.
    pub followed: Option<bool>,
}

/// Shows and changes what people have set for themselves.
pub struct Profiles {
    users: Arc<dyn UserStore>,
}

impl Profiles {
    /// Creates the service.
    #[must_use]
    pub fn new(users: Arc<dyn UserStore>) -> Self {
        Self { users }
    }

    /// Returns the account of a session and its profile.
    ///
    /// # Errors
    /// [`AccessError::Permission`] for a key or a system user; the account does not exist any more, or the store fails.
    pub async fn get(&self, principal: &Principal) -> Result<(User, Profile), AccessError> {
        let id = own(principal)?;
        let user = self.users.get_user(id).await?;
        let user = user.ok_or(AccessError::NotFound(Missing::User))?;
        Ok((user, self.users.get_profile(id).await?))
    }

    /// Changes the account of a session and its profile, and returns both as they are then.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn change(
        &self,
        principal: &Principal,
        change: ProfileChange,
    ) -> Result<(User, Profile), AccessError> {
        let (mut user, mut profile) = self.get(principal).await?;
        user.name = change.name.unwrap_or(user.name);
        profile.time_zone = change.time_zone.unwrap_or(profile.time_zone);
        profile.theme = change.theme.unwrap_or(profile.theme);
        profile.shortcuts = change.shortcuts.unwrap_or(profile.shortcuts);
        let mails = &mut profile.notifications;
        mails.assigned = change.assigned.unwrap_or(mails.assigned);
        mails.mentioned = change.mentioned.unwrap_or(mails.mentioned);
        mails.followed = change.followed.unwrap_or(mails.followed);
        self.users
            .set_profile(user.id, &user.name, &profile)
            .await?;
        Ok((user, profile))
    }
}

fn own(principal: &Principal) -> Result<UserId, AccessError> {
    principal
        .session
        .and_then(|_| principal.user())
        .ok_or(AccessError::Permission)
}
