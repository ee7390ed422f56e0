//! Turns a report into an occurrence: validates, scrubs, fingerprints, assigns ids.

use super::report::{Report, ReportProblem};
use crate::clock::Clock;
use crate::errors::{EventSummary, JsonText, Occurrence};
use crate::fingerprint::{FingerprintInput, Fingerprinter};
use crate::id::{OccurrenceId, ProjectId};
use crate::id_source::IdSource;
use crate::instant::clamped_instant;
use crate::scrub::Scrubber;
use crate::stack_trace::StackTrace;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// The environment of a report that names none.
pub const DEFAULT_ENVIRONMENT: &str = "production";

/// Turns reports into occurrences.
#[derive(Clone)]
pub(super) struct Preparer {
    pub(super) fingerprinter: Arc<dyn Fingerprinter>,
    pub(super) scrubber: Arc<dyn Scrubber>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
}

impl Preparer {
    /// Validates, scrubs and fingerprints a report and assigns its ids.
    ///
    /// # Errors
    /// [`ReportProblem`] when the report is invalid.
    pub(super) fn prepare(
        &self,
        project: ProjectId,
        report: Report,
    ) -> Result<Occurrence, ReportProblem> {
        let now = self.clock.now();
        report.check(now)?;
        let id = self.ids.next_id(now);
        let message = self.clean(report.message);
        let source = self.clean(report.source);
        let stack_trace = report.stack_trace.map(|text| self.clean(text));
        let custom: Option<Vec<String>> = report
            .fingerprint
            .filter(|parts| !parts.is_empty())
            .map(|parts| parts.into_iter().map(|part| self.clean(part)).collect());
        let message_template = report.message_template.map(|text| self.clean(text));
        let exceptions = report.exceptions.map(|trace| self.clean_trace(trace));
        let fingerprint = self.fingerprinter.fingerprint(&FingerprintInput {
            source: &source,
            message: &message,
            message_template: message_template.as_deref(),
            stack_trace: stack_trace.as_deref(),
            exceptions: exceptions.as_ref(),
            custom: custom.as_deref(),
        });
        let event_id = report.event_id.unwrap_or(id);
        let environment = report.environment.filter(|name| !name.trim().is_empty());
        Ok(Occurrence {
            id: OccurrenceId(id),
            project_id: project,
            event_id,
            fingerprint,
            fingerprint_version: self.fingerprinter.version(),
            timestamp: report.timestamp.map_or(now, clamped_instant),
            received_at: now,
            summary: EventSummary {
                level: report.level,
                severity: report
                    .severity
                    .unwrap_or_else(|| report.level.default_severity()),
                message,
                source,
                environment: environment
                    .map_or_else(|| DEFAULT_ENVIRONMENT.to_owned(), |e| self.clean(e)),
                url: report.url.map(|text| self.clean(text)),
                user_agent: report.user_agent.map(|text| self.clean(text)),
                ip_address: report.ip_address,
                release: report.release.map(|text| self.clean(text)),
            },
            stack_trace,
            context: report.context.map(|object| self.clean_object(object)),
            tags: report.tags.map(|object| self.clean_object(object)),
            user: report.user.map(|object| self.clean_object(object)),
            custom_fingerprint: custom.map(|parts| JsonText::of(&Value::from(parts))),
            feedback: self.clean_feedback(report.feedback, event_id),
        })
    }

    /// Removes secrets, and NUL characters, which PostgreSQL's text cannot hold.
    pub(super) fn clean(&self, text: String) -> String {
        let text = if memchr::memchr(0, text.as_bytes()).is_some() {
            text.replace('\0', "\u{FFFD}")
        } else {
            text
        };
        self.scrubber.scrub_text(&text).unwrap_or(text)
    }

    /// Removes secrets from what grouping reads of a trace. What is stored of it is in the context.
    fn clean_trace(&self, mut trace: StackTrace<'static>) -> StackTrace<'static> {
        for exception in &mut trace.exceptions {
            exception.value = exception
                .value
                .take()
                .map(|value| Cow::Owned(self.clean(value.into_owned())));
        }
        trace
    }

    fn clean_object(&self, object: Map<String, Value>) -> JsonText {
        let mut value = Value::Object(object);
        self.scrubber.scrub_json(&mut value);
        JsonText::of(&value)
    }
}
