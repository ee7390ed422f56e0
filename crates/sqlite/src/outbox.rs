//! Messages on their way.

use crate::SqliteStore;
use crate::row::{DeliveryRow, FiringRow, Uid, micros};
use crate::rule_store;
use crate::schema::{alert_firings, deliveries};
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
use time::{Duration, OffsetDateTime};

#[async_trait]
impl Outbox for SqliteStore {
    async fn post(&self, firing: &Firing, messages: &[Delivery]) -> Result<(), StoreError> {
        let firing = FiringRow::try_from(firing)?;
        let messages: Result<Vec<_>, _> = messages.iter().map(DeliveryRow::try_from).collect();
        let messages = messages?;
        self.write(move |connection| Ok(rule_store::post(connection, firing, messages)?))
            .await
    }

    async fn due(
        &self,
        channel: ChannelKind,
        now: OffsetDateTime,
        patience: Duration,
        most: u32,
    ) -> Result<Vec<(Delivery, Notification)>, StoreError> {
        let is_due = move |connection: &mut SqliteConnection| {
            deliveries::table
                .filter(deliveries::status.eq(DeliveryStatus::Pending.as_str()))
                .filter(deliveries::channel.eq(channel.as_str()))
                .filter(deliveries::next_attempt_at.le(micros(now)))
                .order(deliveries::next_attempt_at)
                .limit(i64::from(most))
                .select(deliveries::id)
                .load::<Uid>(connection)
        };
        // Mostly nothing is, and then the writer is left alone.
        if self
            .read(move |connection| Ok(is_due(connection)?))
            .await?
            .is_empty()
        {
            return Ok(Vec::new());
        }
        self.write(move |connection| {
            let due = is_due(connection)?;
            let mut messages = Vec::with_capacity(due.len());
            for id in due {
                diesel::update(deliveries::table.find(id))
                    .set((
                        deliveries::attempts.eq(deliveries::attempts + 1),
                        deliveries::next_attempt_at.eq(micros(now + patience)),
                    ))
                    .execute(connection)?;
                let delivery = deliveries::table
                    .find(id)
                    .select(DeliveryRow::as_select())
                    .first(connection)?;
                let firing = alert_firings::table
                    .find(delivery.firing_id)
                    .select(FiringRow::as_select())
                    .first(connection)?;
                let firing = Firing::try_from(firing)?;
                messages.push((delivery.try_into()?, firing.notification));
            }
            Ok(messages)
        })
        .await
    }

    async fn attempted(&self, attempted: &DeliveryAttempt) -> Result<(), StoreError> {
        let reached = serde_json::to_string(&attempted.reached).map_err(StoreError::internal)?;
        let attempted = attempted.clone();
        let delivered = attempted.status == DeliveryStatus::Delivered;
        self.write(move |connection| {
            diesel::update(deliveries::table.find(Uid::from(attempted.id.0)))
                .set((
                    deliveries::status.eq(attempted.status.as_str()),
                    deliveries::reached.eq(&reached),
                    deliveries::reason.eq(&attempted.reason),
                    deliveries::next_attempt_at.eq(micros(attempted.next_attempt_at)),
                    deliveries::delivered_at.eq(delivered.then(|| micros(attempted.at))),
                ))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn history(
        &self,
        tenant: TenantScope,
        query: &HistoryQuery,
    ) -> Result<Page<(Firing, Vec<Delivery>)>, StoreError> {
        let HistoryQuery {
            rule,
            conditions,
            after,
            limit,
        } = query.clone();
        self.read(move |connection| {
            let wanted = || {
                let mut all = alert_firings::table
                    .filter(alert_firings::tenant_id.eq(Uid::from(tenant.id().0)))
                    .into_boxed();
                if let Some(rule) = rule {
                    all = all.filter(alert_firings::rule_id.eq(Uid::from(rule.0)));
                }
                if let Some(conditions) = &conditions {
                    all = all.filter(alert_firings::condition.eq_any(conditions));
                }
                all
            };
            let total: i64 = wanted().select(count_star()).first(connection)?;
            let before = Uid::from(Cursor::bound(after));
            let rows: Vec<FiringRow> = wanted()
                .filter(alert_firings::id.lt(before))
                .order(alert_firings::id.desc())
                .limit(i64::from(limit) + 1)
                .select(FiringRow::as_select())
                .load(connection)?;
            let mut items = Vec::with_capacity(rows.len());
            for row in rows {
                let messages: Vec<DeliveryRow> = deliveries::table
                    .filter(deliveries::firing_id.eq(row.id))
                    .order(deliveries::id)
                    .select(DeliveryRow::as_select())
                    .load(connection)?;
                let messages: Result<_, StoreError> =
                    messages.into_iter().map(Delivery::try_from).collect();
                items.push((Firing::try_from(row)?, messages?));
            }
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(
                items,
                limit,
                total,
                |(firing, _): &(Firing, _)| firing.id.0,
            ))
        })
        .await
    }

    async fn fired_conditions(&self, tenant: TenantScope) -> Result<Vec<String>, StoreError> {
        let fits = format!("octet_length(condition) <= {LONGEST_CONDITION}");
        self.read(move |connection| {
            Ok(alert_firings::table
                .filter(alert_firings::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(sql::<Bool>(&fits))
                .select(alert_firings::condition)
                .distinct()
                .load(connection)?)
        })
        .await
    }
}
