//! Parses stack traces of Swift.

use super::super::frame::{Frame, function, holds, in_app, path};
use super::{Call, Trace, strip_position};

/// Whether only Swift prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// `3 [ra] 0x0000 Cart.total() + 12 in shop at /src/Cart.swift:12:5`.
fn call(line: &str) -> Option<Call<'_>> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == line.len() || !holds(rest, ".swift") {
        return None;
    }
    let (front, place) = rest.rsplit_once(" at ")?;
    if !strip_position(place).ends_with(".swift") {
        return None;
    }
    let (front, _) = front.rsplit_once(" in ")?;
    let (front, _) = front.rsplit_once(" + ").unwrap_or((front, ""));
    // `[ra]`, `[inlined]`, `[system]` and the address stand before the name.
    let mut name = front.trim_ascii_start();
    while let Some((_, after)) = name
        .strip_prefix('[')
        .and_then(|marks| marks.split_once(']'))
    {
        name = after.trim_ascii_start();
    }
    if name.starts_with("0x") {
        name = name.split_once(' ').map_or("", |(_, name)| name);
    }
    Some(Call::at(name.trim_ascii(), place))
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    Trace::of_lines(&super::SWIFT, text, call)
}

/// Reads a call: `closure #1 in Cart.total()` is in `Cart.total`.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let name = function::without_arguments(call.name);
    let name = name.rsplit("closure #").next().unwrap_or(name);
    let name = name.split_once(" in ").map_or(name, |(_, outer)| outer);
    let origin = in_app::of_path(call.longest_path());
    Some(Frame::new(path::module(call.file), name, origin))
}
