//! The table of errors: code, status, message and description.

use actix_web::http::StatusCode;

macro_rules! codes {
    ($($(#[doc = $description:literal])+ $variant:ident = $name:literal, $status:ident, $sentence:literal;)+) => {
        /// The kinds of error a client can see.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[doc = $description])+ $variant,)+
        }

        impl Code {
            /// The whole table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The `code` in the answer.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The status of the answer.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// The `error` in the answer, where nothing more precise can be said.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)+ }
            }

            /// Where it arises, in a sentence.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($description),+),)+ }
            }
        }
    };
}

codes! {
    /// A field is missing, of the wrong type or, outside `/api/v1`, of a value that breaks a rule.
    InvalidInput = "invalid_input", BAD_REQUEST, "Invalid input";
    /// The body is no JSON.
    InvalidJson = "invalid_json", BAD_REQUEST, "Invalid JSON in request body";
    /// The HTTP message itself is malformed.
    BadRequest = "bad_request", BAD_REQUEST, "Bad request";
    /// Under `/api/v1`, a well-formed value breaks a rule: a slug, an e-mail, a UUID, a date, a role.
    ValidationFailed = "validation_failed", UNPROCESSABLE_ENTITY, "Validation failed";
    /// No credential outside `/api/v1`.
    MissingApiKey = "missing_api_key", UNAUTHORIZED, "Missing API key";
    /// No credential under `/api/v1`.
    NoSession = "no_session", UNAUTHORIZED, "Unauthorized: No session found";
    /// A key that is unknown, malformed or revoked, outside `/api/v1`.
    InvalidApiKey = "invalid_api_key", UNAUTHORIZED, "Invalid API key";
    /// A system user's token or a session that is unknown, and any such credential under `/api/v1`.
    InvalidToken = "invalid_token", UNAUTHORIZED, "Invalid authentication token";
    /// A key past its date.
    ExpiredApiKey = "expired_api_key", UNAUTHORIZED, "API key has expired";
    /// A session that was not used for a day, or is 30 days old.
    SessionExpired = "session_expired", UNAUTHORIZED, "Session expired";
    /// A system user that was switched off, or is past its date.
    SystemUserInactive = "system_user_inactive", UNAUTHORIZED, "System user is inactive";
    /// A login or the acceptance of an invitation with a wrong password.
    InvalidLogin = "invalid_login", UNAUTHORIZED, "Invalid email or password";
    /// No DSN key on a route of the SDKs.
    MissingDsnKey = "missing_dsn_key", UNAUTHORIZED, "Missing DSN key";
    /// A DSN key that is unknown, switched off or revoked, or of another project than the path names.
    InvalidDsnKey = "invalid_dsn_key", FORBIDDEN, "Invalid DSN key";
    /// A page of an origin that is not among the DSN key's `allowed_origins`.
    OriginNotAllowed = "origin_not_allowed", FORBIDDEN, "Origin is not allowed";
    /// The caller lacks the permission, or would grant one that they lack.
    PermissionDenied = "permission_denied", FORBIDDEN, "Permission denied";
    /// A change with a session's cookie but without the `X-CSRF-Token` that login returned.
    CsrfFailed = "csrf_failed", FORBIDDEN, "CSRF token is missing or wrong";
    /// The path names a tenant that is not the caller's.
    ForeignTenant = "not_a_member", FORBIDDEN, "You are not a member of this tenant";
    /// Only platform admins may.
    NotPlatformAdmin = "not_platform_admin", FORBIDDEN, "Platform admin access required";
    /// The tenant is locked out.
    TenantSuspended = "tenant_suspended", FORBIDDEN, "Tenant is suspended";
    /// Unknown route.
    RouteNotFound = "not_found", NOT_FOUND, "Not found";
    /// No such error.
    ErrorNotFound = "error_not_found", NOT_FOUND, "Error not found";
    /// No such comment on the error.
    CommentNotFound = "comment_not_found", NOT_FOUND, "Comment not found";
    /// None of the error's occurrences has the tag.
    TagNotFound = "tag_not_found", NOT_FOUND, "Tag not found";
    /// No such project.
    ProjectNotFound = "project_not_found", NOT_FOUND, "Project not found";
    /// No such job of the tenant, or one of over a day ago.
    JobNotFound = "job_not_found", NOT_FOUND, "Job not found";
    /// No such uploaded bundle.
    ArtifactNotFound = "artifact_not_found", NOT_FOUND, "Artifact not found";
    /// No such release.
    ReleaseNotFound = "release_not_found", NOT_FOUND, "Release not found";
    /// No such DSN key of the project.
    ProjectKeyNotFound = "project_key_not_found", NOT_FOUND, "DSN key not found";
    /// No such API key.
    KeyNotFound = "api_key_not_found", NOT_FOUND, "API key not found";
    /// No such alert rule.
    RuleNotFound = "rule_not_found", NOT_FOUND, "Alert rule not found";
    /// No such incident.
    IncidentNotFound = "incident_not_found", NOT_FOUND, "Incident not found";
    /// No such channel.
    IntegrationNotFound = "integration_not_found", NOT_FOUND, "Integration not found";
    /// No such tenant, or a deleted one.
    TenantNotFound = "tenant_not_found", NOT_FOUND, "Tenant not found";
    /// Nobody of that id or address can log in.
    UserNotFound = "user_not_found", NOT_FOUND, "User not found";
    /// No such member of the tenant.
    MemberNotFound = "member_not_found", NOT_FOUND, "Member not found in this tenant";
    /// No such role.
    RoleNotFound = "role_not_found", NOT_FOUND, "Role not found";
    /// No such policy.
    PolicyNotFound = "policy_not_found", NOT_FOUND, "Policy not found";
    /// No such permission.
    PermissionNotFound = "permission_not_found", NOT_FOUND, "Permission not found";
    /// No such system user.
    SystemUserNotFound = "system_user_not_found", NOT_FOUND, "System user not found";
    /// No such invitation, or a token of none.
    InvitationNotFound = "invitation_not_found", NOT_FOUND, "Invitation not found";
    /// The slug is, or once was, a tenant's.
    TenantSlugTaken = "tenant_slug_exists", CONFLICT, "Tenant slug already exists";
    /// A search finds another number of errors than was expected.
    UnexpectedTotal = "unexpected_total", CONFLICT, "The number of matching errors is not as expected";
    /// The slug is, or once was, a project's of the tenant.
    ProjectSlugTaken = "project_slug_exists", CONFLICT, "Project slug already exists";
    /// Adding or inviting a member.
    AlreadyMember = "already_member", CONFLICT, "User is already a member of this tenant";
    /// Inviting somebody whose invitation is pending.
    AlreadyInvited = "already_invited", CONFLICT, "User already has a pending invitation";
    /// The tenant has a role of that name.
    RoleExists = "role_exists", CONFLICT, "Role with this name already exists";
    /// The tenant has a policy of that name.
    PolicyExists = "policy_exists", CONFLICT, "Policy with this name already exists";
    /// The tenant has that permission.
    PermissionExists = "permission_exists", CONFLICT, "Permission already exists";
    /// The tenant has a system user of that name.
    SystemUserExists = "system_user_exists", CONFLICT, "System user with this name already exists";
    /// Deleting a role that a member, a system user or an invitation has.
    RoleInUse = "role_in_use", CONFLICT, "Role is in use";
    /// Deleting a policy that a role has.
    PolicyInUse = "policy_in_use", CONFLICT, "Policy is in use";
    /// Deleting a permission that a policy has.
    PermissionInUse = "permission_in_use", CONFLICT, "Permission is in use";
    /// Removing, demoting or suspending the last active owner or admin.
    LastAdmin = "last_admin", BAD_REQUEST, "Cannot remove the last admin member";
    /// Deleting a built-in role.
    SystemRole = "system_role", BAD_REQUEST, "Cannot delete system-defined role";
    /// Deleting a built-in policy.
    SystemPolicy = "system_policy", BAD_REQUEST, "Cannot delete system-defined policy";
    /// Deleting a built-in permission.
    SystemPermission = "system_permission", BAD_REQUEST, "Cannot delete system-defined permission";
    /// Changing a built-in role.
    SystemRoleFixed = "system_role_fixed", BAD_REQUEST, "Cannot change system-defined role";
    /// Changing a built-in policy.
    SystemPolicyFixed = "system_policy_fixed", BAD_REQUEST, "Cannot change system-defined policy";
    /// Changing a built-in permission.
    SystemPermissionFixed = "system_permission_fixed", BAD_REQUEST,
        "Cannot change system-defined permission";
    /// Deleting a tenant's default project, or giving it another slug.
    DefaultProject = "default_project", BAD_REQUEST, "Cannot delete or rename the default project";
    /// Accepting an invitation after its seven days.
    InvitationExpired = "invitation_expired", BAD_REQUEST, "Invitation has expired";
    /// Accepting or resending an invitation that was accepted.
    InvitationAccepted = "invitation_accepted", BAD_REQUEST,
        "Invitation has already been accepted";
    /// Setting a new password with a link that is unknown, used or over an hour old.
    InvalidReset = "invalid_reset", BAD_REQUEST, "Reset link is invalid or has expired";
    /// Known route, wrong method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// The head or the body took too long.
    RequestTimeout = "request_timeout", REQUEST_TIMEOUT, "The request took too long to arrive";
    /// The body is too large.
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "Request body is too large";
    /// Not JSON, or an unknown encoding.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "Content-Type must be application/json";
    /// The request line and the headers are too large, or too many.
    HeadersTooLarge = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE,
        "Request line or headers are too large";
    /// More requests than the caller's rate allows, or too many failures from one address.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS,
        "Rate limit exceeded. Please try again later.";
    /// A defect of ours; the cause is in the log.
    Internal = "internal_error", INTERNAL_SERVER_ERROR, "Internal server error";
    /// The store refuses what it should take; the cause is in the log.
    Database = "database_error", INTERNAL_SERVER_ERROR, "Database error occurred";
    /// The service of `tenants.provision_url` did not accept a new tenant, which was not made.
    ProvisioningFailed = "provisioning_failed", INTERNAL_SERVER_ERROR,
        "Failed to initialize tenant in service";
    /// The mail server did not take an invitation's letter; nobody was invited.
    EmailFailed = "email_failed", INTERNAL_SERVER_ERROR, "Failed to send invitation email";
    /// A platform admin has closed the installation.
    Maintenance = "maintenance", SERVICE_UNAVAILABLE,
        "Service temporarily unavailable for maintenance";
    /// The uploaded files of the tenant take up what they may.
    QuotaExceeded = "quota_exceeded", INSUFFICIENT_STORAGE,
        "The uploaded files take up all that they may";
    /// Too much is waiting.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "The service is busy. Please try again later.";
    /// A dependency is down.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE,
        "The service is temporarily unavailable. Please try again later.";
}

impl Code {
    /// The entry for an answer that was made without this table.
    #[must_use]
    pub fn for_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::RouteNotFound,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            413 => Self::PayloadTooLarge,
            415 => Self::UnsupportedMediaType,
            429 => Self::RateLimited,
            431 => Self::HeadersTooLarge,
            503 => Self::Unavailable,
            500.. => Self::Internal,
            _ => Self::BadRequest,
        }
    }
}
