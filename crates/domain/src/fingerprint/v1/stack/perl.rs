//! Parses stack traces of Perl: `Carp`'s long messages.

use super::super::frame::{Frame, holds, in_app};
use super::{Trace, lines};

/// Whether only Perl prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// Function and file of `Shop::Cart::total("x") called at lib/Shop/Cart.pm line 12`.
fn call(line: &str) -> Option<(&str, &str)> {
    if !holds(line, " called at ") {
        return None;
    }
    let (name, place) = line.rsplit_once(" called at ")?;
    let (file, _) = place.rsplit_once(" line ")?;
    Some((name, file))
}

/// The file of `message at lib/Shop/Cart.pm line 12.`.
fn raised(line: &str) -> Option<&str> {
    let (front, number) = line.trim_end_matches('.').rsplit_once(" line ")?;
    let front = match front.rsplit_once(" line ") {
        // `at file line 12, <STDIN> line 3.`
        Some((first, handle)) if handle.contains(", <") => first,
        _ => front,
    };
    let file = front
        .rsplit_once(" at ")
        .map_or_else(|| front.strip_prefix("at "), |(_, file)| Some(file))?;
    number.bytes().all(|b| b.is_ascii_digit()).then_some(file)
}

/// Reads the text. A function is in the file that its callee was called from.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new("perl", Vec::new());
    let mut inside = "";
    for line in lines(text) {
        if let Some((name, file)) = call(line) {
            if let Some(frame) = frame(name, inside) {
                trace.current().push(frame);
            }
            inside = file;
        } else if let Some(file) = raised(line) {
            inside = file;
        }
    }
    trace
}

/// `None` for blocks (`eval {...}`) and `require`, which are no functions.
fn frame<'a>(call: &'a str, file: &'a str) -> Option<Frame<'a>> {
    let name = call.split('(').next().unwrap_or(call).trim_ascii();
    if name.contains('{') || name.starts_with("require ") {
        return None;
    }
    let (package, function) = name.rsplit_once("::").unwrap_or(("main", name));
    let function = if function.starts_with("__ANON__") {
        ""
    } else {
        function
    };
    Some(Frame::new(
        package,
        function,
        !in_app::is_library_path(file),
    ))
}
