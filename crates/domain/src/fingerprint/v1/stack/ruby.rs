//! Parses stack traces of Ruby: both orders, before and after 3.4's new quotes and labels.

use super::super::frame::{Frame, holds, in_app, path};
use super::{Exception, Trace, lines};

/// Whether only Ruby prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// One call: place, label, and what follows the label.
struct Call<'a> {
    place: &'a str,
    label: &'a str,
    rest: &'a str,
}

/// `[12: ][from ]path:12:in 'label'[: message (Type)]`.
fn call(line: &str) -> Option<Call<'_>> {
    if !holds(line, ":in ") {
        return None;
    }
    let line = match line.split_once(": from ") {
        Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => line.strip_prefix("from ").unwrap_or(line),
    };
    let at = line.find(":in ")?;
    let (place, rest) = (&line[..at], &line[at + 4..]);
    let file = super::strip_number(place, ':')?;
    let quoted = rest.strip_prefix(['`', '\''])?;
    let end = quoted.find('\'')?;
    (!file.is_empty()).then_some(Call {
        place,
        label: &quoted[..end],
        rest: &quoted[end + 1..],
    })
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let reversed = text
        .trim_ascii_start()
        .starts_with("Traceback (most recent call last)");
    let mut calls: Vec<Call<'_>> = Vec::new();
    let mut trace = Trace::new("ruby", Vec::new());
    for line in lines(text) {
        let Some(call) = call(line) else {
            continue;
        };
        let raised = call.rest.strip_prefix(": ");
        if raised.is_some() && !reversed && !calls.is_empty() {
            // A cause is printed after the exception it caused.
            finish(&mut trace, &mut calls, reversed);
        }
        if let Some(name) = raised.and_then(type_name) {
            trace.exceptions.push(Exception::named(name));
        }
        calls.push(call);
    }
    finish(&mut trace, &mut calls, reversed);
    trace
}

/// The type in `message (Type)`.
fn type_name(raised: &str) -> Option<&str> {
    let (_, name) = raised.strip_suffix(')')?.rsplit_once('(')?;
    let named = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_'));
    named.then_some(name)
}

fn finish<'a>(trace: &mut Trace<'a>, calls: &mut Vec<Call<'a>>, reversed: bool) {
    if reversed {
        calls.reverse();
    }
    for (i, call) in calls.iter().enumerate() {
        let file = super::strip_number(call.place, ':').unwrap_or(call.place);
        let block = call.label.contains(" in ");
        // A method written in C has no place of its own: it shows its caller's.
        let native = !block
            && calls
                .get(i + 1)
                .is_some_and(|caller| caller.place == call.place);
        if native {
            continue;
        }
        let name = label(call.label);
        let is_library = in_app::is_library_path(file) || file == "-e" || name.starts_with('<');
        trace
            .current()
            .push(Frame::new(path::module(file), name, !is_library));
    }
    calls.clear();
}

/// The method of `block (2 levels) in Shop::Cart#total`.
fn label(label: &str) -> &str {
    let method = label.rsplit(" in ").next().unwrap_or(label);
    if method.starts_with('<') {
        return method;
    }
    method.rsplit(['#', '.', ':']).next().unwrap_or(method)
}
