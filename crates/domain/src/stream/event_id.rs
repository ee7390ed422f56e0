//! Ids of events: where their reader goes on.

use super::change_log::Position;
use crate::id::ErrorId;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The place of an event among all that a reader is told.
///
/// The events of a round tell of the changes from `start`, exclusive, to `end`, one event an error, ordered by the last
/// change and the error. So whoever reads the log again knows which errors the reader was told of already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventId {
    /// The log's.
    pub epoch: String,
    /// All changes up to this one were told.
    pub start: Position,
    /// The last change of the round.
    pub end: Position,
    /// The last change that the event tells of.
    pub last: Position,
    /// The error.
    pub error: ErrorId,
}

/// The text is no id of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no id of an event")]
pub struct InvalidEventId;

impl EventId {
    /// The id behind all events of a round that ends here.
    #[must_use]
    pub fn behind(epoch: &str, end: Position) -> Self {
        Self {
            epoch: epoch.to_owned(),
            start: end,
            end,
            last: end,
            error: ErrorId(Uuid::nil()),
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            epoch,
            start,
            end,
            last,
            error,
        } = self;
        write!(f, "{epoch}.{start}.{end}.{last}.{}", error.0.simple())
    }
}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('.').collect();
        let [epoch, start, end, last, error] = parts[..] else {
            return Err(InvalidEventId);
        };
        let position = |text: &str| text.parse().map_err(|_| InvalidEventId);
        Ok(Self {
            epoch: epoch.to_owned(),
            start: position(start)?,
            end: position(end)?,
            last: position(last)?,
            error: Uuid::try_parse(error)
                .map(ErrorId)
                .map_err(|_| InvalidEventId)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back() {
        let position = |millis, number| Position { millis, number };
        let id = EventId {
            epoch: "a1".to_owned(),
            start: position(1, 2),
            end: position(3, 0),
            last: position(2, u64::MAX),
            error: ErrorId(Uuid::from_u128(7)),
        };
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "",
            "5",
            "a.1-1.1-1.1-1",
            "a.1-1.1-1.1.0",
            "a.1-1.1-1.1-1.x",
            "a.1-1.1-1.1-1.0.0",
        ] {
            assert_eq!(text.parse::<EventId>(), Err(InvalidEventId), "{text}");
        }
    }
}
