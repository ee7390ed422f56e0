//! API keys.

use crate::SqliteStore;
use crate::row::{KeyRow, Uid, micros};
use crate::schema::api_keys;
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::id::KeyId;
use faultbook_domain::identity::KeyStore;
use faultbook_domain::identity::{ApiKey, KeyDigest};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;

#[async_trait]
impl KeyStore for SqliteStore {
    async fn create(&self, key: &ApiKey) -> Result<(), StoreError> {
        let row = KeyRow::from(key);
        self.write(move |connection| {
            diesel::insert_into(api_keys::table)
                .values(row)
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn find(&self, digest: &KeyDigest) -> Result<Option<ApiKey>, StoreError> {
        let digest = digest.0;
        self.read(move |connection| {
            let row = api_keys::table
                .filter(api_keys::digest.eq(digest.as_slice()))
                .select(KeyRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(ApiKey::try_from).transpose()?)
        })
        .await
    }

    async fn list(&self, tenant: TenantScope) -> Result<Vec<ApiKey>, StoreError> {
        self.read(move |connection| {
            let rows = api_keys::table
                .filter(api_keys::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(api_keys::revoked_at.is_null())
                .order((api_keys::created_at.desc(), api_keys::id.desc()))
                .select(KeyRow::as_select())
                .load(connection)?;
            Ok(rows
                .into_iter()
                .map(ApiKey::try_from)
                .collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn revoke(
        &self,
        tenant: TenantScope,
        id: KeyId,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let key = api_keys::table
                .filter(api_keys::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(api_keys::id.eq(Uid::from(id.0)))
                .filter(api_keys::revoked_at.is_null());
            let revoked = diesel::update(key)
                .set(api_keys::revoked_at.eq(micros(at)))
                .execute(connection)?;
            Ok(revoked > 0)
        })
        .await
    }

    async fn touch(&self, used: &[(KeyId, OffsetDateTime)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.write(move |connection| {
            for (id, at) in used {
                let at = micros(at);
                let earlier = api_keys::last_used
                    .is_null()
                    .or(api_keys::last_used.lt(at).assume_not_null());
                let key = api_keys::table
                    .filter(api_keys::id.eq(Uid::from(id.0)))
                    .filter(earlier);
                diesel::update(key)
                    .set(api_keys::last_used.eq(at))
                    .execute(connection)?;
            }
            Ok(())
        })
        .await
    }
}
