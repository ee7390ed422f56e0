//! Why something about tenants, people and what they may do was not done.

use super::passwords::HashFailed;
use super::rbac_item::RbacKind;
use crate::notifications::NotifyError;
use crate::store_error::StoreError;

/// Why not. Each becomes one entry of the error reference.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The caller lacks a permission, or would grant one that they lack.
    #[error("the caller may not do this")]
    Permission,
    /// Only platform admins may.
    #[error("the caller does not administer the platform")]
    NotPlatformAdmin,
    /// The tenant exists, and the caller does not belong to it.
    #[error("the caller is no member of the tenant")]
    NotMember,
    /// The tenant is locked out.
    #[error("the tenant is suspended")]
    Suspended,
    /// There is no such thing.
    #[error("there is no such {0:?}")]
    NotFound(Missing),
    /// There is one already.
    #[error("there is such a {0:?} already")]
    Taken(Duplicate),
    /// Nobody would be left to administer the tenant.
    #[error("the last owner or admin must stay")]
    LastAdmin,
    /// A built-in role, policy or permission cannot be changed.
    #[error("built-in grants cannot be changed")]
    BuiltIn(RbacKind),
    /// A built-in role, policy or permission cannot be deleted.
    #[error("built-in grants cannot be deleted")]
    BuiltInKept(RbacKind),
    /// Somebody has this role, policy or permission.
    #[error("the grant is in use")]
    InUse(RbacKind),
    /// The invitation's time is over.
    #[error("the invitation has expired")]
    InvitationExpired,
    /// The invitation was used.
    #[error("the invitation has been accepted")]
    InvitationAccepted,
    /// A tenant keeps its default project.
    #[error("the default project must stay")]
    DefaultProject,
    /// There are as many as the configuration allows.
    #[error("there can be at most {most} {what}")]
    Limit {
        /// What there are so many of, in the plural.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// A value breaks a rule. `problem` continues the sentence "`field` ...".
    #[error("{field} {problem}")]
    Invalid {
        /// Where it came from.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The e-mail or the password is wrong; nobody is told which.
    #[error("the e-mail or the password is wrong")]
    BadLogin,
    /// The invitation's letter was not taken.
    #[error("the invitation cannot be sent")]
    Mail(#[source] NotifyError),
    /// The service that prepares new tenants refused.
    #[error("the tenant cannot be prepared")]
    Provisioning(#[source] NotifyError),
    /// A password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashFailed),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// A tenant.
    Tenant,
    /// A person.
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
}

/// What is there already.
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
    /// A value that breaks a rule.
    pub(crate) fn invalid(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            problem: problem.into(),
        }
    }

    /// Goes on while there are fewer of something than there may be.
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

    /// A conflict in the store as what it means here.
    pub(crate) fn taken(what: Duplicate) -> impl Fn(StoreError) -> Self {
        move |error| match error {
            StoreError::Conflict(_) => Self::Taken(what),
            other => Self::Store(other),
        }
    }
}
