//! Counts rules that fire and open incidents over SQL.

use super::incident_store::push_of_project;
use super::sql_text::{Bound, Sql};
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::{ExpressionMethods, QueryDsl, QueryableByName};
use diesel::sql_types::BigInt;
use faultbook_domain::incidents::{AttentionStore, ProjectIncidents};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::schema::alert_rules;
use faultbook_sql::types::DbId;

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[async_trait]
impl AttentionStore for Store {
    async fn count_firing_rules(&self, tenant: TenantScope) -> Result<u64, StoreError> {
        self.read(async move |connection| {
            let count: i64 = alert_rules::table
                .filter(alert_rules::tenant_id.eq(DbId(tenant.id().0)))
                .filter(alert_rules::enabled.eq(true))
                .filter(alert_rules::active.eq(true))
                .select(count_star())
                .get_result(connection)
                .await?;
            Ok(count.unsigned_abs())
        })
        .await
    }

    async fn count_unresolved_incidents(
        &self,
        tenant: TenantScope,
        of_project: Option<ProjectIncidents>,
    ) -> Result<u64, StoreError> {
        self.read(async move |connection| {
            let mut sql = Sql::of("SELECT count(*) AS count FROM incidents i WHERE i.tenant_id = ");
            sql.bind(Bound::Id(DbId(tenant.id().0)));
            sql.push(" AND i.resolved_at IS NULL");
            if let Some(of) = &of_project {
                sql.push(" AND ");
                push_of_project(&mut sql, of);
            }
            let counted: CountRow = sql.into_query().get_result(connection).await?;
            Ok(counted.count.unsigned_abs())
        })
        .await
    }
}
