//! Tenants, their projects and limits, the scopes of queries, and the first start of an installation.

mod allowed_origin;
mod bootstrap;
mod platform;
mod platform_store;
mod project;
mod project_key;
mod project_key_cache;
mod project_key_store;
mod project_keys;
mod project_store;
mod projects;
mod scope;
mod slug;
mod tenant;
mod tenant_limits;
mod tenant_store;
mod tenants;

pub use allowed_origin::{AllowedOrigin, InvalidOrigin};
pub use bootstrap::{Bootstrap, NewKey};
pub use platform::{Platform, require_platform_admin};
pub use platform_store::PlatformStore;
pub use project::Project;
pub use project_key::{ActiveKey, ProjectKey};
pub use project_key_store::ProjectKeyStore;
pub use project_keys::{ProjectKeySettings, ProjectKeys};
pub use project_store::{ProjectFigures, ProjectStore};
pub use projects::{ProjectSettings, Projects};
pub use scope::{Scope, TenantScope};
pub use slug::{InvalidSlug, Slug};
pub use tenant::Tenant;
pub use tenant_limits::TenantLimits;
pub use tenant_store::TenantStore;
pub use tenants::{Provisioning, Tenants};

#[cfg(feature = "testing")]
pub use {
    platform_store::MockPlatformStore, project_key_store::MockProjectKeyStore,
    project_store::MockProjectStore, tenant_store::MockTenantStore,
};
