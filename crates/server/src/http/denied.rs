//! Maps access errors of the domain to entries of the error table.

use super::error::{ApiError, Code, FieldProblem};
use faultbook_domain::identity::AuthError;
use faultbook_domain::identity::RbacKind;
use faultbook_domain::identity::{AccessError, Duplicate, Missing};
use std::sync::Arc;

/// What a refused credential is answered with. `of_v1` tells whether the route is below `/api/v1`, where
/// sentences speak of sessions and tokens.
#[must_use]
pub fn refusal(refused: AuthError, of_v1: bool) -> ApiError {
    ApiError::new(match refused {
        AuthError::Expired => Code::ExpiredApiKey,
        AuthError::SessionExpired => Code::SessionExpired,
        AuthError::Inactive => Code::SystemUserInactive,
        AuthError::Suspended => Code::TenantSuspended,
        AuthError::NoTenant => Code::TenantNotFound,
        AuthError::NotMember => Code::ForeignTenant,
        AuthError::Store(error) => return error.into(),
        _ if of_v1 => Code::InvalidToken,
        _ => Code::InvalidApiKey,
    })
}

impl From<AccessError> for ApiError {
    fn from(denied: AccessError) -> Self {
        Self::new(match denied {
            AccessError::Permission => Code::PermissionDenied,
            AccessError::NotPlatformAdmin => Code::NotPlatformAdmin,
            AccessError::NotMember => Code::ForeignTenant,
            AccessError::Suspended => Code::TenantSuspended,
            AccessError::NotFound(what) => missing(what),
            AccessError::Taken(what) => duplicate(what),
            AccessError::LastAdmin => Code::LastAdmin,
            AccessError::BuiltIn(RbacKind::Role) => Code::SystemRoleFixed,
            AccessError::BuiltIn(RbacKind::Policy) => Code::SystemPolicyFixed,
            AccessError::BuiltIn(RbacKind::Permission) => Code::SystemPermissionFixed,
            AccessError::BuiltInKept(RbacKind::Role) => Code::SystemRole,
            AccessError::BuiltInKept(RbacKind::Policy) => Code::SystemPolicy,
            AccessError::BuiltInKept(RbacKind::Permission) => Code::SystemPermission,
            AccessError::InUse(RbacKind::Role) => Code::RoleInUse,
            AccessError::InUse(RbacKind::Policy) => Code::PolicyInUse,
            AccessError::InUse(RbacKind::Permission) => Code::PermissionInUse,
            AccessError::InvitationExpired => Code::InvitationExpired,
            AccessError::InvitationAccepted => Code::InvitationAccepted,
            AccessError::DefaultProject => Code::DefaultProject,
            AccessError::BadLogin => Code::InvalidLogin,
            AccessError::InvalidReset => Code::InvalidReset,
            wrong @ AccessError::WrongPassword => {
                let problem = FieldProblem::new("current_password", "is not the current password");
                return Self::rules(vec![problem]).caused_by(Arc::new(wrong) as Arc<_>);
            }
            full @ AccessError::Limit { .. } => {
                return Self::new(Code::ValidationFailed)
                    .with_message(format!("Validation failed: {full}"));
            }
            AccessError::Invalid { field, problem } => {
                return Self::rules(vec![FieldProblem::new(field, problem)]);
            }
            AccessError::Store(error) => return error.into(),
            failed @ AccessError::Mail(_) => return caused(Code::EmailFailed, failed),
            failed @ AccessError::Provisioning(_) => {
                return caused(Code::ProvisioningFailed, failed);
            }
            failed => return caused(Code::Internal, failed),
        })
    }
}

/// What is answered outside `/api/v1`, where a value that breaks a rule is 400.
#[must_use]
pub fn of_api(denied: AccessError) -> ApiError {
    match denied {
        AccessError::Invalid { field, problem } => ApiError::field(field, &problem),
        full @ AccessError::Limit { .. } => {
            ApiError::new(Code::InvalidInput).with_message(format!("Invalid input: {full}"))
        }
        other => other.into(),
    }
}

fn caused(code: Code, cause: AccessError) -> ApiError {
    ApiError::new(code).caused_by(Arc::new(cause) as Arc<dyn std::error::Error + Send + Sync>)
}

const fn missing(what: Missing) -> Code {
    match what {
        Missing::Tenant => Code::TenantNotFound,
        Missing::User => Code::UserNotFound,
        Missing::Member => Code::MemberNotFound,
        Missing::RbacItem(RbacKind::Role) => Code::RoleNotFound,
        Missing::RbacItem(RbacKind::Policy) => Code::PolicyNotFound,
        Missing::RbacItem(RbacKind::Permission) => Code::PermissionNotFound,
        Missing::SystemUser => Code::SystemUserNotFound,
        Missing::Invitation => Code::InvitationNotFound,
        Missing::Project => Code::ProjectNotFound,
        Missing::ProjectKey => Code::ProjectKeyNotFound,
    }
}

const fn duplicate(what: Duplicate) -> Code {
    match what {
        Duplicate::TenantSlug => Code::TenantSlugTaken,
        Duplicate::ProjectSlug => Code::ProjectSlugTaken,
        Duplicate::Member => Code::AlreadyMember,
        Duplicate::Invitation => Code::AlreadyInvited,
        Duplicate::RbacItem(RbacKind::Role) => Code::RoleExists,
        Duplicate::RbacItem(RbacKind::Policy) => Code::PolicyExists,
        Duplicate::RbacItem(RbacKind::Permission) => Code::PermissionExists,
        Duplicate::SystemUser => Code::SystemUserExists,
    }
}
