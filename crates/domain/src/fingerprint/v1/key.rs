//! What a fingerprint is made of, and the hash of it.

use super::frame::Frame;
use super::message;
use super::stack::{self, Exception, Trace};
use crate::fingerprint::{ExplainedFrame, Fingerprint, FingerprintInput, HashInput};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// What stands for the built-in grouping in a caller's own.
const DEFAULT: &str = "default";
/// Most modules whose frames count: where it happened, and who asked for it.
const MODULES: usize = 3;
/// Most frames of one exception that count.
const FRAMES: usize = 3;
/// The same for bundles, where one file holds the application and what drives it.
const BUNDLE_FRAMES: usize = 2;
/// How deep a bundle's named function is looked for: V8 prints ten frames, others all.
const BUNDLE_DEPTH: usize = 10;
/// Functions that a program starts in. Whether a stack reaches them depends on threads and timers.
const ENTRIES: &[&str] = &["main", "Main", "<main>", "<module>", "<top (required)>", "__main__"];
/// Lines of an unknown format that count.
const LINES: usize = 8;

/// What was read in a report, and what counted.
pub(super) struct Decision {
    pub(super) message: String,
    pub(super) format: Option<&'static str>,
    pub(super) types: Vec<String>,
    pub(super) frames: Vec<ExplainedFrame>,
    pub(super) inputs: Vec<HashInput>,
}

impl Decision {
    /// Reads a report.
    pub(super) fn of(input: &FingerprintInput<'_>) -> Self {
        let cleaned = message::clean(input.message);
        let given = input.stack_trace.filter(|text| !text.trim_ascii().is_empty());
        let (own, embedded) = match stack::embedded_at(&cleaned) {
            Some(at) => (&cleaned[..at], Some(&cleaned[at..])),
            None => (cleaned.as_ref(), None),
        };
        let trace_text = given.map(message::clean);
        let text = trace_text.as_deref().or(embedded);
        let trace = text.and_then(stack::parse);
        let is_database = trace.as_ref().is_some_and(|trace| trace.format == "postgresql");
        let own = if is_database { without_sqlstate(own) } else { own };
        let mut decision = Self {
            message: message::normalize(own),
            format: text.map(|_| trace.as_ref().map_or("text", |trace| trace.format)),
            types: Vec::new(),
            frames: Vec::new(),
            inputs: Vec::new(),
        };
        let own_type = || stack::split_header(message::strip_prefix(own)).map(|(name, _)| name);
        decision.read(input.source, trace.as_ref(), own_type(), text);
        decision.customize(input);
        decision
    }

    fn read(&mut self, source: &str, trace: Option<&Trace<'_>>, own: Option<&str>, text: Option<&str>) {
        self.input("source", source);
        let mut places = Vec::new();
        match trace {
            Some(trace) => {
                for exception in &trace.exceptions {
                    self.exception(trace, exception, &mut places);
                }
            }
            None => {
                for line in text.map(|text| unknown(text)).unwrap_or_default() {
                    places.push(line);
                }
            }
        }
        if self.types.is_empty() {
            self.types.extend(own.map(str::to_owned));
        }
        for name in self.types.clone() {
            self.input("type", &name);
        }
        for place in places {
            self.input("frame", &place);
        }
        let message = self.message.clone();
        self.input("message", &message);
    }

    fn input(&mut self, name: &'static str, value: &str) {
        self.inputs.push(HashInput { name, value: value.to_owned() });
    }

    fn exception(&mut self, trace: &Trace<'_>, exception: &Exception<'_>, places: &mut Vec<String>) {
        if !exception.aside && !exception.type_name.is_empty() {
            self.types.push(exception.type_name.clone().into_owned());
        }
        let counted = if exception.aside { Vec::new() } else { select(trace, exception, places) };
        for (i, frame) in exception.frames.iter().enumerate() {
            let counts = counted.contains(&i);
            if counts {
                places.push(place(trace, frame));
            }
            self.frames.push(ExplainedFrame {
                module: frame.module.clone().into_owned(),
                function: frame.function.clone().into_owned(),
                in_app: frame.in_app,
                counted: counts,
            });
        }
    }

    /// Puts the caller's parts in the place of ours.
    fn customize(&mut self, input: &FingerprintInput<'_>) {
        let Some(parts) = input.custom.filter(|parts| !parts.is_empty()) else {
            return;
        };
        let ours = std::mem::take(&mut self.inputs);
        for part in parts {
            if is_default(part) {
                self.inputs.extend(ours.iter().cloned());
            } else {
                self.inputs.push(HashInput { name: "custom", value: part.clone() });
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
                && code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) =>
        {
            rest
        }
        _ => message,
    }
}

/// A frame as it is hashed. Native tools know the file only with debug information: there the
/// qualified function is the place.
fn place(trace: &Trace<'_>, frame: &Frame<'_>) -> String {
    match (frame.module.as_ref(), frame.function.as_ref()) {
        ("", function) => function.to_owned(),
        (module, "") => module.to_owned(),
        (_, function) if trace.format == "native" => function.to_owned(),
        (module, function) => format!("{module} {function}"),
    }
}

/// The frames that count: the innermost of the application's own, until a second module was
/// reached; a library's when there are no others. A cause's end where what it caused begins:
/// printers leave those frames out, each at another depth.
fn select(trace: &Trace<'_>, exception: &Exception<'_>, places: &[String]) -> Vec<usize> {
    let frames = &exception.frames;
    let most = if trace.bundled { BUNDLE_FRAMES } else { FRAMES };
    let pick = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
        let mut modules: Vec<&Cow<'_, str>> = Vec::new();
        let mut chosen: Vec<usize> = Vec::new();
        for i in (0..frames.len()).filter(|i| wanted(*i)) {
            let frame = &frames[i];
            if chosen.len() >= 2 && !same_root(trace.format, &frames[chosen[0]], frame) {
                break;
            }
            if chosen.iter().any(|c| frames[*c].same_place(frame)) {
                continue;
            }
            if !places.is_empty() && places.contains(&place(trace, frame)) {
                break;
            }
            if !modules.contains(&&frame.module) {
                modules.push(&frame.module);
            }
            chosen.push(i);
            if modules.len() >= MODULES || chosen.len() >= most {
                break;
            }
        }
        chosen
    };
    let depth = if trace.bundled { BUNDLE_DEPTH } else { usize::MAX };
    let named = |i: usize| i < depth && frames[i].in_app && !frames[i].function.is_empty();
    let inner = pick(&|i| named(i) && !ENTRIES.contains(&frames[i].function.as_ref()));
    if !inner.is_empty() {
        return inner;
    }
    let named = pick(&named);
    if !named.is_empty() {
        return named;
    }
    let own = pick(&|i| i < depth && frames[i].in_app);
    if !own.is_empty() {
        return own;
    }
    pick(&|i| !frames[i].function.is_empty())
}

/// Whether two qualified names are of one owner: the company's and the product's name in Java, the
/// first name in .NET and Perl. Other languages tell libraries by their paths.
fn same_root(format: &str, a: &Frame<'_>, b: &Frame<'_>) -> bool {
    let (separator, segments) = match format {
        "java" => (".", 2),
        "dotnet" => (".", 1),
        "perl" => ("::", 1),
        _ => return true,
    };
    let root = |frame: &Frame<'_>| frame.module.split(separator).take(segments).count();
    root(a) == root(b)
        && a.module.split(separator).zip(b.module.split(separator)).take(segments).all(|(a, b)| a == b)
}

/// The lines of an unknown format, normalized.
fn unknown(text: &str) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim_ascii).filter(|line| !line.is_empty()) {
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
