//! Parses stack traces of Ruby: both orders, before and after 3.4's new quotes and labels.

use super::super::frame::{Frame, Origin, holds, in_app, path};
use super::{Call, Exception, Trace, lines};

/// Whether only Ruby prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// `[12: ][from ]path:12:in 'label'[: message (Type)]`: the call, and what follows its label.
fn call(line: &str) -> Option<(Call<'_>, &str)> {
    if !holds(line, ":in ") {
        return None;
    }
    let line = match line.split_once(": from ") {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => line.strip_prefix("from ").unwrap_or(line),
    };
    let at = line.find(":in ")?;
    let (place, rest) = (&line[..at], &line[at + 4..]);
    super::strip_number(place, ':').filter(|file| !file.is_empty())?;
    let quoted = rest.strip_prefix(['`', '\''])?;
    let end = quoted.find('\'')?;
    Some((Call::at(&quoted[..end], place), &quoted[end + 1..]))
}

/// Text and type of the exception that the line announces: `place:in 'label': message (Type)`.
pub(super) fn announced(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = call(line)?;
    raised_by(rest.strip_prefix(": ")?.trim_ascii_end())
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let reversed = text
        .trim_ascii_start()
        .starts_with("Traceback (most recent call last)");
    let mut trace = Trace::new(&super::RUBY, Vec::new());
    for line in lines(text) {
        let Some((call, rest)) = call(line).or_else(|| top(line)) else {
            continue;
        };
        let raised = rest.strip_prefix(": ");
        if let Some((value, name)) = raised.and_then(raised_by) {
            // A cause is printed after the exception it caused.
            if reversed && !trace.exceptions.is_empty() {
                let current = trace.current();
                current.type_name = name.into();
                current.value = value;
            } else {
                trace.exceptions.push(Exception::named(name, value));
            }
        }
        trace.current().calls.push(call);
    }
    for exception in &mut trace.exceptions {
        if !reversed {
            exception.calls.reverse();
        }
        exception.turn();
    }
    trace
}

/// The code of a file itself, which old versions print without a label: `/usr/bin/tool:23`.
fn top(line: &str) -> Option<(Call<'_>, &str)> {
    let place = line.strip_prefix("from ").unwrap_or(line);
    let file = super::strip_number(place, ':')?;
    (file.starts_with('/') && !file.contains([' ', ':'])).then(|| (Call::at("<main>", place), ""))
}

/// Text and type of `message (Type)`.
fn raised_by(raised: &str) -> Option<(&str, &str)> {
    let (value, name) = raised.strip_suffix(')')?.rsplit_once('(')?;
    let named = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_'));
    named.then_some((value.trim_ascii_end(), name))
}

/// Leaves out methods that are written in C: they have no place of their own and show their caller's.
pub(super) fn settle(calls: &mut Vec<Call<'_>>) {
    let mut at = 0;
    let places: Vec<(&str, u32)> = calls.iter().map(|call| (call.file, call.line)).collect();
    calls.retain(|call| {
        at += 1;
        let block = call.name.contains(" in ");
        block || places.get(at) != Some(&(call.file, call.line))
    });
}

/// Reads a call. A block at the top of a file has no function around it.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let name = label(call.name);
    let function = match name {
        name if name.len() < call.name.len() && name.starts_with('<') => "",
        name => name,
    };
    let origin = match in_app::of_path(call.longest_path()) {
        _ if call.file == "-e" || is_cleaned(call.file) => Origin::Library,
        origin => origin,
    };
    Some(Frame::new(path::module(call.file), function, origin))
}

/// Whether Rails' backtrace cleaner wrote the place of a gem's file: `actionpack (7.2.1) lib/x.rb`.
fn is_cleaned(file: &str) -> bool {
    file.split_once(" (")
        .and_then(|(_, rest)| rest.split_once(") "))
        .is_some_and(|(version, _)| version.starts_with(|c: char| c.is_ascii_digit()))
}

/// The method of `block (2 levels) in Shop::Cart#total`.
fn label(label: &str) -> &str {
    let method = label.rsplit(" in ").next().unwrap_or(label);
    if method.starts_with('<') {
        return method;
    }
    // Rails numbers the methods of templates anew in each process: `_app_views_cart_html_erb__4242_100`.
    let numbered = method.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    if method.starts_with('_') && numbered.len() + 2 < method.len() {
        return numbered;
    }
    method.rsplit(['#', '.', ':']).next().unwrap_or(method)
}
