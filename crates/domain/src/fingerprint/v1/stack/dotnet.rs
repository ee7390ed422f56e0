//! Parses stack traces of C#, F# and VB: .NET and Mono.

use super::super::frame::{Frame, function, in_app};
use super::{Exception, Trace, header, lines};
use std::borrow::Cow;

/// What the runtime prints for `at` in its languages.
const AT: &[&str] = &[
    "at ", "bei ", "à ", "en ", "em ", "в ", "w ", "在 ", "場所 ", "위치: ", "konum: ", "v ",
    "vid ",
];

/// Whether only .NET prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    call(line).is_some()
}

/// Class and method of `at Ns.Class.Method(Type argument) in path:line 12`, or of Mono's
/// `at Ns.Class.Method (Ns.Type argument) [0x0001] in <hash>:0`.
fn call(line: &str) -> Option<(&str, &str)> {
    let rest = AT.iter().find_map(|at| line.strip_prefix(at))?;
    let name = if rest.starts_with("(wrapper ") {
        &rest[rest.find(") ")? + 2..]
    } else {
        rest
    };
    let name = function::without_arguments(name);
    let after = rest[rest.len().min(name.len())..].trim_ascii_start();
    let close = after.rfind(')')?;
    let arguments = after.starts_with('(') || rest.starts_with('(');
    if !arguments || name.contains(' ') || name.contains(['/', '\\']) || !name.contains('.') {
        return None;
    }
    let tail = after[close + 1..].trim_ascii();
    let tailed = tail.is_empty()
        || tail.starts_with("in ")
        || tail.starts_with('[')
        || tail.contains(":line ")
        || tail.contains(":Zeile ")
        || tail.contains(':');
    let name = without_type_arguments(name);
    let split = name.trim_end_matches('.').rfind('.')?;
    let split = if name[..split].ends_with('.') {
        split - 1
    } else {
        split
    };
    tailed.then_some((&name[..split], name[split + 1..].trim_start_matches('.')))
}

/// The name without the type arguments of the method (`Read[T]`, `Read<System.Int32>`).
fn without_type_arguments(name: &str) -> &str {
    let open = match name.as_bytes().last() {
        Some(b']') => name.rfind('['),
        Some(b'>') => name.rfind('<'),
        _ => None,
    };
    match open {
        Some(at) if at > 0 && name.as_bytes()[at - 1] != b'.' => &name[..at],
        _ => name,
    }
}

/// Reads the text. `--->` announces an inner exception, whose frames come first.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut exceptions: Vec<Exception<'_>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for line in lines(text) {
        if let Some((class, method)) = call(line) {
            if exceptions.is_empty() {
                exceptions.push(Exception::default());
                open.push(0);
            }
            let at = open.last().copied().unwrap_or_default();
            if let Some(frame) = frame(class, method) {
                exceptions[at].push(frame);
            }
        } else if line.starts_with("--- End of inner ") || line.starts_with("--- Ende der inneren ")
        {
            if open.len() > 1 {
                open.pop();
            }
        } else if exceptions.is_empty() || line.starts_with("---> ") {
            for part in line.split("---> ") {
                if let Some(name) = type_name(part.trim_start_matches("(Inner Exception #0) ")) {
                    open.push(exceptions.len());
                    exceptions.push(Exception::named(name));
                }
            }
        }
    }
    Trace::new("dotnet", exceptions)
}

/// The type of a header. Some exceptions print their code after it: `SocketException (11001): ...`.
fn type_name(line: &str) -> Option<&str> {
    if let Some((name, _)) = header::split(line) {
        return Some(name);
    }
    let (front, _) = line.split_once("): ")?;
    let (name, code) = front.split_once(" (")?;
    let coded = code.bytes().all(|b| b.is_ascii_alphanumeric());
    (coded && name.contains('.') && !name.contains(' ')).then_some(name)
}

/// Class and method as written: of `Client+<FetchAsync>d__5.MoveNext` they are `Client` and
/// `FetchAsync`, of `Program+<>c__DisplayClass0_0.<Main>b__1` `Program` and `Main`.
fn frame<'a>(class: &'a str, method: &'a str) -> Option<Frame<'a>> {
    let is_library = in_app::starts_among(in_app::DOTNET, class)
        || in_app::DOTNET
            .iter()
            .any(|root| root.strip_suffix('.') == Some(class));
    let written = angled(method).or_else(|| class.rsplit(['+', '.']).find_map(angled));
    let method = match written {
        Some(name) if matches!(method, "MoveNext") || method.starts_with('<') => name,
        _ => method,
    };
    let method = method.split(['[', '`', '<']).next().unwrap_or(method);
    if method.is_empty() {
        return None;
    }
    Some(Frame::new(class_name(class), method, !is_library))
}

/// What stands in angle brackets, when anything does.
fn angled(name: &str) -> Option<&str> {
    let inner = name.strip_prefix('<')?;
    let (inner, _) = inner.split_once('>')?;
    (!inner.is_empty()).then_some(inner)
}

fn class_name(class: &str) -> Cow<'_, str> {
    let generated = class.find("+<").or_else(|| class.find(".<"));
    let class = generated.map_or(class, |at| &class[..at]);
    if class.contains(['`', '[']) {
        let bare = function::without_nested(class, b'[', b']');
        let kept: String = bare
            .split('.')
            .map(|part| part.split('`').next().unwrap_or(part))
            .collect::<Vec<_>>()
            .join(".");
        return Cow::Owned(kept);
    }
    function::without_nested(class, b'<', b'>')
}
