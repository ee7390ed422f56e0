//! API keys.

use crate::PostgresStore;
use crate::row::KeyRow;
use crate::schema::api_keys;
use async_trait::async_trait;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::KeyId;
use faultbook_domain::identity::KeyStore;
use faultbook_domain::identity::{ApiKey, KeyDigest};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;
use uuid::Uuid;

#[async_trait]
impl KeyStore for PostgresStore {
    async fn create(&self, key: &ApiKey) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(api_keys::table)
                .values(KeyRow::from(key))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn find(&self, digest: &KeyDigest) -> Result<Option<ApiKey>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = api_keys::table
                .filter(api_keys::digest.eq(&digest.0[..]))
                .select(KeyRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(found.map(ApiKey::try_from).transpose()?)
        })
        .await
    }

    async fn list(&self, tenant: TenantScope) -> Result<Vec<ApiKey>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = api_keys::table
                .filter(api_keys::tenant_id.eq(tenant.id().0))
                .filter(api_keys::revoked_at.is_null())
                .order((api_keys::created_at.desc(), api_keys::id.desc()))
                .select(KeyRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let keys: Result<_, StoreError> = found.into_iter().map(ApiKey::try_from).collect();
            Ok(keys?)
        })
        .await
    }

    async fn revoke(
        &self,
        tenant: TenantScope,
        id: KeyId,
        at: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let revoked = diesel::update(api_keys::table)
                .filter(api_keys::id.eq(id.0))
                .filter(api_keys::tenant_id.eq(tenant.id().0))
                .filter(api_keys::revoked_at.is_null())
                .set(api_keys::revoked_at.eq(at))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(revoked == 1)
        })
        .await
    }

    async fn touch(&self, used: &[(KeyId, OffsetDateTime)]) -> Result<(), StoreError> {
        let (ids, times): (Vec<Uuid>, Vec<OffsetDateTime>) =
            used.iter().map(|(id, at)| (id.0, *at)).unzip();
        self.run(|| async {
            let mut session = self.change().await?;
            sql_query(
                "UPDATE api_keys SET last_used = greatest(last_used, u.at) \
                 FROM (SELECT id, max(at) AS at FROM unnest($1, $2) AS k (id, at) GROUP BY id) u \
                 WHERE api_keys.id = u.id",
            )
            .bind::<Array<SqlUuid>, _>(&ids)
            .bind::<Array<Timestamptz>, _>(&times)
            .execute(&mut *session)
            .await?;
            session.finish().await
        })
        .await
    }
}
