//! Changes of errors as they happen: what nodes tell each other, and what a reader of them is told.
//!
//! Whoever changes an error hands a [`Change`] to the [`Publisher`], which appends it to the [`ChangeLog`] that all nodes
//! share. Readers get the changes of a round joined to one event an error ([`Joined`]); an [`EventId`] says where they
//! go on, on any node.

mod announcer;
mod change;
mod change_log;
mod event_id;
mod joined;
mod past;
mod publisher;
mod told;

pub use announcer::{Announcer, Noted};
pub use change::{Before, Change, ChangeKind};
pub use change_log::{ChangeLog, Entry, Kept, Position};
pub use event_id::{EventId, InvalidEventId};
pub use joined::{Joined, Resumed, join};
pub use publisher::{MAX_ERRORS, Publisher};
pub use told::{Listener, Round, Teller, Told};

#[cfg(feature = "testing")]
pub use change_log::MockChangeLog;

/// How long changes are kept for readers that come back.
pub const KEPT: time::Duration = time::Duration::minutes(5);
