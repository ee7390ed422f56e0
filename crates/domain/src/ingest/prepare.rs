//! Turns a report into an occurrence: validates, scrubs, fingerprints, assigns ids.

use super::report::{Report, ReportProblem};
use crate::clock::Clock;
use crate::errors::{EventSummary, JsonText, Occurrence};
use crate::fingerprint::{Explanation, FingerprintInput, Fingerprinter};
use crate::id::{OccurrenceId, ProjectId};
use crate::id_source::IdSource;
use crate::instant::clamped_instant;
use crate::scrub::Scrubber;
use crate::stack_trace::StackTrace;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::mem;
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

/// What grouping reads of a report.
struct Grouped {
    message: String,
    source: String,
    stack_trace: Option<String>,
    custom: Option<Vec<String>>,
    message_template: Option<String>,
    exceptions: Option<StackTrace<'static>>,
}

impl Grouped {
    fn input(&self) -> FingerprintInput<'_> {
        FingerprintInput {
            source: &self.source,
            message: &self.message,
            message_template: self.message_template.as_deref(),
            stack_trace: self.stack_trace.as_deref(),
            exceptions: self.exceptions.as_ref(),
            custom: self.custom.as_deref(),
        }
    }
}

impl Preparer {
    /// Validates, scrubs and fingerprints a report and assigns its ids.
    ///
    /// # Errors
    /// [`ReportProblem`] when the report is invalid.
    pub(super) fn prepare(
        &self,
        project: ProjectId,
        mut report: Report,
    ) -> Result<Occurrence, ReportProblem> {
        let now = self.clock.now();
        report.check(now)?;
        let id = self.ids.next_id(now);
        let grouped = self.grouped(&mut report);
        let fingerprint = self.fingerprinter.fingerprint(&grouped.input());
        let Grouped {
            message,
            source,
            stack_trace,
            custom,
            ..
        } = grouped;
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

    /// Explains how a report would be grouped.
    ///
    /// # Errors
    /// [`ReportProblem`] when the report is invalid.
    pub(super) fn explain(&self, mut report: Report) -> Result<Explanation, ReportProblem> {
        report.check(self.clock.now())?;
        let grouped = self.grouped(&mut report);
        Ok(self.fingerprinter.explain(&grouped.input()))
    }

    /// Takes out of a report what grouping reads, without secrets.
    fn grouped(&self, report: &mut Report) -> Grouped {
        let custom = report.fingerprint.take().filter(|parts| !parts.is_empty());
        Grouped {
            message: self.clean(mem::take(&mut report.message)),
            source: self.clean(mem::take(&mut report.source)),
            stack_trace: report.stack_trace.take().map(|text| self.clean(text)),
            custom: custom.map(|parts| parts.into_iter().map(|part| self.clean(part)).collect()),
            message_template: report.message_template.take().map(|text| self.clean(text)),
            exceptions: report
                .exceptions
                .take()
                .map(|trace| self.clean_trace(trace)),
        }
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
        let clean = |text: &mut Option<Cow<'static, str>>| {
            *text = text
                .take()
                .map(|text| Cow::Owned(self.clean(text.into_owned())));
        };
        for exception in &mut trace.exceptions {
            clean(&mut exception.value);
            for frame in &mut exception.frames {
                clean(&mut frame.context_line);
            }
        }
        trace
    }

    fn clean_object(&self, object: Map<String, Value>) -> JsonText {
        let mut value = Value::Object(object);
        self.scrubber.scrub_json(&mut value);
        JsonText::of(&value)
    }
}
