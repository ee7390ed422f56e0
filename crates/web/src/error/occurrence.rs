//! The occurrence that a page of an error shows.

use super::breadcrumbs::{self, Crumb};
use super::request::{self, Request};
use super::trace::{Frames, Trace};
use crate::number::Number;
use crate::shell::Shell;
use crate::ui::Markup;
use faultbook_domain::errors::{FoundOccurrence, Occurrence};
use faultbook_domain::id::{ErrorId, OccurrenceId};
use time::Duration;

/// The occurrence that is shown.
pub(super) struct OccurrenceView {
    pub(super) position: Option<Number>,
    pub(super) total: Option<Number>,
    pub(super) newer: Option<OccurrenceId>,
    pub(super) older: Option<OccurrenceId>,
    pub(super) is_latest: bool,
    pub(super) is_first: bool,
    pub(super) at: Markup,
    pub(super) received: Option<Markup>,
    pub(super) trace: Option<Trace>,
    pub(super) crumbs: Vec<Crumb>,
    pub(super) crumbs_left: usize,
    pub(super) request: Option<Request>,
    pub(super) user: Vec<(String, String)>,
    pub(super) context: Vec<Markup>,
    pub(super) own_tags: Vec<(String, String)>,
    pub(super) feedback: Vec<(String, String, Markup)>,
    pub(super) json: String,
}

impl OccurrenceView {
    pub(super) fn of(
        shell: &Shell,
        (error, is_named): (&ErrorId, bool),
        found: FoundOccurrence,
        frames: Frames,
    ) -> Self {
        let FoundOccurrence {
            occurrence,
            position,
            total,
            newer,
            older,
            ..
        } = found;
        let clock = shell.clock;
        let (crumbs, crumbs_left) = breadcrumbs::of(&occurrence, clock);
        let late = occurrence.received_at - occurrence.timestamp > Duration::minutes(1);
        let feedback = occurrence.feedback.iter().map(|one| {
            let who = one
                .name
                .clone()
                .or_else(|| one.email.clone())
                .unwrap_or_else(|| "A user".to_owned());
            (
                who,
                one.message.clone().unwrap_or_default(),
                clock.when(one.received_at).ago_html(),
            )
        });
        Self {
            json: format!("/api/errors/{error}/occurrences/{}", occurrence.id),
            position: position.map(Number::from),
            total: total.map(Number::from),
            is_latest: newer.is_none(),
            is_first: is_named && older.is_none(),
            newer,
            older,
            at: clock.when(occurrence.timestamp).html(),
            received: late.then(|| clock.when(occurrence.received_at).html()),
            trace: Trace::of(&occurrence, frames),
            crumbs,
            crumbs_left,
            request: Request::of(&occurrence),
            user: request::user(&occurrence),
            context: request::context(&occurrence),
            own_tags: own_tags(&occurrence),
            feedback: feedback.collect(),
        }
    }
}

fn own_tags(occurrence: &Occurrence) -> Vec<(String, String)> {
    let tags = occurrence.tags.as_ref();
    let tags = tags.and_then(|tags| serde_json::from_str::<serde_json::Value>(tags.as_str()).ok());
    let Some(serde_json::Value::Object(tags)) = tags else {
        return Vec::new();
    };
    tags.iter()
        .take(60)
        .map(|(key, value)| (key.clone(), super::tree::line(value)))
        .collect()
}
