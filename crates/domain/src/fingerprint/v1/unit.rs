//! What of one exception is hashed.

use super::key::part;
use super::said;
use super::select::Counted;
use super::stack::{Exception, Trace, is_group};
use super::{settle, source};
use crate::fingerprint::HashInput;

/// The parts of one exception.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Unit {
    pub(super) type_name: String,
    /// What it says, normalized.
    pub(super) value: String,
    /// The frames that count, innermost first.
    pub(super) frames: Vec<String>,
    /// The source line of the innermost of them, normalized.
    source: String,
}

impl Unit {
    /// The parts of an exception.
    pub(super) fn of(
        trace: &Trace<'_>,
        exception: &Exception<'_>,
        counted: &[Counted<'_>],
    ) -> Self {
        let value = if is_group(&exception.type_name) {
            settle::without_members(exception.value)
        } else {
            exception.value
        };
        let value = said::normalized(&exception.type_name, value, true);
        Self {
            type_name: exception.type_name.clone().into_owned(),
            value: settle::normalized(
                trace,
                exception,
                &exception.type_name,
                exception.value,
                value,
            ),
            frames: counted.iter().map(|frame| frame.place.clone()).collect(),
            source: counted
                .first()
                .and_then(|innermost| source::normalize(innermost.source))
                .unwrap_or_default(),
        }
    }

    /// The hash inputs. What the reported exception says is added elsewhere, as the message.
    pub(super) fn parts(self, with_value: bool) -> impl Iterator<Item = HashInput> {
        let one = |name, value: String| (!value.is_empty()).then(|| part(name, value));
        let value = if with_value {
            self.value
        } else {
            String::new()
        };
        one("type", self.type_name)
            .into_iter()
            .chain(self.frames.into_iter().map(|frame| part("frame", frame)))
            .chain(one("line", self.source))
            .chain(one("value", value))
    }
}
