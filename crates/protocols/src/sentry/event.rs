//! From an event to a report.

use super::context::Context;
use super::envelope::Header;
use super::exceptions::{self, Traces};
use super::fields::{Object, cut, cut_str, scalar, take_object, take_text, text as text_of};
use super::message::LogEntry;
use super::request::{MAX_URL, Request};
use super::{
    event_fields, javascript, legacy, level, source, tags, text, timestamp, trimming, user,
};
use crate::origin::Origin;
use crate::repair::Unreadable;
use faultbook_domain::ingest::Report;
use faultbook_domain::stack_trace::sent::{Detail, frames_of, main_of, trace_of};
use faultbook_domain::stack_trace::{Exception, StackTrace};
use serde_json::Value;
use uuid::Uuid;

/// The message of an event that says nothing.
const UNLABELED: &str = "<unlabeled event>";
/// The longest environment or release, in characters.
const MAX_NAME: usize = 250;
/// The longest part of a fingerprint, in characters, and the most parts.
const MAX_PART: usize = 1_000;
const MAX_PARTS: usize = 100;
/// The largest user, in bytes of its JSON.
const MAX_USER: usize = 16 * 1024;
/// Events up to this size are never larger than what is stored, however their texts are escaped.
const SURELY_SMALL: usize = trimming::MAX_CONTEXT / 16;

/// An event that was read.
pub(super) struct Event {
    fields: Object,
    /// Something of it was skipped.
    trimmed: bool,
    /// How long its JSON is.
    size: usize,
}

impl Event {
    /// Reads the JSON of an event.
    ///
    /// # Errors
    /// [`Unreadable`] when it is no JSON object.
    pub(super) fn read(payload: &[u8]) -> Result<Self, Unreadable> {
        let (mut fields, trimmed) = event_fields::read(payload)?;
        legacy::rename_interfaces(&mut fields);
        Ok(Self {
            fields,
            trimmed,
            size: payload.len(),
        })
    }

    /// The id that the event itself says it has.
    pub(super) fn id(&self) -> Option<Uuid> {
        self.fields.get("event_id").and_then(super::event_id::read)
    }

    /// Whether it measures a transaction rather than being an error.
    pub(super) fn is_transaction(&self) -> bool {
        self.fields.get("type").and_then(Value::as_str) == Some("transaction")
    }

    /// Turns the event into a report.
    pub(super) fn into_report(
        self,
        id: Uuid,
        header: &Header,
        attachments: Vec<Value>,
        origin: &Origin<'_>,
    ) -> Report {
        let Self {
            fields: mut event,
            trimmed,
            size,
        } = self;
        let platform = take_text(&mut event, "platform");
        let sdk = take_object(&mut event, "sdk");
        let tags = tags::take(&mut event);
        let level = level::read(event.remove("level"));
        let log = LogEntry::take(&mut event);
        let traces = Traces::take(&mut event);
        let request = Request::take(&mut event);
        let remote = request.remote_address.as_deref();
        let (mut user, ip_address) = user::take(&mut event, |user| {
            user::ip_address(user, sdk.as_ref(), platform.as_deref(), remote, origin)
        });
        let mut context = Context::take(&mut event);
        let is_javascript = javascript::has_frames(&traces, platform.as_deref());
        let script_ids = javascript::script_ids(&mut event);

        let title =
            main_message(&traces, &log).or_else(|| context.transaction().map(str::to_owned));
        let title = title.unwrap_or_else(|| UNLABELED.to_owned());
        let source = source::of_event(
            tags.as_ref(),
            origin.source,
            platform.as_deref(),
            sdk.as_ref(),
        );
        let mut report = Report::new(cut(source, MAX_NAME), title);
        report.level = level.level;
        report.severity = level.severity;
        set_trace(&mut report, &traces, platform.as_deref());
        if traces.exceptions.is_empty() {
            report.message_template = log.template;
        } else {
            context.put_long_text("log_message", log.text);
        }
        let named = |own: Option<String>, of_trace: &Option<String>| {
            own.or_else(|| of_trace.clone())
                .map(|name| cut(name, MAX_NAME))
        };
        report.environment = named(take_text(&mut event, "environment"), &header.environment);
        report.release = named(take_text(&mut event, "release"), &header.release);
        report.url = request.url;
        report.user_agent = request
            .user_agent
            .or_else(|| agent_of_browser(platform.as_deref(), origin));
        report.ip_address = ip_address;
        report.timestamp = Some(timestamp::of_event(
            event.get("timestamp"),
            header.sent_at,
            origin.received_at,
        ));
        report.fingerprint = event.remove("fingerprint").and_then(fingerprint);
        report.event_id = Some(id);
        report.tags = tags;

        context.put_flag("handled", exceptions::handled(&traces.exceptions));
        context.put_list("exception", traces.exceptions);
        context.put_list("threads", traces.threads);
        context.put_object("request", request.sent);
        context.put_object("sdk", sdk);
        context.put_text("platform", platform);
        context.put_text("sentry_level", level.word);
        context.put_list("attachments", attachments);
        report.is_javascript = is_javascript;
        if is_javascript {
            context.put_object("debug_meta", script_ids);
        }
        let mut context = context.into_object();
        let trimmed_user = user
            .as_mut()
            .is_some_and(|user| size > MAX_USER && trimming::trim_members(user, MAX_USER));
        let trimmed_context = size > SURELY_SMALL && trimming::trim(&mut context);
        if trimmed || trimmed_user || trimmed_context {
            trimming::mark(&mut context);
        }
        report.user = user;
        report.context = (!context.is_empty()).then_some(context);
        report
    }
}

/// Makes the trace of a report again after its frames were rewritten in its context, which is trimmed again where it has
/// grown.
pub fn retrace(report: &mut Report) {
    let Some(mut context) = report.context.take() else {
        return;
    };
    if trimming::trim(&mut context) {
        trimming::mark(&mut context);
    }
    let mut taken = |name| match context.get_mut(name).map(Value::take) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    let traces = Traces {
        exceptions: taken("exception"),
        threads: taken("threads"),
    };
    let platform = context.get("platform").and_then(Value::as_str);
    // What trimming took away altogether was there when the trace was made first.
    if !traces.exceptions.is_empty() || !traces.threads.is_empty() {
        set_trace(report, &traces, platform);
    }
    for (name, list) in [
        ("exception", traces.exceptions),
        ("threads", traces.threads),
    ] {
        if !list.is_empty() {
            context.insert(name.to_owned(), Value::Array(list));
        }
    }
    report.context = Some(context);
}

/// Sets the stack trace of a report, as text and as what grouping reads.
fn set_trace(report: &mut Report, traces: &Traces, platform: Option<&str>) {
    let trace = grouping_trace(traces, platform);
    report.stack_trace = trace
        .as_ref()
        .and_then(|trace| text::of_trace(trace, &report.message));
    report.exceptions = trace.map(StackTrace::into_owned);
}

/// What the main exception says, else the log text.
fn main_message(traces: &Traces, log: &LogEntry) -> Option<String> {
    let main = main_of(&traces.exceptions).map(|place| &traces.exceptions[place]);
    match main {
        Some(main) => exceptions::message(main, log.text.as_deref()),
        None => log.text.clone(),
    }
}

/// What grouping reads: the exceptions; without any, the frames of the thread. `None` when there is neither.
fn grouping_trace<'a>(traces: &'a Traces, platform: Option<&'a str>) -> Option<StackTrace<'a>> {
    let trace = if traces.exceptions.is_empty() {
        let frames = frames_of(traces.thread()?.as_object()?, platform, Detail::Place);
        StackTrace {
            platform: platform.map(Into::into),
            exceptions: vec![Exception {
                frames,
                ..Exception::default()
            }],
        }
    } else {
        trace_of(&traces.exceptions, platform, Detail::Place)
    };
    let says = |exception: &Exception<'_>| {
        exception.type_name.is_some() || exception.value.is_some() || !exception.frames.is_empty()
    };
    trace.exceptions.iter().any(says).then_some(trace)
}

fn agent_of_browser(platform: Option<&str>, origin: &Origin<'_>) -> Option<String> {
    let agent = origin
        .user_agent
        .filter(|agent| platform == Some("javascript") && !agent.trim().is_empty())?;
    Some(cut(agent.to_owned(), MAX_URL))
}

/// The caller's own grouping: a list that is not empty.
fn fingerprint(value: Value) -> Option<Vec<String>> {
    let Value::Array(parts) = value else {
        return None;
    };
    let parts = parts
        .iter()
        .filter_map(scalar)
        .take(MAX_PARTS)
        .map(|part| cut(part, MAX_PART));
    let parts: Vec<String> = parts.collect();
    (!parts.is_empty()).then_some(parts)
}

/// What is kept of an attachment.
pub(super) fn attachment(header: &Object, payload: &[u8]) -> Value {
    let mut kept = Object::new();
    for field in ["filename", "content_type"] {
        if let Some(text) = text_of(header, field) {
            kept.insert(field.to_owned(), Value::from(cut_str(text, MAX_NAME)));
        }
    }
    kept.insert("size".to_owned(), Value::from(payload.len()));
    Value::Object(kept)
}
