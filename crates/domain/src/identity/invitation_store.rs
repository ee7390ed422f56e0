//! Port: invitations.

use super::api_key::KeyDigest;
use super::member::{Invitation, Member};
use super::user::User;
use crate::id::InvitationId;
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Stores invitations.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait InvitationStore: Send + Sync {
    /// Adds an invitation and replaces those to the same address that could no longer be accepted at its
    /// `created_at`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when an invitation to the same address is pending.
    async fn create_invitation(&self, invitation: &Invitation) -> Result<(), StoreError>;

    /// Returns an invitation by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StoreError>;

    /// Finds an invitation by the digest of its token, accepted and expired ones too.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_invitation(&self, digest: &KeyDigest) -> Result<Option<Invitation>, StoreError>;

    /// Lists a tenant's invitations, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_invitations(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Invitation>, StoreError>;

    /// Replaces token and expiry of an invitation that was not accepted. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn renew_invitation(&self, invitation: &Invitation) -> Result<bool, StoreError>;

    /// Deletes an invitation. Returns whether there was one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn withdraw_invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<bool, StoreError>;

    /// Accepts an invitation: adds the user unless they exist, and their membership. MUST be atomic and happen only
    /// once: returns `false` when it was accepted before or does not exist.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the user is a member already.
    async fn accept_invitation(
        &self,
        id: InvitationId,
        at: OffsetDateTime,
        person: &User,
        member: &Member,
    ) -> Result<bool, StoreError>;
}
