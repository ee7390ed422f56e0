//! Port: members of tenants.

use super::member::Member;
use crate::id::{MemberId, TenantId, UserId};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

/// Outcome of a change to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberChange {
    /// Changed.
    Done,
    /// The member does not exist.
    NotFound,
    /// Rejected: the tenant would be left without an active owner or admin.
    LastAdmin,
}

/// Stores memberships.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait MemberStore: Send + Sync {
    /// Adds a member. The user must exist.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the user is a member already.
    async fn add_member(&self, member: &Member) -> Result<(), StoreError>;

    /// Returns a member by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn get_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<Option<Member>, StoreError>;

    /// Lists a tenant's members, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_members(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Member>, StoreError>;

    /// Lists a user's memberships, oldest first, without deleted tenants.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_memberships(&self, user: UserId) -> Result<Vec<Member>, StoreError>;

    /// Updates role and status. MUST NOT leave a tenant that has active holders of
    /// [`BuiltInRole::ADMIN_ROLES`](super::rbac_item::BuiltInRole::ADMIN_ROLES) without one, however many calls run
    /// at once.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn update_member(&self, member: &Member) -> Result<MemberChange, StoreError>;

    /// Removes a member. MUST keep the last active owner or admin, as [`update_member`](Self::update_member) does, and
    /// unassign the tenant's errors that the member works on, with an activity each, and remove the member's bookmarks and
    /// follows there.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
        at: OffsetDateTime,
    ) -> Result<MemberChange, StoreError>;

    /// Finds a user's membership in a tenant, of any status.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_membership(
        &self,
        user: UserId,
        tenant: TenantId,
    ) -> Result<Option<Member>, StoreError>;
}
