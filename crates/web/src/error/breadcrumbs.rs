//! What happened before an occurrence.

use super::tree;
use crate::ui::{Markup, scrubbed};
use crate::when::Clock;
use faultbook_domain::errors::{Breadcrumb, Occurrence};

/// Breadcrumbs that are drawn: the newest.
const MOST: usize = 100;

/// One of them.
pub struct Crumb {
    /// When, if it says so.
    pub at: Option<Markup>,
    /// Its icon.
    pub icon: &'static str,
    /// What kind it is.
    pub kind: String,
    /// What it says.
    pub text: Markup,
    /// Whether it is the error itself.
    pub last: bool,
}

/// The breadcrumbs of an occurrence, oldest first, with the occurrence at the end, and how many are left out.
#[must_use]
pub fn of(occurrence: &Occurrence, clock: Clock) -> (Vec<Crumb>, usize) {
    let all = Breadcrumb::all(occurrence);
    if all.is_empty() {
        return (Vec::new(), 0);
    }
    let left_out = all.len().saturating_sub(MOST);
    let mut crumbs: Vec<Crumb> = all
        .into_iter()
        .skip(left_out)
        .map(|one| crumb(one, clock))
        .collect();
    crumbs.push(Crumb {
        at: Some(clock.when(occurrence.timestamp).clock_html()),
        icon: "error",
        kind: "error".to_owned(),
        text: scrubbed(crate::errors::row::one_line(&occurrence.summary.message).as_str()),
        last: true,
    });
    (crumbs, left_out)
}

fn crumb(one: Breadcrumb, clock: Clock) -> Crumb {
    let kind = one.category.or(one.kind).unwrap_or_default();
    let family = kind.split('.').next().unwrap_or_default();
    let icon = match family {
        "http" | "fetch" | "xhr" => "globe",
        "query" | "db" | "sql" | "redis" => "database",
        "navigation" | "request" => "enter",
        "ui" | "user" | "click" | "touch" => "person",
        "error" | "exception" => "error",
        _ => "terminal",
    };
    let data = one.data.map(|data| {
        let parts = data
            .iter()
            .map(|(name, value)| format!("{name}={}", tree::line(value)));
        parts.collect::<Vec<_>>().join(" ")
    });
    let mut text = [one.message, data]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    if let Some((cut, _)) = text.char_indices().nth(1_000) {
        text.truncate(cut);
        text.push('…');
    }
    Crumb {
        at: one.timestamp.map(|at| clock.when(at).clock_html()),
        icon,
        kind,
        text: scrubbed(&text),
        last: false,
    }
}
