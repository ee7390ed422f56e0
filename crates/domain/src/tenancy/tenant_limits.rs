//! Limits on what a tenant may store, apart from errors.

/// Maximum numbers of records per tenant, and sizes of some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantLimits {
    /// API keys that are not revoked.
    pub keys: usize,
    /// System users.
    pub system_users: usize,
    /// Members.
    pub members: usize,
    /// Invitations, including accepted ones until they are deleted.
    pub invitations: usize,
    /// Projects.
    pub projects: usize,
    /// DSN keys of one project.
    pub project_keys: usize,
    /// Roles, policies and permissions: custom items of each kind.
    pub rbac_items: usize,
    /// Tenants that one user may own.
    pub tenants_per_person: usize,
    /// Recipients of an e-mail channel, and numbers of an SMS channel.
    pub recipients: usize,
    /// Bytes of a channel's configuration.
    pub channel_config: usize,
}

impl Default for TenantLimits {
    fn default() -> Self {
        Self {
            keys: 1_000,
            system_users: 1_000,
            members: 5_000,
            invitations: 5_000,
            projects: 1_000,
            project_keys: 50,
            rbac_items: 500,
            tenants_per_person: 100,
            recipients: 100,
            channel_config: 16 * 1024,
        }
    }
}
