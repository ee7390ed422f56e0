//! Decisions about errors.

use faultbook_domain::errors::{Actor, ResolvedIn, StateAction, StateChange};
use time::OffsetDateTime;

/// Resolves or reopens, as the system.
#[must_use]
pub fn a_decision(resolved: bool, at: OffsetDateTime) -> StateChange {
    let action = if resolved {
        StateAction::Resolve(ResolvedIn::Now)
    } else {
        StateAction::Reopen
    };
    StateChange {
        action,
        actor: Actor::System,
        at,
    }
}
