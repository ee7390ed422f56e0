//! Parses stack traces of JavaScript: V8 (Node, Chrome, Deno), Firefox and Safari, bundles included.

use super::super::frame::{Frame, Origin, function, holds, in_app, path};
use super::{Call, Exception, Trace, header, lines, strip_position, wasm};
use std::borrow::Cow;

const ENDINGS: &[&str] = &[
    ".js",
    ".mjs",
    ".cjs",
    ".ts",
    ".tsx",
    ".jsx",
    ".mts",
    ".cts",
    ".vue",
    ".bundle",
    ".jsbundle",
    ".svelte",
];

/// Modules that Node holds itself, by the index of its documentation, and what starts it.
#[rustfmt::skip]
const NODE_MODULES: &[&str] = &[
    "assert", "async_hooks", "bootstrap_node", "buffer", "child_process", "cluster", "console", "dgram", "dns", "domain",
    "events", "fs", "http", "http2", "https", "inspector", "module", "net", "node", "path", "perf_hooks", "process",
    "punycode", "querystring", "readline", "repl", "stream", "string_decoder", "timers", "tls", "tty", "url", "util", "v8",
    "vm", "worker_threads", "zlib",
];

/// Whether only JavaScript prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    match line.strip_prefix("at ") {
        Some(call) => v8(call).is_some(),
        None => gecko(line).is_some(),
    }
}

/// Reads the text.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::JAVASCRIPT, Vec::new());
    let mut grouped = false;
    let mut elided: Vec<(usize, usize)> = Vec::new();
    for line in lines(text) {
        let call = match line.strip_prefix("at ") {
            Some(call) => v8(call),
            None => gecko(line),
        };
        if let Some(call) = call {
            trace.current().push(call);
            continue;
        }
        if line.ends_with(" lines matching cause stack trace ...") {
            let calls = trace.current().calls.len();
            elided.push((trace.exceptions.len() - 1, calls));
            continue;
        }
        // Node lists what an `AggregateError` holds one after the other.
        grouped |= line.starts_with("[errors]: [");
        let cause = line.starts_with("[cause]: ") || line.starts_with("Caused by: ");
        match header::split(line) {
            Some((name, value)) if cause || grouped => {
                trace.exceptions.push(Exception::named(name, value));
            }
            Some((name, value)) if trace.named(name, value) => {}
            _ => trace.goes_on(text, line),
        }
    }
    for (outer, at) in elided {
        fill_in(&mut trace.exceptions, outer, at);
    }
    trace
}

/// Node leaves out calls of an error that its cause has as well, but for the first and the last of them.
fn fill_in(exceptions: &mut [Exception<'_>], outer: usize, at: usize) {
    let (Some(first), Some(last)) = (
        at.checked_sub(1)
            .and_then(|at| exceptions[outer].calls.get(at)),
        exceptions[outer].calls.get(at),
    ) else {
        return;
    };
    let Some(cause) = exceptions.get(outer + 1) else {
        return;
    };
    let position = |wanted: &Call<'_>| cause.calls.iter().position(|call| call == wanted);
    if let (Some(from), Some(to)) = (position(first), position(last))
        && from < to
    {
        let missing = cause.calls[from + 1..to].to_vec();
        exceptions[outer].calls.splice(at..at, missing);
    }
}

/// `fn (place)`, `async fn (place)`, `new Fn (place)`, `fn [as alias] (place)` or `place`. Node prints the fields of an
/// error behind its last frame, from ` {` on, and a comma between the members of a group.
fn v8(call: &str) -> Option<Call<'_>> {
    /// How many parentheses of a name are looked behind.
    const TRIES: usize = 8;
    let call = call.strip_prefix("async ").unwrap_or(call);
    let call = call.strip_suffix(" {").unwrap_or(call);
    let call = call.strip_suffix(',').unwrap_or(call);
    let Some(inner) = call.strip_suffix(')') else {
        return call_at("", call);
    };
    // Names and paths may hold parentheses themselves.
    inner
        .match_indices(" (")
        .take(TRIES)
        .find_map(|(open, _)| call_at(&inner[..open], &inner[open + 2..]))
}

/// The call of a function in a place.
fn call_at<'a>(name: &'a str, place: &'a str) -> Option<Call<'a>> {
    if let Some(url) = wasm::module(place) {
        return Some(Call::at(name, url));
    }
    if place.starts_with("eval at ") {
        return eval(place);
    }
    is_place(place).then(|| Call::at(name, place))
}

/// `eval at fn (place), <anonymous>:1:2`, where `fn` may be called from `eval` itself: the place that called `eval` is
/// what is known.
fn eval(place: &str) -> Option<Call<'_>> {
    let (_, at) = place.rsplit_once("eval at ")?;
    let (name, rest) = at.split_once(" (")?;
    let (place, _) = rest.split_once("), ").or_else(|| rest.split_once(')'))?;
    is_place(place).then(|| Call::at(name, place))
}

/// `fn@place`, `async*fn@place`, `wrap/<@place`; the name may be empty.
fn gecko(line: &str) -> Option<Call<'_>> {
    let (name, place) = line.split_once('@')?;
    if let Some(url) = wasm::module(place) {
        return Some(Call::at(name, url));
    }
    let positioned = strip_position(place);
    let url = holds(place, "://") || place == "[native code]" || place.starts_with('/');
    if name.contains(' ') && !name.ends_with(" code") || !url {
        return None;
    }
    if place != "[native code]" && positioned.len() == place.len() {
        return None;
    }
    // `promise callback*load`, `async*load`: what follows the star is the function.
    let name = name.rsplit('*').next().unwrap_or(name);
    let name = name.trim_end_matches(['/', '<']);
    Some(Call::at(name, place))
}

/// Leaves out what TypeScript and Babel put between an `async` function and its generator, which their helpers drive by
/// `Generator.next`, or by `Object.next` where there are no generators.
pub(super) fn settle(calls: &mut Vec<Call<'_>>) {
    const DRIVERS: &[&str] = &[
        "fulfilled",
        "rejected",
        "step",
        "asyncGeneratorStep",
        "_next",
        "_throw",
    ];
    let driven = |name: &str| {
        matches!(
            name,
            "Generator.next" | "Generator.throw" | "Object.next" | "Object.throw"
        )
    };
    if !calls.iter().any(|call| driven(call.name)) {
        return;
    }
    let mut inside = false;
    let mut outer = calls
        .iter()
        .map(|call| call.name)
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter();
    calls.retain(|call| {
        let next = outer.next().unwrap_or_default();
        let helper = driven(call.name)
            || call.name == "step" && driven(next)
            || inside && DRIVERS.contains(&call.name);
        inside = helper;
        !helper
    });
}

/// Whether the text is where JavaScript code can be.
fn is_place(place: &str) -> bool {
    if matches!(place, "<anonymous>" | "native" | "unknown location") || place.starts_with("index ")
    {
        return true;
    }
    let file = strip_position(place);
    if file.len() == place.len() {
        return false;
    }
    // Cheap first: most lines that are no frame end here.
    let columned = super::strip_number(place, ':').is_some_and(|once| once.len() != file.len());
    columned
        && (matches!(file.as_bytes().first(), Some(b'/' | b'.' | b'<'))
            || file.starts_with("node:")
            || is_url(file)
            || file
                .get(1..3)
                .is_some_and(|drive| drive == ":\\" || drive == ":/")
            || ENDINGS.iter().any(|ending| file.ends_with(ending))
            || file.starts_with("internal/")
            || file.starts_with("webpack")
            || file.starts_with("evalmachine."))
}

/// Whether the text begins with a URL's scheme.
fn is_url(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"://")
        .is_some_and(|at| !text[..at].contains([' ', '(', '@']))
}

/// Reads a call. SDKs send `?` for a function without a name.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let file = call.file;
    if wasm::is_module(file) {
        return wasm::read(call);
    }
    let name = method(call.name);
    let name = if name == "?" || function::is_minified(name) && is_bundled(file) {
        ""
    } else {
        name
    };
    let (module, own) = match file {
        "" => (Cow::Borrowed(call.module), true),
        file if is_served(file) => served_module(file),
        file => (source_module(file), true),
    };
    let origin = match in_app::of_path(call.longest_path()) {
        _ if is_runtime(file) => Origin::Runtime,
        Origin::Own if !own => Origin::Library,
        origin => origin,
    };
    Some(Frame::new(module, name, origin))
}

fn is_bundled(file: &str) -> bool {
    let name = path::file_name(file);
    is_served(file)
        || [".min.", "bundle", "chunk"]
            .iter()
            .any(|part| holds(name, part))
}

/// Whether the file was served as a bundle.
pub(in super::super) fn is_served(file: &str) -> bool {
    ["http:", "https:", "blob:", "capacitor:"]
        .iter()
        .any(|scheme| file.starts_with(scheme))
}

/// Whether the place is the engine's, or a file that is built into Node, Deno or Bun.
fn is_runtime(file: &str) -> bool {
    // Node before 16 prints its own modules like files without a folder.
    if let Some(module) = file.strip_suffix(".js")
        && (module.starts_with('_') || NODE_MODULES.contains(&module))
        && !module.contains(['/', '\\'])
    {
        return true;
    }
    matches!(
        file,
        "<anonymous>" | "native" | "[native code]" | "unknown location"
    ) || ["index ", "internal/", "deno:", "ext:", "bun:"]
        .iter()
        .any(|start| file.starts_with(start))
}

/// The file below its source root. Bundlers' virtual folders (`webpack://shop/./src/cart.ts`) are
/// paths like any other.
fn source_module(file: &str) -> Cow<'_, str> {
    let file = file.split(['?', '#']).next().unwrap_or(file);
    let file = file.strip_prefix("app:///").unwrap_or(file);
    if file.starts_with("node:") {
        return Cow::Borrowed(file);
    }
    path::module(file)
}

/// The bundle of a URL, and whether it can be the application's. A page's inline script has no
/// file: pages have any address.
fn served_module(url: &str) -> (Cow<'_, str>, bool) {
    let bare = url.split(['?', '#']).next().unwrap_or(url);
    if !ENDINGS.iter().any(|ending| bare.ends_with(ending)) {
        return (Cow::Borrowed("<page>"), true);
    }
    let bundle = path::bundle(bare);
    let own = !in_app::is_library_bundle(&bundle);
    (bundle, own)
}

/// The method without its receiver, whose name minifiers change and engines do not agree on.
/// Empty for an anonymous function.
fn method(name: &str) -> &str {
    let name = name.strip_prefix("new ").unwrap_or(name);
    let name = if name.ends_with(']') {
        name.split(" [as ").next().unwrap_or(name)
    } else {
        name
    };
    let last = name.rsplit(['.', '/', '#']).next().unwrap_or(name);
    let anonymous = last.starts_with('<') || last.ends_with(" code") || last == "(anonymous)";
    if anonymous { "" } else { last }
}
