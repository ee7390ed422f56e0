//! Parses stack traces of PHP.

use super::super::frame::{Frame, in_app};
use super::{Exception, Trace, header, lines};

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
    let place = super::strip_number(place.strip_suffix(')')?, '(')?;
    Some((place, name))
}

/// Reads the text. PHP prints causes first, with `Next` before what they caused.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new("php", Vec::new());
    // The file that a function is in is the one its callee was called from.
    let mut inside = "";
    for line in lines(text) {
        if let Some((place, name)) = call(line) {
            if let Some(frame) = frame(name, inside) {
                trace.current().push(frame);
            }
            if place != "[internal function]" {
                inside = place;
            }
            continue;
        }
        let next = line.strip_prefix("Next ");
        if (next.is_some() || !trace.has_frames())
            && let Some((name, message)) = header::split(next.unwrap_or(line))
        {
            trace.exceptions.push(Exception::named(name));
            inside = message
                .rsplit_once(" in ")
                .map_or("", |(_, place)| super::strip_position(place));
        }
    }
    trace.exceptions.reverse();
    trace
}

fn frame<'a>(name: &'a str, file: &'a str) -> Option<Frame<'a>> {
    let name = name.split('(').next().unwrap_or(name);
    if name == "{main}" {
        return None;
    }
    let (class, method) = name
        .split_once("->")
        .or_else(|| name.split_once("::"))
        .unwrap_or_else(|| name.rsplit_once('\\').unwrap_or(("", name)));
    let class = class.split('@').next().unwrap_or(class);
    let method = method.rsplit('\\').next().unwrap_or(method);
    let method = if method.starts_with("{closure") {
        ""
    } else {
        method
    };
    // A function without a class and a namespace is one of PHP's own.
    let is_library = class.is_empty() || in_app::is_library_path(file);
    Some(Frame::new(class, method, !is_library))
}
