//! Service: creates, lists, renames, suspends and deletes tenants.

use super::bootstrap::first_project;
use super::platform::require_platform_admin;
use super::slug::Slug;
use super::tenant::Tenant;
use super::tenant_limits::TenantLimits;
use super::tenant_store::TenantStore;
use crate::clock::Clock;
use crate::errors::JsonText;
use crate::id::{MemberId, TenantId, UserId};
use crate::id_source::IdSource;
use crate::identity::Access;
use crate::identity::{AccessError, Duplicate, Missing};
use crate::identity::{BuiltInRole, Member, MemberStatus, Permission};
use crate::identity::{Principal, TenantContext};
use crate::keyed_semaphore::KeyedSemaphore;
use crate::notifications::WebhookTarget;
use crate::notifications::{Event, TransactionalMailer};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use serde_json::json;
use std::sync::Arc;

/// An external provisioning hook that prepares resources of a new tenant, and may refuse it.
pub struct Provisioning {
    /// The webhook.
    pub hook: WebhookTarget,
    /// Calls the webhook.
    pub mailer: Arc<dyn TransactionalMailer>,
}

/// Creates, lists, renames, suspends and deletes tenants.
pub struct Tenants {
    tenants: Arc<dyn TenantStore>,
    access: Arc<Access>,
    provisioning: Option<Provisioning>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: TenantLimits,
    making: KeyedSemaphore<UserId>,
}

impl Tenants {
    /// Creates the service; each new tenant is announced to `provisioning` first, if there is one.
    #[must_use]
    pub fn new(
        tenants: Arc<dyn TenantStore>,
        access: Arc<Access>,
        provisioning: Option<Provisioning>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: TenantLimits,
    ) -> Self {
        Self {
            tenants,
            access,
            provisioning,
            clock,
            ids,
            limits,
            making: KeyedSemaphore::new(1),
        }
    }

    /// Creates a tenant with its default project. A user who creates one becomes its owner.
    ///
    /// # Errors
    /// [`AccessError`]; programs need to be platform admins.
    pub async fn create(
        &self,
        maker: &Principal,
        slug: Slug,
        name: String,
    ) -> Result<Tenant, AccessError> {
        let user = maker.user();
        if user.is_none() {
            require_platform_admin(maker)?;
        }
        let _turn = match user.filter(|_| !maker.platform_admin) {
            Some(user) => {
                let turn = self.making.one(user).await;
                let owned = self.access.owned_by(user).await?;
                let most = self.limits.tenants_per_person;
                AccessError::unless_full("tenants of one owner", owned, most)?;
                Some(turn)
            }
            None => None,
        };
        if self.tenants.find_tenant(&slug).await?.is_some() {
            return Err(AccessError::Taken(Duplicate::TenantSlug));
        }
        let now = self.clock.now();
        let tenant = Tenant {
            id: TenantId(self.ids.next_id(now)),
            slug,
            name,
            suspended: false,
            created_at: now,
        };
        self.announce(&tenant).await?;
        let project = first_project(&*self.ids, tenant.id, now);
        let owner = user.map(|user| self.owner(tenant.id, user));
        let created = self
            .tenants
            .create_tenant(&tenant, &project, owner.as_ref())
            .await;
        created.map_err(AccessError::taken(Duplicate::TenantSlug))?;
        self.access.forget();
        Ok(tenant)
    }

    /// Lists the tenants of which the caller is a member; all of them for a platform admin.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        caller: &Principal,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Tenant>, StoreError> {
        match (caller.platform_admin, caller.user()) {
            (true, _) => self.tenants.list_tenants(None, after, limit).await,
            (false, Some(user)) => self.tenants.list_tenants(Some(user), after, limit).await,
            (false, None) => {
                let own = self.tenants.get_tenant(caller.scope.tenant()).await?;
                let items: Vec<Tenant> = own.into_iter().collect();
                let total = items.len() as u64;
                Ok(Page {
                    items,
                    total,
                    next: None,
                })
            }
        }
    }

    /// Renames a tenant.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn rename(
        &self,
        caller: &TenantContext,
        name: String,
    ) -> Result<Tenant, AccessError> {
        caller.require(Permission::TenantManage)?;
        let tenant = Tenant {
            name,
            ..caller.tenant.clone()
        };
        self.store(tenant).await
    }

    /// Suspends a tenant, or lifts its suspension.
    ///
    /// # Errors
    /// [`AccessError::NotPlatformAdmin`], not found, or the store fails.
    pub async fn set_suspended(
        &self,
        caller: &Principal,
        named: &str,
        suspended: bool,
    ) -> Result<Tenant, AccessError> {
        require_platform_admin(caller)?;
        let tenant = self.access.tenant(named).await?;
        let tenant = tenant.ok_or(AccessError::NotFound(Missing::Tenant))?;
        self.store(Tenant {
            suspended,
            ..tenant
        })
        .await
    }

    /// Soft-deletes a tenant. Its slug stays taken.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn delete(&self, caller: &TenantContext) -> Result<(), AccessError> {
        caller.require(Permission::TenantManage)?;
        let deleted = self
            .tenants
            .delete_tenant(caller.tenant.id, self.clock.now())
            .await;
        self.access.forget();
        if deleted? {
            Ok(())
        } else {
            Err(AccessError::NotFound(Missing::Tenant))
        }
    }

    async fn store(&self, tenant: Tenant) -> Result<Tenant, AccessError> {
        let updated = self.tenants.update_tenant(&tenant).await;
        self.access.forget();
        if updated? {
            Ok(tenant)
        } else {
            Err(AccessError::NotFound(Missing::Tenant))
        }
    }

    fn owner(&self, tenant_id: TenantId, user_id: UserId) -> Member {
        let now = self.clock.now();
        Member {
            id: MemberId(self.ids.next_id(now)),
            tenant_id,
            user_id,
            email: String::new(),
            name: String::new(),
            role_id: BuiltInRole::Owner.id(),
            status: MemberStatus::Active,
            last_active: None,
            created_at: now,
        }
    }

    async fn announce(&self, tenant: &Tenant) -> Result<(), AccessError> {
        let Some(Provisioning { hook, mailer }) = &self.provisioning else {
            return Ok(());
        };
        let now = self.clock.now();
        let data = json!({
            "id": tenant.id.to_string(),
            "slug": tenant.slug.as_str(),
            "name": tenant.name,
        });
        let event = Event {
            id: self.ids.next_id(now),
            kind: "tenant.created",
            at: now,
            data: JsonText::of(&data),
        };
        mailer
            .send_event(&event, hook)
            .await
            .map_err(AccessError::Provisioning)
    }
}
