//! Search: the language, and what of an occurrence is found and counted.
//!
//! A [`Query`] is parsed once and typed for stores. [`Facts`] are what occurrences are found by, and [`fold()`] is how
//! texts are compared, so that every store finds the same.

mod bounds;
mod facts;
mod fold;
mod key;
mod lexer;
mod list_filter;
mod matches;
mod moment;
mod parser;
mod pattern;
mod query;
mod trace_facts;

pub use bounds::Bounds;
pub use facts::{BUILT_IN_TAGS, Facts, MAX_TAG_KEY, MAX_TAG_VALUE, MAX_TAGS, person};
pub use fold::fold;
pub use key::TagKey;
pub use matches::{Figures, MAX_TEXTS, SearchedError, SearchedOccurrence};
pub use moment::parse_range_limit;
pub use parser::{MAX_QUERY, MAX_TERMS, MAX_VALUES};
pub use pattern::{Compare, Pattern};
pub use query::{
    Assignee, FigureFilter, Filter, Hint, NEW, OccurrenceFilter, Presence, Query, ReleaseValue,
    State, Term, TextField,
};
pub use trace_facts::TraceMemo;

#[cfg(test)]
mod tests;
