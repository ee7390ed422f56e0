//! A job and its steps.

use crate::errors::Actor;
use crate::id::{ErrorId, JobId, ProjectId, TenantId};
use time::{Duration, OffsetDateTime};

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// No step was begun.
    Queued,
    /// Steps are left.
    Running,
    /// Every step was taken.
    Done,
    /// A step could not be taken; those before it were.
    Failed,
}

impl JobState {
    const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Done, Self::Failed];

    /// Returns the name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Parses a stored name.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Returns whether steps are left.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A change of many errors of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The project that the caller's credential was bound to, if it was.
    pub bound_project: Option<ProjectId>,
    /// Name of the action.
    pub action: String,
    /// The action as its work understands it.
    pub detail: String,
    /// Who began it.
    pub actor: Actor,
    /// Errors in all.
    pub total: u64,
    /// Errors of the steps that were taken.
    pub done: u64,
    /// Its state.
    pub state: JobState,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was begun.
    pub created_at: OffsetDateTime,
}

impl Job {
    /// Errors of one step.
    pub const STEP: usize = 500;

    /// For how long it can be asked for.
    pub const KEPT: Duration = Duration::DAY;
}

/// Some errors of a job, given to one node for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStep {
    /// The job.
    pub job: Job,
    /// Its place in the job.
    pub place: i64,
    /// How often it was given to a node, this time included.
    pub attempts: u32,
    /// The errors.
    pub errors: Vec<ErrorId>,
}
