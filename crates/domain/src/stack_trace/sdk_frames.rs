//! Frames of an SDK itself, by which a stack trace that it took begins.

use super::Frame;

/// Beginnings of the modules of SDKs.
const MODULES: [&str; 9] = [
    "sentry_sdk.",
    "@sentry.",
    "@sentry/",
    "io.sentry.",
    "com.getsentry.raven.",
    "net.kencochrane.raven.",
    "github.com/getsentry/sentry-go",
    "github.com/getsentry/raven-go",
    "SharpRaven.",
];

/// Where package managers put SDKs.
const FOLDERS: [&str; 13] = [
    "-packages/sentry_sdk/",
    "-packages/raven/",
    "node_modules/@sentry/",
    "node_modules/@sentry-internal/",
    "node_modules/raven/",
    "node_modules/raven-js/",
    "/gems/sentry-",
    "vendor/sentry/",
    "github.com/getsentry/sentry-go@",
    "github.com/getsentry/raven-go@",
    "package:sentry/",
    "package:sentry_flutter/",
    "package:sentry_dart_plugin/",
];

/// Crates and modules in which panics and events of Rust are captured. A trace begins with some of them, calls of the
/// standard library between.
const RUST: [&str; 11] = [
    "sentry",
    "core::panicking",
    "rust_begin_unwind",
    "__rustc::rust_begin_unwind",
    "std::panicking::begin_panic",
    "std::panicking::rust_panic_with_hook",
    "std::panicking::panic_with_hook",
    "std::panicking::panic_handler",
    "std::panicking::begin_panic_handler",
    "tracing_core",
    "backtrace",
];

/// Crates that may lie between those.
const RUST_BETWEEN: [&str; 8] = [
    "core",
    "std",
    "alloc",
    "tracing",
    "tracing_subscriber",
    "log",
    "__rustc",
    "__rust_",
];

/// How many frames at the newest end are the SDK's. Frames are innermost first. None where all would be.
pub(super) fn newest(frames: &[Frame<'_>], platform: Option<&str>) -> usize {
    let count = if matches!(platform, Some("native" | "rust")) {
        newest_of_rust(frames)
    } else {
        frames
            .iter()
            .take_while(|frame| is_of_sdk(frame, platform))
            .count()
    };
    if count == frames.len() { 0 } else { count }
}

fn is_of_sdk(frame: &Frame<'_>, platform: Option<&str>) -> bool {
    let module = frame.module.as_deref().unwrap_or_default();
    if MODULES.iter().any(|sdk| module.starts_with(sdk))
        || matches!(module, "sentry_sdk" | "@sentry")
    {
        return true;
    }
    match platform {
        // A common word: applications have modules of that name as well.
        Some("python" | "node") if root(module, '.') == "raven" => {
            return frame.in_app != Some(true);
        }
        Some("csharp" | "elixir" | "cocoa")
            if matches!(root(module.trim_start_matches("Elixir."), '.'), "Sentry") =>
        {
            return true;
        }
        Some("php")
            if frame
                .function
                .as_deref()
                .is_some_and(|name| root(name.trim_start_matches('\\'), '\\') == "Sentry") =>
        {
            return true;
        }
        _ => {}
    }
    let paths = [frame.file.as_deref(), frame.absolute_path.as_deref()];
    paths.into_iter().flatten().any(|path| {
        let path = path.replace('\\', "/");
        path.starts_with("@sentry/") || FOLDERS.iter().any(|folder| path.contains(folder))
    })
}

fn root(path: &str, separator: char) -> &str {
    path.split(separator).next().unwrap_or(path)
}

fn newest_of_rust(frames: &[Frame<'_>]) -> usize {
    let mut count = 0;
    for (place, frame) in frames.iter().enumerate() {
        let name = crate_path(frame.function.as_deref().unwrap_or_default());
        let begins = |prefix: &&str| name.strip_prefix(*prefix).is_some_and(ends_name);
        if RUST.iter().any(begins) || name.starts_with("sentry_") {
            count = place + 1;
        } else if !RUST_BETWEEN.iter().any(begins) && !name.starts_with("__rust") {
            break;
        }
    }
    count
}

/// The path of a function without what precedes its crate: `<alloc::boxed::Box<F> as ...>::call` lies in `alloc`.
fn crate_path(function: &str) -> &str {
    let function = if function.starts_with("_<") {
        &function[1..]
    } else {
        function
    };
    function
        .trim_start_matches(['<', '&', '*', '('])
        .trim_start_matches("dyn ")
        .trim_start_matches("mut ")
}

/// Whether a name ends before this: `core` is no beginning of `core_banking`.
fn ends_name(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') || rest.starts_with("_handler")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(module: &'static str, function: &'static str, file: &'static str) -> Frame<'static> {
        let some = |text: &'static str| (!text.is_empty()).then_some(text.into());
        Frame {
            module: some(module),
            function: some(function),
            file: some(file),
            ..Frame::default()
        }
    }

    #[test]
    fn packages_tell_an_sdk_and_file_names_do_not() {
        let cases = [
            (
                "python",
                frame("sentry_sdk.hub", "capture", "sentry_sdk/hub.py"),
                true,
            ),
            (
                "python",
                frame("raven.base", "capture", "raven/base.py"),
                true,
            ),
            (
                "python",
                frame(
                    "",
                    "capture",
                    "/venv/lib/python3.12/site-packages/sentry_sdk/hub.py",
                ),
                true,
            ),
            (
                "python",
                frame("app.sentry", "capture", "app/sentry.py"),
                false,
            ),
            (
                "python",
                frame("sentry_sdk_tools.x", "f", "sentry_sdk_tools/x.py"),
                false,
            ),
            ("node", frame("@sentry.node:sdk", "capture", ""), true),
            (
                "node",
                frame(
                    "",
                    "capture",
                    "/app/node_modules/@sentry/core/build/cjs/api.js",
                ),
                true,
            ),
            (
                "node",
                frame(
                    "",
                    "capture",
                    "C:\\app\\node_modules\\@sentry\\core\\api.js",
                ),
                true,
            ),
            (
                "javascript",
                frame("", "f", "https://shop.example/static/sentry.js"),
                false,
            ),
            (
                "javascript",
                frame("", "f", "https://shop.example/raven.js"),
                false,
            ),
            (
                "java",
                frame("io.sentry.Sentry", "captureException", "Sentry.java"),
                true,
            ),
            (
                "java",
                frame("com.acme.Sentry", "capture", "Sentry.java"),
                false,
            ),
            (
                "ruby",
                frame(
                    "",
                    "capture",
                    "/usr/local/bundle/gems/sentry-ruby-5.3.0/lib/sentry/hub.rb",
                ),
                true,
            ),
            (
                "php",
                frame("", "Sentry\\State\\Hub::captureException", "/x/Hub.php"),
                true,
            ),
            (
                "php",
                frame("", "capture", "/app/vendor/sentry/sentry/src/Client.php"),
                true,
            ),
            (
                "php",
                frame("", "App\\Sentry::capture", "/app/Sentry.php"),
                false,
            ),
            (
                "go",
                frame("github.com/getsentry/sentry-go", "CaptureMessage", "hub.go"),
                true,
            ),
            (
                "csharp",
                frame("Sentry.SentrySdk", "CaptureException", ""),
                true,
            ),
            ("csharp", frame("Acme.Sentry.Api", "Get", ""), false),
            (
                "cocoa",
                frame("Sentry", "-[SentryClient capture]", ""),
                true,
            ),
            (
                "elixir",
                frame("Sentry.Client", "send", "lib/sentry/client.ex"),
                true,
            ),
            (
                "dart",
                frame("", "capture", "package:sentry/src/hub.dart"),
                true,
            ),
        ];
        for (platform, first, expected) in cases {
            let frames = [first, frame("app", "main", "app/main")];
            assert_eq!(
                newest(&frames, Some(platform)),
                usize::from(expected),
                "{:?}",
                frames[0]
            );
        }
    }

    #[test]
    fn an_application_of_an_sdks_name_stays() {
        let own = Frame {
            in_app: Some(true),
            ..frame("raven.web", "get", "raven/web.py")
        };
        assert_eq!(newest(&[own, frame("app", "main", "")], Some("python")), 0);
    }

    #[test]
    fn only_the_newest_end_is_cut_and_never_everything() {
        let sdk = || frame("sentry_sdk.integrations.wsgi", "call", "");
        let app = || frame("app", "get", "");
        assert_eq!(newest(&[app(), sdk()], Some("python")), 0);
        assert_eq!(newest(&[sdk(), sdk(), app(), sdk()], Some("python")), 2);
        assert_eq!(newest(&[sdk(), sdk()], Some("python")), 0);
        assert_eq!(newest(&[], Some("python")), 0);
    }

    #[test]
    fn panics_of_rust_begin_in_the_application() {
        let rust = |names: &[&'static str]| {
            let frames: Vec<_> = names.iter().map(|name| frame("", name, "")).collect();
            newest(&frames, Some("native"))
        };
        let panic = [
            "backtrace::backtrace::trace",
            "sentry_backtrace::process::current_stacktrace",
            "sentry_panic::PanicIntegration::event_from_panic_info",
            "<alloc::boxed::Box<F,A> as core::ops::function::Fn<Args>>::call",
            "std::panicking::rust_panic_with_hook",
            "std::panicking::begin_panic_handler::{{closure}}",
            "std::sys::backtrace::__rust_end_short_backtrace",
            "__rustc::rust_begin_unwind",
            "core::panicking::panic_fmt",
            "core::result::unwrap_failed",
            "core::result::Result<T,E>::unwrap",
            "shop::cart::total",
            "std::panicking::try",
            "sentry_core::hub::Hub::run",
        ];
        assert_eq!(rust(&panic), 9);
        assert_eq!(rust(&["core_banking::run", "core::panicking::panic"]), 0);
        assert_eq!(rust(&["sentry_shop::run", "shop::main"]), 1);
        assert_eq!(
            rust(&["core::result::Result<T,E>::unwrap", "shop::main"]),
            0
        );
    }
}
