//! Alert rules, outbox and integrations in process.

use super::MemoryStore;
use crate::alerts::RuleState;
use crate::alerts::{AlertRule, Delivery, DeliveryStatus, Firing};
use crate::alerts::{
    LONGEST_CONDITION, NewFiring, PEAKS_KEPT, RuleEvaluation, RulePeak, RuleStore,
};
use crate::id::{DeliveryId, FiringId, IncidentId, OccurrenceId, RuleId, TenantId};
use crate::incidents::{Incident, IncidentChange, LinkedError, NewIncident};
use crate::ingest::hour_of;
use crate::notifications::ChannelKind;
use crate::notifications::{
    ChannelTest, DeliveryAttempt, DeliveryCounts, HistoryQuery, IntegrationStore, Outbox,
};
use crate::notifications::{Integration, Notification};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

/// State of the alerting ports.
#[derive(Default)]
pub(super) struct Alerts {
    rules: BTreeMap<RuleId, AlertRule>,
    /// Highest values by rule and hour.
    peaks: BTreeMap<(RuleId, OffsetDateTime), f64>,
    firings: BTreeMap<FiringId, Firing>,
    deliveries: BTreeMap<DeliveryId, Delivery>,
    pub(super) incidents: BTreeMap<IncidentId, (Incident, Vec<IncidentChange>)>,
    /// In order.
    pub(super) linked_errors: Vec<LinkedError>,
    integrations: BTreeMap<(TenantId, ChannelKind), Integration>,
}

impl Alerts {
    fn settle(&mut self, id: RuleId, version: i64, state: RuleState) -> bool {
        let rule = self
            .rules
            .get_mut(&id)
            .filter(|rule| rule.version == version);
        rule.is_some_and(|rule| {
            rule.state = state;
            rule.version += 1;
            true
        })
    }

    pub(super) fn open(&mut self, new: &NewIncident) {
        let entry = (new.incident.clone(), vec![new.first_change()]);
        self.incidents.insert(new.incident.id, entry);
    }

    fn post(&mut self, firing: Firing, deliveries: &[Delivery]) {
        self.firings.insert(firing.id, firing);
        let entries = deliveries.iter().map(|one| (one.id, one.clone()));
        self.deliveries.extend(entries);
    }

    fn is_wanted(&self, query: &HistoryQuery, firing: &Firing) -> bool {
        let HistoryQuery {
            rule,
            conditions,
            status,
            since,
            until,
            after: _,
            limit: _,
        } = query;
        let bound = |at: OffsetDateTime| FiringId(OccurrenceId::first_of(at).0);
        let has_status = |status: DeliveryStatus| {
            let mut own = self.deliveries.values();
            own.any(|one| one.firing_id == firing.id && one.status == status)
        };
        rule.is_none_or(|rule| rule == firing.rule_id)
            && conditions
                .as_ref()
                .is_none_or(|wanted| wanted.contains(&firing.condition))
            && since.is_none_or(|since| firing.id >= bound(since))
            && until.is_none_or(|until| firing.id < bound(until))
            && status.is_none_or(has_status)
    }

    /// Returns firings from before a time without a pending delivery, oldest first.
    pub(super) fn old_firings(&self, before: OffsetDateTime) -> Vec<FiringId> {
        let bound = FiringId(OccurrenceId::first_of(before).0);
        let is_pending = |id: FiringId| {
            let mut messages = self.deliveries.values();
            messages.any(|one| one.firing_id == id && one.status == DeliveryStatus::Pending)
        };
        let old = self.firings.range(..bound).map(|(id, _)| *id);
        old.filter(|id| !is_pending(*id)).collect()
    }

    /// Removes a firing with its deliveries.
    pub(super) fn remove_firing(&mut self, id: FiringId) {
        self.firings.remove(&id);
        self.deliveries.retain(|_, one| one.firing_id != id);
    }

    /// Returns incidents that were over before a time.
    pub(super) fn old_incidents(&self, before: OffsetDateTime) -> Vec<IncidentId> {
        let all = self.incidents.values().map(|(incident, _)| incident);
        let old = all.filter(|one| one.resolved_at.is_some_and(|at| at < before));
        old.map(|one| one.id).collect()
    }

    /// Removes an incident with its history.
    pub(super) fn remove_incident(&mut self, id: IncidentId) {
        self.incidents.remove(&id);
        self.linked_errors.retain(|link| link.incident != id);
    }
}

#[async_trait]
impl RuleStore for MemoryStore {
    async fn create_rule(&self, rule: &AlertRule, most: u32) -> Result<bool, StoreError> {
        let rules = &mut self.state().alerts.rules;
        let own = rules.values().filter(|one| one.tenant_id == rule.tenant_id);
        let is_free = own.count() < most as usize;
        if is_free {
            rules.insert(rule.id, rule.clone());
        }
        Ok(is_free)
    }

    async fn get_rule(
        &self,
        tenant: TenantScope,
        id: RuleId,
    ) -> Result<Option<AlertRule>, StoreError> {
        let state = self.state();
        let found = state.alerts.rules.get(&id);
        Ok(found.filter(|rule| rule.tenant_id == tenant.id()).cloned())
    }

    async fn list_rules(&self, tenant: TenantScope) -> Result<Vec<AlertRule>, StoreError> {
        let state = self.state();
        let rules = state.alerts.rules.values();
        Ok(rules
            .filter(|rule| rule.tenant_id == tenant.id())
            .cloned()
            .collect())
    }

    async fn list_enabled_rules(&self) -> Result<Vec<AlertRule>, StoreError> {
        let state = self.state();
        let is_active = |rule: &&AlertRule| {
            let tenant = state.tenants.get(&rule.tenant_id);
            rule.enabled
                && rule.condition.len() <= LONGEST_CONDITION
                && tenant.is_some_and(|tenant| !tenant.suspended)
        };
        Ok(state
            .alerts
            .rules
            .values()
            .filter(is_active)
            .cloned()
            .collect())
    }

    async fn update_rule(&self, rule: &AlertRule) -> Result<bool, StoreError> {
        let rules = &mut self.state().alerts.rules;
        let seen = rules
            .get_mut(&rule.id)
            .filter(|kept| kept.version == rule.version);
        Ok(seen.is_some_and(|kept| {
            *kept = rule.clone();
            kept.version += 1;
            true
        }))
    }

    async fn delete_rule(&self, tenant: TenantScope, id: RuleId) -> Result<bool, StoreError> {
        let rules = &mut self.state().alerts.rules;
        if rules
            .get(&id)
            .is_none_or(|rule| rule.tenant_id != tenant.id())
        {
            return Ok(false);
        }
        Ok(rules.remove(&id).is_some())
    }

    async fn save_rule_state(
        &self,
        id: RuleId,
        version: i64,
        state: RuleState,
    ) -> Result<bool, StoreError> {
        Ok(self.state().alerts.settle(id, version, state))
    }

    async fn record_evaluations(&self, notes: &[RuleEvaluation]) -> Result<(), StoreError> {
        let alerts = &mut self.state().alerts;
        for note in notes {
            let rule = alerts.rules.get_mut(&note.id);
            if let Some(rule) = rule.filter(|rule| rule.updated_at == note.updated_at) {
                rule.health = note.health.clone();
                rule.state.since = rule.state.since.or(note.health.evaluated_at);
                if let (Some(value), Some(at)) = (note.peak, note.health.evaluated_at) {
                    let peak = alerts.peaks.entry((note.id, hour_of(at))).or_insert(value);
                    *peak = peak.max(value);
                    alerts
                        .peaks
                        .retain(|(rule, hour), _| *rule != note.id || *hour >= at - PEAKS_KEPT);
                }
            }
        }
        Ok(())
    }

    async fn list_rule_peaks(
        &self,
        tenant: TenantScope,
        rule: Option<RuleId>,
        since: OffsetDateTime,
    ) -> Result<Vec<RulePeak>, StoreError> {
        let state = self.state();
        let is_own = |id: &RuleId| {
            let found = state.alerts.rules.get(id);
            found.is_some_and(|rule| rule.tenant_id == tenant.id())
        };
        let peaks = state.alerts.peaks.iter();
        let own = peaks.filter(|((id, hour), _)| {
            is_own(id) && rule.is_none_or(|rule| rule == *id) && *hour >= since
        });
        let own = own.map(|((rule, hour), value)| RulePeak {
            rule: *rule,
            hour: *hour,
            value: *value,
        });
        Ok(own.collect())
    }

    async fn record_firing(&self, alarm: &NewFiring) -> Result<bool, StoreError> {
        let mut state = self.state();
        let alerts = &mut state.alerts;
        let rule = alarm.firing.rule_id;
        if !alerts.settle(rule, alarm.version, alarm.state) {
            return Ok(false);
        }
        let mut firing = alarm.firing.clone();
        let is_open = |(incident, _): &(Incident, Vec<IncidentChange>)| {
            incident.rule_id == Some(rule) && incident.resolved_at.is_none()
        };
        let has_one = alerts.incidents.values().any(is_open);
        let incident = alarm.incident.as_ref().filter(|_| !has_one);
        firing.incident_id = incident.map(|new| new.incident.id);
        alerts.post(firing, &alarm.deliveries);
        if let Some(new) = incident {
            alerts.open(new);
            state.link_errors(new.incident.id, &new.links);
        }
        Ok(true)
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn enqueue_firing(
        &self,
        firing: &Firing,
        deliveries: &[Delivery],
    ) -> Result<(), StoreError> {
        self.state().alerts.post(firing.clone(), deliveries);
        Ok(())
    }

    async fn claim_due_deliveries(
        &self,
        channel: ChannelKind,
        now: OffsetDateTime,
        patience: Duration,
        most: u32,
    ) -> Result<Vec<(Delivery, Notification)>, StoreError> {
        let alerts = &mut self.state().alerts;
        let mut due: Vec<&mut Delivery> = alerts
            .deliveries
            .values_mut()
            .filter(|one| one.status == DeliveryStatus::Pending && one.channel == channel)
            .filter(|one| one.next_attempt_at <= now)
            .collect();
        due.sort_by_key(|one| one.next_attempt_at);
        due.truncate(most as usize);
        let mut messages = Vec::with_capacity(due.len());
        for one in due {
            one.attempts += 1;
            one.next_attempt_at = now + patience;
            if let Some(firing) = alerts.firings.get(&one.firing_id) {
                messages.push((one.clone(), firing.notification.clone()));
            }
        }
        Ok(messages)
    }

    async fn record_attempt(&self, attempted: &DeliveryAttempt) -> Result<(), StoreError> {
        if let Some(one) = self.state().alerts.deliveries.get_mut(&attempted.id) {
            one.status = attempted.status;
            one.reached.clone_from(&attempted.reached);
            if attempted.reason.is_some() {
                one.reason.clone_from(&attempted.reason);
            }
            one.result = Some(attempted.result.clone());
            one.last_attempt_at = Some(attempted.at);
            one.took = attempted.took;
            one.next_attempt_at = attempted.next_attempt_at;
            let delivered = attempted.status == DeliveryStatus::Delivered;
            one.delivered_at = delivered.then_some(attempted.at);
        }
        Ok(())
    }

    async fn list_firings(
        &self,
        tenant: TenantScope,
        query: &HistoryQuery,
    ) -> Result<Page<(Firing, Vec<Delivery>)>, StoreError> {
        let state = self.state();
        let is_wanted = |firing: &&Firing| state.alerts.is_wanted(query, firing);
        let own: Vec<&Firing> = state
            .alerts
            .firings
            .values()
            .rev()
            .filter(|firing| firing.tenant_id == tenant.id())
            .filter(is_wanted)
            .collect();
        let rest = own
            .iter()
            .filter(|firing| firing.id.0 < Cursor::bound(query.after));
        let items = rest.map(|firing| {
            let messages = state.alerts.deliveries.values();
            let messages = messages.filter(|one| one.firing_id == firing.id);
            ((**firing).clone(), messages.cloned().collect())
        });
        let total = own.len() as u64;
        Ok(Page::newest(
            items.collect(),
            query.limit,
            total,
            |(firing, _)| firing.id.0,
        ))
    }

    async fn count_deliveries(
        &self,
        tenant: TenantScope,
        query: &HistoryQuery,
    ) -> Result<DeliveryCounts, StoreError> {
        let state = self.state();
        let any = HistoryQuery {
            status: None,
            ..query.clone()
        };
        let mut counts = DeliveryCounts::default();
        for one in state.alerts.deliveries.values() {
            let firing = state.alerts.firings.get(&one.firing_id);
            let own = firing.filter(|firing| firing.tenant_id == tenant.id());
            if own.is_some_and(|firing| state.alerts.is_wanted(&any, firing)) {
                counts.add(one.status, 1);
            }
        }
        Ok(counts)
    }

    async fn next_attempts(
        &self,
        tenant: TenantScope,
    ) -> Result<Vec<(ChannelKind, OffsetDateTime)>, StoreError> {
        let state = self.state();
        let mut next: BTreeMap<ChannelKind, OffsetDateTime> = BTreeMap::new();
        for one in state.alerts.deliveries.values() {
            if one.tenant_id == tenant.id() && one.status == DeliveryStatus::Pending {
                let at = next.entry(one.channel).or_insert(one.next_attempt_at);
                *at = (*at).min(one.next_attempt_at);
            }
        }
        Ok(next.into_iter().collect())
    }

    async fn list_fired_conditions(&self, tenant: TenantScope) -> Result<Vec<String>, StoreError> {
        let state = self.state();
        let own = state.alerts.firings.values();
        let own = own.filter(|firing| firing.tenant_id == tenant.id());
        let conditions: BTreeSet<&String> = own.map(|firing| &firing.condition).collect();
        let fitting = conditions
            .into_iter()
            .filter(|condition| condition.len() <= LONGEST_CONDITION);
        Ok(fitting.cloned().collect())
    }
}

#[async_trait]
impl IntegrationStore for MemoryStore {
    async fn list_integrations(&self, tenant: TenantScope) -> Result<Vec<Integration>, StoreError> {
        let state = self.state();
        let all = state.alerts.integrations.values();
        Ok(all
            .filter(|one| one.tenant_id == tenant.id())
            .cloned()
            .collect())
    }

    async fn put_integration(&self, integration: &Integration) -> Result<(), StoreError> {
        let key = (integration.tenant_id, integration.kind);
        let integrations = &mut self.state().alerts.integrations;
        integrations.insert(key, integration.clone());
        Ok(())
    }

    async fn delete_integration(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
    ) -> Result<bool, StoreError> {
        let integrations = &mut self.state().alerts.integrations;
        Ok(integrations.remove(&(tenant.id(), kind)).is_some())
    }

    async fn record_integration_test(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
        test: &ChannelTest,
    ) -> Result<(), StoreError> {
        if let Some(one) = self
            .state()
            .alerts
            .integrations
            .get_mut(&(tenant.id(), kind))
        {
            one.last_test = Some(test.clone());
        }
        Ok(())
    }
}
