//! Service: shows what alert rules would have done, and what they measured.

use super::alert_rule::{AlertRule, RuleHealth};
use super::alert_rules::RuleSettings;
use super::compiled_rule::CompiledRule;
use super::condition::Condition;
use super::evaluator::{AlertEvaluator, RuleState};
use super::past_metrics_store::{PastCounts, PastMetric, PastMetricsStore, PastQuery};
use super::preview::{Past, past_metric};
use crate::clock::Clock;
use crate::id::{RuleId, TenantId};
use crate::ingest::{MAX_CLOCK_SKEW, hour_of};
use crate::keyed_semaphore::{KeyedPermit, KeyedSemaphore};
use crate::store_error::StoreError;
use crate::syntax::SyntaxError;
use crate::tenancy::Project;
use std::sync::Arc;
use std::time::Instant;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Most rows that one preview reads.
const MOST_ROWS: u64 = 1_000_000;

/// Most time that one preview reads.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(3);

/// Previews of one tenant at a time.
const OF_A_TENANT: u32 = 1;

/// Previews of one node at a time.
const OF_A_NODE: u32 = 2;

/// Why a past was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreviewError {
    /// The condition is not valid.
    #[error(transparent)]
    Condition(#[from] SyntaxError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What to look at.
#[derive(Debug, Clone)]
pub struct PreviewRequest {
    /// The rule's condition, threshold, window.
    pub settings: RuleSettings,
    /// The projects that the rule may measure.
    pub projects: Vec<Project>,
    /// Start of the range.
    pub from: OffsetDateTime,
    /// Its end; not later than now.
    pub to: OffsetDateTime,
}

/// The right to read a past: the work it takes is bounded by tenant and node.
pub struct PreviewTurn<'a> {
    _tenant: KeyedPermit<'a, TenantId>,
    _node: KeyedPermit<'a, ()>,
}

/// Reads the past of alert rules.
pub struct Previews {
    metrics: Arc<dyn PastMetricsStore>,
    evaluator: Arc<dyn AlertEvaluator>,
    clock: Arc<dyn Clock>,
    tenants: KeyedSemaphore<TenantId>,
    node: KeyedSemaphore<()>,
}

impl Previews {
    /// Creates the service.
    #[must_use]
    pub fn new(
        metrics: Arc<dyn PastMetricsStore>,
        evaluator: Arc<dyn AlertEvaluator>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            metrics,
            evaluator,
            clock,
            tenants: KeyedSemaphore::new(OF_A_TENANT),
            node: KeyedSemaphore::new(OF_A_NODE),
        }
    }

    /// What decides whether rules fire, to [`play`](Past::play) a past.
    #[must_use]
    pub fn evaluator(&self) -> Arc<dyn AlertEvaluator> {
        Arc::clone(&self.evaluator)
    }

    /// Waits for the right to read a past.
    pub async fn turn(&self, tenant: TenantId) -> PreviewTurn<'_> {
        let own = self.tenants.one(tenant).await;
        PreviewTurn {
            _tenant: own,
            _node: self.node.one(()).await,
        }
    }

    /// Returns the range of the last days.
    #[must_use]
    pub fn last_days(&self, days: u8) -> (OffsetDateTime, OffsetDateTime) {
        let now = self.clock.now();
        let to = now.replace_nanosecond(0).unwrap_or(now);
        (to - Duration::days(i64::from(days)), to)
    }

    /// Reads the past of a rule. Where it is too much, whole days are left out from the far end.
    ///
    /// # Errors
    /// [`PreviewError`].
    pub async fn read(
        &self,
        _turn: &PreviewTurn<'_>,
        request: PreviewRequest,
    ) -> Result<Past, PreviewError> {
        let PreviewRequest {
            settings,
            projects,
            from,
            to,
        } = request;
        let condition = Condition::parse(&settings.condition)?;
        let compiled = CompiledRule::compile(a_rule(settings, to), condition, &projects);
        let mut past = Past {
            compiled,
            from,
            to,
            counts: Vec::new(),
            capped: false,
        };
        if past.compiled.projects.is_empty() {
            return Ok(past);
        }
        let known_from = if past_metric(&past.compiled) == PastMetric::NewErrors {
            self.read_at_once(&mut past).await?
        } else {
            self.read_by_day(&mut past).await?
        };
        past.leave_out(known_from);
        Ok(past)
    }

    /// Reads day by day, newest first, and returns from when on everything is known.
    async fn read_by_day(&self, past: &mut Past) -> Result<OffsetDateTime, StoreError> {
        let metric = past_metric(&past.compiled);
        let by_receipt = matches!(metric, PastMetric::Occurrences | PastMetric::Users);
        // An occurrence is received at most so long before its own time, and any time after it.
        let skew = if by_receipt {
            MAX_CLOCK_SKEW
        } else {
            Duration::ZERO
        };
        let start = past.compiled.window_start(past.from) - skew;
        let began = Instant::now();
        let mut left = MOST_ROWS;
        let mut end = if by_receipt {
            far_future()
        } else {
            past.to + Duration::HOUR
        };
        let mut next = past.to - Duration::DAY;
        while end > start {
            let from = hour_of(next).max(start);
            let read = self.part(past, (from, end), left).await?;
            if read.read > left {
                break;
            }
            left -= read.read;
            past.counts.extend(read.counts);
            end = from;
            next = end - Duration::DAY;
            if began.elapsed() >= LONGEST {
                break;
            }
        }
        Ok(end + skew)
    }

    /// Reads the whole range, or the half of it as often as it is too much, and returns from when on everything is
    /// known.
    async fn read_at_once(&self, past: &mut Past) -> Result<OffsetDateTime, StoreError> {
        let mut start = past.compiled.window_start(past.from);
        let began = Instant::now();
        loop {
            let read = self.part(past, (start, past.to), MOST_ROWS).await?;
            if read.read <= MOST_ROWS {
                past.counts = read.counts;
                return Ok(start);
            }
            start += (past.to - start) / 2;
            if began.elapsed() >= LONGEST || past.to - start < Duration::HOUR {
                return Ok(past.to);
            }
        }
    }

    async fn part(
        &self,
        past: &Past,
        (from, to): (OffsetDateTime, OffsetDateTime),
        most: u64,
    ) -> Result<PastCounts, StoreError> {
        let query = PastQuery {
            metric: past_metric(&past.compiled),
            include_ignored: past.compiled.rule.include_ignored,
            projects: past.compiled.projects.clone(),
            filter: past.compiled.filter.clone(),
            from,
            to,
            most: u32::try_from(most).unwrap_or(u32::MAX),
        };
        self.metrics.count_past(&query).await
    }
}

impl Past {
    /// Leaves out whole days of which not everything is known.
    fn leave_out(&mut self, known_from: OffsetDateTime) {
        if known_from <= self.compiled.window_start(self.from) {
            return;
        }
        self.capped = true;
        let mut from = self.from;
        while from < self.to && self.compiled.window_start(from) < known_from {
            from += Duration::DAY;
        }
        self.from = from.min(self.to);
    }
}

/// No occurrence is received later.
fn far_future() -> OffsetDateTime {
    // A constant: 9999-01-01.
    OffsetDateTime::from_unix_timestamp(253_370_764_800).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// A rule that is not stored.
fn a_rule(settings: RuleSettings, now: OffsetDateTime) -> AlertRule {
    AlertRule {
        id: RuleId(Uuid::nil()),
        tenant_id: TenantId(Uuid::nil()),
        name: settings.name,
        condition: settings.condition,
        threshold: settings.threshold,
        time_window: settings.time_window,
        enabled: settings.enabled,
        notifications: settings.notifications,
        open_incident: settings.open_incident,
        include_ignored: settings.include_ignored,
        state: RuleState::default(),
        health: RuleHealth::default(),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}
