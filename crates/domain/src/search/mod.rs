//! Search: what of an occurrence is found and counted.

mod facts;

pub use facts::{BUILT_IN_TAGS, Facts, MAX_TAG_KEY, MAX_TAG_VALUE, MAX_TAGS};
