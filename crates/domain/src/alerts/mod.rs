//! Alert rules: the condition language, the metrics it reads, and the evaluation that fires rules.

mod alert_metrics_store;
mod alert_rule;
mod alert_rules;
mod alerting;
mod compiled_rule;
mod condition;
mod condition_check;
mod condition_parser;
mod evaluation_round;
mod evaluator;
mod failure_reason;
mod new_firing;
mod past_metrics_store;
mod preview;
mod previews;
mod rule_health;
mod rule_store;
mod span;
mod tenant_evaluation;

pub use crate::syntax::{Comparison, SyntaxError};
pub use alert_metrics_store::{
    AlertMetric, AlertMetricsStore, MetricCell, MetricDimensions, MetricFilter, since_each,
};
pub use alert_rule::{AlertRule, Delivery, DeliveryStatus, Firing, RuleHealth};
pub use alert_rules::{AlertRules, ConditionArguments, RuleSettings, condition_arguments};
pub use alerting::{Alerting, AlertingDependencies, Evaluated, EvaluationScope, TestRuleError};
pub use condition::{Condition, Field, Limit, Metric, Within};
pub use condition_check::{Explanation, suggestions};
pub use evaluator::{AlertEvaluator, DefaultEvaluator, Measured, Outcome, RuleState};
pub use past_metrics_store::{PastCount, PastCounts, PastMetric, PastMetricsStore, PastQuery};
pub use preview::{Past, Preview, Spell};
pub use previews::{PreviewError, PreviewRequest, PreviewTurn, Previews};
pub use rule_store::{
    LONGEST_CONDITION, NewFiring, PEAKS_KEPT, RuleEvaluation, RulePeak, RuleStore,
};
pub use span::{InvalidSpan, LONGEST_WINDOW, SHORTEST_WINDOW, parse_span, write_span};
pub use tenant_evaluation::TenantEvaluation;

#[cfg(feature = "testing")]
pub use {
    alert_metrics_store::MockAlertMetricsStore, past_metrics_store::MockPastMetricsStore,
    rule_store::MockRuleStore,
};
