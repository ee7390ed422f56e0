//! Stack traces as structure: those that SDKs send become what the parsers make of text, and the other way round.

use super::{Call, Exception, Format, Trace};
use super::{
    DART, DOTNET, ELIXIR, GO, JAVA, JAVASCRIPT, NATIVE, OTHER, PERL, PHP, POSTGRESQL, PYTHON, RUBY,
    RUST, SWIFT,
};
use crate::fingerprint::v1::frame::{Frame, Origin, path};
use crate::stack_trace::{self, StackTrace};
use std::borrow::Cow;

/// Formats by Sentry's names of platforms. The first name is the one given to what was parsed from text.
static PLATFORMS: &[(&Format, &[&str])] = &[
    (&PYTHON, &["python"]),
    (&JAVASCRIPT, &["javascript", "node"]),
    (&JAVA, &["java"]),
    (&DOTNET, &["csharp", "fsharp", "vb"]),
    (&RUBY, &["ruby"]),
    (&PHP, &["php"]),
    (&GO, &["go"]),
    (&RUST, &["rust"]),
    (&NATIVE, &["native", "c", "cocoa", "objc"]),
    (&SWIFT, &["swift"]),
    (&DART, &["dart", "flutter"]),
    (&ELIXIR, &["elixir", "erlang"]),
    (&PERL, &["perl"]),
];

/// Formats by the endings of their files, where no platform is named.
static ENDINGS: &[(&str, &Format)] = &[
    (".py", &PYTHON),
    (".js", &JAVASCRIPT),
    (".mjs", &JAVASCRIPT),
    (".cjs", &JAVASCRIPT),
    (".ts", &JAVASCRIPT),
    (".tsx", &JAVASCRIPT),
    (".jsx", &JAVASCRIPT),
    (".java", &JAVA),
    (".kt", &JAVA),
    (".scala", &JAVA),
    (".cs", &DOTNET),
    (".rb", &RUBY),
    (".php", &PHP),
    (".go", &GO),
    (".rs", &RUST),
    (".dart", &DART),
    (".ex", &ELIXIR),
    (".pl", &PERL),
    (".pm", &PERL),
];

impl<'a> Trace<'a> {
    /// Takes a trace as an SDK sends it. `None` when it holds nothing.
    pub(in super::super) fn of(given: &'a StackTrace<'_>) -> Option<Self> {
        let said = |text: &Option<Cow<'_, str>>| text.as_ref().is_some_and(|text| !text.is_empty());
        let empty = given.exceptions.iter().all(|exception| {
            exception.frames.is_empty() && !said(&exception.type_name) && !said(&exception.value)
        });
        if empty {
            return None;
        }
        let format = format_of(given);
        let mut trace = Self::new(
            format,
            given
                .exceptions
                .iter()
                .map(|exception| of_exception(format, exception))
                .collect(),
        );
        trace.settle();
        trace.flagged = format.flags_tell()
            && trace
                .exceptions
                .iter()
                .flat_map(|exception| &exception.calls)
                .any(|call| call.in_app == Some(true));
        Some(trace)
    }

    /// The trace as structure. `None` when it holds no calls of functions.
    pub(in super::super) fn structured(&self) -> Option<StackTrace<'a>> {
        let (_, names) = PLATFORMS
            .iter()
            .find(|(format, _)| std::ptr::eq(*format, self.format))?;
        let exceptions = self
            .exceptions
            .iter()
            .filter(|exception| !exception.aside)
            .map(|exception| stack_trace::Exception {
                type_name: some(exception.type_name.clone()),
                value: some(Cow::Borrowed(exception.value)),
                frames: exception
                    .calls
                    .iter()
                    .map(|call| self.structured_call(call))
                    .collect(),
                ..stack_trace::Exception::default()
            })
            .collect();
        Some(StackTrace {
            platform: names.first().copied().map(Cow::Borrowed),
            exceptions,
        })
    }

    fn structured_call(&self, call: &Call<'a>) -> stack_trace::Frame<'a> {
        let text = |text: &'a str| some(Cow::Borrowed(text));
        let number = |number: u32| (number > 0).then_some(number);
        let frame = self.format.read(call);
        stack_trace::Frame {
            function: text(call.name),
            module: text(call.module),
            file: text(call.file),
            line: number(call.line),
            column: number(call.column),
            in_app: Some(frame.is_some_and(|frame| frame.origin == Origin::Own)),
            context_line: text(call.source),
            ..stack_trace::Frame::default()
        }
    }
}

/// Returns the innermost frame of the application's own code, of the first exception that has one.
pub(in super::super) fn innermost_own<'t, 'a>(
    given: &'t StackTrace<'a>,
) -> Option<&'t stack_trace::Frame<'a>> {
    let format = format_of(given);
    let mut frames = given.exceptions.iter().flat_map(|one| &one.frames);
    let is_flagged = |frame: &stack_trace::Frame<'_>| frame.in_app == Some(true);
    let flagged = format.flags_tell() && frames.clone().any(is_flagged);
    frames.find(|frame| {
        let read = format.read(&of_frame(frame));
        read.is_some_and(|read| match flagged {
            true => is_flagged(frame),
            false => read.origin == Origin::Own,
        })
    })
}

fn some(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(text)
}

fn format_of(given: &StackTrace<'_>) -> &'static Format {
    let named = given.platform.as_deref().and_then(|platform| {
        PLATFORMS
            .iter()
            .find(|(_, names)| names.contains(&platform))
            .map(|(format, _)| *format)
    });
    let by_file = || {
        let files = given
            .exceptions
            .iter()
            .flat_map(|exception| &exception.frames)
            .filter_map(|frame| frame.file.as_deref());
        files
            .take(super::trace::MOST_CALLS)
            .find_map(|file| ENDINGS.iter().find(|(ending, _)| file.ends_with(ending)))
            .map(|(_, format)| *format)
    };
    named.or_else(by_file).unwrap_or(&OTHER)
}

fn of_exception<'a>(
    format: &'static Format,
    given: &'a stack_trace::Exception<'_>,
) -> Exception<'a> {
    let mut exception = Exception::named(type_name(format, given), text(&given.value));
    for frame in &given.frames {
        exception.push(of_frame(frame));
    }
    exception
}

fn text<'a>(text: &'a Option<Cow<'_, str>>) -> &'a str {
    text.as_deref().unwrap_or_default()
}

fn of_frame<'a>(given: &'a stack_trace::Frame<'_>) -> Call<'a> {
    let file = match text(&given.file) {
        "" => text(&given.absolute_path),
        file => file,
    };
    Call {
        name: text(&given.function),
        module: text(&given.module),
        package: "",
        file,
        path: text(&given.absolute_path),
        line: given.line.unwrap_or_default(),
        column: given.column.unwrap_or_default(),
        source: text(&given.context_line),
        in_app: given.in_app,
    }
}

/// The type as the run time prints it. Go and Rust print none for a panic.
fn type_name<'a>(format: &'static Format, given: &'a stack_trace::Exception<'_>) -> Cow<'a, str> {
    let name = text(&given.type_name);
    let synthetic = given
        .mechanism
        .as_ref()
        .is_some_and(|mechanism| mechanism.synthetic);
    if synthetic || format.is(&GO) || format.is(&RUST) && name == "panic" {
        return Cow::Borrowed("");
    }
    let module = text(&given.module);
    let printed = format.is(&PYTHON) || format.is(&JAVA);
    let unprinted = matches!(module, "" | "builtins" | "exceptions" | "__main__");
    if !printed || unprinted || name.is_empty() || name.contains('.') || module.contains(' ') {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("{module}.{name}"))
}

impl Format {
    /// Whether both are one format.
    pub(in super::super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }

    /// Whether senders know which code is the application's. Those of native code guess it from addresses and names.
    fn flags_tell(&self) -> bool {
        !self.is(&NATIVE) && !self.is(&RUST) && !self.is(&SWIFT) && !self.is(&POSTGRESQL)
    }
}

/// Reads a call of a language that is not known: by its module, else its file.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    let module = match call.module {
        "" => path::bundle(call.file),
        module => Cow::Borrowed(module),
    };
    let origin = super::super::frame::in_app::of_path(call.longest_path());
    let function = match call.name {
        "?" | "<unknown>" | "<anonymous>" => "",
        name => name,
    };
    Some(Frame::new(module, function, origin))
}

/// No text is of an unknown language's format.
pub(super) fn recognizes(_: &str) -> bool {
    false
}

/// See [`recognizes`].
pub(super) fn parse(_: &str) -> Trace<'_> {
    Trace::new(&OTHER, Vec::new())
}
