//! Parses stack traces of Perl: `Carp`'s long messages.

use super::super::frame::{Frame, in_app};
use super::{Call, Trace, lines};

/// Whether only Perl prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// Function, and the place it was called from, of `Shop::Cart::total("x") called at lib/Shop/Cart.pm line 12`.
fn call(line: &str) -> Option<(&str, (&str, u32))> {
    // Cheap first: most lines that are no frame end here.
    if !line
        .trim_end_matches('.')
        .ends_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let (name, place) = line.rsplit_once(" called at ")?;
    let called = name.split('(').next().unwrap_or(name).trim_ascii();
    let is_block = called.starts_with("eval ") || called.starts_with("require ");
    if called.contains(' ') && !is_block {
        return None;
    }
    let (file, line) = place.rsplit_once(" line ")?;
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    Some((name, (file, line[..digits].parse().unwrap_or(0))))
}

/// File and line of `message at lib/Shop/Cart.pm line 12.`.
fn raised(line: &str) -> Option<(&str, u32)> {
    let (front, number) = line.trim_end_matches('.').rsplit_once(" line ")?;
    let (front, number) = match front.rsplit_once(" line ") {
        // `at file line 12, <STDIN> line 3.`
        Some((first, handle)) if handle.contains(", <") => {
            (first, handle.split(',').next().unwrap_or(handle))
        }
        _ => (front, number),
    };
    let file = front
        .rsplit_once(" at ")
        .map_or_else(|| front.strip_prefix("at "), |(_, file)| Some(file))?;
    Some((file, number.parse().ok()?))
}

/// Reads the text. A function is in the file that its callee was called from.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::PERL, Vec::new());
    let mut inside = ("", 0);
    for line in lines(text) {
        if let Some((name, place)) = call(line) {
            let (file, line) = inside;
            let name = name.split('(').next().unwrap_or(name).trim_ascii();
            trace.current().push(Call {
                name,
                file,
                line,
                ..Call::default()
            });
            inside = place;
        } else if let Some(place) = raised(line) {
            inside = place;
        }
    }
    trace
}

/// Reads a call. `None` for blocks (`eval {...}`) and `require`, which are no functions.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let name = call.name;
    if name.contains('{') || name.starts_with("require ") {
        return None;
    }
    let (package, function) = match call.module {
        "" => name.rsplit_once("::").unwrap_or(("main", name)),
        package => (package, name.rsplit("::").next().unwrap_or(name)),
    };
    let function = if function.starts_with("__ANON__") {
        ""
    } else {
        function
    };
    Some(Frame::new(
        package,
        function,
        in_app::of_path(call.longest_path()),
    ))
}
