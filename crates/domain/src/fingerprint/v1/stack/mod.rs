//! Parses stack traces: one parser per format, chosen by the first line that only this format prints.

mod database;
mod dotnet;
mod elixir;
mod go;
mod header;
mod java;
mod javascript;
mod native;
mod perl;
mod php;
mod python;
mod ruby;
mod rust;
mod swift_dart;

pub(super) use header::split as split_header;

use super::frame::Frame;
use std::borrow::Cow;

/// Frames kept of one exception. Deeper ones cannot count any more.
const MOST_FRAMES: usize = 256;

/// A stack trace, read.
#[derive(Debug, Default)]
pub(super) struct Trace<'a> {
    /// The name of the format.
    pub(super) format: &'static str,
    /// The exceptions, outermost first, each cause after what it caused.
    pub(super) exceptions: Vec<Exception<'a>>,
    /// The code was served as a bundle.
    pub(super) bundled: bool,
}

/// One exception of a chain.
#[derive(Debug, Default)]
pub(super) struct Exception<'a> {
    /// The type as printed; empty when the format names none.
    pub(super) type_name: Cow<'a, str>,
    /// The line that names it, where that comes after the frames.
    pub(super) header: &'a str,
    /// The frames, innermost first.
    pub(super) frames: Vec<Frame<'a>>,
    /// It happened beside the error, not before it: suppressed, or while cleaning up.
    pub(super) aside: bool,
    /// A frame was repeated directly.
    pub(super) recursive: bool,
}

impl<'a> Exception<'a> {
    fn named(type_name: impl Into<Cow<'a, str>>) -> Self {
        Self {
            type_name: type_name.into(),
            ..Self::default()
        }
    }

    /// Adds a frame, unless it repeats the last one or the trace is deep enough.
    fn push(&mut self, frame: Frame<'a>) {
        // Functions without a name are not known to be the same.
        let named = !frame.function.is_empty();
        if named && self.frames.last().is_some_and(|last| last.repeats(&frame)) {
            self.recursive = true;
        } else if self.frames.len() < MOST_FRAMES {
            self.frames.push(frame);
        }
    }
}

impl<'a> Trace<'a> {
    fn new(format: &'static str, exceptions: Vec<Exception<'a>>) -> Self {
        Self {
            format,
            exceptions,
            bundled: false,
        }
    }

    /// The exception that frames are being added to.
    fn current(&mut self) -> &mut Exception<'a> {
        if self.exceptions.is_empty() {
            self.exceptions.push(Exception::default());
        }
        let last = self.exceptions.len() - 1;
        &mut self.exceptions[last]
    }

    fn has_frames(&self) -> bool {
        self.exceptions
            .iter()
            .any(|exception| !exception.frames.is_empty())
    }
}

/// A format: whether a line can be nothing else, and how to read the whole text.
struct Format {
    /// A line of it holds at least one of these.
    needs: u16,
    recognizes: fn(&str) -> bool,
    parse: for<'a> fn(&'a str) -> Trace<'a>,
}

/// Every format. More telling ones come first.
const FORMATS: &[Format] = &[
    Format {
        needs: marks(b"("),
        recognizes: java::recognizes,
        parse: java::parse,
    },
    Format {
        needs: marks(b":("),
        recognizes: javascript::recognizes,
        parse: javascript::parse,
    },
    Format {
        needs: marks(b"("),
        recognizes: dotnet::recognizes,
        parse: dotnet::parse,
    },
    Format {
        needs: marks(b"\""),
        recognizes: python::recognizes,
        parse: python::parse,
    },
    Format {
        needs: marks(b":"),
        recognizes: ruby::recognizes,
        parse: ruby::parse,
    },
    Format {
        needs: marks(b"#"),
        recognizes: php::recognizes,
        parse: php::parse,
    },
    Format {
        needs: marks(b":"),
        recognizes: go::recognizes,
        parse: go::parse,
    },
    Format {
        needs: marks(b":"),
        recognizes: rust::recognizes,
        parse: rust::parse,
    },
    Format {
        needs: marks(b":#"),
        recognizes: swift_dart::recognizes,
        parse: swift_dart::parse,
    },
    Format {
        needs: marks(b"#]+"),
        recognizes: native::recognizes,
        parse: native::parse,
    },
    Format {
        needs: marks(b"("),
        recognizes: perl::recognizes,
        parse: perl::parse,
    },
    Format {
        needs: marks(b":/"),
        recognizes: elixir::recognizes,
        parse: elixir::parse,
    },
    Format {
        needs: marks(b":"),
        recognizes: database::recognizes,
        parse: database::parse,
    },
];

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
        .find(|format| format.needs & held != 0 && (format.recognizes)(line))
}

/// Reads a stack trace. `None` when no line is of a known format.
pub(super) fn parse(text: &str) -> Option<Trace<'_>> {
    let format = lines(text).find_map(recognize)?;
    let trace = (format.parse)(text);
    trace.has_frames().then_some(trace)
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
        || line.eq_ignore_ascii_case("stacktrace:")
        || line.eq_ignore_ascii_case("stack backtrace:")
        || line.eq_ignore_ascii_case("backtrace:")
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
