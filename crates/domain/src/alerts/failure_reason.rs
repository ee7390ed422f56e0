//! What is told of a failed evaluation: a sentence for the rule's owner, the causes for the log.

use crate::store_error::StoreError;
use std::error::Error;

/// The sentence that a rule's owner sees when the store fails.
pub(super) const fn reason_of(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => "The database did not answer what the rule asks.",
        _ => "The database cannot answer what the rule asks.",
    }
}

/// The text of an error with its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
