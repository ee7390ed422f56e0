//! A rule over the past: the evaluator runs over what is stored now.

use super::alert_metrics_store::AlertMetric;
use super::compiled_rule::CompiledRule;
use super::evaluator::{AlertEvaluator, Outcome, RuleState};
use super::past_metrics_store::{PastCount, PastMetric};
use crate::errors::UserKey;
use crate::syntax::Comparison;
use std::collections::{HashMap, VecDeque};
use time::{Duration, OffsetDateTime};

/// Most points of a series.
const POINTS: i64 = 300;

/// Most firings that are told one by one.
const FIRINGS: usize = 100;

/// A rule over the past.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Start of what was looked at.
    pub from: OffsetDateTime,
    /// Its end.
    pub to: OffsetDateTime,
    /// How often the condition was looked at.
    pub step: Duration,
    /// The window.
    pub window: std::time::Duration,
    /// What the value is compared with.
    pub limit: f64,
    /// How much time each point of the series covers.
    pub slice: Duration,
    /// The highest value of each slice, or the lowest where the condition asks for little, oldest first.
    pub series: Vec<(OffsetDateTime, f64)>,
    /// How many spells there were in which the condition held.
    pub fired: u64,
    /// How often the rule would have fired.
    pub messages: u64,
    /// The newest spells, newest first.
    pub firings: Vec<Spell>,
    /// Whether less was looked at than was asked for.
    pub capped: bool,
}

/// A spell in which a condition held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spell {
    /// When it became true.
    pub at: OffsetDateTime,
    /// When it was not true any more; `None` while it is.
    pub until: Option<OffsetDateTime>,
    /// The highest value, or the lowest where the condition asks for little.
    pub highest: f64,
    /// How often the rule would have fired in it.
    pub messages: u64,
}

/// The past of a rule, read and not yet played.
pub struct Past {
    pub(super) compiled: CompiledRule,
    pub(super) from: OffsetDateTime,
    pub(super) to: OffsetDateTime,
    pub(super) counts: Vec<PastCount>,
    pub(super) capped: bool,
}

/// Returns how often a condition of this window is looked at.
pub(super) fn step_of(window: std::time::Duration) -> Duration {
    match window.as_secs() {
        ..=600 => Duration::seconds(5),
        601..=3_600 => Duration::MINUTE,
        _ => Duration::HOUR,
    }
}

/// Returns what is counted of the past for a rule.
pub(super) fn past_metric(compiled: &CompiledRule) -> PastMetric {
    match compiled.alert_metric() {
        _ if compiled.counts_users() => PastMetric::Users,
        AlertMetric::Occurrences | AlertMetric::AllOccurrences => PastMetric::Occurrences,
        AlertMetric::OccurrencesByHour | AlertMetric::AllOccurrencesByHour => PastMetric::Hours,
        AlertMetric::NewErrors => PastMetric::NewErrors,
        AlertMetric::Regressions => PastMetric::Regressions,
    }
}

impl Past {
    /// Looks at the condition at each step, as the live evaluation does. Takes some CPU time.
    #[must_use]
    pub fn play(mut self, evaluator: &dyn AlertEvaluator) -> Preview {
        self.counts.sort_unstable_by_key(|count| count.at);
        let step = step_of(self.compiled.window);
        let first = first_step(self.from, step);
        let steps = if first > self.to {
            0
        } else {
            (self.to - first).whole_seconds() / step.whole_seconds() + 1
        };
        let each = (steps + POINTS - 1) / POINTS;
        let slice = step * i32::try_from(each.max(1)).unwrap_or(i32::MAX);
        let mut told = Told::new(self.compiled.condition.comparison, slice);
        let mut window = Window::new(&self.counts);
        let mut state = RuleState::default();
        for place in 0..steps {
            let at = first + Duration::seconds(place * step.whole_seconds());
            let count = window.slide(self.compiled.window_start(at), at);
            let value = self.compiled.value_of(count);
            let outcome = evaluator.evaluate(state, self.compiled.measured(value), at);
            state = state.after(outcome, at);
            told.look(at, value, (outcome, state.active));
        }
        Preview {
            from: self.from,
            to: self.to,
            step,
            window: self.compiled.window,
            limit: self.compiled.limit,
            slice,
            series: told.series,
            fired: told.fired,
            messages: told.messages,
            firings: told.spells.into_iter().rev().collect(),
            capped: self.capped,
        }
    }
}

/// Returns the first multiple of the step, in UTC, at or after a time.
fn first_step(from: OffsetDateTime, step: Duration) -> OffsetDateTime {
    let nanos = step.whole_nanoseconds();
    let past = from.unix_timestamp_nanos().rem_euclid(nanos);
    let rest = if past == 0 { 0 } else { nanos - past };
    // Below an hour.
    from + Duration::nanoseconds(i64::try_from(rest).unwrap_or_default())
}

/// The counts that lie in a window that moves forward.
struct Window<'a> {
    counts: &'a [PastCount],
    /// The first count that lies in the window, and the first behind it.
    bounds: (usize, usize),
    sum: u64,
    /// Users, with how many counts name them.
    users: HashMap<UserKey, u32>,
}

impl<'a> Window<'a> {
    fn new(counts: &'a [PastCount]) -> Self {
        Self {
            counts,
            bounds: (0, 0),
            sum: 0,
            users: HashMap::new(),
        }
    }

    /// Moves the window, and returns how many events or users lie in it.
    fn slide(&mut self, from: OffsetDateTime, to: OffsetDateTime) -> u64 {
        // Whatever lies before the window ends before `to`, and was in it.
        let (first, end) = &mut self.bounds;
        while let Some(count) = self.counts.get(*end).filter(|count| count.at < to) {
            self.sum += count.count;
            if let Some(user) = count.user {
                *self.users.entry(user).or_default() += 1;
            }
            *end += 1;
        }
        while let Some(count) = self.counts.get(*first).filter(|count| count.at < from) {
            self.sum -= count.count;
            if let Some(user) = count.user {
                let left = self.users.entry(user).or_default();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    self.users.remove(&user);
                }
            }
            *first += 1;
        }
        let names_users = self
            .counts
            .first()
            .is_some_and(|count| count.user.is_some());
        if names_users {
            self.users.len() as u64
        } else {
            self.sum
        }
    }
}

/// What is told of the steps.
struct Told {
    comparison: Comparison,
    slice: Duration,
    series: Vec<(OffsetDateTime, f64)>,
    fired: u64,
    messages: u64,
    spells: VecDeque<Spell>,
    is_firing: bool,
}

impl Told {
    const fn new(comparison: Comparison, slice: Duration) -> Self {
        Self {
            comparison,
            slice,
            series: Vec::new(),
            fired: 0,
            messages: 0,
            spells: VecDeque::new(),
            is_firing: false,
        }
    }

    fn look(&mut self, at: OffsetDateTime, value: f64, (outcome, holds): (Outcome, bool)) {
        match self
            .series
            .last_mut()
            .filter(|(from, _)| at - *from < self.slice)
        {
            Some((_, peak)) => *peak = peak_of(self.comparison, *peak, value),
            None => self.series.push((at, value)),
        }
        let messages = u64::from(outcome == Outcome::Fire);
        self.messages += messages;
        match (self.is_firing, holds) {
            (false, true) => {
                self.fired += 1;
                if self.spells.len() == FIRINGS {
                    self.spells.pop_front();
                }
                self.spells.push_back(Spell {
                    at,
                    until: None,
                    highest: value,
                    messages,
                });
            }
            (true, true) => {
                if let Some(spell) = self.spells.back_mut() {
                    spell.highest = peak_of(self.comparison, spell.highest, value);
                    spell.messages += messages;
                }
            }
            (true, false) => {
                if let Some(spell) = self.spells.back_mut() {
                    spell.until = Some(at);
                }
            }
            (false, false) => {}
        }
        self.is_firing = holds;
    }
}

const fn peak_of(comparison: Comparison, one: f64, other: f64) -> f64 {
    match comparison {
        Comparison::Less | Comparison::AtMost => one.min(other),
        _ => one.max(other),
    }
}
