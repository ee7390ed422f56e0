//! How much a tenant may store beside its errors.

/// How many of each a tenant may have, and how large some may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantLimits {
    /// API keys that are not revoked.
    pub keys: usize,
    /// System users.
    pub system_users: usize,
    /// Members.
    pub members: usize,
    /// Invitations, accepted ones too as long as they are kept.
    pub invitations: usize,
    /// Projects.
    pub projects: usize,
    /// Roles, policies and permissions of its own, each.
    pub grants: usize,
    /// Tenants that one person may own.
    pub tenants_per_person: usize,
    /// Recipients of the e-mail channel, and numbers of the SMS channel.
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
            grants: 500,
            tenants_per_person: 100,
            recipients: 100,
            channel_config: 16 * 1024,
        }
    }
}
