//! What a rule would have done, and what is wrong with a condition.

use super::rule::{Number, read_preview, read_threshold};
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::Json;
use crate::http::request::JsonBody;
use crate::state::AppState;
use actix_web::web::{self, Data};
use faultbook_domain::alerts::{
    Condition, ConditionArguments, Field, Preview, PreviewError, PreviewRequest, Previews, Spell,
    condition_arguments, parse_span, suggestions,
};
use faultbook_domain::identity::Permission;
use faultbook_domain::notifications::Integrations;
use faultbook_domain::tenancy::{Project, Projects};
use serde::Serialize;
use std::time::Duration;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// How long a preview waits for others to end.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// A condition to be explained.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "condition": "error_count > threshold in 5m", "threshold": 50 }))]
pub struct ConditionToCheck {
    /// As in a rule.
    pub condition: String,
    /// What `threshold` stands for.
    pub threshold: Option<f64>,
    /// What `time_window` stands for.
    pub time_window: Option<String>,
}

/// A condition, explained.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckedCondition {
    /// Whether it can be saved.
    pub valid: bool,
    /// The condition in words; null for one that is not valid.
    #[schema(example = "More than 50 occurrences within 5 minutes")]
    pub sentence: Option<String>,
    /// condition, threshold or `time_window`: which one is at fault.
    pub field: Option<&'static str>,
    /// Where the condition is at fault, in characters from 1.
    pub position: Option<usize>,
    /// What is wrong, as when the rule is saved.
    pub message: Option<String>,
    /// What may stand there, the likeliest first.
    pub suggestions: Vec<String>,
    /// Why the condition can never hold.
    pub warnings: Vec<String>,
    /// What the value is compared with.
    pub limit: Option<Number>,
    /// The window.
    pub window_seconds: Option<u64>,
}

impl CheckedCondition {
    fn wrong(field: &'static str, message: &str) -> Self {
        Self {
            valid: false,
            sentence: None,
            field: Some(field),
            position: None,
            message: Some(message.to_owned()),
            suggestions: Vec::new(),
            warnings: Vec::new(),
            limit: None,
            window_seconds: None,
        }
    }

    /// Explains a condition. `threshold` and `time_window` are what was given for them, or why that is wrong.
    fn of(
        text: &str,
        (threshold, time_window): (
            Result<Option<f64>, String>,
            Result<Option<Duration>, String>,
        ),
        longest: usize,
        projects: &[Project],
    ) -> Self {
        if text.trim().is_empty() {
            return Self::wrong("condition", "is required");
        }
        if text.chars().count() > longest {
            let message = format!("must be at most {longest} characters long");
            return Self::wrong("condition", &message);
        }
        let parsed = Condition::parse(text).and_then(|condition| {
            let says = condition_arguments(text)?;
            Ok((condition, says))
        });
        let (condition, says) = match parsed {
            Ok(parsed) => parsed,
            Err(error) => {
                return Self {
                    position: Some(error.position),
                    suggestions: suggestions(text, &error),
                    ..Self::wrong("condition", &error.to_string())
                };
            }
        };
        let ConditionArguments {
            threshold: own_threshold,
            time_window: own_window,
        } = says;
        let needed = "is required by the condition";
        let threshold = match threshold.map(|given| given.or(own_threshold)) {
            Ok(Some(threshold)) => threshold,
            Ok(None) => return Self::wrong("threshold", needed),
            Err(message) => return Self::wrong("threshold", &message),
        };
        let window = match time_window.map(|given| given.or(own_window)) {
            Ok(Some(window)) => window,
            Ok(None) => return Self::wrong("time_window", needed),
            Err(message) => return Self::wrong("time_window", &message),
        };
        let explained = condition.explain(threshold, window, projects);
        Self {
            valid: true,
            sentence: Some(explained.sentence),
            field: None,
            position: None,
            message: None,
            suggestions: Vec::new(),
            warnings: explained.warnings,
            limit: Some(Number(explained.limit)),
            window_seconds: Some(explained.window.as_secs()),
        }
    }
}

/// Explains a condition, or says what is wrong with it. Nothing is stored.
#[utoipa::path(
    post, path = "/api/alerts/rules/check", tag = "Alerts",
    request_body = ConditionToCheck,
    responses(
        (status = 200, description = "Valid or not", body = Envelope<CheckedCondition>),
        (status = 400, description = "No condition, or no text", body = ErrorEnvelope),
        (status = 403, description = "The key may not change alerts", body = ErrorEnvelope),
    )
)]
pub async fn check_condition(
    Json { caller, body }: Json,
    projects: Data<Projects>,
    state: Data<AppState>,
) -> ApiResult<Success<CheckedCondition>> {
    caller.require(Permission::AlertsWrite)?;
    let mut fields = body.fields()?;
    let condition = fields.text("condition");
    let Some(condition) = fields.demand("condition", condition) else {
        return Err(fields.fault());
    };
    let threshold = given(&mut fields, "threshold", read_threshold);
    let time_window = given(&mut fields, "time_window", |fields| {
        let expected = "must be a time from 10s to 30d, such as 5m";
        fields.parsed("time_window", expected, |text| parse_span(text).ok())
    });
    let projects = projects.list(caller.principal()).await?;
    let longest = state.limits.max_condition;
    let checked = CheckedCondition::of(&condition, (threshold, time_window), longest, &projects);
    Ok(Success::ok(checked))
}

/// Reads a field that may be left out; what is wrong with it is no refusal here.
fn given<T>(
    fields: &mut crate::http::fields::Fields,
    field: &str,
    read: impl FnOnce(&mut crate::http::fields::Fields) -> Option<T>,
) -> Result<Option<T>, String> {
    let faults = fields.faults();
    let value = read(fields);
    if fields.faults() == faults {
        Ok(value)
    } else {
        Err(fields.last_message(field).unwrap_or_default())
    }
}

/// A rule and how many days of the past to look at; name and notifications are not needed.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "condition": "error_count > threshold in 5m", "threshold": 50, "days": 7 }))]
pub struct RuleToPreview {
    /// As in a rule.
    pub condition: String,
    /// As in a rule.
    pub threshold: Option<f64>,
    /// As in a rule.
    pub time_window: Option<String>,
    /// 1 to 30, 7 by default.
    #[schema(minimum = 1, maximum = 30)]
    pub days: Option<u8>,
}

/// What a rule would have done.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulePreview {
    /// Days that were looked at: fewer than asked for where there is too much.
    days: i64,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    from: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    to: OffsetDateTime,
    /// How often the condition was looked at.
    #[schema(example = 5)]
    step_seconds: i64,
    #[schema(example = 300)]
    window_seconds: u64,
    /// What the value is compared with.
    limit: Number,
    /// How much time each point of the series covers.
    slice_seconds: i64,
    /// At most 300 points, oldest first.
    series: Vec<SeriesPoint>,
    /// Spells in which the condition held.
    fired: u64,
    /// How often the rule would have fired.
    messages: u64,
    /// The newest 100 spells, newest first.
    firings: Vec<PreviewedFiring>,
    /// `["days"]` where fewer days were looked at than asked for.
    capped: Vec<&'static str>,
}

/// The highest value of a slice of time, or the lowest where the condition asks for little.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesPoint {
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    at: OffsetDateTime,
    value: Number,
}

impl SeriesPoint {
    /// The view of a point.
    #[must_use]
    pub const fn of((at, value): (OffsetDateTime, f64)) -> Self {
        let value = Number(value);
        Self { at, value }
    }
}

/// A spell in which the condition held.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewedFiring {
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    at: OffsetDateTime,
    /// Null while it holds.
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    until: Option<OffsetDateTime>,
    seconds: i64,
    /// The highest value, or the lowest where the condition asks for little.
    highest: Number,
    /// How often the rule would have fired in it.
    messages: u64,
}

impl RulePreview {
    /// The view of a preview.
    #[must_use]
    pub fn of(preview: Preview) -> Self {
        let to = preview.to;
        let firing = |spell: Spell| PreviewedFiring {
            at: spell.at,
            until: spell.until,
            seconds: (spell.until.unwrap_or(to) - spell.at).whole_seconds(),
            highest: Number(spell.highest),
            messages: spell.messages,
        };
        Self {
            days: (to - preview.from).whole_days(),
            from: preview.from,
            to,
            step_seconds: preview.step.whole_seconds(),
            window_seconds: preview.window.as_secs(),
            limit: Number(preview.limit),
            slice_seconds: preview.slice.whole_seconds(),
            series: preview.series.into_iter().map(SeriesPoint::of).collect(),
            fired: preview.fired,
            messages: preview.messages,
            firings: preview.firings.into_iter().map(firing).collect(),
            capped: if preview.capped {
                vec!["days"]
            } else {
                Vec::new()
            },
        }
    }
}

/// Shows what the rule of a body would have done over the past, as far as others let it.
///
/// # Errors
/// 400 as when the rule is saved, 403 for those who may not change alerts, 404 for another project than the key's own,
/// 503 with `Retry-After` where others took too long.
pub async fn preview_of(
    (caller, body): (&Caller, JsonBody),
    (integrations, projects, previews): (&Integrations, &Projects, &Previews),
    state: &AppState,
) -> ApiResult<Preview> {
    caller.require(Permission::AlertsWrite)?;
    let kinds = integrations.kinds();
    let (settings, days) = read_preview(body, state.limits.max_condition, &kinds)?;
    let projects = measured(caller, &settings.condition, projects).await?;
    let (from, to) = previews.last_days(days);
    let request = PreviewRequest {
        settings,
        projects,
        from,
        to,
    };
    let turn = tokio::time::timeout(PATIENCE, previews.turn(caller.scope().tenant())).await;
    let busy = || ApiError::new(Code::Overloaded).retry_after(5);
    let turn = turn.map_err(|_| busy())?;
    let past = previews
        .read(&turn, request)
        .await
        .map_err(|error| match error {
            PreviewError::Condition(error) => ApiError::field("condition", &error.to_string()),
            PreviewError::Store(error) => error.into(),
            other => ApiError::internal(other),
        })?;
    let evaluator = previews.evaluator();
    let played = web::block(move || past.play(&*evaluator)).await;
    played.map_err(ApiError::internal)
}

/// The projects that a rule of this caller would measure. A key bound to a project measures that alone.
///
/// # Errors
/// 404 where the condition names another project than the key's own.
async fn measured(
    caller: &Caller,
    condition: &str,
    projects: &Projects,
) -> ApiResult<Vec<Project>> {
    if caller.bound_project().is_some()
        && let Ok(condition) = Condition::parse(condition)
    {
        for field in &condition.fields {
            if let Field::Project(named) = field {
                caller.project(named)?;
            }
        }
    }
    Ok(projects.list(caller.principal()).await?)
}

/// Shows what a rule would have done over the past, by what is stored now: the evaluation itself runs over it.
///
/// One preview of a tenant, and two of a node, run at a time; others wait up to 5 s, and are answered 503 then.
#[utoipa::path(
    post, path = "/api/alerts/rules/preview", tag = "Alerts",
    request_body = RuleToPreview,
    responses(
        (status = 200, description = "What it would have done", body = Envelope<RulePreview>),
        (status = 400, description = "Invalid input, as when the rule is made", body = ErrorEnvelope),
        (status = 403, description = "The key may not change alerts", body = ErrorEnvelope),
        (status = 404, description = "The condition names another project than the key is bound to", body = ErrorEnvelope),
    )
)]
pub async fn preview_rule(
    Json { caller, body }: Json,
    integrations: Data<Integrations>,
    projects: Data<Projects>,
    previews: Data<Previews>,
    state: Data<AppState>,
) -> ApiResult<Success<RulePreview>> {
    let services = (&**integrations, &**projects, &**previews);
    let preview = preview_of((&caller, body), services, &state).await?;
    Ok(Success::ok(RulePreview::of(preview)))
}
