//! The page of a request that failed: what happened, and what still works.

use crate::shell::Theme;
use crate::{assets, ui};
use askama::Template;

/// A page about an error.
#[derive(Debug, Clone, Template)]
#[template(path = "problem.html")]
pub struct Problem {
    theme: Theme,
    status: u16,
    title: &'static str,
    sentence: String,
    hint: &'static str,
    request_id: String,
}

/// What a script shows of a failed request beside a page that stays as it is.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/failure.html")]
pub struct Failure {
    /// What happened.
    pub sentence: String,
    /// The request's id, as in the log.
    pub request_id: String,
}

impl Problem {
    /// The page of a status, with the sentence of its error.
    #[must_use]
    pub fn new(status: u16, sentence: &str, request_id: &str) -> Self {
        let (title, hint) = match status {
            400 | 422 => (
                "Not understood",
                "Go back, change what was sent, and send it again.",
            ),
            403 => (
                "Not allowed",
                "Your role does not allow this. An admin of your organization can change that.",
            ),
            404 => (
                "Not found",
                "It may have been deleted or merged, or belong to another organization.",
            ),
            405 => (
                "Not possible here",
                "This page cannot be asked for in this way.",
            ),
            409 => ("Changed meanwhile", "Go back and look at it as it is now."),
            429 => ("Too many requests", "Wait a moment, then try again."),
            503 => (
                "Not available now",
                "Reports are kept and stored when it is back. Reload in a few seconds.",
            ),
            500.. => ("Failed", "The cause is in the server's log under this id."),
            _ => ("Refused", "Go back and try again."),
        };
        Self {
            theme: Theme::System,
            status,
            title,
            sentence: sentence.to_owned(),
            hint,
            request_id: request_id.to_owned(),
        }
    }

    /// In the colours that a person chose.
    #[must_use]
    pub fn with_theme(self, theme: Theme) -> Self {
        Self { theme, ..self }
    }
}
