//! Parses stack traces of Java, Kotlin, Scala and Groovy.

use super::super::frame::{Frame, Site, function, holds, in_app};
use super::{Exception, Trace, header, lines};
use std::borrow::Cow;

/// Whether only a Java virtual machine prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    line.strip_prefix("at ").and_then(call).is_some()
}

/// Splits `loader/module@1.0/pkg.Class.method(File.java:12) ~[jar]` into class and method.
fn call(line: &str) -> Option<(&str, &str)> {
    let open = line.find('(')?;
    let close = open + line[open..].find(')')?;
    let place = &line[open + 1..close];
    let is_place = matches!(
        place,
        "Native Method" | "Unknown Source" | "<generated>" | "Compiled Code"
    ) || place.split_once(':').is_some_and(|(file, number)| {
        !file.contains(['/', ' ', '\\'])
            && number.bytes().all(|b| b.is_ascii_digit())
            && (file.contains('.')
                || file == "SourceFile"
                || file == "Unknown Source"
                || file.is_empty())
    }) || [".java", ".kt", ".scala", ".groovy", ".clj"]
        .iter()
        .any(|end| place.ends_with(end));
    let name = &line[..open];
    if !is_place || name.contains(' ') {
        return None;
    }
    // A hidden class is `Outer$$Lambda/0x00007f`: its slash separates no module.
    let name = match name.rfind('/') {
        Some(slash) if !name[slash + 1..].starts_with("0x") => &name[slash + 1..],
        _ => name,
    };
    name.rsplit_once('.')
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new("java", Vec::new());
    for line in lines(text) {
        if let Some((class, method)) = line.strip_prefix("at ").and_then(call) {
            if let Some(frame) = frame(class, method) {
                trace.current().push(frame);
            }
            continue;
        }
        let aside = line.starts_with("Suppressed: ");
        let cause = line.starts_with("Caused by: ") || line.starts_with("Wrapped by: ");
        let first = trace.exceptions.is_empty();
        if (aside || cause || first)
            && let Some((name, _)) = header::split(line)
        {
            let aside = aside
                || cause
                    && trace.exceptions.last().is_some_and(|e| e.aside)
                    && is_indented(text, line);
            trace.exceptions.push(Exception {
                aside,
                ..Exception::named(name)
            });
        }
    }
    trace
}

/// A cause within a suppressed exception is indented as that one is.
fn is_indented(text: &str, line: &str) -> bool {
    let at = line.as_ptr() as usize - text.as_ptr() as usize;
    at > 0 && matches!(text.as_bytes()[at - 1], b'\t' | b' ')
}

/// `None` for what the compiler or the runtime put between two calls.
fn frame<'a>(class: &'a str, method: &'a str) -> Option<Frame<'a>> {
    let dollar = memchr::memchr(b'$', class.as_bytes()).is_some();
    let generated = dollar && (holds(class, "$$Lambda") || holds(class, "$$FastClass"));
    if generated || method.starts_with("access$") {
        return None;
    }
    if method == "invokeSuspend"
        && let Some((outer, name)) = coroutine(class)
    {
        return Some(Frame::raw(name, outer, site));
    }
    Some(Frame::raw(method_name(method), class, site))
}

/// The class and the function that Kotlin made `Sync$push$2` for.
fn coroutine(class: &str) -> Option<(&str, &str)> {
    let mut written = class;
    while let Some(front) = super::strip_number(written, '$') {
        written = front;
    }
    written.rsplit_once('$')
}

fn site(class: &str) -> Site<'_> {
    Site::new(
        class_name(class),
        !in_app::starts_among(in_app::JAVA, class),
    )
}

/// The class without generated suffixes (`$$EnhancerBySpringCGLIB$$1a2b`, `$1`, `$$anon$2`).
fn class_name(class: &str) -> Cow<'_, str> {
    let class = class.split("$$").next().unwrap_or(class);
    let class = class.strip_suffix('$').unwrap_or(class);
    let class = match class.find("$Proxy") {
        Some(at) => &class[..at + "$Proxy".len()],
        None => class.split("$ByteBuddy").next().unwrap_or(class),
    };
    function::without_numbers(class, '$')
}

/// The method that was written: of `lambda$save$0` and `$anonfun$save$1` it is `save`.
fn method_name(method: &str) -> &str {
    if let Some(rest) = method
        .strip_prefix("lambda$")
        .or_else(|| method.strip_prefix("$anonfun$"))
    {
        return rest.split('$').next().unwrap_or(rest);
    }
    method
        .split(['$', '-'])
        .next()
        .filter(|name| !name.is_empty())
        .unwrap_or(method)
}
