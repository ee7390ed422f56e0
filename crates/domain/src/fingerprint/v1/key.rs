//! Collects the hash input of a fingerprint and hashes it.

use super::frame::path;
use super::message;
use super::said::{self, Said};
use super::select::{Chain, Counted, Frames, unwrap};
use super::stack::{self, PLACES, Trace};
use super::unit::Unit;
use crate::fingerprint::{ExplainedFrame, Fingerprint, FingerprintInput, HashInput};
use sha2::{Digest, Sha256};

/// The placeholder for the built-in grouping among the caller's grouping parts.
const DEFAULT: &str = "default";
/// How many lines of a stack trace in an unknown format are hashed.
const LINES: usize = 6;
/// How many lines of a stack trace in an unknown format are read. Lines that differ from the line before in
/// parameters only count as one, so that more lines are read than hashed.
const LINES_READ: usize = 8;

/// The parsed parts of a report and the hash input chosen from them.
pub(super) struct Decision {
    pub(super) message: String,
    pub(super) format: Option<&'static str>,
    pub(super) types: Vec<String>,
    pub(super) frames: Vec<ExplainedFrame>,
    pub(super) inputs: Vec<HashInput>,
    /// Whether to fill `frames`. Does not affect the fingerprint.
    explains: bool,
}

impl Decision {
    /// Parses a report and chooses the hash input. Lists the frames only when `explains` is set.
    pub(super) fn of(input: &FingerprintInput<'_>, explains: bool) -> Self {
        let cleaned = message::clean(input.message);
        let given = input
            .stack_trace
            .filter(|text| !text.trim_ascii().is_empty());
        let (own, embedded) = apart(message::unquoted(&cleaned), given.is_some());
        let structured = input.exceptions.and_then(Trace::of);
        let trace_text = match structured {
            Some(_) => None,
            None => given.map(message::clean),
        };
        let text = match structured {
            Some(_) => None,
            None => trace_text.as_deref().or(embedded),
        };
        let read = structured.or_else(|| stack::parse(text?));
        let rewritten = match (&read, text) {
            (None, Some(text)) => stack::rewritten(text),
            _ => None,
        };
        let mut trace = read
            .or_else(|| stack::parse(rewritten.as_deref()?))
            .or_else(|| stack::parse_places(text?));
        let wrapper = trace.as_mut().and_then(unwrap);
        let own = match wrapper {
            Some(wrapper) if said::repeats(own, &wrapper) => "",
            _ => own,
        };
        let said = Said::of(input, own, trace.as_ref());
        let mut decision = Self {
            message: said.whole,
            format: match &trace {
                Some(trace) => Some(trace.format.name),
                None => text.map(|_| "text"),
            },
            types: Vec::new(),
            frames: Vec::new(),
            inputs: vec![part("source", input.source.to_owned())],
            explains,
        };
        match &trace {
            Some(trace) => {
                decision.chain(trace, &said.alone);
                decision.announcement(trace, &said.alone);
            }
            None => {
                let lines = match text {
                    Some(text) => unknown(text),
                    None => message::source_file(own)
                        .map(|file| vec![path::module(file).into_owned()])
                        .unwrap_or_default(),
                };
                decision
                    .inputs
                    .extend(lines.into_iter().map(|line| part("frame", line)));
            }
        }
        if decision.types.is_empty()
            && let Some(name) = said.type_name
        {
            decision.inputs.insert(1, part("type", name.clone()));
            decision.types.push(name);
        }
        decision.inputs.push(part("message", said.alone));
        decision.customize(input);
        decision
    }

    /// Adds the exceptions: the reported one, then each other one once, in an order of their own. Retries and groups
    /// hold like exceptions in any number and order.
    fn chain(&mut self, trace: &Trace<'_>, message: &str) {
        let mut chain = Chain::of(trace);
        let mut known: Vec<String> = Vec::new();
        let mut others: Vec<Unit> = Vec::new();
        let mut first: Option<Unit> = None;
        for (at, exception) in trace.exceptions.iter().enumerate() {
            if exception.aside {
                continue;
            }
            let counted = chain.counted(at, &known);
            if self.explains {
                self.explain(chain.frames(at), &counted);
            }
            let unit = Unit::of(trace, exception, &counted);
            if !exception.type_name.is_empty() {
                self.types.push(exception.type_name.clone().into_owned());
            }
            match &first {
                None => {
                    known.clone_from(&unit.frames);
                    first = Some(unit);
                }
                Some(first) => {
                    let repeats = unit.frames.is_empty()
                        && unit.type_name == first.type_name
                        && (unit.value == message || unit.value == first.value);
                    if !exception.grouped {
                        known.extend(unit.frames.iter().cloned());
                    }
                    if !repeats {
                        others.push(unit);
                    }
                }
            }
        }
        others.sort();
        others.dedup();
        let units = first.into_iter().chain(others);
        self.inputs
            .extend(units.enumerate().flat_map(|(i, unit)| unit.parts(i > 0)));
    }

    /// Adds what a trace of no known format says before its calls, unless the message says it.
    fn announcement(&mut self, trace: &Trace<'_>, message: &str) {
        let Some(exception) = trace
            .exceptions
            .first()
            .filter(|_| trace.format.is(&PLACES))
        else {
            return;
        };
        let said = message::normalize(exception.value);
        let named = !exception.type_name.is_empty();
        if !named && !said.is_empty() && !said.contains(message) && !message.contains(&said) {
            self.inputs.push(part("value", said));
        }
    }

    fn explain(&mut self, frames: &mut Frames<'_, '_>, counted: &[Counted<'_>]) {
        for index in 0..frames.len() {
            let in_app = frames.is_own(index);
            if let Some(frame) = frames.get(index) {
                self.frames.push(ExplainedFrame {
                    module: frame.module.clone().into_owned(),
                    function: frame.function.clone().into_owned(),
                    in_app,
                    counted: counted.iter().any(|chosen| chosen.index == index),
                });
            }
        }
    }

    /// Replaces the built-in grouping by the caller's parts.
    fn customize(&mut self, report: &FingerprintInput<'_>) {
        let Some(parts) = report.custom.filter(|parts| !parts.is_empty()) else {
            return;
        };
        let ours = std::mem::take(&mut self.inputs);
        for own in parts {
            if is_default(own) {
                self.inputs.extend(ours.iter().cloned());
            } else {
                self.inputs.push(part("custom", own.clone()));
            }
        }
    }

    /// SHA-256 over each input's name, length and value, cut to 128 bits.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        for part in &self.inputs {
            hash.update(part.name.as_bytes());
            hash.update((part.value.len() as u64).to_be_bytes());
            hash.update(part.value.as_bytes());
        }
        let digest = hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Fingerprint::from_bytes(bytes)
    }
}

/// The words of a message, and the stack trace in it, if any. Nothing is looked for on the line of the message where the
/// report brings a trace of its own.
fn apart(message: &str, traced: bool) -> (&str, Option<&str>) {
    if let Some(at) = stack::embedded_at(message) {
        let first = message.lines().next().unwrap_or_default();
        if stack::is_announcement(message::strip_prefix(first).trim_ascii()) {
            // The exception is named between the announcement and the first call.
            return (first, Some(message));
        }
        return (&message[..at], Some(&message[at..]));
    }
    if traced {
        return (message, None);
    }
    match stack::folded_at(message) {
        Some(at) => (&message[..at], Some(message)),
        None if stack::head(message).is_some_and(|head| head.placed) => (message, Some(message)),
        None => (message, None),
    }
}

/// A named part of the hash input.
pub(super) fn part(name: &'static str, value: String) -> HashInput {
    HashInput { name, value }
}

fn is_default(part: &str) -> bool {
    part.trim()
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .is_some_and(|inner| inner.trim() == DEFAULT)
}

/// The lines of an unknown format, normalized.
fn unknown(text: &str) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for line in text
        .lines()
        .map(str::trim_ascii)
        .filter(|line| !line.is_empty())
        .take(LINES_READ)
    {
        let line = message::normalize(line);
        if kept.last() != Some(&line) && line != message::PARAM {
            kept.push(line);
        }
        if kept.len() == LINES {
            break;
        }
    }
    kept
}
