//! The list of errors.

use crate::number::Number;
use crate::shell::Shell;
use crate::ui::{self, Markup};
use crate::{assets, chart};
use askama::Template;
use faultbook_domain::errors::ErrorDetail;

/// The list.
#[derive(Template)]
#[template(path = "errors/list.html")]
pub struct ErrorsPage {
    shell: Shell,
    rows: Vec<Row>,
    total: Number,
}

/// An error of the list.

struct Row {
    href: String,
    level: Markup,
    name: String,
    message: String,
    culprit: String,
    count: Number,
    ago: Markup,
    spark: Markup,
}

impl ErrorsPage {
    /// The page of these errors, of so many in all.
    #[must_use]
    pub fn new(shell: Shell, errors: Vec<ErrorDetail>, total: u64) -> Self {
        let rows = errors.into_iter().map(|one| Row::of(&shell, one)).collect();
        Self {
            rows,
            shell,
            total: total.into(),
        }
    }
}

impl Row {
    fn of(shell: &Shell, detail: ErrorDetail) -> Self {
        let ErrorDetail { error, figures, .. } = detail;
        let figures = figures.as_ref();
        Self {
            href: shell.to(&format!("/errors/{}", error.state.id)),
            level: ui::level(ui::level_name(error.summary.level, error.summary.severity)),
            name: figures
                .and_then(|one| one.exception_type.clone())
                .unwrap_or_default(),
            message: error.summary.message,
            culprit: figures
                .and_then(|one| one.culprit.clone())
                .unwrap_or_default(),
            count: error.state.count.into(),
            ago: shell.clock.when(error.state.last_seen).ago_html(),
            spark: chart::spark(figures.map_or(&[], |one| &one.trend), "Trend"),
        }
    }
}
