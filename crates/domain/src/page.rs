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

/// Bytes of text that the rows of one page hold together, unless the first alone holds more: what a list answers
/// does not grow with what clients send.
pub const PAGE_BYTES: usize = 4 << 20;

/// Counts the leading rows that one page takes of those that follow its start: at most `limit`, at least one,
/// and no more than hold [`PAGE_BYTES`] together. `bytes` gives each row's text.
#[must_use]
pub fn page_length(bytes: impl IntoIterator<Item = usize>, limit: u32) -> usize {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut sum = 0_usize;
    let fits = |(place, bytes): &(usize, usize)| {
        sum = sum.saturating_add(*bytes);
        *place == 0 || sum <= PAGE_BYTES
    };
    let rows = bytes.into_iter().enumerate().take(limit);
    rows.take_while(fits).count()
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
        Self::ending(items, more, total, id)
    }

    /// A page of a list that has its newest id first and no other rank, of which these rows are left; `more`
    /// says whether others follow.
    #[must_use]
    pub fn ending(items: Vec<T>, more: bool, total: u64, id: impl Fn(&T) -> Uuid) -> Self {
        let next = items.last().filter(|_| more).map(|last| Cursor {
            rank: 0,
            id: id(last),
        });
        Self { items, total, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_at_its_limit_or_at_its_bytes_and_is_never_empty() {
        assert_eq!(page_length([1, 1, 1], 2), 2);
        assert_eq!(page_length([PAGE_BYTES, 1], 10), 1);
        assert_eq!(page_length([PAGE_BYTES - 1, 1, 1], 10), 2);
        assert_eq!(page_length([PAGE_BYTES + 1, 1], 10), 1);
        assert_eq!(page_length([1, usize::MAX, 1], 10), 1);
        assert_eq!(page_length([], 10), 0);
    }
}
