//! Stack traces as structure: what grouping takes, whether an SDK sends it or a parser reads it from text.

mod exception;
mod frame;
mod reported;
mod sdk_frames;
pub mod sent;
mod symbolication;

pub use exception::{Exception, Mechanism};
pub use frame::Frame;
pub use reported::{Reported, Sent};
pub use symbolication::{Symbolication, SymbolicationProblem, SymbolicationStatus};

use std::borrow::Cow;

/// A chain of exceptions with their frames.
///
/// Borrows from the text or the event it is read from; `StackTrace<'static>` owns its texts.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StackTrace<'a> {
    /// The language or runtime that the frames are of, by Sentry's names of platforms (`python`, `javascript`,
    /// `java`, `native`, ...); `None` when nothing says it.
    pub platform: Option<Cow<'a, str>>,
    /// The exceptions: the reported one first, each followed by what caused it.
    pub exceptions: Vec<Exception<'a>>,
}

impl<'a> StackTrace<'a> {
    /// Reads the text that a run time printed, by the same parsers as grouping. `None` when it is of no known format.
    ///
    /// [`Frame::in_app`] is then by the names and paths of known libraries.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        crate::fingerprint::v1::parse_trace(text)
    }
}

impl StackTrace<'_> {
    /// Returns the trace with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> StackTrace<'static> {
        StackTrace {
            platform: self.platform.map(owned),
            exceptions: self
                .exceptions
                .into_iter()
                .map(Exception::into_owned)
                .collect(),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
