//! Parses stack traces: one parser per format, chosen by the first line that only this format prints.

mod call;
mod dart;
mod database;
mod dotnet;
mod elixir;
mod erlang;
mod go;
mod head;
mod header;
mod java;
mod javascript;
mod native;
mod perl;
mod php;
mod places;
mod python;
mod rewritten;
mod ruby;
mod rust;
mod structured;
mod swift;
mod trace;
mod wasm;

pub(super) use call::Call;
pub(super) use head::{Head, read as head};
pub(super) use header::{is_telling, split as split_header};
pub(super) use javascript::is_served;
pub(super) use native::kind as native_kind;
pub(super) use rewritten::{folded_at, rewritten};
pub(super) use structured::innermost_own;
pub(super) use trace::{Exception, Trace, is_group};

use super::frame::Frame;

/// A format: whether a line can be nothing else, how to read the whole text, and how to read a call of it.
#[derive(Debug)]
pub(super) struct Format {
    /// Its name.
    pub(super) name: &'static str,
    /// A line of it holds at least one of these.
    needs: u16,
    recognizes: fn(&str) -> bool,
    parse: for<'a> fn(&'a str) -> Trace<'a>,
    /// Reads a call, printed or sent. `None` for what the compiler or the run time put between two calls.
    read: for<'a> fn(&Call<'a>) -> Option<Frame<'a>>,
    /// Leaves out the calls that only report the error, or that repeat their caller's place.
    settle: fn(&mut Vec<Call<'_>>),
}

impl Format {
    /// Reads a call, printed or sent. `None` for what the compiler or the run time put between two calls.
    pub(super) fn read<'a>(&self, call: &Call<'a>) -> Option<Frame<'a>> {
        (self.read)(call)
    }
}

static JAVA: Format = Format {
    name: "java",
    needs: marks(b"("),
    recognizes: java::recognizes,
    parse: java::parse,
    read: java::read,
    settle: keep_all,
};
pub(super) static JAVASCRIPT: Format = Format {
    name: "javascript",
    needs: marks(b":("),
    recognizes: javascript::recognizes,
    parse: javascript::parse,
    read: javascript::read,
    settle: javascript::settle,
};
pub(super) static DOTNET: Format = Format {
    name: "dotnet",
    needs: marks(b"("),
    recognizes: dotnet::recognizes,
    parse: dotnet::parse,
    read: dotnet::read,
    settle: keep_all,
};
pub(super) static PYTHON: Format = Format {
    name: "python",
    needs: marks(b"\"(/]"),
    recognizes: python::recognizes,
    parse: python::parse,
    read: python::read,
    settle: keep_all,
};
static RUBY: Format = Format {
    name: "ruby",
    needs: marks(b":"),
    recognizes: ruby::recognizes,
    parse: ruby::parse,
    read: ruby::read,
    settle: ruby::settle,
};
static PHP: Format = Format {
    name: "php",
    needs: marks(b"#"),
    recognizes: php::recognizes,
    parse: php::parse,
    read: php::read,
    settle: keep_all,
};
pub(super) static GO: Format = Format {
    name: "go",
    needs: marks(b":"),
    recognizes: go::recognizes,
    parse: go::parse,
    read: go::read,
    settle: keep_all,
};
static RUST: Format = Format {
    name: "rust",
    needs: marks(b":"),
    recognizes: rust::recognizes,
    parse: rust::parse,
    read: rust::read,
    settle: rust::settle,
};
static SWIFT: Format = Format {
    name: "swift",
    needs: marks(b":"),
    recognizes: swift::recognizes,
    parse: swift::parse,
    read: swift::read,
    settle: keep_all,
};
static DART: Format = Format {
    name: "dart",
    needs: marks(b"#"),
    recognizes: dart::recognizes,
    parse: dart::parse,
    read: dart::read,
    settle: keep_all,
};
pub(super) static NATIVE: Format = Format {
    name: "native",
    needs: marks(b"#]+"),
    recognizes: native::recognizes,
    parse: native::parse,
    read: native::read,
    settle: keep_all,
};
static PERL: Format = Format {
    name: "perl",
    needs: marks(b"("),
    recognizes: perl::recognizes,
    parse: perl::parse,
    read: perl::read,
    settle: keep_all,
};
pub(super) static ELIXIR: Format = Format {
    name: "elixir",
    needs: marks(b":/"),
    recognizes: elixir::recognizes,
    parse: elixir::parse,
    read: elixir::read,
    settle: keep_all,
};
/// Stack traces as Erlang's terms, which OTP's reports print.
static ERLANG: Format = Format {
    name: "erlang",
    needs: marks(b"\""),
    recognizes: erlang::recognizes,
    parse: erlang::parse,
    read: erlang::read,
    settle: keep_all,
};
pub(super) static POSTGRESQL: Format = Format {
    name: "postgresql",
    needs: marks(b":"),
    recognizes: database::recognizes,
    parse: database::parse,
    read: database::read,
    settle: keep_all,
};
/// Any language's functions and places, where nothing tells the language.
pub(super) static PLACES: Format = Format {
    name: "places",
    needs: 0,
    recognizes: places::recognizes,
    parse: places::parse,
    read: places::read,
    settle: keep_all,
};
/// What SDKs of other languages send. No text is of it.
static OTHER: Format = Format {
    name: "other",
    needs: 0,
    recognizes: structured::recognizes,
    parse: structured::parse,
    read: structured::read,
    settle: keep_all,
};

/// Every format. More telling ones come first.
static FORMATS: &[&Format] = &[
    &JAVA,
    &JAVASCRIPT,
    &DOTNET,
    &PYTHON,
    &RUBY,
    &PHP,
    &GO,
    &RUST,
    &SWIFT,
    &DART,
    &NATIVE,
    &PERL,
    &ELIXIR,
    &ERLANG,
    &POSTGRESQL,
];

fn keep_all(_: &mut Vec<Call<'_>>) {}

/// The punctuation by which most lines are known to be of no format at all.
const MARKS: &[u8] = b"(:\"#]+/";

/// The bits of [`MARKS`] that `bytes` holds.
const fn marks(bytes: &[u8]) -> u16 {
    let (mut found, mut i) = (0, 0);
    while i < bytes.len() {
        found |= MARK_OF[bytes[i] as usize];
        i += 1;
    }
    found
}

const MARK_OF: [u16; 256] = {
    let (mut of, mut i) = ([0; 256], 0);
    while i < MARKS.len() {
        of[MARKS[i] as usize] = 1 << i;
        i += 1;
    }
    of
};

/// The format that only prints `line`.
fn recognize(line: &str) -> Option<&'static Format> {
    let held = marks(line.as_bytes());
    FORMATS
        .iter()
        .copied()
        .find(|format| format.needs & held != 0 && (format.recognizes)(line))
}

/// Reads a stack trace. `None` when no line is of a known format.
pub(super) fn parse(text: &str) -> Option<Trace<'_>> {
    let format = lines(text).find_map(recognize)?;
    let mut trace = (format.parse)(text);
    trace.settle();
    trace.has_calls().then_some(trace)
}

/// Reads the functions and places of a text that is of no known format. `None` when it has hardly any.
pub(super) fn parse_places(text: &str) -> Option<Trace<'_>> {
    let trace = places::parse(text);
    trace.has_calls().then_some(trace)
}

/// Where a stack trace starts within a message: the first line of a known format, together with
/// the line that announces it. `None` when the message holds none, or nothing before it.
pub(super) fn embedded_at(text: &str) -> Option<usize> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_ascii();
        if offset > 0 && (is_announcement(trimmed) || recognize(trimmed).is_some()) {
            return Some(offset);
        }
        offset += line.len();
    }
    None
}

/// Whether the line only says that a stack trace follows.
pub(super) fn is_announcement(line: &str) -> bool {
    line.starts_with("Traceback (most recent call last)")
        || line.eq_ignore_ascii_case("stack trace:")
        || line.eq_ignore_ascii_case("stack traceback:")
        || line.eq_ignore_ascii_case("stacktrace:")
        || line.eq_ignore_ascii_case("stack backtrace:")
        || line.eq_ignore_ascii_case("backtrace:")
        || line.starts_with("FATAL EXCEPTION: ")
        || line.starts_with("goroutine ") && line.ends_with("]:")
}

/// The lines without surrounding white space, empty ones left out.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim_ascii)
        .filter(|line| !line.is_empty())
}

/// Splits `text` before its trailing digits and the byte before them: `file.rb:12` gives `file.rb`.
fn strip_number(text: &str, separator: char) -> Option<&str> {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return None;
    }
    let front = &text[..text.len() - digits];
    front.strip_suffix(separator)
}

/// The place without its line and column (`file.js:12:5`, `file.js:12`).
fn strip_position(place: &str) -> &str {
    let once = strip_number(place, ':').unwrap_or(place);
    strip_number(once, ':').unwrap_or(once)
}
