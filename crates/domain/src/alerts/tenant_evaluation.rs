//! Evaluation of one tenant's rules, and the metric queries that they share.

use super::alert_metrics_store::{
    AlertMetric, AlertMetricsStore, MetricCell, MetricDimensions, MetricFilter,
};
use super::alert_rule::AlertRule;
use super::compiled_rule::CompiledRule;
use crate::id::{ProjectId, TenantId};
use crate::store_error::StoreError;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

/// A metric query. Rules that differ only in their windows share one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum MetricQuery {
    /// Counts by cell.
    Cells(AlertMetric),
    /// Distinct affected users of these projects, of all occurrences or without those of ignored errors.
    Users(Vec<ProjectId>, MetricFilter, bool),
}

impl MetricQuery {
    pub(super) fn of(compiled: &CompiledRule) -> Self {
        if compiled.counts_users() {
            let include_ignored = compiled.rule.include_ignored;
            let (projects, filter) = (compiled.projects.clone(), compiled.filter.clone());
            Self::Users(projects, filter, include_ignored)
        } else {
            Self::Cells(compiled.alert_metric())
        }
    }
}

/// Windows and dimensions that the rules of one query need.
#[derive(Debug, Clone, Default)]
pub(super) struct QueryArguments {
    windows: Vec<Duration>,
    dimensions: MetricDimensions,
}

impl QueryArguments {
    /// Returns what one rule needs.
    pub(super) fn of(compiled: &CompiledRule) -> Self {
        let mut arguments = Self::default();
        arguments.add(compiled);
        arguments
    }

    pub(super) fn add(&mut self, compiled: &CompiledRule) {
        self.windows.push(compiled.window);
        if !compiled.counts_users() {
            self.dimensions.add(&compiled.filter);
        }
    }
}

/// Why a rule could not be measured.
#[derive(Debug)]
pub(super) enum MeasureError {
    /// The store failed.
    Store(StoreError),
    /// The same query failed or took too long for another rule.
    GivenUp,
}

/// Result of a metric query for several windows, longest first.
pub(super) enum MetricResult {
    /// Cells by project, each with the index of the shortest window that contains it.
    Cells(Vec<Duration>, HashMap<ProjectId, Vec<(usize, MetricCell)>>),
    /// Users within each window.
    Users(Vec<Duration>, Vec<u64>),
}

impl MetricResult {
    /// Runs a query for several windows at once.
    pub(super) async fn query(
        query: &MetricQuery,
        arguments: &QueryArguments,
        projects: &[ProjectId],
        (metrics, now): (&dyn AlertMetricsStore, OffsetDateTime),
    ) -> Result<Self, StoreError> {
        let mut windows = arguments.windows.clone();
        windows.sort_unstable_by(|one, other| other.cmp(one));
        windows.dedup();
        let since: Vec<OffsetDateTime> = windows.iter().map(|window| now - *window).collect();
        match query {
            MetricQuery::Users(projects, filter, include_ignored) => {
                let users = metrics.count_users(projects, &since, filter, *include_ignored);
                Ok(Self::Users(windows, users.await?))
            }
            MetricQuery::Cells(metric) => {
                let mut by_project: HashMap<ProjectId, Vec<(usize, MetricCell)>> = HashMap::new();
                let cells = metrics.count_by_cell(*metric, projects, &since, &arguments.dimensions);
                for (place, cell) in cells.await? {
                    let own = by_project.entry(cell.project).or_default();
                    own.push((place, cell));
                }
                Ok(Self::Cells(windows, by_project))
            }
        }
    }

    /// Joins the results of several sets of projects.
    pub(super) fn join(results: Vec<Self>) -> Option<Self> {
        results.into_iter().reduce(|mut all, one| {
            if let (Self::Cells(_, all), Self::Cells(_, one)) = (&mut all, one) {
                all.extend(one);
            }
            all
        })
    }

    /// Returns a rule's value, if the result covers its window.
    pub(super) fn value(&self, compiled: &CompiledRule) -> Option<f64> {
        match self {
            Self::Users(windows, users) => {
                let place = windows.iter().position(|one| *one == compiled.window)?;
                users.get(place).map(|users| *users as f64)
            }
            Self::Cells(windows, by_project) => {
                let from = windows.iter().position(|one| *one == compiled.window)?;
                let own = compiled
                    .projects
                    .iter()
                    .filter_map(|one| by_project.get(one));
                let counted = own
                    .flatten()
                    .filter(|(place, cell)| *place >= from && compiled.filter.matches(cell));
                Some(compiled.value_of(counted.map(|(_, cell)| cell.count).sum()))
            }
        }
    }
}

/// Metrics of recent windows, queried once for all tenants.
pub(super) type Recent = HashMap<AlertMetric, MetricResult>;

/// The evaluation of one tenant's rules within a round, run in time slices.
pub struct TenantEvaluation {
    pub(super) tenant: TenantId,
    pub(super) now: OffsetDateTime,
    pub(super) waiting: VecDeque<Arc<CompiledRule>>,
    /// The rule being evaluated; stays set when a slice is cancelled.
    pub(super) current: Option<Arc<CompiledRule>>,
    /// Rules that cannot be evaluated, with the reason.
    pub(super) broken: Vec<(AlertRule, String)>,
    projects: Vec<ProjectId>,
    recent: Option<Arc<Recent>>,
    arguments: HashMap<MetricQuery, QueryArguments>,
    results: HashMap<MetricQuery, MetricResult>,
    /// Queries that failed for several windows at once: each rule then runs its own.
    failed: HashSet<MetricQuery>,
    /// Queries that are not repeated in this round.
    given_up: HashSet<MetricQuery>,
    running: Option<MetricQuery>,
}

impl TenantEvaluation {
    pub(super) fn new(
        tenant: TenantId,
        now: OffsetDateTime,
        projects: Vec<ProjectId>,
        recent: Option<Arc<Recent>>,
    ) -> Self {
        Self {
            tenant,
            now,
            waiting: VecDeque::new(),
            current: None,
            broken: Vec::new(),
            projects,
            recent,
            arguments: HashMap::new(),
            results: HashMap::new(),
            failed: HashSet::new(),
            given_up: HashSet::new(),
            running: None,
        }
    }

    pub(super) fn add(&mut self, compiled: CompiledRule) {
        let arguments = self
            .arguments
            .entry(MetricQuery::of(&compiled))
            .or_default();
        arguments.add(&compiled);
        self.waiting.push_back(Arc::new(compiled));
    }

    /// Identifies the evaluation across rounds: its tenant, and whether it runs queries of its own.
    #[must_use]
    pub const fn key(&self) -> (TenantId, bool) {
        (self.tenant, self.recent.is_none())
    }

    /// Returns whether every rule was evaluated.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.current.is_none() && self.broken.is_empty()
    }

    /// Records that the current query takes too long.
    pub(super) fn give_up_query(&mut self) {
        self.given_up.extend(self.running.take());
    }

    /// Measures a rule.
    pub(super) async fn measure(
        &mut self,
        compiled: &CompiledRule,
        metrics: &dyn AlertMetricsStore,
    ) -> Result<f64, MeasureError> {
        if compiled.projects.is_empty() {
            return Ok(0.0);
        }
        let metric = compiled.alert_metric();
        let recent = self.recent.as_ref().and_then(|recent| recent.get(&metric));
        if let Some(value) = recent.and_then(|result| result.value(compiled)) {
            return Ok(value);
        }
        let query = MetricQuery::of(compiled);
        if let Some(value) = self
            .results
            .get(&query)
            .and_then(|result| result.value(compiled))
        {
            return Ok(value);
        }
        if self.given_up.contains(&query) {
            return Err(MeasureError::GivenUp);
        }
        if !self.failed.contains(&query) {
            let arguments = self.arguments.get(&query).cloned().unwrap_or_default();
            match self.run(&query, &arguments, metrics).await {
                Ok(result) => {
                    let value = result.value(compiled);
                    self.results.insert(query.clone(), result);
                    if let Some(value) = value {
                        return Ok(value);
                    }
                }
                Err(error @ StoreError::Unavailable(_)) => {
                    self.given_up.insert(query);
                    return Err(MeasureError::Store(error));
                }
                Err(_) => {
                    self.failed.insert(query.clone());
                }
            }
        }
        let alone = self
            .run(&query, &QueryArguments::of(compiled), metrics)
            .await;
        let result = alone.map_err(MeasureError::Store)?;
        Ok(result.value(compiled).unwrap_or_default())
    }

    async fn run(
        &mut self,
        query: &MetricQuery,
        arguments: &QueryArguments,
        metrics: &dyn AlertMetricsStore,
    ) -> Result<MetricResult, StoreError> {
        self.running = Some(query.clone());
        let result =
            MetricResult::query(query, arguments, &self.projects, (metrics, self.now)).await;
        self.running = None;
        result
    }
}
