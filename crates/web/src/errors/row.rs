//! An error in a list.

use crate::chart;
use crate::number::{Number, counted};
use crate::shell::Shell;
use crate::ui::{self, Markup};
use faultbook_domain::errors::{ErrorDetail, ErrorPeople, Ignored, Status};
use faultbook_domain::search::NEW;

/// An error of a list.
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its page.
    pub href: String,
    /// Its level as a shape.
    pub level: Markup,
    /// The type of its exception; empty where it has none.
    pub name: String,
    /// Its message, on one line.
    pub message: String,
    /// Whether it was first seen today or yesterday.
    pub is_new: bool,
    /// Whether it occurred again after it was resolved.
    pub regressed: bool,
    /// What was decided about it; empty for open ones.
    pub state: String,
    /// Where it happened.
    pub culprit: String,
    /// The short name of its project; empty where the list is of one.
    pub project: String,
    /// The latest release.
    pub release: String,
    /// The environment.
    pub environment: String,
    /// Its counts by day.
    pub spark: Markup,
    /// How often it occurred.
    pub count: Number,
    /// How many users it hit.
    pub users: Option<Number>,
    /// When it was last seen.
    pub last_seen: Markup,
    /// When it was first seen.
    pub first_seen: Markup,
    /// Who works on it.
    pub owner: Option<(Markup, String)>,
}

impl Row {
    /// An error as this page shows it; `query` is handed on, so that its page knows the list.
    #[must_use]
    pub fn of(
        shell: &Shell,
        query: &str,
        (detail, people): (ErrorDetail, ErrorPeople),
        project: String,
    ) -> Self {
        let ErrorDetail { error, figures, .. } = detail;
        let state = &error.state;
        let of = figures.as_ref().map(|figures| figures.of);
        let (count, first, last) = of
            .map_or((state.count, state.first_seen, state.last_seen), |of| {
                (of.count, of.first_seen, of.last_seen)
            });
        let trend = figures.as_ref().map_or(&[][..], |figures| &figures.trend);
        let clock = shell.clock;
        let named = |text: Option<String>| text.unwrap_or_default();
        let (name, culprit) = figures.as_ref().map_or((None, None), |one| {
            (one.exception_type.clone(), one.culprit.clone())
        });
        let mark = if query.is_empty() {
            String::new()
        } else {
            format!("?{query}")
        };
        Self {
            id: state.id.to_string(),
            href: format!("/errors/{}{mark}", state.id),
            level: ui::level(ui::level_name(error.summary.level, error.summary.severity)),
            name: named(name),
            message: one_line(&error.summary.message),
            is_new: clock.now() - state.first_seen <= NEW,
            regressed: state.regressed && state.status() == Status::Open,
            state: standing(shell, &detail_state(&error)),
            culprit: named(culprit),
            project,
            release: error.summary.release.unwrap_or_default(),
            environment: error.summary.environment,
            spark: chart::spark(
                trend,
                &format!("By day, 14 days: {} in all", Number(trend.iter().sum())),
            ),
            count: Number(count),
            users: of.map(|of| Number(of.users)),
            last_seen: clock.when(last).ago_html(),
            first_seen: clock.when(first).ago_html(),
            owner: people
                .assigned_to
                .map(|one| (ui::face(&one.name), one.name)),
        }
    }
}

/// What a list needs to know of a decision.
struct Decided {
    status: Status,
    release: Option<String>,
    ignored: Option<Ignored>,
}

fn detail_state(error: &faultbook_domain::errors::ErrorGroup) -> Decided {
    let release = error
        .triage
        .resolved_in()
        .and_then(|how| how.release().map(str::to_owned));
    Decided {
        status: error.state.status(),
        release,
        ignored: error.triage.ignored().copied(),
    }
}

fn standing(shell: &Shell, decided: &Decided) -> String {
    match (decided.status, &decided.release, &decided.ignored) {
        (Status::Open, _, _) => String::new(),
        (Status::Resolved, Some(release), _) => format!("Resolved in {release}"),
        (Status::Resolved, None, _) => "Resolved".to_owned(),
        (Status::Ignored, _, Some(ignored)) => ignored_until(shell, ignored),
        (Status::Ignored, _, None) => "Ignored".to_owned(),
    }
}

/// Until when an error is ignored, in words.
#[must_use]
pub fn ignored_until(shell: &Shell, ignored: &Ignored) -> String {
    let mut terms = Vec::new();
    terms.extend(
        ignored
            .terms
            .until
            .map(|until| format!("until {}", shell.clock.when(until).text())),
    );
    terms.extend(
        ignored
            .count_left
            .map(|left| format!("for {}", counted(left, "more occurrence"))),
    );
    terms.extend(
        ignored
            .users_left
            .map(|left| format!("for {}", counted(left, "more user"))),
    );
    terms.extend(
        ignored
            .terms
            .next_release
            .then(|| "until the next release".to_owned()),
    );
    if terms.is_empty() {
        return "Ignored".to_owned();
    }
    format!("Ignored {}", terms.join(" or "))
}

/// The first line with words of a message, as far as a list can show it.
#[must_use]
pub fn one_line(message: &str) -> String {
    const MOST: usize = 300;
    let line = message
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    match line.char_indices().nth(MOST) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_show_one_line() {
        assert_eq!(one_line("\n  a\nb"), "a");
        assert_eq!(one_line(""), "");
        assert_eq!(one_line(&"ä".repeat(400)).chars().count(), 301);
    }
}
