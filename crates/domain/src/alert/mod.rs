//! When to alert: the language of conditions, and the decision.

mod condition;
mod evaluator;
mod span;

pub use condition::{Comparison, Condition, Field, InvalidCondition, Limit, Metric, Within};
pub use evaluator::{AlertEvaluator, DefaultEvaluator, Measured, Outcome, RuleState};
pub use span::{InvalidSpan, LONGEST_WINDOW, SHORTEST_WINDOW, parse_span, write_span};
