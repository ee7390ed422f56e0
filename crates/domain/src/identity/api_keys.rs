//! Service: creates, lists and revokes a tenant's API keys.

use super::access::Access;
use super::api_key::{ApiKey, KeyDigest, KeyKind, KeyText};
use super::key_store::KeyStore;
use super::permission::Permissions;
use super::principal::Principal;
use crate::clock::Clock;
use crate::errors::Actor;
use crate::id::{KeyId, ProjectId, TenantId};
use crate::id_source::IdSource;
use crate::keyed_semaphore::KeyedSemaphore;
use crate::store_error::StoreError;
use crate::tenancy::TenantLimits;
use std::sync::Arc;
use time::OffsetDateTime;

/// Input of [`ApiKeys::make`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeySettings {
    /// Display name.
    pub name: String,
    /// Permission names.
    pub permission_names: Vec<String>,
    /// When the key expires.
    pub expires_at: Option<OffsetDateTime>,
    /// The project to bind the key to.
    pub project_id: Option<ProjectId>,
    /// Requests per minute, in place of the configured limits.
    pub rate_limit: Option<i32>,
}

/// Why a key was not created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CreateKeyError {
    /// The key would grant more than its creator has.
    #[error("nobody can grant what they lack")]
    Escalation,
    /// The expiry lies in the past.
    #[error("the expiry lies in the past")]
    Expired,
    /// The tenant has reached its limit of keys.
    #[error("a tenant can have at most {0} keys")]
    TooMany(usize),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a key was not revoked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevokeKeyError {
    /// The key does not exist, or the caller cannot see it.
    #[error("there is no such key")]
    NotFound,
    /// The key has permissions that the caller lacks.
    #[error("nobody takes away what they lack")]
    Above,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Creates, lists and revokes a tenant's API keys.
pub struct ApiKeys {
    keys: Arc<dyn KeyStore>,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: TenantLimits,
    making: KeyedSemaphore<TenantId>,
}

impl ApiKeys {
    /// Creates the service. Revoking a key clears the credential cache of `access`.
    #[must_use]
    pub fn new(
        keys: Arc<dyn KeyStore>,
        access: Arc<Access>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: TenantLimits,
    ) -> Self {
        Self {
            keys,
            access,
            clock,
            ids,
            limits,
            making: KeyedSemaphore::new(1),
        }
    }

    /// Lists keys that are not revoked, newest first: a caller bound to a project sees the keys of that project
    /// only.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(&self, caller: &Principal) -> Result<Vec<ApiKey>, StoreError> {
        let mut keys = self.keys.list_keys(caller.scope.tenant_scope()).await?;
        if let Some(project) = caller.bound_project() {
            keys.retain(|key| key.project_id == Some(project));
        }
        Ok(keys)
    }

    /// Creates a key and returns its secret, which is stored nowhere.
    ///
    /// # Errors
    /// [`CreateKeyError`]; a creator bound to a project can create keys for that project only.
    pub async fn make(
        &self,
        maker: &Principal,
        wanted: ApiKeySettings,
    ) -> Result<(KeyText, ApiKey), CreateKeyError> {
        let now = self.clock.now();
        let granted = Permissions::from_names(&wanted.permission_names);
        let covered = granted.is_ok_and(|granted| maker.permissions.covers(granted));
        let reachable = match wanted.project_id {
            Some(project) => maker.scope.projects().contains(&project),
            None => !maker.project_bound,
        };
        if !covered || !reachable {
            return Err(CreateKeyError::Escalation);
        }
        if wanted.expires_at.is_some_and(|at| at <= now) {
            return Err(CreateKeyError::Expired);
        }
        // Counts and inserts under one permit, so that concurrent calls cannot exceed the limit together.
        let _turn = self.making.one(maker.scope.tenant()).await;
        let there_are = self.keys.list_keys(maker.scope.tenant_scope()).await?.len();
        if there_are >= self.limits.keys {
            return Err(CreateKeyError::TooMany(self.limits.keys));
        }
        let secret = KeyText::from_random(KeyKind::ApiKey, self.ids.secret_bytes());
        let key = ApiKey {
            id: KeyId(self.ids.next_id(now)),
            tenant_id: maker.scope.tenant(),
            project_id: wanted.project_id,
            name: wanted.name,
            digest: KeyDigest::of(secret.reveal()),
            preview: KeyText::preview_of(secret.reveal()),
            permission_names: distinct(wanted.permission_names),
            platform_admin: false,
            rate_limit: wanted.rate_limit,
            expires_at: wanted.expires_at,
            revoked_at: None,
            last_used: None,
            created_at: now,
        };
        self.keys.create_key(&key).await?;
        Ok((secret, key))
    }

    /// Revokes a key. This node rejects it at once, other nodes within seconds.
    ///
    /// # Errors
    /// [`RevokeKeyError`]; revoking needs every permission of the key, except for one's own key.
    pub async fn revoke(&self, caller: &Principal, id: KeyId) -> Result<(), RevokeKeyError> {
        let keys = self.list(caller).await?;
        let key = keys.iter().find(|key| key.id == id);
        let key = key.ok_or(RevokeKeyError::NotFound)?;
        if caller.actor != Actor::Key(id) && !is_covered(key, caller) {
            return Err(RevokeKeyError::Above);
        }
        let tenant = caller.scope.tenant_scope();
        let revoked = self.keys.revoke_key(tenant, id, self.clock.now()).await;
        self.access.forget();
        if revoked? {
            Ok(())
        } else {
            Err(RevokeKeyError::NotFound)
        }
    }
}

/// Returns whether the caller has every permission of the key.
fn is_covered(key: &ApiKey, caller: &Principal) -> bool {
    let administers_more = key.platform_admin && !caller.platform_admin;
    !administers_more && caller.permissions.covers(key.permissions())
}

/// Removes duplicate names and keeps their order.
pub(crate) fn distinct(names: Vec<String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}
