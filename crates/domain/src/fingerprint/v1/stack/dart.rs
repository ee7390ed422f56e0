//! Parses stack traces of Dart.

use super::super::frame::{Frame, in_app, path};
use super::{Call, Exception, Trace};

/// Whether only Dart prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// `#1      Cart.total (package:shop/src/cart.dart:12:5)`.
fn call(line: &str) -> Option<Call<'_>> {
    let rest = line
        .strip_prefix('#')?
        .trim_start_matches(|c: char| c.is_ascii_digit());
    let (name, place) = rest.trim_ascii().strip_suffix(')')?.rsplit_once(" (")?;
    let is_place =
        place.starts_with("package:") || place.starts_with("dart:") || place.contains(".dart");
    is_place.then(|| Call::at(name.trim_ascii(), place))
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::of_lines(&super::DART, text, call);
    if let Some((name, value)) = super::lines(text).find_map(thrown)
        && let Some(first) = trace.exceptions.first_mut()
    {
        *first = Exception {
            calls: std::mem::take(&mut first.calls),
            ..Exception::named(name, value)
        };
    }
    trace
}

/// The type in `The following StateError was thrown building Cart:`, as `FlutterErrorDetails` says it.
fn thrown(line: &str) -> Option<(&str, &str)> {
    let (name, _) = line
        .strip_prefix("The following ")?
        .split_once(" was thrown")?;
    (!name.contains(' ')).then_some((name, ""))
}

/// Reads a call: `Cart.total.<anonymous closure>` is in `Cart.total`.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let name = call.name.split(".<").next().unwrap_or(call.name);
    let name = name.trim_start_matches("new ");
    let function = if name.starts_with('<') { "" } else { name };
    let origin = in_app::of_path(call.longest_path());
    Some(Frame::new(path::module(call.file), function, origin))
}
