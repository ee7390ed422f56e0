//! Collects the hash input of a fingerprint and hashes it.

use super::stack::{self, Exception, Trace};
use super::{message, select};
use crate::fingerprint::{ExplainedFrame, Fingerprint, FingerprintInput, HashInput};
use sha2::{Digest, Sha256};

/// The placeholder for the built-in grouping among the caller's grouping parts.
const DEFAULT: &str = "default";
/// How many lines of a stack trace in an unknown format are hashed.
const LINES: usize = 6;
/// How many lines of a stack trace in an unknown format are read. Lines that differ from the line before in
/// parameters only count as one, so that more lines are read than hashed.
const LINES_READ: usize = 16;

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
        let (own, embedded) = match stack::embedded_at(&cleaned) {
            Some(at) => (&cleaned[..at], Some(&cleaned[at..])),
            None => (cleaned.as_ref(), None),
        };
        let trace_text = given.map(message::clean);
        let text = trace_text.as_deref().or(embedded);
        let bare = text.and_then(unprefixed);
        let trace = text
            .and_then(stack::parse)
            .or_else(|| stack::parse(bare.as_deref()?));
        let is_database = trace
            .as_ref()
            .is_some_and(|trace| trace.format == "postgresql");
        let own = if is_database {
            without_sqlstate(own)
        } else {
            own
        };
        let own = match trace.as_ref().and_then(|trace| trace.exceptions.first()) {
            // The message was nothing but the trace: what it says stands in the trace.
            Some(outermost) if stack::is_announcement(own.trim_ascii()) => outermost.header,
            _ => own,
        };
        let mut decision = Self {
            message: message::normalize(own),
            format: text.map(|_| trace.as_ref().map_or("text", |trace| trace.format)),
            types: Vec::new(),
            frames: Vec::new(),
            inputs: Vec::new(),
            explains,
        };
        decision.read(input.source, trace.as_ref(), own, text);
        decision.customize(input);
        decision
    }

    fn read(&mut self, source: &str, trace: Option<&Trace<'_>>, own: &str, text: Option<&str>) {
        self.inputs.push(input("source", source.to_owned()));
        let mut places = Vec::new();
        match trace {
            Some(trace) => {
                for exception in &trace.exceptions {
                    self.exception(trace, exception, &mut places);
                }
            }
            None => {
                for line in text.map(unknown).unwrap_or_default() {
                    places.push(line);
                }
            }
        }
        if self.types.is_empty() {
            self.types
                .extend(stack::split_header(own).map(|(name, _)| name.to_owned()));
        }
        let types = self.types.iter().map(|name| input("type", name.clone()));
        self.inputs.extend(types);
        self.inputs
            .extend(places.into_iter().map(|place| input("frame", place)));
        self.inputs.push(input("message", self.message.clone()));
    }

    fn exception<'a>(
        &mut self,
        trace: &Trace<'a>,
        exception: &Exception<'a>,
        places: &mut Vec<String>,
    ) {
        if exception.aside {
            return;
        }
        if !exception.type_name.is_empty() {
            self.types.push(exception.type_name.clone().into_owned());
        }
        let counted = select::counted(trace, exception, places);
        if self.explains {
            self.frames
                .extend(exception.frames.iter().enumerate().map(|(i, frame)| {
                    let site = frame.site();
                    ExplainedFrame {
                        module: site.module.into_owned(),
                        function: frame.function.clone().into_owned(),
                        in_app: site.in_app,
                        counted: counted.iter().any(|(chosen, _)| *chosen == i),
                    }
                }));
        }
        places.extend(counted.into_iter().map(|(_, place)| place));
    }

    /// Replaces the built-in grouping by the caller's parts.
    fn customize(&mut self, report: &FingerprintInput<'_>) {
        let Some(parts) = report.custom.filter(|parts| !parts.is_empty()) else {
            return;
        };
        let ours = std::mem::take(&mut self.inputs);
        for part in parts {
            if is_default(part) {
                self.inputs.extend(ours.iter().cloned());
            } else {
                self.inputs.push(input("custom", part.clone()));
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

fn input(name: &'static str, value: String) -> HashInput {
    HashInput { name, value }
}

fn is_default(part: &str) -> bool {
    part.trim()
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .is_some_and(|inner| inner.trim() == DEFAULT)
}

/// A message without the SQLSTATE that PostgreSQL puts before it when it is verbose.
fn without_sqlstate(message: &str) -> &str {
    match message.split_once(": ") {
        Some((code, rest))
            if code.len() == 5
                && code
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) =>
        {
            rest
        }
        _ => message,
    }
}

/// The text without what a logger or container put before each line. `None` when nothing did.
fn unprefixed(text: &str) -> Option<String> {
    let bare = |line: &'_ str| -> usize {
        let line_start = line.len() - line.trim_ascii_start().len();
        let after_name = match line.split_once(" | ") {
            Some((name, _)) if !name.trim_ascii().contains(' ') => name.len() + 3,
            _ => line_start,
        };
        let rest = &line[after_name..];
        after_name + (rest.len() - message::strip_prefix(rest).len()).min(rest.len())
    };
    let second = text
        .lines()
        .filter(|line| !line.trim_ascii().is_empty())
        .nth(1)?;
    if bare(second) <= second.len() - second.trim_ascii_start().len() {
        return None;
    }
    let lines: Vec<&str> = text
        .lines()
        .map(|line| &line[bare(line.trim_ascii_end())..])
        .collect();
    Some(lines.join("\n"))
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
        if kept.last() != Some(&line) {
            kept.push(line);
        }
        if kept.len() == LINES {
            break;
        }
    }
    kept
}
