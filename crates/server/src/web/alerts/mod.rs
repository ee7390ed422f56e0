//! Alert rules, their editor, and what they sent.

mod check;
mod editor;
mod list;
mod rule;

pub use check::check;
pub use editor::{create, show, show_new, update};
pub use list::list;
pub use rule::{delete, switch, test};

use crate::api::alerts::rule::unknown_because;
use actix_web::web::Data;
use faultbook_domain::alerts::{AlertRule, AlertRules};
use faultbook_domain::notifications::Integrations;
use faultbook_web::alerts::Standing;
use time::OffsetDateTime;

/// The services that the editor needs.
pub type Editing = (Data<AlertRules>, Data<Integrations>);

fn standing(rule: &AlertRule, now: OffsetDateTime) -> Standing {
    if !rule.enabled {
        return Standing::Off;
    }
    match (unknown_because(rule, now), rule.state.active) {
        (Some(reason), _) => Standing::Unknown(reason),
        (None, true) => Standing::Firing(rule.state.since.unwrap_or(now)),
        (None, false) => Standing::Calm,
    }
}
