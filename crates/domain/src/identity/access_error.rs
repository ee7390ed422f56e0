//! Errors of the identity and tenancy services.

use super::passwords::HashFailed;
use super::rbac_item::RbacKind;
use crate::notifications::NotifyError;
use crate::store_error::StoreError;

/// Why an identity or tenancy operation failed. Each variant is one entry of the error reference.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The caller lacks a permission, or would grant one that they lack.
    #[error("the caller may not do this")]
    Permission,
    /// The caller is not a platform admin.
    #[error("the caller does not administer the platform")]
    NotPlatformAdmin,
    /// The caller is not a member of the tenant.
    #[error("the caller is no member of the tenant")]
    NotMember,
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    Suspended,
    /// The record does not exist.
    #[error("there is no such {0:?}")]
    NotFound(Missing),
    /// A record of that name exists already.
    #[error("there is such a {0:?} already")]
    Taken(Duplicate),
    /// The tenant would be left without an active owner or admin.
    #[error("the last owner or admin must stay")]
    LastAdmin,
    /// A built-in role, policy or permission cannot be changed.
    #[error("built-in grants cannot be changed")]
    BuiltIn(RbacKind),
    /// A built-in role, policy or permission cannot be deleted.
    #[error("built-in grants cannot be deleted")]
    BuiltInKept(RbacKind),
    /// The role, policy or permission is assigned.
    #[error("the grant is in use")]
    InUse(RbacKind),
    /// The invitation has expired.
    #[error("the invitation has expired")]
    InvitationExpired,
    /// The invitation was accepted before.
    #[error("the invitation has been accepted")]
    InvitationAccepted,
    /// The default project cannot be deleted.
    #[error("the default project must stay")]
    DefaultProject,
    /// A limit of `[limits]` is reached.
    #[error("there can be at most {most} {what}")]
    Limit {
        /// The kind of record, in the plural.
        what: &'static str,
        /// The limit.
        most: usize,
    },
    /// A field is invalid. `problem` continues the sentence "`field` ...".
    #[error("{field} {problem}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// The problem.
        problem: String,
    },
    /// E-mail or password is wrong; callers cannot learn which.
    #[error("the e-mail or the password is wrong")]
    BadLogin,
    /// The current password of a change of password is wrong.
    #[error("the current password is wrong")]
    WrongPassword,
    /// The token that would set a new password is unknown, used or too old; callers cannot learn which.
    #[error("the reset is not valid")]
    InvalidReset,
    /// A letter could not be mailed.
    #[error("the mail cannot be sent")]
    Mail(#[source] NotifyError),
    /// The provisioning hook refused the new tenant.
    #[error("the tenant cannot be prepared")]
    Provisioning(#[source] NotifyError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashFailed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The kind of a record that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A tenant.
    Tenant,
    /// A user.
    User,
    /// A member.
    Member,
    /// A role, policy or permission.
    RbacItem(RbacKind),
    /// A system user.
    SystemUser,
    /// An invitation.
    Invitation,
    /// A project.
    Project,
    /// A DSN key of a project.
    ProjectKey,
}

/// The kind of a record that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duplicate {
    /// A tenant's slug.
    TenantSlug,
    /// A project's slug.
    ProjectSlug,
    /// A member.
    Member,
    /// A pending invitation.
    Invitation,
    /// A role, policy or permission.
    RbacItem(RbacKind),
    /// A system user's name.
    SystemUser,
}

impl AccessError {
    /// Builds [`AccessError::Invalid`].
    pub(crate) fn invalid(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            problem: problem.into(),
        }
    }

    /// Returns an error when a limit is reached.
    ///
    /// # Errors
    /// [`AccessError::Limit`].
    pub(crate) fn unless_full(what: &'static str, there_are: u64, most: usize) -> Result<(), Self> {
        if there_are < most as u64 {
            Ok(())
        } else {
            Err(Self::Limit { what, most })
        }
    }

    /// Maps [`StoreError::Conflict`] to [`AccessError::Taken`].
    pub(crate) fn taken(what: Duplicate) -> impl Fn(StoreError) -> Self {
        move |error| match error {
            StoreError::Conflict(_) => Self::Taken(what),
            other => Self::Store(other),
        }
    }
}
