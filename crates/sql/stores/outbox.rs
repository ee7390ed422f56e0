//! The outbox of notifications over SQL.

use super::rule_store::insert_firing;
use crate::dialect;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use faultbook_domain::alerts::LONGEST_CONDITION;
use faultbook_domain::alerts::{Delivery, DeliveryStatus, Firing};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Notification;
use faultbook_domain::notifications::{DeliveryAttempt, HistoryQuery, Outbox};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{DeliveryRow, FiringRow, all};
use faultbook_sql::schema::{alert_firings, deliveries};
use faultbook_sql::types::{DbId, DbTime};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl Outbox for Store {
    async fn enqueue_firing(
        &self,
        firing: &Firing,
        messages: &[Delivery],
    ) -> Result<(), StoreError> {
        let (firing, messages) = (firing.clone(), messages.to_vec());
        self.write(async move |connection| insert_firing(connection, &firing, &messages).await)
            .await
    }

    async fn claim_due_deliveries(
        &self,
        channel: ChannelKind,
        now: OffsetDateTime,
        patience: Duration,
        most: u32,
    ) -> Result<Vec<(Delivery, Notification)>, StoreError> {
        // Usually nothing is due: check before starting a write transaction.
        let some = self
            .read(async move |connection| {
                Ok(deliveries::table
                    .filter(deliveries::status.eq(DeliveryStatus::Pending.as_str()))
                    .filter(deliveries::channel.eq(channel.as_str()))
                    .filter(deliveries::next_attempt_at.le(DbTime(now)))
                    .select(deliveries::id)
                    .first::<DbId>(connection)
                    .await
                    .optional()?)
            })
            .await?;
        if some.is_none() {
            return Ok(Vec::new());
        }
        self.write(async move |connection| {
            let due = dialect::lock_due(connection, channel, now, most).await?;
            diesel::update(deliveries::table.filter(deliveries::id.eq_any(&due)))
                .set((
                    deliveries::attempts.eq(deliveries::attempts + 1),
                    deliveries::next_attempt_at.eq(DbTime(now + patience)),
                ))
                .execute(connection)
                .await?;
            let rows: Vec<(DeliveryRow, FiringRow)> = deliveries::table
                .inner_join(alert_firings::table.on(alert_firings::id.eq(deliveries::firing_id)))
                .filter(deliveries::id.eq_any(&due))
                .order(deliveries::id)
                .select((DeliveryRow::as_select(), FiringRow::as_select()))
                .load(connection)
                .await?;
            let mut messages = Vec::with_capacity(rows.len());
            for (delivery, firing) in rows {
                let firing = Firing::try_from(firing)?;
                messages.push((delivery.try_into()?, firing.notification));
            }
            Ok(messages)
        })
        .await
    }

    async fn record_attempt(&self, attempted: &DeliveryAttempt) -> Result<(), StoreError> {
        let attempted = attempted.clone();
        let reached = serde_json::to_string(&attempted.reached).map_err(StoreError::internal)?;
        let delivered = attempted.status == DeliveryStatus::Delivered;
        self.write(async move |connection| {
            diesel::update(deliveries::table.find(DbId(attempted.id.0)))
                .set((
                    deliveries::status.eq(attempted.status.as_str()),
                    deliveries::reached.eq(&reached),
                    deliveries::reason.eq(&attempted.reason),
                    deliveries::next_attempt_at.eq(DbTime(attempted.next_attempt_at)),
                    deliveries::delivered_at.eq(delivered.then_some(DbTime(attempted.at))),
                ))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn list_firings(
        &self,
        tenant: TenantScope,
        query: &HistoryQuery,
    ) -> Result<Page<(Firing, Vec<Delivery>)>, StoreError> {
        let query = query.clone();
        self.read(async move |connection| {
            let wanted = || {
                let mut all = alert_firings::table
                    .filter(alert_firings::tenant_id.eq(DbId(tenant.id().0)))
                    .into_boxed();
                if let Some(rule) = query.rule {
                    all = all.filter(alert_firings::rule_id.eq(DbId(rule.0)));
                }
                if let Some(conditions) = &query.conditions {
                    all = all.filter(alert_firings::condition.eq_any(conditions));
                }
                all
            };
            let total: i64 = wanted().select(count_star()).first(connection).await?;
            let rows: Vec<FiringRow> = wanted()
                .filter(alert_firings::id.lt(DbId(Cursor::bound(query.after))))
                .order(alert_firings::id.desc())
                .limit(i64::from(query.limit) + 1)
                .select(FiringRow::as_select())
                .load(connection)
                .await?;
            let ids: Vec<DbId> = rows.iter().map(|row| row.id).collect();
            let messages: Vec<DeliveryRow> = deliveries::table
                .filter(deliveries::firing_id.eq_any(&ids))
                .order(deliveries::id)
                .select(DeliveryRow::as_select())
                .load(connection)
                .await?;
            let messages: Vec<Delivery> = all(messages)?;
            let mut items = Vec::with_capacity(rows.len());
            for row in rows {
                let firing = Firing::try_from(row)?;
                let own = messages.iter().filter(|one| one.firing_id == firing.id);
                let own = own.cloned().collect();
                items.push((firing, own));
            }
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(
                items,
                query.limit,
                total,
                |(firing, _): &(Firing, _)| firing.id.0,
            ))
        })
        .await
    }

    async fn list_fired_conditions(&self, tenant: TenantScope) -> Result<Vec<String>, StoreError> {
        let fits = format!("octet_length(condition) <= {LONGEST_CONDITION}");
        self.read(async move |connection| {
            let conditions = alert_firings::table
                .filter(alert_firings::tenant_id.eq(DbId(tenant.id().0)))
                .filter(sql::<Bool>(&fits))
                .select(alert_firings::condition)
                .distinct()
                .load(connection)
                .await?;
            Ok(conditions)
        })
        .await
    }
}
