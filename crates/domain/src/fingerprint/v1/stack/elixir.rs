//! Parses stack traces of Elixir and Erlang.

use super::super::frame::{Frame, in_app};
use super::{Exception, Trace, header, lines};

/// Whether only Elixir prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// Application and function of `(shop 0.1.0) lib/shop/cart.ex:12: Shop.Cart.total/2`.
fn call(line: &str) -> Option<(&str, &str)> {
    if !line.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (application, rest) = match line.strip_prefix('(') {
        Some(inner) => inner.split_once(") ")?,
        None => ("", line),
    };
    let application = application.split(' ').next().unwrap_or(application);
    let (place, name) = rest.split_once(": ").unwrap_or(("", rest));
    let file = super::strip_number(place, ':').unwrap_or(place);
    let is_source = file.ends_with(".ex") || file.ends_with(".exs") || file.ends_with(".erl");
    let is_arity = super::strip_number(name, '/').is_some();
    (is_arity && (is_source || place.is_empty() && !application.is_empty()))
        .then_some((application, name))
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new("elixir", Vec::new());
    for line in lines(text) {
        if let Some((application, name)) = call(line) {
            trace.current().push(frame(application, name));
        } else if let Some((name, _)) = line
            .strip_prefix("** (")
            .and_then(|rest| rest.split_once(')'))
        {
            trace.exceptions.push(Exception::named(name));
        } else if trace.exceptions.is_empty()
            && let Some((name, _)) = header::split(line)
        {
            trace.exceptions.push(Exception::named(name));
        }
    }
    trace
}

/// `anonymous fn/1 in Shop.Cart.total/2` is in `Shop.Cart.total`.
fn frame<'a>(application: &str, name: &'a str) -> Frame<'a> {
    let name = name.rsplit(" in ").next().unwrap_or(name);
    let name = super::strip_number(name, '/').unwrap_or(name);
    let name = name
        .strip_prefix("-")
        .and_then(|n| n.split('/').next())
        .unwrap_or(name);
    let (module, function) = name.rsplit_once('.').unwrap_or(("", name));
    let is_library = in_app::ELIXIR.contains(&application) || module.starts_with(':');
    Frame::new(module, function, !is_library)
}
