//! DSN keys.

use super::allowed_origin::AllowedOrigin;
use super::project::Project;
use crate::id::{ProjectId, ProjectKeyId, TenantId};
use time::OffsetDateTime;

/// A DSN key: a public credential with which SDKs hand reports into one project, and nothing else. Pages and apps
/// carry it, so it is no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectKey {
    /// Its id.
    pub id: ProjectKeyId,
    /// Its tenant.
    pub tenant_id: TenantId,
    /// The project into which it reports.
    pub project_id: ProjectId,
    /// Display name.
    pub name: String,
    /// What clients send: 32 hex digits, unique in the installation.
    pub public_key: String,
    /// Whether it is accepted.
    pub enabled: bool,
    /// Origins of the web pages that may use it; any when empty.
    pub allowed_origins: Vec<AllowedOrigin>,
    /// The source of its reports, where they say none of their own.
    pub source: Option<String>,
    /// Requests per minute, in place of the configured limit.
    pub rate_limit: Option<u32>,
    /// When it was last used, to the minute.
    pub last_used: Option<OffsetDateTime>,
    /// When it was created.
    pub created_at: OffsetDateTime,
}

impl ProjectKey {
    /// Maximum number of allowed origins.
    pub const MAX_ORIGINS: usize = 100;

    /// Greatest rate limit.
    pub const MAX_RATE_LIMIT: u32 = 60_000_000;

    /// Builds the key that every project starts with. Its id is the project's, so that a store makes it without an
    /// id source.
    #[must_use]
    pub fn first_of(project: &Project) -> Self {
        Self {
            id: ProjectKeyId(project.id.0),
            tenant_id: project.tenant_id,
            project_id: project.id,
            name: "Default".to_owned(),
            public_key: project.first_key.clone(),
            enabled: true,
            allowed_origins: Vec::new(),
            source: None,
            rate_limit: None,
            last_used: None,
            created_at: project.created_at,
        }
    }

    /// Returns whether a page of this origin may use the key; `origin` is a request's `Origin` as sent.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.allowed_origins.is_empty()
            || self
                .allowed_origins
                .iter()
                .any(|allowed| allowed.allows(origin))
    }
}

/// An enabled key with what receiving a report takes. Neither its project nor its tenant is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveKey {
    /// The key.
    pub key: ProjectKey,
    /// The number of its project.
    pub project_number: i64,
    /// Whether its tenant is suspended: nothing is received then.
    pub is_suspended: bool,
}
