//! Tenants' channels, sealed.

use crate::PostgresStore;
use crate::row::IntegrationRow;
use crate::schema::integrations;
use async_trait::async_trait;
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Integration;
use faultbook_domain::notifications::IntegrationStore;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;

#[async_trait]
impl IntegrationStore for PostgresStore {
    async fn integrations(&self, tenant: TenantScope) -> Result<Vec<Integration>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let rows = integrations::table
                .filter(integrations::tenant_id.eq(tenant.id().0))
                .select(IntegrationRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let found: Result<_, StoreError> =
                rows.into_iter().map(Integration::try_from).collect();
            Ok(found?)
        })
        .await
    }

    async fn put_integration(&self, integration: &Integration) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::insert_into(integrations::table)
                .values(IntegrationRow::from(integration))
                .on_conflict((integrations::tenant_id, integrations::kind))
                .do_update()
                .set(IntegrationRow::from(integration))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn delete_integration(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
    ) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let gone = diesel::delete(integrations::table.find((tenant.id().0, kind.as_str())))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(gone > 0)
        })
        .await
    }

    async fn note_test(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
        at: OffsetDateTime,
        error: Option<String>,
    ) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::update(integrations::table.find((tenant.id().0, kind.as_str())))
                .set((
                    integrations::last_test.eq(at),
                    integrations::last_error.eq(&error),
                ))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }
}
