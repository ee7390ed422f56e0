//! Tenants' channels, sealed.

use crate::SqliteStore;
use crate::row::{IntegrationRow, Uid, micros};
use crate::schema::integrations;
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Integration;
use faultbook_domain::notifications::IntegrationStore;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;

#[async_trait]
impl IntegrationStore for SqliteStore {
    async fn integrations(&self, tenant: TenantScope) -> Result<Vec<Integration>, StoreError> {
        self.read(move |connection| {
            let rows = integrations::table
                .filter(integrations::tenant_id.eq(Uid::from(tenant.id().0)))
                .select(IntegrationRow::as_select())
                .load(connection)?;
            let found: Result<_, StoreError> =
                rows.into_iter().map(Integration::try_from).collect();
            Ok(found?)
        })
        .await
    }

    async fn put_integration(&self, integration: &Integration) -> Result<(), StoreError> {
        let row = IntegrationRow::from(integration);
        self.write(move |connection| {
            diesel::replace_into(integrations::table)
                .values(row)
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn delete_integration(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let own = integrations::table.find((Uid::from(tenant.id().0), kind.as_str()));
            Ok(diesel::delete(own).execute(connection)? > 0)
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
        self.write(move |connection| {
            let own = integrations::table.find((Uid::from(tenant.id().0), kind.as_str()));
            diesel::update(own)
                .set((
                    integrations::last_test.eq(micros(at)),
                    integrations::last_error.eq(error),
                ))
                .execute(connection)?;
            Ok(())
        })
        .await
    }
}
