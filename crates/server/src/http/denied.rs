//! Decisions of the domain about callers and tenants, as entries of the error table.

use super::error::{ApiError, Code, FieldProblem};
use faultbook_domain::entity::GrantLevel;
use faultbook_domain::service::access::Refused;
use faultbook_domain::service::denied::{Denied, Duplicate, Missing};
use std::sync::Arc;

/// What a refused credential is answered with. `of_v1` tells whether the route is below `/api/v1`, where
/// sentences speak of sessions and tokens.
#[must_use]
pub fn refusal(refused: Refused, of_v1: bool) -> ApiError {
    ApiError::new(match refused {
        Refused::Expired => Code::ExpiredApiKey,
        Refused::SessionExpired => Code::SessionExpired,
        Refused::Inactive => Code::SystemUserInactive,
        Refused::Suspended => Code::TenantSuspended,
        Refused::NoTenant => Code::TenantNotFound,
        Refused::NotMember => Code::ForeignTenant,
        Refused::Store(error) => return error.into(),
        _ if of_v1 => Code::InvalidToken,
        _ => Code::InvalidApiKey,
    })
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        Self::new(match denied {
            Denied::Permission => Code::PermissionDenied,
            Denied::NotPlatformAdmin => Code::NotPlatformAdmin,
            Denied::NotMember => Code::ForeignTenant,
            Denied::Suspended => Code::TenantSuspended,
            Denied::NotFound(what) => missing(what),
            Denied::Taken(what) => duplicate(what),
            Denied::LastKeeper => Code::LastAdmin,
            Denied::BuiltIn(GrantLevel::Role) => Code::SystemRoleFixed,
            Denied::BuiltIn(GrantLevel::Policy) => Code::SystemPolicyFixed,
            Denied::BuiltIn(GrantLevel::Permission) => Code::SystemPermissionFixed,
            Denied::BuiltInKept(GrantLevel::Role) => Code::SystemRole,
            Denied::BuiltInKept(GrantLevel::Policy) => Code::SystemPolicy,
            Denied::BuiltInKept(GrantLevel::Permission) => Code::SystemPermission,
            Denied::InUse(GrantLevel::Role) => Code::RoleInUse,
            Denied::InUse(GrantLevel::Policy) => Code::PolicyInUse,
            Denied::InUse(GrantLevel::Permission) => Code::PermissionInUse,
            Denied::InvitationExpired => Code::InvitationExpired,
            Denied::InvitationAccepted => Code::InvitationAccepted,
            Denied::DefaultProject => Code::DefaultProject,
            Denied::BadLogin => Code::InvalidLogin,
            full @ Denied::Limit { .. } => {
                return Self::new(Code::ValidationFailed)
                    .saying(format!("Validation failed: {full}"));
            }
            Denied::Invalid { field, problem } => {
                return Self::rules(vec![FieldProblem {
                    field: field.to_owned(),
                    message: problem,
                }]);
            }
            Denied::Store(error) => return error.into(),
            failed @ Denied::Mail(_) => return caused(Code::EmailFailed, failed),
            failed @ Denied::Provisioning(_) => return caused(Code::ProvisioningFailed, failed),
            failed => return caused(Code::Internal, failed),
        })
    }
}

/// What is answered outside `/api/v1`, where a value that breaks a rule is 400.
#[must_use]
pub fn of_api(denied: Denied) -> ApiError {
    match denied {
        Denied::Invalid { field, problem } => ApiError::field(field, &problem),
        full @ Denied::Limit { .. } => {
            ApiError::new(Code::InvalidInput).saying(format!("Invalid input: {full}"))
        }
        other => other.into(),
    }
}

fn caused(code: Code, cause: Denied) -> ApiError {
    ApiError::new(code).caused_by(Arc::new(cause) as Arc<dyn std::error::Error + Send + Sync>)
}

const fn missing(what: Missing) -> Code {
    match what {
        Missing::Tenant => Code::TenantNotFound,
        Missing::User => Code::UserNotFound,
        Missing::Member => Code::MemberNotFound,
        Missing::Grant(GrantLevel::Role) => Code::RoleNotFound,
        Missing::Grant(GrantLevel::Policy) => Code::PolicyNotFound,
        Missing::Grant(GrantLevel::Permission) => Code::PermissionNotFound,
        Missing::SystemUser => Code::SystemUserNotFound,
        Missing::Invitation => Code::InvitationNotFound,
        Missing::Project => Code::ProjectNotFound,
    }
}

const fn duplicate(what: Duplicate) -> Code {
    match what {
        Duplicate::TenantSlug => Code::TenantSlugTaken,
        Duplicate::ProjectSlug => Code::ProjectSlugTaken,
        Duplicate::Member => Code::AlreadyMember,
        Duplicate::Invitation => Code::AlreadyInvited,
        Duplicate::Grant(GrantLevel::Role) => Code::RoleExists,
        Duplicate::Grant(GrantLevel::Policy) => Code::PolicyExists,
        Duplicate::Grant(GrantLevel::Permission) => Code::PermissionExists,
        Duplicate::SystemUser => Code::SystemUserExists,
    }
}
