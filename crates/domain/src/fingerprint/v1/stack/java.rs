//! Parses stack traces of Java, Kotlin, Scala and Groovy.

use super::super::frame::{Frame, Origin, function, holds, in_app};
use super::{Call, Exception, Trace, header, lines};
use std::borrow::Cow;

/// Whether only a Java virtual machine prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    listed(line).and_then(call).is_some()
}

/// What follows `at `, or the number that some crash reporters print instead.
fn listed(line: &str) -> Option<&str> {
    line.strip_prefix("at ").or_else(|| {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        (rest.len() < line.len())
            .then(|| rest.strip_prefix(' '))
            .flatten()
    })
}

/// `loader/module@1.0/pkg.Class.method(File.java:12) ~[jar]`, by class, method and file.
fn call(line: &str) -> Option<Call<'_>> {
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
    // Some consoles print a blank before the place.
    let name = line[..open].trim_ascii_end();
    // The name of a class loader may hold blanks: `PluginClassLoader for shop//org.shop.Cart`.
    let name = name.split_once("//").map_or(name, |(_, name)| name);
    if !is_place || name.contains(' ') {
        return None;
    }
    // A hidden class is `Outer$$Lambda/0x00007f`: its slash separates no module.
    let name = match name.rfind('/') {
        Some(slash) if !name[slash + 1..].starts_with("0x") => &name[slash + 1..],
        _ => name,
    };
    let (class, method) = name.rsplit_once('.')?;
    Some(Call::of(class, method).in_place(place))
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::JAVA, Vec::new());
    for line in lines(text) {
        if let Some(call) = listed(line).and_then(call) {
            trace.current().push(call);
            continue;
        }
        let aside = line.starts_with("Suppressed: ");
        let cause = line.starts_with("Caused by: ") || line.starts_with("Wrapped by: ");
        match header::split(line) {
            Some((name, value)) if aside || cause => {
                let within = cause
                    && trace.exceptions.last().is_some_and(|e| e.aside)
                    && is_indented(text, line);
                trace.exceptions.push(Exception {
                    aside: aside || within,
                    ..Exception::named(name, value)
                });
            }
            Some((name, value)) if trace.named(name, value) => {}
            _ => trace.goes_on(text, line),
        }
    }
    if text.contains("Wrapped by: ") {
        // Logback's root cause first.
        trace.exceptions.reverse();
    }
    trace
}

/// A cause within a suppressed exception is indented as that one is.
fn is_indented(text: &str, line: &str) -> bool {
    let at = line.as_ptr() as usize - text.as_ptr() as usize;
    at > 0 && matches!(text.as_bytes()[at - 1], b'\t' | b' ')
}

/// Reads a call. SDKs send class and method apart, as stack trace elements hold them.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let (class, method) = match call.module {
        "" => call.name.rsplit_once('.').unwrap_or(("", call.name)),
        class => (class, call.name),
    };
    // What Scala makes of the body of an `App`.
    let app_body = method.starts_with("delayedEndpoint$") || class.ends_with("$delayedInit$body");
    if app_body
        || is_generated(class)
        || call.file == "<generated>"
        || method.starts_with("access$")
    {
        return None;
    }
    let origin = if in_app::starts_among(in_app::JAVA_RUNTIME, class) {
        Origin::Runtime
    } else if in_app::starts_among(in_app::JAVA, class) {
        Origin::Library
    } else {
        Origin::Own
    };
    if let Some((namespace, name)) = clojure(class, method, call.file) {
        return Some(Frame::new(namespace, name, origin));
    }
    if method == "invokeSuspend"
        && let Some((outer, name)) = coroutine(class)
    {
        return Some(Frame::new(class_name(outer), name, origin));
    }
    Some(Frame::new(class_name(class), method_name(method), origin))
}

/// Whether a library made the class while the program ran, to call another one: lambda forms, and the proxies of the
/// JDK, CGLIB, Javassist, Byte Buddy, Mockito and Hibernate, by how each documents to name them.
fn is_generated(class: &str) -> bool {
    // What Kotlin's coroutines put between the calls before and after they were suspended.
    if class.starts_with("_COROUTINE.") {
        return true;
    }
    if memchr::memchr(b'$', class.as_bytes()).is_none() {
        return false;
    }
    let proxy = class
        .rsplit('.')
        .next()
        .and_then(|name| name.strip_prefix("$Proxy"))
        .is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()));
    proxy
        || [
            "$$Lambda",
            "$$FastClass",
            "$$Enhancer",
            "CGLIB$$",
            "_$$_",
            "$ByteBuddy$",
            "$MockitoMock$",
            "$HibernateProxy$",
        ]
        .iter()
        .any(|part| holds(class, part))
}

/// The class and the function that Kotlin made `Sync$push$2` for.
fn coroutine(class: &str) -> Option<(&str, &str)> {
    let mut written = class;
    while let Some(front) = super::strip_number(written, '$') {
        written = front;
    }
    written.rsplit_once('$')
}

/// Namespace and name of a function of Clojure, which is a class with a few methods: `shop.cart$total$fn__12` is in
/// `shop.cart` and `total`.
fn clojure<'a>(class: &'a str, method: &str, file: &str) -> Option<(&'a str, &'a str)> {
    let called = matches!(
        method,
        "invoke" | "invokeStatic" | "doInvoke" | "applyTo" | "invokePrim"
    );
    let source = file.ends_with(".clj") || file.ends_with(".cljc");
    let (namespace, functions) = class.split_once('$').filter(|_| called && source)?;
    let name = functions.split('$').next().unwrap_or(functions);
    let numbered = written(name);
    Some((
        namespace,
        if matches!(numbered, "fn" | "eval") {
            ""
        } else {
            numbered
        },
    ))
}

/// The class without generated suffixes (`$1`, `$$anon$2`).
fn class_name(class: &str) -> Cow<'_, str> {
    let class = class.split("$$").next().unwrap_or(class);
    let class = class.strip_suffix('$').unwrap_or(class);
    if memchr::memchr(b'$', class.as_bytes()).is_none() {
        return Cow::Borrowed(class);
    }
    match class
        .split('$')
        .any(|part| written(part).len() < part.len())
    {
        true => Cow::Owned(class.split('$').map(written).collect::<Vec<_>>().join("$")),
        false => function::without_numbers(class, '$'),
    }
}

/// The part of a class's name that was written, of what Clojure (`fn__123`, `eval123`) and Groovy (`_closure1`) number
/// anew with every compilation.
fn written(part: &str) -> &str {
    let front = part.trim_end_matches(|c: char| c.is_ascii_digit());
    if front.len() == part.len() {
        return part;
    }
    match front.strip_suffix("__") {
        Some(name) => name,
        None if front == "eval" || front.ends_with("_closure") => front,
        None => part,
    }
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
