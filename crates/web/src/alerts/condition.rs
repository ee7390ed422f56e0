//! A condition as rows show it: its numbers in place of `threshold` and `time_window`.

use crate::ui::{Markup, escaped};
use askama::filters::Safe;
use faultbook_domain::alerts::{AlertRule, Comparison, Condition, Limit, Within, write_span};

/// A number without a fraction where it has none.
pub(super) fn number(value: f64) -> String {
    value.to_string()
}

/// The condition of a rule with its parts told apart; one that cannot be read as it was written.
pub(super) fn marked(rule: &AlertRule) -> Markup {
    let Ok(condition) = Condition::parse(&rule.condition) else {
        return Safe(format!(
            "<span class=\"cond\">{}</span>",
            escaped(&rule.condition)
        ));
    };
    let limit = match condition.limit {
        Limit::Number(limit) => limit,
        Limit::Threshold => rule.threshold,
    };
    let window = match condition.within {
        Within::Span(span) => span,
        Within::TimeWindow => rule.time_window,
    };
    let text = condition.to_string();
    let filter = text.find(" where ").map_or("", |at| &text[at..]);
    Safe(format!(
        "<span class=\"cond\"><span class=\"m\">{}</span> <span class=\"o\">{}</span> <span class=\"v\">{}</span> \
         <span class=\"o\">in {}{}</span></span>",
        condition.metric.as_str(),
        escaped(condition.comparison.as_str()),
        number(limit),
        write_span(window),
        escaped(filter),
    ))
}

/// What a rule's value is compared with, and how; nothing of a condition that cannot be read.
pub(super) fn compared(rule: &AlertRule) -> Option<(Comparison, f64)> {
    let condition = Condition::parse(&rule.condition).ok()?;
    let limit = match condition.limit {
        Limit::Number(limit) => limit,
        Limit::Threshold => rule.threshold,
    };
    Some((condition.comparison, limit))
}
