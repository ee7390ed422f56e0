//! API keys over SQL.

use crate::dialect;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::id::KeyId;
use faultbook_domain::identity::KeyStore;
use faultbook_domain::identity::{ApiKey, KeyDigest};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{KeyRow, all, one};
use faultbook_sql::schema::api_keys;
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;

#[async_trait]
impl KeyStore for Store {
    async fn create_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let key = key.clone();
        self.write(async move |connection| {
            diesel::insert_into(api_keys::table)
                .values(KeyRow::from(&key))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn find_key(&self, digest: &KeyDigest) -> Result<Option<ApiKey>, StoreError> {
        let digest = digest.0;
        self.read(async move |connection| {
            let found = api_keys::table
                .filter(api_keys::digest.eq(&digest[..]))
                .select(KeyRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn list_keys(&self, tenant: TenantScope) -> Result<Vec<ApiKey>, StoreError> {
        self.read(async move |connection| {
            let rows = api_keys::table
                .filter(api_keys::tenant_id.eq(DbId(tenant.id().0)))
                .filter(api_keys::revoked_at.is_null())
                .order((api_keys::created_at.desc(), api_keys::id.desc()))
                .select(KeyRow::as_select())
                .load(connection)
                .await?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn revoke_key(
        &self,
        tenant: TenantScope,
        id: KeyId,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.write(async move |connection| {
            let revoked = diesel::update(api_keys::table)
                .filter(api_keys::id.eq(DbId(id.0)))
                .filter(api_keys::tenant_id.eq(DbId(tenant.id().0)))
                .filter(api_keys::revoked_at.is_null())
                .set(api_keys::revoked_at.eq(DbTime(at)))
                .execute(connection)
                .await?;
            Ok(revoked == 1)
        })
        .await
    }

    async fn touch_keys(&self, used: &[(KeyId, OffsetDateTime)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        self.write(async move |connection| dialect::touch_keys(connection, &used).await)
            .await
    }
}
