//! Evaluating alert rules.

use super::looking::Looking;
use crate::alert::{AlertEvaluator, Field, Measured, Metric, Outcome, RuleState};
use crate::entity::{
    AlertRule, ChannelKind, Delivery, DeliveryId, DeliveryStatus, Firing, FiringId, Incident,
    IncidentId, IncidentStatus, Measurement, Notification, NotificationKind, Project, ProjectId,
    TenantId, TenantScope, TopError,
};
use crate::port::{
    Alarm, Clock, IdSource, Outbox, ProjectStore, RuleStore, Signal, SignalCell, SignalStore,
    StoreError,
};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

/// What came of looking at the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evaluated {
    /// Rules that were looked at.
    pub rules: usize,
    /// Rules that fired, on this node.
    pub fired: usize,
}

/// Which rules to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scrutiny {
    /// All of them.
    Every,
    /// Those about new errors and regressions, which are to be told at once.
    Immediate,
}

/// The stores and sources that alerting needs.
pub struct AlertingParts {
    /// Rules.
    pub rules: Arc<dyn RuleStore>,
    /// What they look at.
    pub signals: Arc<dyn SignalStore>,
    /// Messages.
    pub outbox: Arc<dyn Outbox>,
    /// Projects.
    pub projects: Arc<dyn ProjectStore>,
    /// The decision.
    pub evaluator: Arc<dyn AlertEvaluator>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Where clients reach the API: the beginning of links in messages.
    pub public_url: String,
}

/// Looks at rules and lets them fire.
pub struct Alerting(AlertingParts);

/// What happened within the windows of a round, fetched once for every rule.
struct Seen {
    now: OffsetDateTime,
    /// Per signal: the windows that rules look at, longest first, and the cells by their places.
    signals: HashMap<Signal, Windowed>,
}

type Windowed = (Vec<Duration>, Vec<(usize, SignalCell)>);

impl Seen {
    /// What happened within the rule's window, of all kinds and projects.
    fn within(&self, looking: &Looking<'_>) -> impl Iterator<Item = &SignalCell> {
        let signal = self.signals.get(&looking.signal());
        let (windows, cells) = signal.map_or((&[][..], &[][..]), |(windows, cells)| {
            (windows.as_slice(), cells.as_slice())
        });
        let place = windows.partition_point(|window| *window > looking.window);
        let later = cells.iter().filter(move |(at, _)| *at >= place);
        later.map(|(_, cell)| cell)
    }
}

impl Alerting {
    /// Alerting over these parts.
    #[must_use]
    pub const fn new(parts: AlertingParts) -> Self {
        Self(parts)
    }

    /// Looks at every tenant's enabled rules and fires those whose time has come. Safe on several nodes
    /// at once: of those that decide to fire a rule, one does.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the next round goes on.
    pub async fn evaluate(&self, scrutiny: Scrutiny) -> Result<Evaluated, StoreError> {
        let rules = self.0.rules.enabled_rules().await?;
        let mut tenants: HashMap<TenantId, Vec<Project>> = HashMap::new();
        for rule in &rules {
            if let Entry::Vacant(unknown) = tenants.entry(rule.tenant_id) {
                unknown.insert(
                    self.0
                        .projects
                        .list(TenantScope::of(rule.tenant_id))
                        .await?,
                );
            }
        }
        let looking: Vec<Looking<'_>> = rules
            .iter()
            .filter_map(|rule| Looking::at(rule, tenants.get(&rule.tenant_id)?))
            .filter(|one| scrutiny == Scrutiny::Every || one.is_immediate())
            .collect();
        let now = self.0.clock.now();
        let everywhere: Vec<ProjectId> = tenants
            .values()
            .flatten()
            .map(|project| project.id)
            .collect();
        let seen = self.see(&looking, &everywhere, now).await?;
        let mut evaluated = Evaluated {
            rules: looking.len(),
            fired: 0,
        };
        for one in &looking {
            let value = self.measure(one, &seen).await?;
            evaluated.fired += usize::from(self.decide(one, value, now).await?);
        }
        Ok(evaluated)
    }

    /// Sends a marked message through a rule's channels, with what it measures now.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn try_out(&self, rule: &AlertRule) -> Result<(Firing, Vec<Delivery>), StoreError> {
        let projects = self
            .0
            .projects
            .list(TenantScope::of(rule.tenant_id))
            .await?;
        let now = self.0.clock.now();
        let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
        let (firing, deliveries) = match Looking::at(rule, &projects) {
            Some(looking) => {
                let seen = self.see(std::slice::from_ref(&looking), &ids, now).await?;
                let value = self.measure(&looking, &seen).await?;
                let top = self.top(&looking, now).await?;
                self.message(&looking, (value, top), NotificationKind::Test, now)
            }
            None => {
                return Err(StoreError::internal(
                    "a rule that was saved is not understood",
                ));
            }
        };
        self.0.outbox.post(&firing, &deliveries).await?;
        Ok((firing, deliveries))
    }

    /// Looks once at whatever any of the rules looks at.
    async fn see(
        &self,
        looking: &[Looking<'_>],
        everywhere: &[ProjectId],
        now: OffsetDateTime,
    ) -> Result<Seen, StoreError> {
        let mut windows: HashMap<Signal, Vec<Duration>> = HashMap::new();
        for one in looking.iter().filter(|one| !one.counts_users()) {
            windows.entry(one.signal()).or_default().push(one.window);
        }
        let mut signals = HashMap::new();
        for (signal, mut windows) in windows {
            windows.sort_unstable_by(|one, other| other.cmp(one));
            windows.dedup();
            let since: Vec<OffsetDateTime> = windows.iter().map(|window| now - *window).collect();
            let cells = self.0.signals.cells(signal, everywhere, &since).await?;
            signals.insert(signal, (windows, cells));
        }
        Ok(Seen { now, signals })
    }

    async fn measure(&self, looking: &Looking<'_>, seen: &Seen) -> Result<f64, StoreError> {
        if looking.projects.is_empty() {
            return Ok(0.0);
        }
        if looking.counts_users() {
            let since = seen.now - looking.window;
            let users = self
                .0
                .signals
                .users(&looking.projects, since, &looking.filter);
            return Ok(users.await? as f64);
        }
        let counted = seen
            .within(looking)
            .filter(|cell| looking.projects.contains(&cell.project) && looking.filter.admits(cell));
        let count = counted.map(|cell| cell.count).sum::<u64>() as f64;
        Ok(match looking.condition.metric {
            Metric::ErrorRate => count / (looking.window.as_secs_f64() / 60.0),
            _ => count,
        })
    }

    /// Returns whether the rule fired.
    async fn decide(
        &self,
        looking: &Looking<'_>,
        value: f64,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let rule = looking.rule;
        let measured = Measured {
            value,
            comparison: looking.condition.comparison,
            limit: looking.limit,
            window: looking.window,
        };
        match self.0.evaluator.evaluate(rule.state, measured, now) {
            Outcome::Hold => Ok(false),
            Outcome::Clear => {
                let state = RuleState {
                    active: false,
                    ..rule.state
                };
                self.0
                    .rules
                    .settle_rule(rule.id, rule.version, state)
                    .await?;
                Ok(false)
            }
            Outcome::Fire => {
                let top = self.top(looking, now).await?;
                let kind = NotificationKind::Alert;
                let (firing, deliveries) = self.message(looking, (value, top), kind, now);
                let incident = self.incident(rule, &firing, now);
                let alarm = Alarm {
                    version: rule.version,
                    state: RuleState {
                        active: true,
                        last_triggered: Some(now),
                    },
                    firing,
                    deliveries,
                    incident,
                };
                let fired = self.0.rules.fire(&alarm).await?;
                if fired {
                    tracing::info!(rule = %rule.id, value, limit = looking.limit, "a rule fired");
                }
                Ok(fired)
            }
        }
    }

    async fn top(
        &self,
        looking: &Looking<'_>,
        now: OffsetDateTime,
    ) -> Result<Vec<TopError>, StoreError> {
        let since = now - looking.window;
        let signals = &self.0.signals;
        signals
            .top(looking.signal(), &looking.projects, since, &looking.filter)
            .await
    }

    fn message(
        &self,
        looking: &Looking<'_>,
        (value, top_errors): (f64, Vec<TopError>),
        kind: NotificationKind,
        now: OffsetDateTime,
    ) -> (Firing, Vec<Delivery>) {
        let rule = looking.rule;
        let id = self.0.ids.next_id(now);
        let place = match top_errors.first() {
            Some(error) => format!("/api/errors/{}", error.id),
            None => "/api/errors".to_owned(),
        };
        let notification = Notification {
            id,
            thread_id: rule.id.0,
            kind,
            raised_at: now,
            rule: rule.name.clone(),
            measurement: Some(Measurement {
                metric: looking.condition.metric.as_str().to_owned(),
                value,
                operator: looking.condition.comparison.as_str().to_owned(),
                threshold: looking.limit,
                window: looking.window,
            }),
            top_errors,
            project: looking.named(|field| match field {
                Field::Project(name) => Some(name),
                _ => None,
            }),
            environment: looking.named(|field| match field {
                Field::Environment(name) => Some(name),
                _ => None,
            }),
            link: format!("{}{place}", self.0.public_url),
        };
        let firing = Firing {
            id: FiringId(id),
            tenant_id: rule.tenant_id,
            rule_id: rule.id,
            condition: rule.condition.clone(),
            incident_id: None,
            notification,
        };
        let channels = rule.notifications.iter();
        let deliveries = channels.map(|channel| self.delivery(&firing, *channel, now));
        let deliveries = deliveries.collect();
        (firing, deliveries)
    }

    fn delivery(&self, firing: &Firing, channel: ChannelKind, now: OffsetDateTime) -> Delivery {
        Delivery {
            id: DeliveryId(self.0.ids.next_id(now)),
            firing_id: firing.id,
            tenant_id: firing.tenant_id,
            channel,
            status: DeliveryStatus::Pending,
            attempts: 0,
            next_attempt_at: now,
            reached: Vec::new(),
            reason: None,
            created_at: now,
            delivered_at: None,
        }
    }

    fn incident(&self, rule: &AlertRule, firing: &Firing, now: OffsetDateTime) -> Option<Incident> {
        let severity = rule.open_incident?;
        let measured = firing.notification.measurement.as_ref();
        let value = measured.map(|measured| measured.value).unwrap_or_default();
        Some(Incident {
            id: IncidentId(self.0.ids.next_id(now)),
            tenant_id: rule.tenant_id,
            title: rule.name.clone(),
            severity,
            status: IncidentStatus::Open,
            description: format!("Opened by the rule \"{}\" at {value}", rule.condition),
            assigned_to: None,
            rule_id: Some(rule.id),
            created_at: now,
            updated_at: now,
            resolved_at: None,
        })
    }
}
