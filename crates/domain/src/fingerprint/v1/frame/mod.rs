//! Frames: where in the code, without what an installation or a compiler adds.

pub(super) mod function;
pub(super) mod in_app;
pub(super) mod path;

use std::borrow::Cow;

/// One call in a stack trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// The file, class or package that holds the function.
    pub(super) module: Cow<'a, str>,
    /// The function; empty when it has no name that survives a build.
    pub(super) function: Cow<'a, str>,
    /// Whether it is the application's own code.
    pub(super) in_app: bool,
}

impl<'a> Frame<'a> {
    pub(super) fn new(
        module: impl Into<Cow<'a, str>>,
        function: impl Into<Cow<'a, str>>,
        in_app: bool,
    ) -> Self {
        Self { module: module.into(), function: function.into(), in_app }
    }

    /// Whether both frames are calls of one function.
    pub(super) fn same_place(&self, other: &Self) -> bool {
        self.function == other.function && self.module == other.module
    }
}
