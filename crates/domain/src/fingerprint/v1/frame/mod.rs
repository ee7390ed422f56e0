//! Stack frames, without what an installation or a compiler adds to their names.

pub(super) mod function;
pub(super) mod in_app;
mod libraries;
pub(super) mod path;

use std::borrow::Cow;

/// One call in a stack trace.
///
/// Its location is parsed on demand, because only a few frames of a long trace count.
#[derive(Debug, Clone)]
pub(super) struct Frame<'a> {
    /// The function; empty when it has no name that survives a build.
    pub(super) function: Cow<'a, str>,
    place: Place<'a>,
}

/// The location of a frame: parsed, or as text that is parsed on demand.
#[derive(Debug, Clone)]
enum Place<'a> {
    Read(Site<'a>),
    Raw(&'a str, fn(&'a str) -> Site<'a>),
}

/// The location of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site<'a> {
    /// The file, class or package that holds the function.
    pub(super) module: Cow<'a, str>,
    /// Whether it is the application's own code.
    pub(super) in_app: bool,
}

impl<'a> Site<'a> {
    pub(super) fn new(module: impl Into<Cow<'a, str>>, in_app: bool) -> Self {
        Self {
            module: module.into(),
            in_app,
        }
    }
}

impl<'a> Frame<'a> {
    pub(super) fn new(
        module: impl Into<Cow<'a, str>>,
        function: impl Into<Cow<'a, str>>,
        in_app: bool,
    ) -> Self {
        Self {
            function: function.into(),
            place: Place::Read(Site::new(module, in_app)),
        }
    }

    /// A frame whose place is read from `raw` when it is asked for.
    pub(super) fn raw(
        function: impl Into<Cow<'a, str>>,
        raw: &'a str,
        read: fn(&'a str) -> Site<'a>,
    ) -> Self {
        Self {
            function: function.into(),
            place: Place::Raw(raw, read),
        }
    }

    /// Where the frame is.
    pub(super) fn site(&self) -> Site<'a> {
        match &self.place {
            Place::Read(site) => site.clone(),
            Place::Raw(raw, read) => read(raw),
        }
    }

    /// Whether both frames are calls of one function, as far as the text shows.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        self.function == other.function
            && match (&self.place, &other.place) {
                (Place::Read(a), Place::Read(b)) => a == b,
                (Place::Raw(a, _), Place::Raw(b, _)) => a == b,
                _ => false,
            }
    }
}

/// Whether `text` holds `part`. Faster than `str::contains` for the short lines of a trace.
pub(super) fn holds(text: &str, part: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), part.as_bytes()).is_some()
}
