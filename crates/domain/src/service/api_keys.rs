//! A tenant's API keys: made, listed, revoked.

use super::access::Access;
use super::principal::Principal;
use crate::entity::{
    ApiKey, KeyDigest, KeyId, KeyKind, KeyText, Permissions, ProjectId, TenantScope,
};
use crate::port::{Clock, IdSource, KeyStore, StoreError};
use std::sync::Arc;
use time::OffsetDateTime;

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedKey {
    /// What to call it.
    pub name: String,
    /// What it grants, by names.
    pub permission_names: Vec<String>,
    /// When it stops being valid.
    pub expires_at: Option<OffsetDateTime>,
    /// The one project it is for.
    pub project_id: Option<ProjectId>,
    /// Requests a minute, in place of the configured limits.
    pub rate_limit: Option<i32>,
}

/// Why a key was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotMade {
    /// It would grant more than its maker has.
    #[error("nobody can grant what they lack")]
    Escalation,
    /// It would be of no use: its time is over already.
    #[error("the expiry lies in the past")]
    Expired,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Keys as their tenant sees them.
pub struct ApiKeys {
    keys: Arc<dyn KeyStore>,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl ApiKeys {
    /// Keys of this store. What `access` remembers of keys is forgotten when one is revoked.
    #[must_use]
    pub fn new(
        keys: Arc<dyn KeyStore>,
        access: Arc<Access>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            keys,
            access,
            clock,
            ids,
        }
    }

    /// The keys that are not revoked, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(&self, tenant: TenantScope) -> Result<Vec<ApiKey>, StoreError> {
        self.keys.list(tenant).await
    }

    /// Makes a key and returns its secret, which exists nowhere else.
    ///
    /// # Errors
    /// [`NotMade`]; a maker who is bound to projects can make keys for those only.
    pub async fn make(
        &self,
        maker: &Principal,
        wanted: WantedKey,
    ) -> Result<(KeyText, ApiKey), NotMade> {
        let now = self.clock.now();
        let granted = Permissions::from_names(&wanted.permission_names);
        let covered = granted.is_ok_and(|granted| maker.permissions.covers(granted));
        let reachable = match wanted.project_id {
            Some(project) => maker.scope.projects().contains(&project),
            None => !maker.project_bound,
        };
        if !covered || !reachable {
            return Err(NotMade::Escalation);
        }
        if wanted.expires_at.is_some_and(|at| at <= now) {
            return Err(NotMade::Expired);
        }
        let secret = KeyText::from_random(KeyKind::ApiKey, self.ids.secret_bytes());
        let key = ApiKey {
            id: KeyId(self.ids.next_id(now)),
            tenant_id: maker.scope.tenant(),
            project_id: wanted.project_id,
            name: wanted.name,
            digest: KeyDigest::of(secret.reveal()),
            preview: KeyText::preview_of(secret.reveal()),
            permission_names: wanted.permission_names,
            platform_admin: false,
            rate_limit: wanted.rate_limit,
            expires_at: wanted.expires_at,
            revoked_at: None,
            last_used: None,
            created_at: now,
        };
        self.keys.create(&key).await?;
        Ok((secret, key))
    }

    /// Revokes a key. Every node refuses it within seconds, this one at once. Returns whether there was
    /// one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn revoke(&self, tenant: TenantScope, id: KeyId) -> Result<bool, StoreError> {
        let revoked = self.keys.revoke(tenant, id, self.clock.now()).await;
        self.access.forget();
        revoked
    }
}
