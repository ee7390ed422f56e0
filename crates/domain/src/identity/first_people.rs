//! Service: the first people of an installation: its owner, and the developer of a development server.

use super::access::Access;
use super::access_error::AccessError;
use super::api_key::{KeyDigest, KeyKind, KeyText};
use super::member::{Invitation, Member};
use super::members::new_member;
use super::passwords::Passwords;
use super::rbac_item::BuiltInRole;
use super::sessions::check_password;
use super::user::User;
use crate::clock::Clock;
use crate::id::{InvitationId, MemberId, TenantId, UserId};
use crate::id_source::IdSource;
use crate::store::Store;
use crate::store_error::StoreError;
use crate::tenancy::{Slug, TenantScope};
use std::sync::Arc;
use time::OffsetDateTime;

/// E-mail address of the developer of a development server.
pub const DEVELOPER: &str = "developer@localhost";

/// The tenant that every installation starts with.
const FIRST_TENANT: &str = "default";

/// Creates the first people. The owner is invited like anybody else, but names the address themselves: whoever holds
/// the token, which the first start prints, owns the installation.
pub struct FirstPeople {
    /// All stores.
    pub store: Arc<dyn Store>,
    /// Hashing.
    pub passwords: Arc<dyn Passwords>,
    /// The credential cache.
    pub access: Arc<Access>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
}

impl FirstPeople {
    /// Returns a new token with which the first owner is made, while the first tenant has nobody; older ones end.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn invite_owner(&self) -> Result<Option<KeyText>, StoreError> {
        let Some(tenant) = self.empty_tenant().await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        let scope = TenantScope::of(tenant);
        let token = KeyText::from_random(KeyKind::Invitation, self.ids.secret_bytes());
        let mut known = self.store.list_invitations(scope, None, 100).await?.items;
        known.retain(|one| one.email.is_empty() && one.accepted_at.is_none());
        if let Some(earlier) = known.pop() {
            let renewed = Invitation {
                digest: KeyDigest::of(token.reveal()),
                expires_at: now + Invitation::VALIDITY,
                ..earlier
            };
            let renewed = self.store.renew_invitation(&renewed).await?;
            return Ok(renewed.then_some(token));
        }
        let invitation = Invitation {
            id: InvitationId(self.ids.next_id(now)),
            tenant_id: tenant,
            email: String::new(),
            role_id: BuiltInRole::Owner.id(),
            digest: KeyDigest::of(token.reveal()),
            invited_by: "system".to_owned(),
            created_at: now,
            expires_at: now + Invitation::VALIDITY,
            accepted_at: None,
        };
        match self.store.create_invitation(&invitation).await {
            Ok(()) => Ok(Some(token)),
            // Another node invited first and prints the token.
            Err(StoreError::Conflict(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns whether a token makes the first owner now.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn awaits_owner(&self, token: &str) -> Result<bool, StoreError> {
        Ok(self.owner_invitation(token).await?.is_some())
    }

    /// Creates the first owner, who administers the platform too. The token works once.
    ///
    /// # Errors
    /// [`AccessError::InvitationExpired`] for a token that is unknown or was used, [`AccessError::Invalid`] for a name,
    /// an address or a password that cannot be.
    pub async fn create_owner(
        &self,
        token: &str,
        (name, email): (&str, &str),
        password: &str,
    ) -> Result<User, AccessError> {
        let invitation = self.owner_invitation(token).await?;
        let invitation = invitation.ok_or(AccessError::InvitationExpired)?;
        if !(1..=200).contains(&name.trim().chars().count()) {
            return Err(AccessError::invalid(
                "name",
                "must have 1 to 200 characters",
            ));
        }
        check_password("password", password)?;
        let hash = self.passwords.hash(password).await?;
        let (user, member) = self.owner(invitation.tenant_id, (name.trim(), email), hash);
        let now = self.clock.now();
        let accepted = self
            .store
            .accept_invitation(invitation.id, now, &user, &member);
        let accepted = accepted.await?;
        self.access.forget();
        if accepted {
            Ok(user)
        } else {
            Err(AccessError::InvitationExpired)
        }
    }

    /// Returns the developer of a development server, created on the first call. Nobody knows their password.
    ///
    /// # Errors
    /// When the store or the hashing fails, or the first tenant was deleted.
    pub async fn developer(&self) -> Result<User, AccessError> {
        if let Some(user) = self.store.find_user(DEVELOPER).await? {
            return Ok(user);
        }
        let tenant = self.first_tenant().await?;
        let gone = || StoreError::rejected("the tenant `default` was deleted");
        let tenant = tenant.ok_or_else(gone)?;
        let secret = KeyText::from_random(KeyKind::Session, self.ids.secret_bytes());
        let hash = self.passwords.hash(secret.reveal()).await?;
        let (user, member) = self.owner(tenant, ("Developer", DEVELOPER), hash);
        match self.store.create_user(&user).await {
            Ok(()) => {}
            // The other click of a double click was first.
            Err(StoreError::Conflict(_)) => {
                let found = self.store.find_user(DEVELOPER).await?;
                return Ok(found.ok_or_else(gone)?);
            }
            Err(error) => return Err(error.into()),
        }
        self.store.add_member(&member).await?;
        self.access.forget();
        Ok(user)
    }

    fn owner(&self, tenant: TenantId, (name, email): (&str, &str), hash: String) -> (User, Member) {
        let now: OffsetDateTime = self.clock.now();
        let user = User {
            id: UserId(self.ids.next_id(now)),
            email: email.to_lowercase(),
            name: name.to_owned(),
            password_hash: hash,
            platform_admin: true,
            created_at: now,
        };
        let id = MemberId(self.ids.next_id(now));
        let member = Member {
            role_id: BuiltInRole::Owner.id(),
            ..new_member(id, TenantScope::of(tenant), &user, now)
        };
        (user, member)
    }

    async fn owner_invitation(&self, token: &str) -> Result<Option<Invitation>, StoreError> {
        let found = self.store.find_invitation(&KeyDigest::of(token)).await?;
        let now = self.clock.now();
        let found = found.filter(|one| one.email.is_empty() && one.is_pending(now));
        if found.is_none() || self.empty_tenant().await?.is_none() {
            return Ok(None);
        }
        Ok(found)
    }

    /// Returns the first tenant while it has no member.
    async fn empty_tenant(&self) -> Result<Option<TenantId>, StoreError> {
        let Some(tenant) = self.first_tenant().await? else {
            return Ok(None);
        };
        let members = self
            .store
            .list_members(TenantScope::of(tenant), None, 1)
            .await?;
        Ok((members.total == 0).then_some(tenant))
    }

    async fn first_tenant(&self) -> Result<Option<TenantId>, StoreError> {
        let Ok(slug) = FIRST_TENANT.parse::<Slug>() else {
            return Ok(None);
        };
        Ok(self.store.find_tenant(&slug).await?.map(|tenant| tenant.id))
    }
}
