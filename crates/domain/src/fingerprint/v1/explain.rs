//! Says in words which parts of a report counted, which were ignored, and why.

use super::key::Decision;
use super::{message, stack};
use crate::fingerprint::{ExplainedFrame, ExplainedPart, FingerprintInput};

/// Longest part that is shown whole, in characters.
const LONGEST: usize = 200;

/// Every part of a report that grouping looked at, in the order in which a report is read.
pub(super) fn parts(input: &FingerprintInput<'_>, decision: &Decision) -> Vec<ExplainedPart> {
    let hashed = |name: &str| decision.inputs.iter().any(|input| input.name == name);
    let hashes_message = decision
        .inputs
        .iter()
        .any(|input| input.name == "message" && !input.value.is_empty());
    // The caller's own grouping may leave out what was found.
    let own = hashed("source");
    let mut parts = Vec::new();
    for input in decision
        .inputs
        .iter()
        .filter(|input| input.name == "custom")
    {
        parts.push(part(
            "custom",
            &input.value,
            true,
            "part of the grouping that the report brings",
        ));
    }
    parts.push(part(
        "source",
        input.source,
        true,
        "reports of another source are other errors",
    ));
    for name in &decision.types {
        parts.push(part(
            "type",
            name,
            true,
            "the type of the exception, or of a cause",
        ));
    }
    let any_own = decision.frames.iter().any(|frame| frame.in_app);
    for frame in &decision.frames {
        let place = [frame.module.as_str(), frame.function.as_str()];
        let text: Vec<&str> = place.into_iter().filter(|text| !text.is_empty()).collect();
        parts.push(part(
            "frame",
            &text.join(" "),
            frame.counted,
            of_frame(frame, any_own),
        ));
    }
    for input in &decision.inputs {
        let (kind, reason) = match input.name {
            "frame" if decision.frames.is_empty() => (
                "trace",
                "a line of a stack trace whose format is unknown, without its parameters",
            ),
            "line" => (
                "line",
                "the source line of the call site nearest to the error, without its values",
            ),
            "value" => ("cause", "what a cause says, without its parameters"),
            _ => continue,
        };
        parts.push(part(kind, &input.value, true, reason));
    }
    parts.push(part(
        "message",
        &decision.message,
        hashes_message,
        if hashes_message {
            "the message without its parameters"
        } else {
            "the type of the exception says the same, in every language"
        },
    ));
    parts.extend(of_message(input, decision));
    if !own {
        for ignored in parts.iter_mut().filter(|part| part.kind != "custom") {
            ignored.counted = false;
            ignored.reason = "the report brings its own grouping, without {{ default }}";
        }
    }
    parts
}

fn part(kind: &'static str, text: &str, counted: bool, reason: &'static str) -> ExplainedPart {
    let mut shown: String = text.chars().take(LONGEST).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    ExplainedPart {
        kind,
        text: shown,
        counted,
        reason,
    }
}

const fn of_frame(frame: &ExplainedFrame, any_own: bool) -> &'static str {
    match (frame.counted, frame.in_app) {
        (true, true) => "a call site of the application nearest to the error",
        (true, false) => "a call site nearest to the error; no frame is the application's own",
        (false, true) => {
            "further out than the frames that count, repeated, generated, or where the program starts"
        }
        (false, false) if any_own => {
            "a library's or the runtime's frame; the application's own count"
        }
        (false, false) => "further out than the frames that count, or the runtime's",
    }
}

/// The parameters of the message, and what stays although it looks like one.
fn of_message(input: &FingerprintInput<'_>, decision: &Decision) -> Vec<ExplainedPart> {
    let reported = input.exceptions.and_then(|trace| trace.exceptions.first());
    let value = reported
        .and_then(|exception| exception.value.as_deref())
        .filter(|value| !value.is_empty());
    let said = value.or(input.message_template).unwrap_or(input.message);
    let cleaned = message::clean(said);
    let own = stack::embedded_at(&cleaned).map_or(cleaned.as_ref(), |at| &cleaned[..at]);
    let mut parts = message::explain(own, !decision.frames.is_empty());
    for shown in &mut parts {
        let whole = part("", &shown.text, shown.counted, shown.reason);
        shown.text = whole.text;
    }
    parts
}
