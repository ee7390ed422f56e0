//! Tenants' channels, sealed.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::IntegrationStore;
use faultbook_domain::notifications::{ChannelTest, Integration};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{IntegrationRow, all, micros};
use faultbook_sql::schema::integrations;
use faultbook_sql::types::{DbId, DbTime};

#[async_trait]
impl IntegrationStore for Store {
    async fn list_integrations(&self, tenant: TenantScope) -> Result<Vec<Integration>, StoreError> {
        self.read(async move |connection| {
            let rows = integrations::table
                .filter(integrations::tenant_id.eq(DbId(tenant.id().0)))
                .select(IntegrationRow::as_select())
                .load(connection)
                .await?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn put_integration(&self, integration: &Integration) -> Result<(), StoreError> {
        let integration = integration.clone();
        self.write(async move |connection| {
            diesel::insert_into(integrations::table)
                .values(IntegrationRow::from(&integration))
                .on_conflict((integrations::tenant_id, integrations::kind))
                .do_update()
                .set(IntegrationRow::from(&integration))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn delete_integration(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
    ) -> Result<bool, StoreError> {
        self.write(async move |connection| {
            let gone =
                diesel::delete(integrations::table.find((DbId(tenant.id().0), kind.as_str())))
                    .execute(connection)
                    .await?;
            Ok(gone > 0)
        })
        .await
    }

    async fn record_integration_test(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
        test: &ChannelTest,
    ) -> Result<(), StoreError> {
        let test = test.clone();
        self.write(async move |connection| {
            diesel::update(integrations::table.find((DbId(tenant.id().0), kind.as_str())))
                .set((
                    integrations::last_test.eq(DbTime(test.at)),
                    integrations::last_error.eq(&test.error),
                    integrations::last_result.eq(&test.result),
                    integrations::last_took_us.eq(micros(test.took)),
                ))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }
}
