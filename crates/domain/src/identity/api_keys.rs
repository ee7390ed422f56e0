//! A tenant's API keys: made, listed, revoked.

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

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeySettings {
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
    /// The tenant has as many keys as it may have.
    #[error("a tenant can have at most {0} keys")]
    TooMany(usize),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a key was not revoked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotRevoked {
    /// The caller sees no such key.
    #[error("there is no such key")]
    NotFound,
    /// It may do more than the caller.
    #[error("nobody takes away what they lack")]
    Above,
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
    limits: TenantLimits,
    making: KeyedSemaphore<TenantId>,
}

impl ApiKeys {
    /// Keys of this store. What `access` remembers of keys is forgotten when one is revoked.
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

    /// The keys that the caller may see and that are not revoked, newest first: a caller who is bound to a
    /// project sees the keys of that project alone.
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

    /// Makes a key and returns its secret, which exists nowhere else.
    ///
    /// # Errors
    /// [`NotMade`]; a maker who is bound to projects can make keys for those only.
    pub async fn make(
        &self,
        maker: &Principal,
        wanted: ApiKeySettings,
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
        // Counted and made in one turn, so that many at once do not exceed the limit together.
        let _turn = self.making.one(maker.scope.tenant()).await;
        let there_are = self.keys.list_keys(maker.scope.tenant_scope()).await?.len();
        if there_are >= self.limits.keys {
            return Err(NotMade::TooMany(self.limits.keys));
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

    /// Revokes a key. Every node refuses it within seconds, this one at once.
    ///
    /// # Errors
    /// [`NotRevoked`]; nobody revokes a key that may do more than they, but anybody their own.
    pub async fn revoke(&self, caller: &Principal, id: KeyId) -> Result<(), NotRevoked> {
        let keys = self.list(caller).await?;
        let key = keys.iter().find(|key| key.id == id);
        let key = key.ok_or(NotRevoked::NotFound)?;
        if caller.actor != Actor::Key(id) && !is_covered(key, caller) {
            return Err(NotRevoked::Above);
        }
        let tenant = caller.scope.tenant_scope();
        let revoked = self.keys.revoke_key(tenant, id, self.clock.now()).await;
        self.access.forget();
        if revoked? {
            Ok(())
        } else {
            Err(NotRevoked::NotFound)
        }
    }
}

/// Whether the caller may do all that the key may.
fn is_covered(key: &ApiKey, caller: &Principal) -> bool {
    let administers_more = key.platform_admin && !caller.platform_admin;
    !administers_more && caller.permissions.covers(key.permissions())
}

/// Each name once, in the order in which they were given.
pub(crate) fn distinct(names: Vec<String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}
