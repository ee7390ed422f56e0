//! Pages of a list.

use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A place in an ordered list: the rank and id of the last row already shown.
///
/// Rows follow it when `(rank, id)` is smaller. Opaque on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The row's place in the list's order.
    pub rank: i64,
    /// The row's id.
    pub id: Uuid,
}

impl Cursor {
    /// What the ids of a page are smaller than, in a list that has its newest id first.
    #[must_use]
    pub fn bound(after: Option<Self>) -> Uuid {
        after.map_or(Uuid::max(), |cursor| cursor.id)
    }
}

/// The text is no cursor that we made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a cursor from an earlier answer")]
pub struct InvalidCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{}", self.rank.cast_unsigned(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 48 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidCursor);
        }
        let (rank, id) = text.split_at(16);
        let rank = u64::from_str_radix(rank, 16)
            .map_err(|_| InvalidCursor)?
            .cast_signed();
        let id = Uuid::try_parse(id).map_err(|_| InvalidCursor)?;
        Ok(Self { rank, id })
    }
}

/// Where a page starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    /// After this many rows.
    Offset(u64),
    /// After this row: costs the same however deep.
    After(Cursor),
}

impl Default for PageStart {
    fn default() -> Self {
        Self::Offset(0)
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows match in all.
    pub total: u64,
    /// Where the next page starts; `None` on the last.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page of a list that has its newest id first and no other rank. `items` are those after the
    /// cursor, in order; more of them than the page holds tell that another follows.
    #[must_use]
    pub fn newest(mut items: Vec<T>, limit: u32, total: u64, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| Cursor {
            rank: 0,
            id: id(last),
        });
        Self { items, total, next }
    }
}
