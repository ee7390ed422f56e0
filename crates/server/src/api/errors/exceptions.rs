//! The exceptions of an occurrence with their frames.

use faultbook_domain::errors::{JsonText, Occurrence};
use faultbook_domain::stack_trace::{Exception, Frame, Reported, Sent};
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use utoipa::ToSchema;

/// Frames of an occurrence that are shown, of all its exceptions together. As JSON a frame is several times as long
/// as a line of text, so that this bounds a page of occurrences.
const MAX_FRAMES: usize = 500;

/// An exception of an occurrence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Exception)]
pub struct ExceptionView {
    #[serde(rename = "type")]
    #[schema(example = "ValueError")]
    type_name: Option<String>,
    #[schema(example = "no such order")]
    value: Option<String>,
    /// Newest call first.
    frames: Vec<FrameView>,
}

/// A call of a stack trace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Frame)]
pub struct FrameView {
    function: Option<String>,
    module: Option<String>,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    /// Whether it is the application's own code.
    in_app: Option<bool>,
    /// The source lines before the call.
    pre_context: Option<Vec<String>>,
    /// The source line of the call.
    context_line: Option<String>,
    /// The source lines after the call.
    post_context: Option<Vec<String>>,
    /// The local variables by name.
    #[schema(value_type = Option<Object>)]
    vars: Option<Map<String, Value>>,
    /// The fields of a frame of a script as they were sent: `function`, `filename`, `abs_path`, `lineno`, `colno`,
    /// `context_line`; absent for other frames.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    raw: Option<Map<String, Value>>,
    /// What became of a frame of a script: `status` (`ok`, `failed`), `by` (`debug_id`, `url`), `artifact`, `reason`,
    /// `message`; absent for other frames.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    symbolication: Option<Map<String, Value>>,
}

impl ExceptionView {
    /// The exceptions of an occurrence, the reported one first: as its SDK sent them, else out of the stack trace's
    /// text.
    pub fn all(occurrence: &Occurrence) -> Vec<Self> {
        let context = occurrence.context.as_ref().map(JsonText::members);
        let sent = context.as_ref().and_then(Sent::read);
        let reported = Reported::choose(sent.as_ref(), occurrence.stack_trace.as_deref());
        let exceptions = reported.into_iter().flat_map(Reported::into_exceptions);
        let mut room = MAX_FRAMES;
        exceptions
            .map(|exception| Self::of(exception, &mut room))
            .collect()
    }

    fn of(exception: Exception<'_>, room: &mut usize) -> Self {
        let Exception {
            type_name,
            value,
            module: _,
            mechanism: _,
            frames,
        } = exception;
        let frames: Vec<FrameView> = frames.into_iter().take(*room).map(FrameView::of).collect();
        *room -= frames.len();
        Self {
            type_name: type_name.map(Cow::into_owned),
            value: value.map(Cow::into_owned),
            frames,
        }
    }
}

impl FrameView {
    fn of(frame: Frame<'_>) -> Self {
        let Frame {
            function,
            module,
            file,
            absolute_path,
            line,
            column,
            in_app,
            pre_context,
            context_line,
            post_context,
            vars,
            raw,
            symbolication,
        } = frame;
        Self {
            function: function.map(Cow::into_owned),
            module: module.map(Cow::into_owned),
            file: file.or(absolute_path).map(Cow::into_owned),
            line,
            column,
            in_app,
            pre_context: lines(pre_context),
            context_line: context_line.map(Cow::into_owned),
            post_context: lines(post_context),
            vars,
            raw,
            symbolication,
        }
    }
}

fn lines(lines: Vec<Cow<'_, str>>) -> Option<Vec<String>> {
    let lines: Vec<String> = lines.into_iter().map(Cow::into_owned).collect();
    (!lines.is_empty()).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use faultbook_domain::errors::{EventSummary, Level, Severity};
    use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
    use faultbook_domain::id::{OccurrenceId, ProjectId};
    use serde_json::json;
    use time::OffsetDateTime;
    use uuid::Uuid;

    fn shown(context: Option<Value>, stack_trace: Option<&str>) -> Value {
        let text = || String::from("s");
        let occurrence = Occurrence {
            id: OccurrenceId(Uuid::nil()),
            project_id: ProjectId(Uuid::nil()),
            event_id: Uuid::nil(),
            fingerprint: Fingerprint::from_bytes([0; 16]),
            fingerprint_version: FingerprintVersion(1),
            timestamp: OffsetDateTime::UNIX_EPOCH,
            received_at: OffsetDateTime::UNIX_EPOCH,
            summary: EventSummary {
                level: Level::Error,
                severity: Severity::Critical,
                message: text(),
                source: text(),
                environment: text(),
                url: None,
                user_agent: None,
                ip_address: None,
                release: None,
            },
            stack_trace: stack_trace.map(str::to_owned),
            context: context.map(|context| JsonText::of(&context)),
            tags: None,
            user: None,
            custom_fingerprint: None,
            feedback: Vec::new(),
        };
        serde_json::to_value(ExceptionView::all(&occurrence)).unwrap()
    }

    const TRACEBACK: &str = "Traceback (most recent call last):\n  File \"/app/shop/cart.py\", line 14, in total\n    return sum(prices)\n  File \"/app/shop/price.py\", line 3, in price\n    raise KeyError(name)\nKeyError: 'tea'";

    #[test]
    fn what_an_sdk_sent_is_shown() {
        let exception = json!([
            { "type": "KeyError", "value": "'tea'", "stacktrace": { "frames": [
                { "function": "total", "filename": "shop/cart.py", "lineno": 14 },
                { "function": "price", "filename": "shop/price.py", "lineno": 3, "colno": 7, "in_app": true,
                  "module": "shop.price", "pre_context": ["def price(name):"], "vars": { "name": "tea" },
                  "context_line": "    raise KeyError(name)", "post_context": [] },
            ] } },
            { "type": "OrderError", "value": "no price" },
        ]);
        let context = json!({ "exception": exception, "platform": "python", "extra": { "a": 1 } });
        let expected = json!([
            { "type": "OrderError", "value": "no price", "frames": [] },
            { "type": "KeyError", "value": "'tea'", "frames": [
                { "function": "price", "module": "shop.price", "file": "shop/price.py", "line": 3, "column": 7,
                  "in_app": true, "pre_context": ["def price(name):"],
                  "context_line": "    raise KeyError(name)", "post_context": null, "vars": { "name": "tea" } },
                { "function": "total", "module": null, "file": "shop/cart.py", "line": 14, "column": null,
                  "in_app": null, "pre_context": null, "context_line": null, "post_context": null, "vars": null },
            ] },
        ]);
        assert_eq!(shown(Some(context), Some(TRACEBACK)), expected);
    }

    #[test]
    fn a_text_is_read_where_there_is_no_structure() {
        for context in [None, Some(json!({ "exception": "KeyError" }))] {
            let shown = shown(context, Some(TRACEBACK));
            assert_eq!(shown[0]["type"], "KeyError");
            assert_eq!(shown[0]["value"], "'tea'");
            let frames = shown[0]["frames"].as_array().unwrap();
            let functions: Vec<&Value> = frames.iter().map(|frame| &frame["function"]).collect();
            assert_eq!(functions, ["price", "total"], "newest call first");
            assert_eq!(frames[0]["line"], 3);
        }
        let without_frames = json!({ "exception": [{ "type": "KeyError", "value": "'tea'" }] });
        let both = shown(Some(without_frames.clone()), Some(TRACEBACK));
        assert_eq!(both[0]["frames"].as_array().unwrap().len(), 2);
        let alone = shown(Some(without_frames), None);
        let expected = json!([{ "type": "KeyError", "value": "'tea'", "frames": [] }]);
        assert_eq!(alone, expected);
    }

    #[test]
    fn there_are_none_without_any() {
        for (context, text) in [
            (None, None),
            (None, Some("it just stopped")),
            (Some(json!({ "exception": [null, 5, {}] })), None),
            (Some(json!({ "a": "\"exception\"" })), Some("")),
        ] {
            assert_eq!(shown(context, text), json!([]));
        }
    }

    #[test]
    fn a_page_is_bounded() {
        let frames: Vec<Value> = (0..100)
            .map(|n| json!({ "function": n.to_string() }))
            .collect();
        let one = json!({ "type": "E", "stacktrace": { "frames": frames } });
        let many: Vec<&Value> = std::iter::repeat_n(&one, 60).collect();
        let shown = shown(Some(json!({ "exception": many })), None);
        let shown = shown.as_array().unwrap();
        assert_eq!(shown.len(), Reported::MAX_EXCEPTIONS);
        let frames = shown
            .iter()
            .map(|one| one["frames"].as_array().unwrap().len());
        assert_eq!(frames.sum::<usize>(), MAX_FRAMES);
        assert_eq!(shown[0]["frames"][0]["function"], "99");
    }
}
