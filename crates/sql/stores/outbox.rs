//! The outbox of notifications over SQL.

use super::rule_store::insert_firing;
use crate::dialect;
use crate::driver::{Backend, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Text};
use faultbook_domain::alerts::LONGEST_CONDITION;
use faultbook_domain::alerts::{Delivery, DeliveryStatus, Firing};
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Notification;
use faultbook_domain::notifications::{DeliveryAttempt, DeliveryCounts, HistoryQuery, Outbox};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{DeliveryRow, FiringRow, all, micros};
use faultbook_sql::schema::{alert_firings, deliveries};
use faultbook_sql::types::{DbId, DbTime, Id, Instant};
use time::{Duration, OffsetDateTime};

const NEXT_ATTEMPTS: &str = "
SELECT channel, min(next_attempt_at) AS at FROM deliveries
WHERE tenant_id = $1 AND status = 'pending' GROUP BY channel ORDER BY channel";

#[derive(QueryableByName)]
struct NextRow {
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Instant)]
    at: DbTime,
}

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
                    // A reason that is not given keeps the earlier one.
                    attempted
                        .reason
                        .as_ref()
                        .map(|reason| deliveries::reason.eq(reason)),
                    deliveries::result.eq(&attempted.result),
                    deliveries::last_attempt_at.eq(DbTime(attempted.at)),
                    deliveries::took_us.eq(attempted.took.map(micros)),
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
                let all = wanted(tenant, &query);
                match query.status {
                    Some(status) => {
                        let with_status = deliveries::table
                            .filter(deliveries::tenant_id.eq(DbId(tenant.id().0)))
                            .filter(deliveries::status.eq(status.as_str()))
                            .select(deliveries::firing_id);
                        all.filter(alert_firings::id.eq_any(with_status))
                    }
                    None => all,
                }
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

    async fn count_deliveries(
        &self,
        tenant: TenantScope,
        query: &HistoryQuery,
    ) -> Result<DeliveryCounts, StoreError> {
        let query = query.clone();
        self.read(async move |connection| {
            let firings = wanted(tenant, &query).select(alert_firings::id);
            let counted: Vec<(String, i64)> = deliveries::table
                .filter(deliveries::tenant_id.eq(DbId(tenant.id().0)))
                .filter(deliveries::firing_id.eq_any(firings))
                .group_by(deliveries::status)
                .select((deliveries::status, count_star()))
                .load(connection)
                .await?;
            let mut counts = DeliveryCounts::default();
            for (status, count) in counted {
                if let Some(status) = DeliveryStatus::from_stored(&status) {
                    counts.add(status, count.unsigned_abs());
                }
            }
            Ok(counts)
        })
        .await
    }

    async fn next_attempts(
        &self,
        tenant: TenantScope,
    ) -> Result<Vec<(ChannelKind, OffsetDateTime)>, StoreError> {
        self.read(async move |connection| {
            let next: Vec<NextRow> = sql_query(NEXT_ATTEMPTS)
                .bind::<Id, _>(DbId(tenant.id().0))
                .load(connection)
                .await?;
            // A channel of another version is passed over.
            let read = |row: NextRow| Some((row.channel.parse().ok()?, row.at.0));
            Ok(next.into_iter().filter_map(read).collect())
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

/// The firings that a history holds, whatever the status of their messages.
fn wanted(
    tenant: TenantScope,
    query: &HistoryQuery,
) -> alert_firings::BoxedQuery<'static, Backend> {
    let mut all = alert_firings::table
        .filter(alert_firings::tenant_id.eq(DbId(tenant.id().0)))
        .into_boxed();
    if let Some(rule) = query.rule {
        all = all.filter(alert_firings::rule_id.eq(DbId(rule.0)));
    }
    if let Some(conditions) = query.conditions.clone() {
        all = all.filter(alert_firings::condition.eq_any(conditions));
    }
    // The ids of firings carry their time.
    let bound = |at: OffsetDateTime| DbId(OccurrenceId::first_of(at).0);
    if let Some(since) = query.since {
        all = all.filter(alert_firings::id.ge(bound(since)));
    }
    if let Some(until) = query.until {
        all = all.filter(alert_firings::id.lt(bound(until)));
    }
    all
}
