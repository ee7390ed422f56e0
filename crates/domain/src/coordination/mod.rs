//! Leases, and work that one node does for all.

mod lease;
mod singleton;

pub use lease::Lease;
pub use singleton::{RENEWAL, Singleton, TERM};

#[cfg(feature = "testing")]
pub use lease::MockLease;
