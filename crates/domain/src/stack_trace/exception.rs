//! Exceptions of a chain.

use super::{Frame, owned};
use std::borrow::Cow;

/// One exception of a chain.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Exception<'a> {
    /// Its type (`ValueError`); `None` when nothing names one.
    pub type_name: Option<Cow<'a, str>>,
    /// What it says, without its type.
    pub value: Option<Cow<'a, str>>,
    /// The module or package of the type.
    pub module: Option<Cow<'a, str>>,
    /// How it was captured.
    pub mechanism: Option<Mechanism<'a>>,
    /// The calls, innermost first.
    pub frames: Vec<Frame<'a>>,
}

impl Exception<'_> {
    /// Returns the exception with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Exception<'static> {
        Exception {
            type_name: self.type_name.map(owned),
            value: self.value.map(owned),
            module: self.module.map(owned),
            mechanism: self.mechanism.map(Mechanism::into_owned),
            frames: self.frames.into_iter().map(Frame::into_owned).collect(),
        }
    }
}

/// How an exception was captured, by Sentry's exception mechanism.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mechanism<'a> {
    /// Its name (`generic`, `onerror`, `chained`).
    pub kind: Option<Cow<'a, str>>,
    /// Whether the application handled it.
    pub handled: Option<bool>,
    /// The exception was made for its stack trace alone, so that its type says nothing.
    pub synthetic: bool,
}

impl Mechanism<'_> {
    /// Returns the mechanism with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Mechanism<'static> {
        Mechanism {
            kind: self.kind.map(owned),
            handled: self.handled,
            synthetic: self.synthetic,
        }
    }
}
