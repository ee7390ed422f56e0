//! Parses stack traces of Elixir and Erlang.

use super::super::frame::{Frame, Origin, in_app};
use super::{Call, Exception, Trace, header, lines};

/// Whether only Elixir prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// `(shop 0.1.0) lib/shop/cart.ex:12: Shop.Cart.total/2`, by application, place and function.
fn call(line: &str) -> Option<Call<'_>> {
    let arity = line.ends_with(|c: char| c.is_ascii_digit());
    if !arity && !line.starts_with('(') {
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
    // What does not match is printed with its arguments.
    let (name, is_arity) = match name.find('(') {
        Some(open) if !arity && is_source => match name.rsplit_once(") in ") {
            Some((_, outer)) => (outer, true),
            None => (&name[..open], open > 0),
        },
        _ => (name, super::strip_number(name, '/').is_some()),
    };
    let is_prefixed = application.is_empty() && file.contains(' ');
    if !is_arity || is_prefixed || !is_source && (!place.is_empty() || application.is_empty()) {
        return None;
    }
    Some(Call {
        package: application,
        ..Call::at(name, place)
    })
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::ELIXIR, Vec::new());
    for line in lines(text) {
        if let Some(call) = call(line) {
            trace.current().push(call);
        } else if let Some((name, value)) = line
            .strip_prefix("** (")
            .and_then(|rest| rest.split_once(')'))
        {
            // What stands before it announces it: a request's server, or the exit of the process that it ended.
            let announces = |last: &mut Exception<'_>| {
                last.calls.is_empty()
                    && (last.type_name == "exit" || !header::is_telling(&last.type_name))
            };
            trace.exceptions.pop_if(announces);
            trace
                .exceptions
                .push(Exception::named(name, value.trim_ascii()));
        } else {
            match header::split(line) {
                Some((name, value)) if trace.named(name, value) => {}
                _ => trace.goes_on(text, line),
            }
        }
    }
    trace
}

/// Reads a call: `anonymous fn/1 in Shop.Cart.total/2` is in `Shop.Cart.total`.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let name = call.name.rsplit(" in ").next().unwrap_or(call.name);
    let name = super::strip_number(name, '/').unwrap_or(name);
    let name = name
        .strip_prefix("-")
        .and_then(|n| n.split('/').next())
        .unwrap_or(name);
    let (module, function) = name.rsplit_once('.').unwrap_or((call.module, name));
    let origin = if module.starts_with(':') || in_app::ELIXIR_RUNTIME.contains(&call.package) {
        Origin::Runtime
    } else if in_app::ELIXIR.contains(&call.package) {
        Origin::Library
    } else {
        Origin::Own
    };
    Some(Frame::new(module, function, origin))
}
