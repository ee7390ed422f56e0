//! Letters: e-mails to members about errors that are assigned to them, mention them, or that they follow.
//!
//! Stores write down what has to be told in the transaction of the change itself ([`LetterStore`]). [`Letters`] turns that
//! into letters, one outbox entry each, and sends them until they are delivered or given up.

mod letter;
mod letter_store;
mod readers;
mod service;
mod wording;

pub use letter::{DueLetter, Happening, Letter, LetterReason, LetterStatus, Untold};
pub use letter_store::{ActivityKey, LetterAttempt, LetterStore};
pub use readers::Readers;
pub use service::{LetterParts, Letters};

#[cfg(feature = "testing")]
pub use letter_store::MockLetterStore;
