//! The stack trace of an occurrence: as an SDK sent it, or out of the text.

use super::{Exception, Frame, StackTrace, sent};
use crate::errors::JsonMembers;
use crate::fingerprint::v1;
use serde_json::Value;

/// The exceptions that the context of an occurrence keeps as an SDK sent them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    exception: Value,
    platform: Option<String>,
}

impl Sent {
    /// Reads them out of a context; `None` when it holds none.
    #[must_use]
    pub fn read(context: &JsonMembers<'_>) -> Option<Self> {
        Some(Self {
            exception: context.value("exception")?,
            platform: context.text("platform"),
        })
    }
}

/// The stack trace of an occurrence.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported<'a> {
    trace: StackTrace<'a>,
    /// Whether it was read from text, so that [`Frame::in_app`] is by the names of libraries.
    printed: bool,
}

impl<'a> Reported<'a> {
    /// Maximum number of exceptions that are shown and searched.
    pub const MAX_EXCEPTIONS: usize = 50;

    /// Chooses what an SDK sent, unless only the text has frames.
    #[must_use]
    pub fn choose(sent: Option<&'a Sent>, text: Option<&'a str>) -> Option<Self> {
        let sent = sent.map(|sent| Self {
            trace: sent::stack_trace(&sent.exception, sent.platform.as_deref()),
            printed: false,
        });
        if sent.as_ref().is_some_and(Self::has_frames) {
            return sent;
        }
        // The frames may be those of a thread, and stand in the text alone.
        let parsed = text.and_then(StackTrace::parse).map(|trace| Self {
            trace,
            printed: true,
        });
        parsed.filter(Self::has_frames).or(sent)
    }

    fn has_frames(&self) -> bool {
        let mut exceptions = self.trace.exceptions.iter();
        exceptions.any(|exception| !exception.frames.is_empty())
    }

    /// Returns the innermost frame of the application's own code, as grouping tells it: of the reported exception, else
    /// of the first cause that has one.
    #[must_use]
    pub fn innermost_own(&self) -> Option<&Frame<'a>> {
        if !self.printed {
            return v1::innermost_own(&self.trace);
        }
        let mut frames = self.trace.exceptions.iter().flat_map(|one| &one.frames);
        frames.find(|frame| frame.in_app == Some(true))
    }

    /// Returns the exceptions that say anything, the reported one first.
    pub fn exceptions(&self) -> impl Iterator<Item = &Exception<'a>> {
        let exceptions = self.trace.exceptions.iter().filter(|one| is_said(one));
        exceptions.take(Self::MAX_EXCEPTIONS)
    }

    /// Returns the exceptions that say anything, the reported one first.
    pub fn into_exceptions(self) -> impl Iterator<Item = Exception<'a>> {
        let exceptions = self.trace.exceptions.into_iter().filter(is_said);
        exceptions.take(Self::MAX_EXCEPTIONS)
    }
}

fn is_said(exception: &Exception<'_>) -> bool {
    exception.type_name.is_some() || exception.value.is_some() || !exception.frames.is_empty()
}
