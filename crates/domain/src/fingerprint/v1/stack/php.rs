//! Parses stack traces of PHP.

use super::super::frame::{Frame, Origin, in_app, path};
use super::{Call, Exception, Trace, header, lines};
use std::borrow::Cow;

/// Whether only PHP prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// Place and function of `#3 /path/file.php(12): Ns\Class->method(Array)`, `#4 [internal
/// function]: ...` and `#5 {main}`.
fn call(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix('#')?;
    let rest = rest
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .strip_prefix(' ')?;
    if rest == "{main}" {
        return Some(("", "{main}"));
    }
    let (place, name) = rest.split_once(": ")?;
    if place == "[internal function]" {
        return Some((place, name));
    }
    super::strip_number(place.strip_suffix(')')?, '(')?;
    Some((place, name))
}

/// File and line of `/path/file.php(12)`.
fn place(place: &str) -> (&str, u32) {
    place
        .strip_suffix(')')
        .and_then(|place| place.rsplit_once('('))
        .map_or((place, 0), |(file, line)| (file, line.parse().unwrap_or(0)))
}

/// Reads the text. PHP prints causes first, with `Next` before what they caused.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::PHP, Vec::new());
    // The file that a function is in is the one its callee was called from.
    let mut inside = ("", 0);
    let mut reported_first = false;
    for line in lines(text) {
        if let Some((called_from, name)) = call(line) {
            let (file, line) = inside;
            let name = name.split('(').next().unwrap_or(name);
            trace.current().push(Call {
                name,
                file,
                line,
                ..Call::default()
            });
            inside = match called_from {
                "[internal function]" => ("", 0),
                called_from => place(called_from),
            };
            continue;
        }
        if let Some((name, value, raised_at)) = monolog(line) {
            trace
                .exceptions
                .push(Exception::named(name.replace("\\\\", "\\"), value));
            inside = raised(raised_at);
            reported_first = true;
            continue;
        }
        let next = line.strip_prefix("Next ");
        if (next.is_some() || !trace.has_calls())
            && let Some((name, said)) = header::split(next.unwrap_or(line))
        {
            let (value, raised_at) = said.rsplit_once(" in ").unwrap_or((said, ""));
            // What an uncaught exception's report adds for arguments of the wrong type.
            let value = value.strip_suffix(" and defined").unwrap_or(value);
            trace.exceptions.push(Exception::named(name, value));
            inside = raised(raised_at);
        } else if !trace.has_calls()
            && let Some((value, raised_at)) = line.rsplit_once(" in ")
        {
            // The message has several lines.
            trace.goes_on(text, value);
            inside = raised(raised_at);
        }
    }
    if !reported_first {
        trace.exceptions.reverse();
    }
    trace
}

/// Type, text and place of `[object] (Shop\\Exception(code: 0): text at /path/file.php:12)`, as Monolog and with it Laravel
/// write exceptions and, after their frames, what caused them.
fn monolog(line: &str) -> Option<(&str, &str, &str)> {
    let (_, object) = line.split_once("[object] (")?;
    let (name, rest) = object.split_once("(code: ")?;
    let (_, said) = rest.split_once("): ")?;
    let (value, place) = said.rsplit_once(" at ")?;
    Some((name, value, place.split(')').next().unwrap_or(place)))
}

/// File and line of `/path/file.php:12`.
fn raised(place: &str) -> (&str, u32) {
    match super::strip_number(place, ':') {
        Some(file) => (file, place[file.len() + 1..].parse().unwrap_or(0)),
        None => (place, 0),
    }
}

/// Reads a call. A function without a class and a namespace is one of PHP's own; a closure is known by its file alone.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let name = call.name.split('(').next().unwrap_or(call.name);
    // Doctrine's proxies of entities.
    if name == "{main}" || name.is_empty() || name.contains("\\__CG__\\") {
        return None;
    }
    let by_file = in_app::of_path(call.longest_path());
    if name.contains("{closure") {
        return Some(Frame::new(path::module(call.file), "", by_file));
    }
    let (class, method) = name
        .split_once("->")
        .or_else(|| name.split_once("::"))
        .unwrap_or_else(|| name.rsplit_once('\\').unwrap_or(("", name)));
    let class = class.split('@').next().unwrap_or(class);
    // Monolog writes JSON.
    let class = if class.contains("\\\\") {
        Cow::Owned(class.replace("\\\\", "\\"))
    } else {
        Cow::Borrowed(class)
    };
    let origin = if class.is_empty() {
        Origin::Runtime
    } else if in_app::PHP.iter().any(|root| class.starts_with(root)) {
        Origin::Library
    } else {
        by_file
    };
    Some(Frame::new(class, method, origin))
}
