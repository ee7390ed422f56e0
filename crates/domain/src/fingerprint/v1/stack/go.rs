//! Parses stack traces of Go: panics, fatal errors, and what `debug.Stack` returns.

use super::super::frame::{Frame, Origin, function, holds, in_app};
use super::{Call, Trace, lines};

/// Whether only Go prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    line.starts_with("goroutine ") && line.contains(" [") && line.ends_with(':')
        || file(line).is_some()
}

/// The place of `path/file.go:12 +0x1d`.
fn file(line: &str) -> Option<&str> {
    if !holds(line, ".go:") {
        return None;
    }
    let (place, offset) = line.rsplit_once(" +0x").unwrap_or((line, ""));
    let path = super::strip_number(place, ':')?;
    // Folders may hold blanks, but then the path is a whole one: what else stands before it is no part of the path.
    let whole = path.starts_with('/') || path.get(1..3) == Some(":/");
    (path.ends_with(".go")
        && (whole || !path.contains(' '))
        && offset.bytes().all(|b| b.is_ascii_hexdigit()))
    .then_some(place)
}

/// Reads the first goroutine, which is the one that failed. What ran before the panic is above it
/// when the stack was taken while recovering, and is dropped.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::GO, Vec::new());
    let mut name: Option<&str> = None;
    let mut goroutines = 0;
    for line in lines(text) {
        if line.starts_with("goroutine ") && line.ends_with(':') {
            goroutines += 1;
            if goroutines > 1 && trace.has_calls() {
                break;
            }
        } else if let Some(path) = file(line) {
            if let Some(name) = name.take() {
                trace.current().push(called(name, path));
            }
        } else if line.starts_with("panic(") {
            trace.current().calls.clear();
            name = None;
        } else if line.starts_with("created by ") {
            name = None;
        } else {
            // `errors` and `zap` print calls without arguments.
            name = (line.ends_with(')') || !line.contains(' ')).then_some(line);
        }
    }
    trace
}

/// Package, function and place of `github.com/acme/shop/orders.(*Printer).Print(...)`.
fn called<'a>(call: &'a str, place: &'a str) -> Call<'a> {
    let name = arguments_cut(call);
    let (package, function) = qualified(name).unwrap_or(("", name));
    Call::of(package, function).in_place(place)
}

/// Splits a qualified name into package and function.
fn qualified(name: &str) -> Option<(&str, &str)> {
    let slash = name.rfind('/').map_or(0, |i| i + 1);
    let dot = slash + name[slash..].find('.')?;
    Some((&name[..dot], &name[dot + 1..]))
}

/// Reads a call.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let (package, function) = match call.module {
        "" => qualified(call.name)?,
        package => (package, call.name),
    };
    let path = call.longest_path();
    let top = package.split('/').next().unwrap_or(package);
    let origin = match in_app::of_path(path) {
        Origin::Runtime => Origin::Runtime,
        _ if in_app::GO_STANDARD.contains(&top) => Origin::Runtime,
        _ if path.contains('@') || in_app::starts_among(in_app::GO_LIBRARIES, package) => {
            Origin::Library
        }
        origin => origin,
    };
    Some(Frame::new(package, function_name(function), origin))
}

/// The call without its arguments: everything before the last group of parentheses.
fn arguments_cut(call: &str) -> &str {
    if !call.ends_with(')') {
        return call;
    }
    let bytes = call.as_bytes();
    let mut depth = 0_u32;
    for (i, b) in bytes.iter().enumerate().rev() {
        match b {
            b')' | b'}' => depth += 1,
            b'{' => depth = depth.saturating_sub(1),
            b'(' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &call[..i];
                }
            }
            _ => {}
        }
    }
    call
}

/// `(*Printer).Print` is `Printer.Print`; closures (`.func1.2`) and type arguments are cut.
fn function_name(name: &str) -> String {
    let name = function::without_nested(name, b'[', b']');
    let mut parts: Vec<&str> = name
        .split('.')
        .map(|part| part.trim_matches(['(', ')', '*']))
        .collect();
    while parts.len() > 1
        && parts.last().is_some_and(|part| {
            // Old compilers write a middle dot before the number.
            let numbered = part
                .strip_prefix("func")
                .or_else(|| part.strip_prefix("gowrap"))
                .unwrap_or(part)
                .trim_start_matches('\u{b7}');
            numbered.bytes().all(|b| b.is_ascii_digit())
        })
    {
        parts.pop();
    }
    parts.join(".").trim_end_matches("-fm").to_owned()
}
