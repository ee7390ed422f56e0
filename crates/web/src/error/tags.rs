//! The tags of an error's occurrences, with the share of each value.

use crate::chart;
use crate::errors::search::written;
use crate::link::Address;
use crate::number::percent;
use crate::ui::Markup;
use faultbook_domain::search_index::ErrorTag;

/// Tags that are drawn.
const MOST: usize = 24;
/// Values of each.
const VALUES: usize = 5;

/// A tag.
pub struct TagView {
    /// Its key.
    pub key: String,
    /// Its most frequent values.
    pub values: Vec<ValueView>,
    /// How many more there are.
    pub more: u64,
}

/// A value of a tag.
pub struct ValueView {
    /// The value.
    pub value: String,
    /// The list of errors with it.
    pub href: String,
    /// Its share as a bar.
    pub bar: Markup,
    /// Its share in words.
    pub share: String,
}

/// The tags as they are shown.
#[must_use]
pub fn of(tags: Vec<ErrorTag>) -> Vec<TagView> {
    let shown = tags.into_iter().filter(|tag| tag.total > 0).take(MOST);
    shown.map(view).collect()
}

fn view(tag: ErrorTag) -> TagView {
    let total = tag.total as f64;
    let values = tag.values.into_iter().take(VALUES).map(|one| ValueView {
        href: Address::new("/errors")
            .with("status", "all")
            .with("q", &written(&tag.key, &one.value))
            .to_string(),
        bar: chart::share(one.count as f64, total),
        share: percent(one.count as f64, total),
        value: one.value,
    });
    let values: Vec<ValueView> = values.collect();
    TagView {
        more: tag.distinct.saturating_sub(values.len() as u64),
        values,
        key: tag.key,
    }
}
