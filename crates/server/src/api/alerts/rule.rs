//! Request and response types of alert rules.

use crate::http::error::ApiError;
use crate::http::fields::Fields;
use crate::http::request::JsonBody;
use faultbook_domain::alerts::{
    AlertRule, ConditionArguments, LONGEST_CONDITION, RulePeak, RuleSettings, condition_arguments,
    parse_span, write_span,
};
use faultbook_domain::errors::Severity;
use faultbook_domain::id::RuleId;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::notifications::ChannelKind;
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Characters of a condition that are shown: more than a new one may have.
pub(super) const SHOWN_CONDITION: usize = 4_000;
/// After this time without an evaluation a rule's state is unknown.
const STALE_AFTER: time::Duration = time::Duration::MINUTE;

/// An alert rule.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertRule)]
pub struct RuleView {
    id: Uuid,
    #[schema(example = "High Error Rate")]
    name: String,
    #[schema(example = "error_count > threshold in time_window")]
    condition: String,
    #[schema(example = 50)]
    threshold: Number,
    #[schema(example = "5m")]
    time_window: String,
    enabled: bool,
    #[schema(example = json!(["email", "slack"]))]
    notifications: Vec<String>,
    /// Opens an incident of this severity when it fires.
    #[schema(value_type = Option<String>)]
    open_incident: Option<Severity>,
    /// Whether occurrences count that are recorded while their error is ignored.
    include_ignored: bool,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_triggered: Option<OffsetDateTime>,
    /// firing: the condition held when last looked at; ok: it did not; unknown: it was not looked at since
    /// the rule was made, enabled or changed, or for over 60 s, or it could not be, or the rule is disabled.
    #[schema(example = "ok")]
    state: &'static str,
    /// Why the state is unknown; null otherwise.
    state_reason: Option<String>,
    /// Since when; null while unknown.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    state_since: Option<OffsetDateTime>,
    /// What was last measured; null while unknown.
    value: Option<Number>,
    /// What the value is compared with; null for a condition that is not valid any more.
    #[schema(example = 50)]
    limit: Option<Number>,
    /// The highest value that was measured in each of the last 24 UTC hours, oldest first, the current one last; null
    /// where none was.
    recent: Vec<Option<Number>>,
    /// When it was last looked at, to 20 s.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    evaluated_at: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    updated_at: OffsetDateTime,
}

/// A number that is written without a fraction where it has none.
#[derive(Debug, Clone, Copy, ToSchema)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Up to 2^53 every whole number has a place of its own.
        if self.0.fract() == 0.0 && self.0.abs() < 9_007_199_254_740_992.0 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl RuleView {
    /// The view of a rule, as it is now.
    #[must_use]
    pub fn of(rule: AlertRule, peaks: &[RulePeak], now: OffsetDateTime) -> Self {
        let state_reason = unknown_because(&rule, now);
        let limit = rule.limit().map(Number);
        let known = state_reason.is_none();
        let state = state_of(&rule, now);
        Self {
            id: rule.id.0,
            name: rule.name,
            condition: cut(rule.condition, SHOWN_CONDITION),
            state,
            state_reason,
            state_since: rule.state.since.filter(|_| known),
            value: rule.health.value.filter(|_| known).map(Number),
            limit,
            recent: recent(rule.id, peaks, now),
            evaluated_at: rule.health.evaluated_at,
            threshold: Number(rule.threshold),
            time_window: write_span(rule.time_window),
            enabled: rule.enabled,
            notifications: rule.notifications.iter().map(ToString::to_string).collect(),
            open_incident: rule.open_incident,
            include_ignored: rule.include_ignored,
            last_triggered: rule.state.last_triggered,
            created_at: rule.created_at,
            updated_at: rule.updated_at,
        }
    }
}

/// What is shown of a rule's state: firing, ok or unknown.
#[must_use]
pub fn state_of(rule: &AlertRule, now: OffsetDateTime) -> &'static str {
    match (unknown_because(rule, now), rule.state.active) {
        (Some(_), _) => "unknown",
        (None, true) => "firing",
        (None, false) => "ok",
    }
}

/// Hours of which the highest value is shown.
const RECENT: i64 = 24;

/// Start of the first of the hours of which the highest value is shown.
pub(super) fn recent_from(now: OffsetDateTime) -> OffsetDateTime {
    hour_of(now) - time::Duration::hours(RECENT - 1)
}

fn recent(rule: RuleId, peaks: &[RulePeak], now: OffsetDateTime) -> Vec<Option<Number>> {
    let from = recent_from(now);
    let hours = (0..RECENT).map(|hour| from + time::Duration::hours(hour));
    let value = |hour| {
        let mut own = peaks.iter();
        let found = own.find(|peak| peak.rule == rule && peak.hour == hour);
        found.map(|peak| Number(peak.value))
    };
    hours.map(value).collect()
}

/// Why a rule's state is unknown, if it is.
pub fn unknown_because(rule: &AlertRule, now: OffsetDateTime) -> Option<String> {
    if !rule.enabled {
        return Some("The rule is disabled.".to_owned());
    }
    if rule.condition.len() > LONGEST_CONDITION {
        return Some("The condition is too long to be evaluated.".to_owned());
    }
    if let Some(failure) = &rule.health.failure {
        return Some(failure.clone());
    }
    match rule.health.evaluated_at {
        None => Some("The rule has not been evaluated yet.".to_owned()),
        Some(at) if now - at > STALE_AFTER => {
            Some("The rule has not been evaluated for over a minute.".to_owned())
        }
        Some(_) => None,
    }
}

/// As much of a text as lists show: old ones may be of any length.
pub(super) fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// A tenant's rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleList {
    /// Oldest first.
    pub rules: Vec<RuleView>,
    /// How many.
    pub total: usize,
}

/// A rule to be made or changed.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "name": "High Error Rate", "condition": "error_count > threshold in time_window", "threshold": 50,
    "time_window": "5m", "notifications": ["email", "slack"], "enabled": true
}))]
pub struct NewRule {
    /// 1 to `limits.max_name` characters (200 by default).
    pub name: String,
    /// `METRIC OP NUMBER|threshold [in DURATION|time_window] [where FIELD = VALUE [and ...]]`
    ///
    /// | part | what may stand there |
    /// |---|---|
    /// | METRIC | `error_count`, `critical_count`, `warning_count`, `new_errors`, `regressions`, `error_rate` (a minute), `affected_users` |
    /// | OP | `>` `>=` `<` `<=` `=` `==` |
    /// | DURATION | `30s`, `5m`, `5 minutes`, `1 hour`, `7d`: 10s to 30d. Up to an hour counts to the second, longer ones by whole hours |
    /// | FIELD | `level`, `source`, `environment`, `severity`, `project`, `release` |
    /// | VALUE | a word, or anything in quotes |
    ///
    /// At most `limits.max_condition` characters (1,000 by default), however they are used. With a key
    /// that is bound to a project it must name that project.
    pub condition: String,
    /// A number of at least 0. May be left out where the condition says a number.
    pub threshold: Option<f64>,
    /// 10s to 30d. May be left out where the condition says a time.
    pub time_window: Option<String>,
    /// Some of email, slack, webhook, sms, each once; the order is kept.
    pub notifications: Vec<String>,
    /// Whether it is evaluated; true by default.
    pub enabled: Option<bool>,
    /// Opens an incident of this severity when it fires, unless one of the rule is open.
    pub open_incident: Option<String>,
    /// Whether occurrences count that are recorded while their error is ignored; false by default.
    pub include_ignored: Option<bool>,
}

/// Reads a rule; what a change leaves out stays.
///
/// # Errors
/// 400 naming every field at fault.
pub fn read_rule(
    body: JsonBody,
    current: Option<&AlertRule>,
    longest_condition: usize,
    kinds: &[ChannelKind],
) -> Result<RuleSettings, ApiError> {
    let mut fields = body.fields()?;
    let settings = read_settings(&mut fields, current, longest_condition, kinds);
    fields.conclude(settings)
}

/// Reads a rule whose name and channels do not matter, and the days to look at.
///
/// # Errors
/// 400 naming every field at fault, as for a rule that is made.
pub fn read_preview(
    body: JsonBody,
    longest_condition: usize,
    kinds: &[ChannelKind],
) -> Result<(RuleSettings, u8), ApiError> {
    let mut body = body;
    if let serde_json::Value::Object(rule) = &mut body.value {
        let any = kinds.first().map(ToString::to_string);
        if rule.get("name").is_none_or(serde_json::Value::is_null) {
            rule.insert("name".to_owned(), "Preview".into());
        }
        if rule
            .get("notifications")
            .is_none_or(serde_json::Value::is_null)
        {
            rule.insert("notifications".to_owned(), any.into_iter().collect());
        }
    }
    let mut fields = body.fields()?;
    let settings = read_settings(&mut fields, None, longest_condition, kinds);
    let days = fields.whole("days", 1..=30).unwrap_or(7);
    let days = u8::try_from(days).unwrap_or(30);
    fields.conclude(settings.map(|settings| (settings, days)))
}

fn read_settings(
    fields: &mut Fields,
    current: Option<&AlertRule>,
    longest_condition: usize,
    kinds: &[ChannelKind],
) -> Option<RuleSettings> {
    let is_new = current.is_none();
    let name = if is_new || fields.has("name") {
        let name = fields.required("name");
        fields.check_length("name", &name, fields.limits().name);
        name
    } else {
        current.map(|rule| rule.name.clone()).unwrap_or_default()
    };
    let condition = if is_new || fields.has("condition") {
        let condition = fields.required("condition");
        if condition.chars().count() > longest_condition {
            let most = format!("must be at most {longest_condition} characters long");
            fields.problem("condition", &most);
            return None;
        }
        condition
    } else {
        current
            .map(|rule| rule.condition.clone())
            .unwrap_or_default()
    };
    let says = match condition_arguments(&condition) {
        Ok(says) => says,
        Err(_) if condition.is_empty() => ConditionArguments {
            threshold: Some(0.0),
            time_window: Some(Duration::ZERO),
        },
        Err(error) => {
            fields.problem("condition", &error.to_string());
            // Then nothing can be said of what it refers to.
            ConditionArguments {
                threshold: Some(0.0),
                time_window: Some(Duration::ZERO),
            }
        }
    };
    let faults = fields.faults();
    let threshold = read_threshold(fields)
        .or(current.map(|rule| rule.threshold))
        .or(says.threshold);
    if threshold.is_none() && fields.faults() == faults {
        fields.problem("threshold", "is required by the condition");
    }
    let faults = fields.faults();
    let expected = "must be a time from 10s to 30d, such as 5m";
    let time_window = fields
        .parsed("time_window", expected, |text| parse_span(text).ok())
        .or(current.map(|rule| rule.time_window))
        .or(says.time_window);
    if time_window.is_none() && fields.faults() == faults {
        fields.problem("time_window", "is required by the condition");
    }
    let notifications = read_channels(fields, current, kinds);
    let enabled = fields.flag("enabled");
    let include_ignored = fields.flag("include_ignored");
    let open_incident = if fields.has("open_incident") {
        let expected = "must be one of low, medium, high, critical";
        fields.parsed("open_incident", expected, |text| {
            text.to_ascii_lowercase().parse().ok()
        })
    } else {
        current.and_then(|rule| rule.open_incident)
    };
    Some(RuleSettings {
        name,
        condition,
        threshold: threshold.unwrap_or_default(),
        time_window: time_window.unwrap_or_default(),
        enabled: enabled.or(current.map(|rule| rule.enabled)).unwrap_or(true),
        notifications,
        open_incident,
        include_ignored: include_ignored
            .or(current.map(|rule| rule.include_ignored))
            .unwrap_or(false),
    })
}

pub(super) fn read_threshold(fields: &mut Fields) -> Option<f64> {
    let value = fields.take("threshold")?;
    let number = value
        .as_f64()
        .filter(|number| number.is_finite() && *number >= 0.0);
    if number.is_none() {
        fields.problem("threshold", "must be a number of at least 0");
    }
    number
}

fn read_channels(
    fields: &mut Fields,
    current: Option<&AlertRule>,
    known: &[ChannelKind],
) -> Vec<ChannelKind> {
    let given = fields.take("notifications");
    let Some(given) = given else {
        if let Some(rule) = current.filter(|_| !fields.has("notifications")) {
            return rule.notifications.clone();
        }
        fields.problem("notifications", "is required");
        return Vec::new();
    };
    let kind = |name: &serde_json::Value| {
        let name = name.as_str()?.to_ascii_lowercase();
        known.iter().copied().find(|kind| kind.as_str() == name)
    };
    let kinds: Option<Vec<ChannelKind>> = given
        .as_array()
        .and_then(|names| names.iter().map(kind).collect());
    let mut seen = BTreeSet::new();
    let mut kinds = kinds.unwrap_or_default();
    kinds.retain(|kind| seen.insert(*kind));
    if kinds.is_empty() {
        let mut names: Vec<&str> = known.iter().map(ChannelKind::as_str).collect();
        names.sort_unstable();
        let message = format!("must be a non-empty list of {}", names.join(", "));
        fields.problem("notifications", &message);
    }
    kinds
}
