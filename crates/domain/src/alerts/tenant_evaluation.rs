//! A tenant's share of a round of evaluation: its rules, and the questions that answer them.

use super::alert_metrics_store::{
    AlertMetric, AlertMetricsStore, MetricCell, MetricDimensions, MetricFilter,
};
use super::alert_rule::AlertRule;
use super::compiled_rule::CompiledRule;
use super::condition::Metric;
use crate::id::{ProjectId, TenantId};
use crate::store_error::StoreError;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;

/// What rules ask of the store. Rules that differ in their windows alone ask the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// How often something happened, of all kinds.
    Cells(AlertMetric),
    /// How many users were affected in these projects.
    Users(Vec<ProjectId>, MetricFilter),
}

impl Question {
    pub(super) fn of(compiled: &CompiledRule) -> Self {
        if compiled.counts_users() {
            Self::Users(compiled.projects.clone(), compiled.filter.clone())
        } else {
            Self::Cells(compiled.signal())
        }
    }
}

/// What the rules that ask one question want to know.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    windows: Vec<Duration>,
    apart: MetricDimensions,
}

impl Wanted {
    /// What one rule wants to know.
    pub(super) fn by(compiled: &CompiledRule) -> Self {
        let mut wanted = Self::default();
        wanted.add(compiled);
        wanted
    }

    pub(super) fn add(&mut self, compiled: &CompiledRule) {
        self.windows.push(compiled.window);
        if !compiled.counts_users() {
            self.apart.add(&compiled.filter);
        }
    }
}

/// Why a rule could not be measured.
#[derive(Debug)]
pub(super) enum Unmeasured {
    /// The store failed.
    Store(StoreError),
    /// The store could not be reached, or took too long, when the rule's question was asked for another.
    Before,
}

/// An answer for several windows, longest first.
pub(super) enum Answer {
    /// Cells by project, each with the place of the shortest window that holds it.
    Cells(Vec<Duration>, HashMap<ProjectId, Vec<(usize, MetricCell)>>),
    /// Users within each window.
    Users(Vec<Duration>, Vec<u64>),
}

impl Answer {
    /// Asks a question about several windows at once.
    pub(super) async fn to(
        question: &Question,
        wanted: &Wanted,
        projects: &[ProjectId],
        (signals, now): (&dyn AlertMetricsStore, OffsetDateTime),
    ) -> Result<Self, StoreError> {
        let mut windows = wanted.windows.clone();
        windows.sort_unstable_by(|one, other| other.cmp(one));
        windows.dedup();
        let since: Vec<OffsetDateTime> = windows.iter().map(|window| now - *window).collect();
        match question {
            Question::Users(projects, filter) => {
                let users = signals.count_users(projects, &since, filter).await?;
                Ok(Self::Users(windows, users))
            }
            Question::Cells(signal) => {
                let mut by_project: HashMap<ProjectId, Vec<(usize, MetricCell)>> = HashMap::new();
                let cells = signals.count_by_cell(*signal, projects, &since, &wanted.apart);
                for (place, cell) in cells.await? {
                    let own = by_project.entry(cell.project).or_default();
                    own.push((place, cell));
                }
                Ok(Self::Cells(windows, by_project))
            }
        }
    }

    /// The answers about several sets of projects as one.
    pub(super) fn joined(answers: Vec<Self>) -> Option<Self> {
        answers.into_iter().reduce(|mut all, one| {
            if let (Self::Cells(_, all), Self::Cells(_, one)) = (&mut all, one) {
                all.extend(one);
            }
            all
        })
    }

    /// What a rule measures, if this answers its window.
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
                let count = counted.map(|(_, cell)| cell.count).sum::<u64>() as f64;
                Some(match compiled.condition.metric {
                    Metric::ErrorRate => count / (compiled.window.as_secs_f64() / 60.0),
                    _ => count,
                })
            }
        }
    }
}

/// What happened lately in all tenants, asked once for the rules that look no further back.
pub(super) type Recent = HashMap<AlertMetric, Answer>;

/// A tenant's rules that are evaluated together, in slices of time.
pub struct Share {
    pub(super) tenant: TenantId,
    pub(super) now: OffsetDateTime,
    pub(super) waiting: VecDeque<Arc<CompiledRule>>,
    /// The rule being evaluated; left behind by a slice that was given up.
    pub(super) current: Option<Arc<CompiledRule>>,
    /// Rules that cannot be evaluated, with the reason.
    pub(super) broken: Vec<(AlertRule, String)>,
    projects: Vec<ProjectId>,
    recent: Option<Arc<Recent>>,
    wanted: HashMap<Question, Wanted>,
    answers: HashMap<Question, Answer>,
    /// Questions that failed for several windows at once: each rule asks for itself.
    failed: HashSet<Question>,
    /// Questions that are not to be asked again in this round.
    given_up: HashSet<Question>,
    asking: Option<Question>,
}

impl Share {
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
            wanted: HashMap::new(),
            answers: HashMap::new(),
            failed: HashSet::new(),
            given_up: HashSet::new(),
            asking: None,
        }
    }

    pub(super) fn add(&mut self, compiled: CompiledRule) {
        let wanted = self.wanted.entry(Question::of(&compiled)).or_default();
        wanted.add(&compiled);
        self.waiting.push_back(Arc::new(compiled));
    }

    /// Identifies the share among those of later rounds: its tenant, and whether it asks questions.
    #[must_use]
    pub const fn key(&self) -> (TenantId, bool) {
        (self.tenant, self.recent.is_none())
    }

    /// Whether every rule was evaluated.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.current.is_none() && self.broken.is_empty()
    }

    /// Notes that the question that is being asked takes too long.
    pub(super) fn give_up_question(&mut self) {
        self.given_up.extend(self.asking.take());
    }

    /// What a rule measures.
    pub(super) async fn measure(
        &mut self,
        compiled: &CompiledRule,
        signals: &dyn AlertMetricsStore,
    ) -> Result<f64, Unmeasured> {
        if compiled.projects.is_empty() {
            return Ok(0.0);
        }
        let signal = compiled.signal();
        let recent = self.recent.as_ref().and_then(|recent| recent.get(&signal));
        if let Some(value) = recent.and_then(|answer| answer.value(compiled)) {
            return Ok(value);
        }
        let question = Question::of(compiled);
        if let Some(value) = self
            .answers
            .get(&question)
            .and_then(|answer| answer.value(compiled))
        {
            return Ok(value);
        }
        if self.given_up.contains(&question) {
            return Err(Unmeasured::Before);
        }
        if !self.failed.contains(&question) {
            let wanted = self.wanted.get(&question).cloned().unwrap_or_default();
            match self.ask(&question, &wanted, signals).await {
                Ok(answer) => {
                    let value = answer.value(compiled);
                    self.answers.insert(question.clone(), answer);
                    if let Some(value) = value {
                        return Ok(value);
                    }
                }
                Err(error @ StoreError::Unavailable(_)) => {
                    self.given_up.insert(question);
                    return Err(Unmeasured::Store(error));
                }
                Err(_) => {
                    self.failed.insert(question.clone());
                }
            }
        }
        let alone = self.ask(&question, &Wanted::by(compiled), signals).await;
        let answer = alone.map_err(Unmeasured::Store)?;
        Ok(answer.value(compiled).unwrap_or_default())
    }

    async fn ask(
        &mut self,
        question: &Question,
        wanted: &Wanted,
        signals: &dyn AlertMetricsStore,
    ) -> Result<Answer, StoreError> {
        self.asking = Some(question.clone());
        let answer = Answer::to(question, wanted, &self.projects, (signals, self.now)).await;
        self.asking = None;
        answer
    }
}
