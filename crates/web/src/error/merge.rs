//! Chooses the error that another one is merged into.

use crate::assets;
use crate::chart;
use crate::errors::row::one_line;
use crate::number::Number;
use crate::shell::Shell;
use crate::ui::{self, Markup};
use askama::Template;
use faultbook_domain::errors::ErrorDetail;

/// An error that may be the one that stays.
pub struct Candidate {
    id: String,
    level: Markup,
    name: String,
    message: String,
    count: Number,
    last_seen: Markup,
    spark: Markup,
}

/// The choice.
#[derive(Template)]
#[template(path = "error/merge.html")]
pub struct MergePage {
    shell: Shell,
    id: String,
    title: String,
    query: String,
    candidates: Vec<Candidate>,
    problem: Option<String>,
}

impl Candidate {
    /// An error as it is offered.
    #[must_use]
    pub fn of(shell: &Shell, detail: ErrorDetail) -> Self {
        let ErrorDetail { error, figures, .. } = detail;
        let name = figures
            .as_ref()
            .and_then(|figures| figures.exception_type.clone());
        Self {
            id: error.state.id.to_string(),
            level: ui::level(ui::level_name(error.summary.level, error.summary.severity)),
            name: name.unwrap_or_default(),
            message: one_line(&error.summary.message),
            count: Number(error.state.count),
            last_seen: shell.clock.when(error.state.last_seen).ago_html(),
            spark: chart::spark(
                figures.as_ref().map_or(&[], |figures| &figures.trend),
                "Trend",
            ),
        }
    }
}

impl MergePage {
    /// Offers these errors to the error of this id and title; `query` is what was looked for, or nothing for similar ones.
    #[must_use]
    pub fn new(
        shell: Shell,
        (id, title): (String, String),
        query: String,
        candidates: Vec<Candidate>,
        problem: Option<String>,
    ) -> Self {
        Self {
            shell,
            id,
            title,
            query,
            candidates,
            problem,
        }
    }
}
