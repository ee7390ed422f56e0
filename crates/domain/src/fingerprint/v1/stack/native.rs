//! Parses stack traces of native code: sanitizers, gdb, lldb, macOS crash reports, Android tombstones,
//! glibc's `backtrace`.

use super::super::frame::{Frame, Origin, find, function, holds, in_app, path};
use super::{Call, Exception, Trace};
use std::borrow::Cow;

/// Whether only a native tool prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// Function and place of a frame line.
fn call(line: &str) -> Option<(&str, &str)> {
    if let Some(rest) = line.strip_prefix('#') {
        return sanitizer_or_gdb(rest);
    }
    if let Some(rest) = line.strip_prefix("frame #") {
        // lldb: `frame #1: 0x0001 shop`Cart::total(this=0x1) at cart.cpp:12:5`
        let (_, rest) = rest.split_once('`')?;
        let (name, place) = rest.rsplit_once(" at ").unwrap_or((rest, ""));
        return Some((name, place));
    }
    crash_report(line).or_else(|| glibc(line))
}

/// `3 0x55d in name(args) /path/file.cpp:12:5`, `3  0x000055d in name (args) at file.cpp:12`,
/// `3  name (args) at file.cpp:12`, and without a file.
fn sanitizer_or_gdb(rest: &str) -> Option<(&str, &str)> {
    let unnumbered = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    if unnumbered.len() == rest.len() || !unnumbered.starts_with(' ') {
        return None;
    }
    let body = unnumbered.trim_ascii();
    if let Some(tombstone) = body.strip_prefix("pc ") {
        return android(tombstone);
    }
    let addressed = body.starts_with("0x");
    let body = if addressed {
        body.split_once(' ')
            .map_or("", |(_, b)| b)
            .trim_ascii_start()
    } else {
        body
    };
    let body = match body.strip_prefix("in ") {
        Some(body) => body,
        None if addressed && body.starts_with('(') => return Some(("??", body)),
        None if addressed => return None,
        None => body,
    };
    let cut = function::without_arguments(body);
    let after = body[cut.len()..].trim_ascii_start();
    if after.is_empty() {
        // No arguments: a C function and its place.
        let (name, place) = body.split_once(' ').unwrap_or((body, ""));
        return (addressed || place.starts_with("at ")).then_some((name, place));
    }
    if after.starts_with("(/")
        || after.starts_with("(<")
        || after.contains("+0x") && !after.contains(") ")
    {
        let name = cut.trim_ascii();
        return Some((name, after));
    }
    let place = after.rsplit_once(") ").map_or("", |(_, place)| place);
    let place = place.strip_prefix("const ").unwrap_or(place);
    let place = place
        .strip_prefix("at ")
        .or_else(|| place.strip_prefix("from "))
        .unwrap_or(place);
    Some((cut, place))
}

/// `000000000004ef64  /data/app/lib/libshop.so (Cart::total()+164) (BuildId: ...)`, of Android's tombstones.
fn android(rest: &str) -> Option<(&str, &str)> {
    let (_, rest) = rest.split_once(' ')?;
    let rest = rest
        .split(" (BuildId: ")
        .next()
        .unwrap_or(rest)
        .trim_ascii();
    match rest
        .strip_suffix(')')
        .and_then(|rest| rest.split_once(" ("))
    {
        Some((image, symbol)) => {
            let name = super::strip_number(symbol, '+').unwrap_or(symbol);
            Some((name, image))
        }
        None => Some(("??", rest)),
    }
}

/// `4   Shop   0x0000000104 Cart::total() + 52 (Cart.cpp:12)`, of macOS and iOS.
fn crash_report(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    if rest.len() == line.len() || !rest.starts_with(' ') {
        return None;
    }
    let at = memchr::memmem::find(rest.as_bytes(), b"0x")?;
    let image = rest[..at].trim_ascii();
    let (_, symbol) = rest[at..].split_once(' ')?;
    let (name, _) = symbol.rsplit_once(" + ")?;
    (!image.is_empty()).then_some((name.trim_ascii(), image))
}

/// `./shop(_ZN4Cart5totalEv+0x1d) [0x55d]`.
fn glibc(line: &str) -> Option<(&str, &str)> {
    let (front, address) = line.strip_suffix(']')?.rsplit_once(" [")?;
    let (image, symbol) = front.strip_suffix(')')?.rsplit_once('(')?;
    let (name, _) = symbol.rsplit_once('+')?;
    address
        .starts_with("0x")
        .then_some((if name.is_empty() { "??" } else { name }, image))
}

/// Reads the first stack. What a sanitizer prints after it (who freed, who allocated) belongs to
/// the same bug and varies more.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::NATIVE, Vec::new());
    let mut ended = false;
    for line in text.lines() {
        let line = line.trim_ascii();
        if let Some((name, place)) = call(line) {
            let first = line.starts_with("#0 ") || line.starts_with("frame #0");
            if first && trace.has_calls() || ended {
                break;
            }
            trace.current().push(Call::at(name, place));
        } else if trace.has_calls() && line.is_empty() {
            ended = true;
        } else if trace.exceptions.is_empty()
            && let Some(kind) = kind(line)
        {
            trace.exceptions.push(Exception::named(kind, ""));
        }
    }
    trace
}

/// The sanitizer's name for the error, or the signal.
pub(in super::super) fn kind(line: &str) -> Option<&str> {
    if let Some((_, rest)) = line.split_once("Sanitizer: ") {
        return rest.split(' ').next();
    }
    let (_, rest) = line.split_once(" signal ")?;
    rest.split([',', ' ', '.', '('])
        .next()
        .filter(|name| name.starts_with("SIG"))
}

/// Reads a call. The file is known only with debug information.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let function = function_name(enclosing(call.name));
    let image = if call.package.is_empty() {
        call.file
    } else {
        path::file_name(call.package)
    };
    let origin = if in_app::NATIVE_FUNCTIONS.contains(&function.as_ref()) {
        Origin::Runtime
    } else if in_app::starts_among(in_app::NATIVE, &function)
        || in_app::APPLE_IMAGES.contains(&image)
    {
        Origin::Library
    } else {
        in_app::of_path(call.longest_path())
    };
    let file = call.file;
    let module = if file.starts_with('(') || file.contains("+0x") || !file.contains('.') {
        Cow::Borrowed("")
    } else {
        path::module(file)
    };
    Some(Frame::new(module, function, origin))
}

/// What compilers call a lambda's type: GCC, Clang, MSVC, and Clang's unnamed closures.
const LAMBDAS: &[&str] = &["::{lambda", "::<lambda", "::$_", "::'lambda"];

/// The function that a lambda stands in (`Cart::refresh()::{lambda()#1}::operator()`), or the function itself. Empty for
/// a lambda whose name does not tell.
fn enclosing(name: &str) -> &str {
    if name.starts_with("{lambda") || name.starts_with("<lambda") || name.starts_with("operator()")
    {
        return "";
    }
    match LAMBDAS.iter().filter_map(|mark| find(name, mark)).min() {
        Some(at) => &name[..at],
        None => name,
    }
}

/// The qualified name without return type, arguments, template arguments and clones
/// (`.part.0`, `.cold`).
fn function_name(name: &str) -> Cow<'_, str> {
    if name.is_empty() || name.starts_with("-[") || name.starts_with("+[") {
        // Objective-C.
        return Cow::Borrowed(name);
    }
    let name = function::without_arguments(name);
    let name = if holds(name, "(") {
        name.rsplit("(anonymous namespace)::")
            .next()
            .unwrap_or(name)
    } else {
        name
    };
    let operator = find(name, "operator");
    let head = operator.map_or(name, |at| &name[..at]);
    let head_plain = function::without_nested(head, b'<', b'>');
    let bare = match head_plain.rfind(' ') {
        Some(space) => Cow::Owned(head_plain[space + 1..].to_owned()),
        None => head_plain,
    };
    let full = match operator {
        Some(at) => Cow::Owned(format!("{bare}{}", &name[at..])),
        None => bare,
    };
    let clone = CLONES.iter().filter_map(|mark| find(&full, mark)).min();
    match clone {
        Some(at) if at > 0 => Cow::Owned(full[..at].to_owned()),
        _ => full,
    }
}

/// What compilers and linkers append to a function's name.
const CLONES: &[&str] = &[
    ".part.",
    ".cold",
    ".isra.",
    ".constprop.",
    ".lto_priv",
    ".llvm.",
    "@",
];
