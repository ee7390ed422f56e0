//! What became of the frames of scripts.

use faultbook_domain::errors::Occurrence;
use faultbook_domain::stack_trace::{Symbolication, SymbolicationProblem};
use serde::Serialize;
use utoipa::ToSchema;

/// How much of an occurrence's frames of scripts is readable.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Symbolication)]
pub struct SymbolicationView {
    /// `ok` when all are readable, `partial`, or `failed` when none is.
    #[schema(example = "partial")]
    status: &'static str,
    /// How many frames of scripts there are.
    frames: u64,
    /// How many of them are readable.
    resolved: u64,
    problems: Vec<SymbolicationProblemView>,
}

/// Why frames are not readable.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SymbolicationProblem)]
pub struct SymbolicationProblemView {
    #[schema(example = "no_artifact")]
    reason: String,
    /// What to do.
    message: String,
    count: u64,
    files: Vec<String>,
}

impl SymbolicationView {
    /// That of an occurrence; `None` when it has no frames of scripts.
    pub fn of(occurrence: &Occurrence) -> Option<Self> {
        let read = Symbolication::read(occurrence.context.as_ref()?)?;
        Some(Self {
            status: read.status.as_str(),
            frames: read.frames,
            resolved: read.resolved,
            problems: read
                .problems
                .into_iter()
                .map(SymbolicationProblemView::of)
                .collect(),
        })
    }
}

impl SymbolicationProblemView {
    fn of(problem: SymbolicationProblem) -> Self {
        let SymbolicationProblem {
            reason,
            message,
            count,
            files,
        } = problem;
        Self {
            reason,
            message,
            count,
            files,
        }
    }
}
