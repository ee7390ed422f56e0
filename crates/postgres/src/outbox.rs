//! Messages on their way.

use crate::PostgresStore;
use crate::row::{DeliveryRow, FiringRow};
use crate::schema::{alert_firings, deliveries};
use async_trait::async_trait;
use diesel::dsl::{count_star, sql};
use diesel::sql_types::Bool;
use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::alerts::LONGEST_CONDITION;
use faultbook_domain::alerts::{Delivery, DeliveryStatus, Firing};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Notification;
use faultbook_domain::notifications::{DeliveryAttempt, HistoryQuery, Outbox};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

#[async_trait]
impl Outbox for PostgresStore {
    async fn post(&self, firing: &Firing, messages: &[Delivery]) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            session.post(firing, messages).await?;
            session.finish().await
        })
        .await
    }

    async fn due(
        &self,
        channel: ChannelKind,
        now: OffsetDateTime,
        patience: Duration,
        most: u32,
    ) -> Result<Vec<(Delivery, Notification)>, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let due: Vec<Uuid> = deliveries::table
                .filter(deliveries::status.eq(DeliveryStatus::Pending.as_str()))
                .filter(deliveries::channel.eq(channel.as_str()))
                .filter(deliveries::next_attempt_at.le(now))
                .order(deliveries::next_attempt_at)
                .limit(i64::from(most))
                .select(deliveries::id)
                .for_update()
                .skip_locked()
                .load(&mut *session)
                .await?;
            diesel::update(deliveries::table.filter(deliveries::id.eq_any(&due)))
                .set((
                    deliveries::attempts.eq(deliveries::attempts + 1),
                    deliveries::next_attempt_at.eq(now + patience),
                ))
                .execute(&mut *session)
                .await?;
            let rows: Vec<(DeliveryRow, FiringRow)> = deliveries::table
                .inner_join(alert_firings::table.on(alert_firings::id.eq(deliveries::firing_id)))
                .filter(deliveries::id.eq_any(&due))
                .order(deliveries::id)
                .select((DeliveryRow::as_select(), FiringRow::as_select()))
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let messages: Result<_, StoreError> = rows
                .into_iter()
                .map(|(delivery, firing)| {
                    let firing = Firing::try_from(firing)?;
                    Ok((delivery.try_into()?, firing.notification))
                })
                .collect();
            Ok(messages?)
        })
        .await
    }

    async fn attempted(&self, attempted: &DeliveryAttempt) -> Result<(), StoreError> {
        let reached = serde_json::to_string(&attempted.reached).map_err(StoreError::internal)?;
        let delivered = attempted.status == DeliveryStatus::Delivered;
        self.run(|| async {
            let mut session = self.change().await?;
            diesel::update(deliveries::table.find(attempted.id.0))
                .set((
                    deliveries::status.eq(attempted.status.as_str()),
                    deliveries::reached.eq(&reached),
                    deliveries::reason.eq(&attempted.reason),
                    deliveries::next_attempt_at.eq(attempted.next_attempt_at),
                    deliveries::delivered_at.eq(delivered.then_some(attempted.at)),
                ))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn history(
        &self,
        tenant: TenantScope,
        query: &HistoryQuery,
    ) -> Result<Page<(Firing, Vec<Delivery>)>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let wanted = || {
                let mut all = alert_firings::table
                    .filter(alert_firings::tenant_id.eq(tenant.id().0))
                    .into_boxed();
                if let Some(rule) = query.rule {
                    all = all.filter(alert_firings::rule_id.eq(rule.0));
                }
                if let Some(conditions) = &query.conditions {
                    all = all.filter(alert_firings::condition.eq_any(conditions));
                }
                all
            };
            let total: i64 = wanted().select(count_star()).first(&mut *session).await?;
            let rows: Vec<FiringRow> = wanted()
                .filter(alert_firings::id.lt(Cursor::bound(query.after)))
                .order(alert_firings::id.desc())
                .limit(i64::from(query.limit) + 1)
                .select(FiringRow::as_select())
                .load(&mut *session)
                .await?;
            let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
            let messages: Vec<DeliveryRow> = deliveries::table
                .filter(deliveries::firing_id.eq_any(&ids))
                .order(deliveries::id)
                .select(DeliveryRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let messages: Result<Vec<Delivery>, StoreError> =
                messages.into_iter().map(Delivery::try_from).collect();
            let messages = messages?;
            let items: Result<Vec<(Firing, Vec<Delivery>)>, StoreError> = rows
                .into_iter()
                .map(|row| {
                    let firing = Firing::try_from(row)?;
                    let own = messages.iter().filter(|one| one.firing_id == firing.id);
                    let own = own.cloned().collect();
                    Ok((firing, own))
                })
                .collect();
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items?, query.limit, total, |(firing, _)| {
                firing.id.0
            }))
        })
        .await
    }

    async fn fired_conditions(&self, tenant: TenantScope) -> Result<Vec<String>, StoreError> {
        let fits = format!("octet_length(condition) <= {LONGEST_CONDITION}");
        self.run(|| async {
            let mut session = self.look().await?;
            let conditions = alert_firings::table
                .filter(alert_firings::tenant_id.eq(tenant.id().0))
                .filter(sql::<Bool>(&fits))
                .select(alert_firings::condition)
                .distinct()
                .load(&mut *session)
                .await?;
            session.finish().await?;
            Ok(conditions)
        })
        .await
    }
}
