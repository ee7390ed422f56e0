//! Asks before errors are deleted, where no script holds it back for a while.

use crate::assets;
use crate::number::counted;
use crate::shell::Shell;
use crate::ui;
use askama::Template;

/// The question.
#[derive(Template)]
#[template(path = "errors/confirm.html")]
pub struct ConfirmDelete {
    shell: Shell,
    /// The fields that are sent again.
    fields: Vec<(String, String)>,
    count: u64,
    back: String,
}

impl ConfirmDelete {
    /// Asks about so many errors; the form is sent again with these fields.
    #[must_use]
    pub fn new(shell: Shell, fields: Vec<(String, String)>, count: u64, back: String) -> Self {
        Self {
            shell,
            fields,
            count,
            back,
        }
    }

    fn what(&self) -> String {
        counted(self.count, "error")
    }
}
