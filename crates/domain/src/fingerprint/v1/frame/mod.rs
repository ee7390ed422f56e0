//! Stack frames, without what an installation or a compiler adds to their names.

pub(super) mod function;
pub(super) mod in_app;
mod libraries;
pub(super) mod path;

use std::borrow::Cow;

/// Whose code a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The application's.
    Own,
    /// A library's or a framework's.
    Library,
    /// The language's run time or standard library, which is around every error and differs by its version.
    Runtime,
}

/// One call of a stack trace, by what survives another installation and another build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// The file, class or package that holds the function; empty when nothing names it.
    pub(super) module: Cow<'a, str>,
    /// The function; empty when it has no name that survives a build.
    pub(super) function: Cow<'a, str>,
    /// Whose code it is, as far as its names tell.
    pub(super) origin: Origin,
}

impl<'a> Frame<'a> {
    pub(super) fn new(
        module: impl Into<Cow<'a, str>>,
        function: impl Into<Cow<'a, str>>,
        origin: Origin,
    ) -> Self {
        Self {
            module: module.into(),
            function: function.into(),
            origin,
        }
    }
}

/// Whether `text` holds `part`, which is found by its first byte. Faster than a general search for the short lines of a
/// trace, where that byte is rare.
pub(super) fn holds(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// Where `text` holds `part` first. See [`holds`].
pub(super) fn find(text: &str, part: &str) -> Option<usize> {
    let Some(first) = part.bytes().next() else {
        return Some(0);
    };
    let bytes = text.as_bytes();
    memchr::memchr_iter(first, bytes).find(|at| bytes[*at..].starts_with(part.as_bytes()))
}
