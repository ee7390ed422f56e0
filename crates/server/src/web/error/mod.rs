//! One error, and what is decided about it.

mod decisions;
mod merging;
mod show;

pub use decisions::{comment, decide, delete_comment, mark, symbolicate};
pub use merging::{merge, show_merge, split};
pub use show::{show, show_occurrence};
