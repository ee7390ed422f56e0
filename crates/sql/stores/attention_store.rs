//! Counts rules that fire and open incidents over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::{ExpressionMethods, QueryDsl};
use faultbook_domain::id::RuleId;
use faultbook_domain::incidents::AttentionStore;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::schema::{alert_rules, incidents};
use faultbook_sql::types::DbId;

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
        rules: Option<Vec<RuleId>>,
    ) -> Result<u64, StoreError> {
        let rules: Option<Vec<DbId>> =
            rules.map(|rules| rules.into_iter().map(|id| DbId(id.0)).collect());
        self.read(async move |connection| {
            let open = incidents::table
                .filter(incidents::tenant_id.eq(DbId(tenant.id().0)))
                .filter(incidents::resolved_at.is_null())
                .select(count_star());
            let count: i64 = match &rules {
                Some(rules) => {
                    open.filter(incidents::rule_id.eq_any(rules))
                        .get_result(connection)
                        .await?
                }
                None => open.get_result(connection).await?,
            };
            Ok(count.unsigned_abs())
        })
        .await
    }
}
