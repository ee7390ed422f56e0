//! Parses stack traces of Rust: panics and backtraces.

use super::super::frame::{Frame, Origin, function, in_app, path};
use super::{Call, Exception, Trace, lines};
use std::borrow::Cow;

/// Whether only Rust prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    line.starts_with("thread '") && line.contains("' ") && line.contains("panicked at ")
        || line.starts_with("stack backtrace:")
        || line.starts_with("Stack backtrace:")
}

/// Reads the text. Without a backtrace, the file that panicked is the frame.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::RUST, Vec::new());
    let mut panicked = None;
    let mut pending: Option<&str> = None;
    let mut inside = false;
    for line in lines(text) {
        if let Some((_, place)) = line.split_once("panicked at ")
            && panicked.is_none()
        {
            panicked = Some(place);
        } else if line.eq_ignore_ascii_case("stack backtrace:") {
            inside = true;
        } else if inside && let Some(name) = numbered(line) {
            if let Some(name) = pending.replace(name) {
                trace.current().push(Call::at(name, ""));
            }
        } else if inside
            && let Some(place) = line.strip_prefix("at ")
            && let Some(name) = pending.take()
        {
            trace.current().push(Call::at(name, place));
        }
    }
    if let Some(name) = pending {
        trace.current().push(Call::at(name, ""));
    }
    trace.settle();
    // A program without symbols, or a backtrace of libraries alone, says no more than where it panicked.
    let tells = |exception: &Exception<'_>| {
        let own = |call: &Call<'_>| read(call).is_some_and(|frame| frame.origin == Origin::Own);
        exception.calls.iter().any(own)
    };
    if !trace.exceptions.iter().any(tells)
        && let Some(place) = panicked
    {
        let place = place
            .rsplit(", ")
            .next()
            .unwrap_or(place)
            .trim_end_matches(':');
        trace.current().calls.insert(0, Call::at("", place));
    }
    trace
}

/// The name in `12: name` or `12: 0x55f0 - name`.
fn numbered(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(": ")?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let rest = rest.trim_ascii_start();
    match rest.split_once(" - ") {
        Some((address, name)) if address.starts_with("0x") => Some(name),
        _ => Some(rest),
    }
}

/// What reports a panic, around the call that panicked.
const MACHINERY: &[&str] = &[
    "rust_begin_unwind",
    "begin_panic_handler",
    "rust_panic",
    "panic_fmt",
];

/// Leaves out the calls that report the panic, which are the innermost ones.
pub(super) fn settle(calls: &mut Vec<Call<'_>>) {
    let last = calls.iter().rposition(|call| is_machinery(call.name));
    if let Some(at) = last {
        calls.drain(..=at);
    }
}

/// Whether the function only reports a panic.
pub(super) fn is_machinery(name: &str) -> bool {
    // The linkers of some systems put an underscore before every name.
    MACHINERY.contains(&last_segment(name).trim_start_matches('_'))
}

/// The last name of the path that is no legacy hash.
fn last_segment(name: &str) -> &str {
    let mut segments = name.trim_ascii().rsplit("::");
    let last = segments.next().unwrap_or_default();
    if is_legacy_hash(last) {
        return segments.next().unwrap_or_default();
    }
    last
}

/// Reads a call. Without a backtrace, the file that panicked is all there is of it.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let by_path = in_app::of_path(call.longest_path());
    if call.name.is_empty() {
        return Some(Frame::new(path::module(call.file), "", by_path));
    }
    if call.name.starts_with("<unknown>") || call.name.starts_with("<no info>") {
        return None;
    }
    let segments = segments(call.name);
    let (function, outer) = segments.split_last()?;
    let root = segments[0].as_str();
    let origin = if in_app::RUST_RUNTIME.contains(&root)
        || root.starts_with('_')
        || outer.is_empty() && in_app::NATIVE_FUNCTIONS.contains(&function.as_str())
        || MACHINERY.contains(&function.as_str())
    {
        Origin::Runtime
    } else if in_app::RUST_CRATES.contains(&root) {
        Origin::Library
    } else {
        by_path
    };
    // Names of types begin with capitals, those of modules do not.
    let is_module = |name: &String| name.starts_with(|c: char| !c.is_uppercase());
    let types = outer.iter().rposition(is_module).map_or(0, |at| at + 1);
    let module = match outer[..types].last() {
        Some(module) => Cow::Owned(module.clone()),
        None => module_of(call.file),
    };
    Some(Frame::new(module, segments[types..].join("::"), origin))
}

/// The module that the file is. Of inlined functions, debug information that holds lines alone has no more than the name.
fn module_of(file: &str) -> Cow<'_, str> {
    let outer = |count: usize| file.rsplit(['/', '\\']).nth(count).unwrap_or_default();
    match path::stem(file) {
        "mod" => Cow::Borrowed(outer(1)),
        // The root of a crate: Cargo's layout has it in `src`, below a folder of the crate's name.
        "lib" | "main" if outer(1) == "src" => Cow::Owned(outer(2).replace('-', "_")),
        stem => Cow::Borrowed(stem),
    }
}

/// The path's names without generics, closures, crate hashes and the legacy hash at the end.
/// `<shop::Cart as shop::Total>::sum` is `shop::Cart::sum`.
fn segments(name: &str) -> Vec<String> {
    let mut name = name.trim_ascii();
    let mut self_type = String::new();
    if let Some(rest) = name.strip_prefix('<') {
        let end = closing(rest);
        let inner = &rest[..end];
        let inner = inner.split(" as ").next().unwrap_or(inner);
        inner
            .trim_start_matches(['&', '<', '*'])
            .clone_into(&mut self_type);
        name = rest
            .get(end + 1..)
            .unwrap_or_default()
            .trim_start_matches("::");
    }
    let joined = if self_type.is_empty() {
        name.to_owned()
    } else {
        format!("{self_type}::{name}")
    };
    let plain = function::without_nested(&joined, b'<', b'>');
    let plain = function::without_nested(&plain, b'[', b']');
    let plain = function::without_nested(&plain, b'{', b'}');
    plain
        .split("::")
        .map(|part| {
            part.trim_matches(['<', '>', '&', ' '])
                .trim_start_matches("mut ")
                .trim_start_matches("dyn ")
        })
        .filter(|part| !part.is_empty() && !is_legacy_hash(part))
        .map(str::to_owned)
        .collect()
}

/// Where the bracket opened before `text` closes.
fn closing(text: &str) -> usize {
    let mut depth = 1_u32;
    let bytes = text.as_bytes();
    for (i, b) in bytes.iter().enumerate() {
        match b {
            b'<' => depth += 1,
            b'>' if i > 0 && bytes[i - 1] == b'-' => {}
            b'>' => {
                depth -= 1;
                if depth == 0 {
                    return i;
                }
            }
            _ => {}
        }
    }
    text.len()
}

fn is_legacy_hash(part: &str) -> bool {
    part.len() == 17 && part.starts_with('h') && part[1..].bytes().all(|b| b.is_ascii_hexdigit())
}
