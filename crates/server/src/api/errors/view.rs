//! Response types of errors.

pub use super::facets_view::FacetsView;
pub use super::occurrence_view::OccurrenceView;
pub use super::similar_view::{SimilarList, SimilarView};

use super::exceptions::ExceptionView;
use super::occurrence_view::FeedbackView;
use super::past::ErrorPast;
use super::symbolication::SymbolicationView;
use super::triage_view::TriageView;
use faultbook_domain::errors::{
    ErrorDetail, ErrorFigures, ErrorGroup, ErrorState, EventSummary, JsonText, Level, Occurrence,
    Severity,
};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::id::ProjectId;
use faultbook_domain::ingest::StoredReport;
use faultbook_domain::search::{Hint, NEW};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of an error's occurrences.
#[derive(Debug, Serialize, ToSchema)]
pub struct OccurrenceList {
    /// Newest received first.
    pub occurrences: Vec<OccurrenceView>,
    /// How many are kept in all; with a query, found.
    pub total: Option<u64>,
    /// How many a page holds.
    pub limit: u32,
    /// Where the next page starts; null on the last.
    pub next_cursor: Option<String>,
    /// The fields above that are empty because too much would have had to be read.
    pub capped: Vec<&'static str>,
}

/// An error with one of its occurrences: the one just reported, or the latest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub struct ErrorView {
    /// The error's id: similar reports share it.
    id: Uuid,
    /// When the occurrence happened.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    timestamp: OffsetDateTime,
    #[schema(value_type = String, example = "error")]
    level: Level,
    message: String,
    /// Left out of lists unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    stack_trace: Option<Option<String>>,
    /// Those of the latest occurrence, the reported exception first; shown of one error alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<ExceptionView>>)]
    exceptions: Option<Vec<ExceptionView>>,
    /// What source maps made of them; null without frames of scripts, shown of one error alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SymbolicationView>)]
    symbolication: Option<Option<SymbolicationView>>,
    /// Left out of lists unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    context: Option<Option<JsonText>>,
    source: String,
    environment: String,
    user_agent: Option<String>,
    ip_address: Option<String>,
    url: Option<String>,
    #[schema(value_type = String, example = "5f0c1d2e3b4a59687786a5b4c3d2e1f0")]
    fingerprint: Fingerprint,
    resolved: bool,
    /// How many occurrences the error has had.
    count: i64,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    first_seen: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    last_seen: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    created_at: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    updated_at: OffsetDateTime,
    /// The occurrence's name: the caller's, or its id.
    event_id: Uuid,
    #[schema(value_type = String, example = "critical")]
    severity: Severity,
    project_id: Uuid,
    release: Option<String>,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    resolved_at: Option<OffsetDateTime>,
    /// Whether it occurred again after having been resolved.
    regressed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    tags: Option<Option<JsonText>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    user: Option<Option<JsonText>>,
    /// What users said about the latest occurrence, oldest first; shown of one error alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<FeedbackView>>)]
    feedback: Option<Vec<FeedbackView>>,
    /// Type of the newest occurrence's exception. This and what follows is shown where errors are read.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    exception_type: Option<Option<String>>,
    /// The newest occurrence's innermost own frame: `function (file:line)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    culprit: Option<Option<String>>,
    /// Whether it was first seen within 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<bool>,
    /// Distinct users affected.
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<i64>,
    /// How many occurrences it has had, whatever the filters of a list, which `count` follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<i64>,
    /// Occurrences by hour, or by day, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    trend: Option<Vec<i64>>,
    /// What people decided about it, and what is the caller's; where errors are read.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    triage: Option<TriageView>,
    /// Of a single error: its surroundings and its past.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    past: Option<ErrorPast>,
}

/// Which of the heavy fields a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Include {
    /// Stack traces.
    pub stack_trace: bool,
    /// Contexts.
    pub context: bool,
}

impl ErrorView {
    /// With what people decided about it.
    #[must_use]
    pub fn with_triage(self, triage: TriageView) -> Self {
        Self {
            triage: Some(triage),
            ..self
        }
    }

    /// With its surroundings and its past.
    #[must_use]
    pub fn with_past(self, past: ErrorPast) -> Self {
        Self {
            past: Some(past),
            ..self
        }
    }

    /// The error just after this report.
    #[must_use]
    pub fn of_accepted(accepted: &StoredReport) -> Self {
        Self::of_occurrence(&accepted.occurrence, &accepted.recorded.error)
    }

    fn of_occurrence(occurrence: &Occurrence, state: &ErrorState) -> Self {
        let shown = Shown {
            project_id: occurrence.project_id,
            fingerprint: occurrence.fingerprint,
            event_id: occurrence.event_id,
            timestamp: occurrence.timestamp,
            summary: occurrence.summary.clone(),
        };
        Self {
            stack_trace: Some(occurrence.stack_trace.clone()),
            context: Some(occurrence.context.clone()),
            tags: Some(occurrence.tags.clone()),
            user: Some(occurrence.user.clone()),
            ..Self::without_heavy(state, shown)
        }
    }

    /// One error, whole.
    #[must_use]
    pub fn of_detail(detail: ErrorDetail, now: OffsetDateTime) -> Self {
        let ErrorDetail {
            error,
            latest,
            figures,
        } = detail;
        if let Some(mut latest) = latest {
            let is_new = is_new(&error, now);
            let feedback = std::mem::take(&mut latest.feedback);
            return Self {
                exceptions: Some(ExceptionView::all(&latest)),
                symbolication: Some(SymbolicationView::of(&latest)),
                feedback: Some(FeedbackView::all(feedback)),
                ..Self::of_occurrence(&latest, &error.state)
            }
            .with_figures(figures, is_new);
        }
        let everything = Include {
            stack_trace: true,
            context: true,
        };
        let without_latest = ErrorDetail {
            error,
            latest: None,
            figures,
        };
        Self {
            exceptions: Some(Vec::new()),
            symbolication: Some(None),
            feedback: Some(Vec::new()),
            ..Self::listed(without_latest, everything, now)
        }
    }

    /// One error without the heavy fields.
    #[must_use]
    pub fn of_group(error: ErrorGroup) -> Self {
        let updated_at = error.state.updated_at;
        Self::listed(
            ErrorDetail {
                error,
                latest: None,
                figures: None,
            },
            Include::default(),
            updated_at,
        )
    }

    /// One error in a list.
    #[must_use]
    pub fn listed(detail: ErrorDetail, include: Include, now: OffsetDateTime) -> Self {
        let ErrorDetail {
            error,
            latest,
            figures,
        } = detail;
        let is_new = is_new(&error, now);
        let (stack_trace, context) =
            latest.map_or((None, None), |latest| (latest.stack_trace, latest.context));
        let shown = Shown {
            project_id: error.project_id,
            fingerprint: error.fingerprint,
            event_id: error.event_id,
            timestamp: error.timestamp,
            summary: error.summary,
        };
        Self {
            stack_trace: include.stack_trace.then_some(stack_trace),
            context: include.context.then_some(context),
            ..Self::without_heavy(&error.state, shown)
        }
        .with_figures(figures, is_new)
    }

    /// The view with none of the fields that may be left out.
    fn without_heavy(state: &ErrorState, shown: Shown) -> Self {
        let Shown {
            project_id,
            fingerprint,
            event_id,
            timestamp,
            summary,
        } = shown;
        let EventSummary {
            level,
            severity,
            message,
            source,
            environment,
            url,
            user_agent,
            ip_address,
            release,
        } = summary;
        Self {
            id: state.id.0,
            timestamp,
            level,
            message,
            stack_trace: None,
            exceptions: None,
            symbolication: None,
            context: None,
            source,
            environment,
            user_agent,
            ip_address,
            url,
            fingerprint,
            resolved: state.resolved,
            count: state.count,
            first_seen: state.first_seen,
            last_seen: state.last_seen,
            created_at: state.created_at,
            updated_at: state.updated_at,
            event_id,
            severity,
            project_id: project_id.0,
            release,
            resolved_at: state.resolved_at,
            regressed: state.regressed,
            tags: None,
            user: None,
            feedback: None,
            exception_type: None,
            culprit: None,
            new: None,
            users: None,
            total_count: None,
            trend: None,
            triage: None,
            past: None,
        }
    }

    /// With the figures of occurrences.
    fn with_figures(self, figures: Option<ErrorFigures>, is_new: bool) -> Self {
        let Some(figures) = figures else {
            return self;
        };
        let ErrorFigures {
            of,
            trend,
            exception_type,
            culprit,
        } = figures;
        Self {
            total_count: Some(self.count),
            count: of.count,
            first_seen: of.first_seen,
            last_seen: of.last_seen,
            exception_type: Some(exception_type),
            culprit: Some(culprit),
            new: Some(is_new),
            users: Some(of.users),
            trend: Some(trend),
            ..self
        }
    }
}

/// Returns whether an error is new at a time.
fn is_new(error: &ErrorGroup, now: OffsetDateTime) -> bool {
    now - error.state.first_seen <= NEW
}

/// The occurrence that a view of an error shows.
struct Shown {
    project_id: ProjectId,
    fingerprint: Fingerprint,
    event_id: Uuid,
    timestamp: OffsetDateTime,
    summary: EventSummary,
}

/// A page of errors.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorList {
    /// The errors.
    pub errors: Vec<ErrorView>,
    /// How many match in all.
    #[schema(example = 150)]
    pub total: u64,
    /// Whether more match than were counted.
    pub total_capped: bool,
    /// offset / limit + 1.
    #[schema(example = 1)]
    pub page: u64,
    /// How many a page holds.
    #[schema(example = 50)]
    pub limit: u32,
    /// Where the next page starts; null on the last.
    pub next_cursor: Option<String>,
    /// Keys of the query that no occurrence has, each with the nearest one.
    pub hints: Vec<HintView>,
}

/// What may be wrong with a term of a query.
#[derive(Debug, Serialize, ToSchema)]
pub struct HintView {
    /// Where the term begins, in characters from 1.
    pub position: usize,
    /// What may be wrong with it.
    pub message: String,
}

impl From<Hint> for HintView {
    fn from(hint: Hint) -> Self {
        let Hint { position, message } = hint;
        Self { position, message }
    }
}
