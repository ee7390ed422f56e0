//! Service: mail to persons about their accounts.

use super::access_error::AccessError;
use super::member::MemberStatus;
use super::member_store::MemberStore;
use super::user::User;
use crate::clock::Clock;
use crate::id_source::IdSource;
use crate::notifications::{
    ChannelKind, ChannelSettings, Email, Integrations, TransactionalMailer,
};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use std::sync::Arc;

/// Dependencies of [`AccountMail`].
pub struct AccountMailParts {
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// Mail servers.
    pub integrations: Arc<Integrations>,
    /// Sends the mail.
    pub mailer: Arc<dyn TransactionalMailer>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
}

/// Sends mail to persons about their accounts.
///
/// Whoever rules a mail server reads what it sends: a link that resets a password would hand over the account. So mail
/// goes by the installation's own server. Without one it goes by the server of a tenant only if somebody who may
/// change the tenant set it last, and the person belongs to that tenant alone and does not administer the platform:
/// then there is nothing to be gained.
pub struct AccountMail(AccountMailParts);

impl AccountMail {
    /// Creates the service.
    #[must_use]
    pub const fn new(parts: AccountMailParts) -> Self {
        Self(parts)
    }

    /// Returns whether there is a way to send mail to a person, who must be an active member of a tenant.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn reaches(&self, user: &User) -> Result<bool, StoreError> {
        Ok(self.server(user).await?.is_some())
    }

    /// Sends a letter to a person who is an active member of a tenant. Returns whether there was a way to send it.
    ///
    /// # Errors
    /// [`AccessError::Mail`] when the mail server does not take it, or the store fails.
    pub async fn send(
        &self,
        user: &User,
        subject: &str,
        paragraphs: Vec<String>,
    ) -> Result<bool, AccessError> {
        let Some(server) = self.server(user).await? else {
            return Ok(false);
        };
        let now = self.0.clock.now();
        let letter = Email {
            id: self.0.ids.next_id(now),
            to: user.email.clone(),
            subject: subject.to_owned(),
            paragraphs,
            at: now,
        };
        let sent = self.0.mailer.send_email(&letter, &server).await;
        sent.map_err(AccessError::Mail)?;
        Ok(true)
    }

    async fn server(&self, user: &User) -> Result<Option<ChannelSettings>, StoreError> {
        let members = self.0.members.list_memberships(user.id).await?;
        let is_active = members.iter().any(|one| one.status == MemberStatus::Active);
        if !is_active {
            return Ok(None);
        }
        let integrations = &self.0.integrations;
        if let Some(own) = integrations.default_channel(ChannelKind::EMAIL) {
            return Ok(Some(own.settings));
        }
        match members.as_slice() {
            [only] if !user.platform_admin => {
                let tenant = TenantScope::of(only.tenant_id);
                let set = integrations.trusted_channel(tenant, ChannelKind::EMAIL);
                Ok(set.await?.map(|channel| channel.settings))
            }
            _ => Ok(None),
        }
    }
}
