//! The sentence that a rule's owner sees after a failed evaluation.

use crate::store_error::StoreError;

/// The sentence that a rule's owner sees when the store fails.
pub(super) const fn reason_of(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => "The database did not answer what the rule asks.",
        _ => "The database cannot answer what the rule asks.",
    }
}
