//! Parses stack traces of Dart and Swift.

use super::super::frame::{Frame, function, holds, in_app, path};
use super::{Exception, Trace, header, lines};

/// Whether only Dart or Swift prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    dart(line).is_some() || swift(line).is_some()
}

/// Function and place of `#1      Cart.total (package:shop/src/cart.dart:12:5)`.
fn dart(line: &str) -> Option<(&str, &str)> {
    let rest = line
        .strip_prefix('#')?
        .trim_start_matches(|c: char| c.is_ascii_digit());
    let (name, place) = rest.trim_ascii().strip_suffix(')')?.rsplit_once(" (")?;
    let is_place =
        place.starts_with("package:") || place.starts_with("dart:") || place.contains(".dart");
    is_place.then_some((name.trim_ascii(), place))
}

/// Function and file of Swift's `3 [ra] 0x0000 Cart.total() + 12 in shop at /src/Cart.swift:12:5`.
fn swift(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == line.len() || !holds(rest, ".swift") {
        return None;
    }
    let (front, place) = rest.rsplit_once(" at ")?;
    let file = super::strip_position(place);
    if !file.ends_with(".swift") {
        return None;
    }
    let (front, _) = front.rsplit_once(" in ")?;
    let (front, _) = front.rsplit_once(" + ").unwrap_or((front, ""));
    let name = front.trim_start_matches([
        '[', 'r', 'a', 'i', 'n', 'l', 'e', 'd', 's', 'y', 't', 'm', ']', ' ',
    ]);
    let name = if name.starts_with("0x") {
        name.split_once(' ').map_or("", |(_, n)| n)
    } else {
        front
            .rsplit_once("0x")
            .and_then(|(_, n)| n.split_once(' '))
            .map_or(front, |(_, n)| n)
    };
    Some((name.trim_ascii(), file))
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new("dart", Vec::new());
    for line in lines(text) {
        if let Some((name, place)) = dart(line) {
            let file = super::strip_position(place);
            let name = name
                .split(".<")
                .next()
                .unwrap_or(name)
                .trim_start_matches("new ");
            let own = !in_app::is_library_path(file);
            let function = if name.starts_with('<') { "" } else { name };
            trace
                .current()
                .push(Frame::new(path::module(file), function, own));
        } else if let Some((name, file)) = swift(line) {
            trace.format = "swift";
            let name = function::without_arguments(name)
                .rsplit("closure #")
                .next()
                .unwrap_or(name);
            let name = name.split_once(" in ").map_or(name, |(_, outer)| outer);
            trace.current().push(Frame::new(
                path::module(file),
                name,
                !in_app::is_library_path(file),
            ));
        } else if trace.exceptions.is_empty()
            && let Some((name, _)) = header::split(line)
        {
            trace.exceptions.push(Exception::named(name));
        }
    }
    trace
}
