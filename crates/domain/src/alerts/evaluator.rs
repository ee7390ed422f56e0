//! Decides whether a rule fires, holds or clears.

use crate::syntax::Comparison;
use std::time::Duration;
use time::OffsetDateTime;

/// State of a rule between evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RuleState {
    /// Whether the condition was true at the last evaluation.
    pub active: bool,
    /// Since when `active` has its value; `None` before the first evaluation.
    pub since: Option<OffsetDateTime>,
    /// When the rule last fired.
    pub last_triggered: Option<OffsetDateTime>,
}

impl RuleState {
    /// Returns the state after this outcome of an evaluation.
    #[must_use]
    pub fn after(self, outcome: Outcome, now: OffsetDateTime) -> Self {
        match outcome {
            Outcome::Hold => self,
            Outcome::Clear => Self {
                active: false,
                since: Some(now),
                ..self
            },
            Outcome::Fire => Self {
                active: true,
                since: self.since.filter(|_| self.active).or(Some(now)),
                last_triggered: Some(now),
            },
        }
    }
}

/// A measured value with its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The metric's value.
    pub value: f64,
    /// The comparison operator.
    pub comparison: Comparison,
    /// The limit.
    pub limit: f64,
    /// The window.
    pub window: Duration,
}

/// Outcome of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The rule fires.
    Fire,
    /// Nothing changes.
    Hold,
    /// The condition became false: the rule can fire again.
    Clear,
}

/// Decides whether a rule fires.
pub trait AlertEvaluator: Send + Sync {
    /// Decides the outcome. MUST be a pure function of its arguments.
    fn evaluate(&self, state: RuleState, measured: Measured, now: OffsetDateTime) -> Outcome;
}

/// Fires when the condition becomes true, and again after it was false, or after a whole window in which it stayed
/// true.
#[derive(Debug, Clone, Copy, Default)]
pub struct DefaultEvaluator;

impl AlertEvaluator for DefaultEvaluator {
    fn evaluate(&self, state: RuleState, measured: Measured, now: OffsetDateTime) -> Outcome {
        let Measured {
            value,
            comparison,
            limit,
            window,
        } = measured;
        let rested = state.last_triggered.is_none_or(|at| now - at >= window);
        match (comparison.holds(value, limit), state.active) {
            (true, false) => Outcome::Fire,
            (true, true) if rested => Outcome::Fire,
            (false, true) => Outcome::Clear,
            _ => Outcome::Hold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);
    const WINDOW: Duration = Duration::from_secs(300);

    fn outcome(active: bool, triggered_ago: Option<i64>, value: f64) -> Outcome {
        let last_triggered = triggered_ago.map(|ago| NOON - time::Duration::seconds(ago));
        let state = RuleState {
            active,
            since: None,
            last_triggered,
        };
        let measured = Measured {
            value,
            comparison: Comparison::More,
            limit: 10.0,
            window: WINDOW,
        };
        DefaultEvaluator.evaluate(state, measured, NOON)
    }

    #[test]
    fn a_rule_fires_on_the_way_up() {
        assert_eq!(outcome(false, None, 11.0), Outcome::Fire);
        assert_eq!(
            outcome(false, Some(1), 11.0),
            Outcome::Fire,
            "it was false in between"
        );
        assert_eq!(outcome(false, None, 10.0), Outcome::Hold);
    }

    #[test]
    fn a_rule_that_stays_true_fires_again_after_its_window() {
        assert_eq!(outcome(true, Some(299), 11.0), Outcome::Hold);
        assert_eq!(outcome(true, Some(300), 11.0), Outcome::Fire);
    }

    #[test]
    fn a_rule_is_armed_again_on_the_way_down() {
        assert_eq!(outcome(true, Some(1), 10.0), Outcome::Clear);
    }
}
