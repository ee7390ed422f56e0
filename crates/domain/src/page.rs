//! Pagination: cursors, page starts and pages.

use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A position in an ordered list: rank and id of the last row of the previous page.
///
/// The rows after it are those with a smaller `(rank, id)`. Opaque on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The row's sort key.
    pub rank: i64,
    /// The row's id.
    pub id: Uuid,
}

impl Cursor {
    /// Returns the exclusive upper bound of a page's ids, in a list ordered by id, newest first.
    #[must_use]
    pub fn bound(after: Option<Self>) -> Uuid {
        after.map_or(Uuid::max(), |cursor| cursor.id)
    }
}

/// The text is not a valid cursor.
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

/// Start of a page: an offset or a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    /// Skips this many rows.
    Offset(u64),
    /// Starts after this row (keyset pagination): costs the same at any depth.
    After(Cursor),
}

impl Default for PageStart {
    fn default() -> Self {
        Self::Offset(0)
    }
}

/// Maximum bytes of text in the rows of one page, unless its first row alone holds more: bounds the size of a list
/// response whatever clients have sent.
pub const PAGE_BYTES: usize = 4 << 20;

/// Counts how many of the rows after the start of a page fit on it: at most `limit`, at least one, and no more than
/// [`PAGE_BYTES`] hold together. `bytes` yields the size of each row's text.
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

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Number of rows that match in all.
    pub total: u64,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Builds a page of a list ordered by id, newest first. `items` are the rows after the cursor, in order; more
    /// rows than `limit` mean that another page follows.
    #[must_use]
    pub fn newest(mut items: Vec<T>, limit: u32, total: u64, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        Self::ending(items, more, total, id)
    }

    /// Builds a page of a list ordered by id, newest first, from rows already cut to the page; `more` says whether
    /// another page follows.
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
