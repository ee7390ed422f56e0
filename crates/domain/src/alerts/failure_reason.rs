//! Public reasons of failed rule evaluations.

use crate::store_error::StoreError;

/// Returns the public reason of a store failure.
pub(super) const fn reason_of(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => "The database did not answer what the rule asks.",
        _ => "The database cannot answer what the rule asks.",
    }
}
