//! Invitations.

use super::api_key::KeyDigest;
use super::member::{Invitation, Member};
use super::user::User;
use crate::id::InvitationId;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Keeps invitations.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait InvitationStore: Send + Sync {
    /// Adds an invitation, in place of those to the same address that can no longer be accepted at its
    /// `created_at`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when one to the same address is pending.
    async fn create_invitation(&self, invitation: &Invitation) -> Result<(), StoreError>;

    /// One invitation.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StoreError>;

    /// The invitation with that token, accepted and expired ones too.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_invitation(&self, digest: &KeyDigest) -> Result<Option<Invitation>, StoreError>;

    /// A tenant's invitations, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_invitations(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Invitation>, StoreError>;

    /// Gives an invitation that was not accepted a new token and a new end. Returns whether there is one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn renew_invitation(&self, invitation: &Invitation) -> Result<bool, StoreError>;

    /// Takes an invitation back. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn withdraw_invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<bool, StoreError>;

    /// Accepts an invitation: adds the person unless they exist, and their membership. MUST be all or
    /// nothing, and happen once only: `false` when it was accepted before or is gone.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the person is a member already.
    async fn accept_invitation(
        &self,
        id: InvitationId,
        at: OffsetDateTime,
        person: &User,
        member: &Member,
    ) -> Result<bool, StoreError>;
}
