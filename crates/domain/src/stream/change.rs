//! Changes of errors.

use crate::errors::{ErrorDetail, Status, TriageState};
use crate::id::{ErrorId, MemberId, ProjectId, TenantId};
use crate::ingest::Recorded;
use crate::search::{Figures, State};
use time::OffsetDateTime;

/// What happened to an error. Of several the first is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It was deleted, or merged away.
    Deleted,
    /// It occurred for the first time, or was split off.
    New,
    /// It occurred again after it was resolved.
    Regressed,
    /// Its state, its assignment or its comments changed.
    Changed,
    /// It occurred.
    Counts,
}

impl ChangeKind {
    /// Every kind, in the order in which one stands for the others.
    pub const ALL: [Self; 5] = [
        Self::Deleted,
        Self::New,
        Self::Regressed,
        Self::Changed,
        Self::Counts,
    ];

    /// Returns the name of its event.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "error.deleted",
            Self::New => "error.new",
            Self::Regressed => "error.regressed",
            Self::Changed => "error.changed",
            Self::Counts => "error.counts",
        }
    }

    /// Parses the name of its event.
    #[must_use]
    pub fn from_stored(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// An error before a change, as far as searches look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    /// The states it was in: open, resolved, ignored, regressed.
    pub states: Vec<State>,
    /// Whom it was assigned to.
    pub assigned_to: Option<MemberId>,
    /// Its own figures, where they are known.
    pub figures: Option<Figures>,
}

impl Before {
    /// Takes an error as a list without filters shows it, before it changes.
    #[must_use]
    pub fn of(detail: &ErrorDetail) -> Self {
        Self {
            figures: detail.figures.as_ref().map(|figures| figures.of),
            ..Self::decided(&detail.error.triage)
        }
    }

    /// Takes what people decided about an error.
    #[must_use]
    pub fn decided(triage: &TriageState) -> Self {
        let mut states = vec![match triage.status() {
            Status::Open => State::Open,
            Status::Resolved => State::Resolved,
            Status::Ignored => State::Ignored,
        }];
        if triage.regressed() {
            states.push(State::Regressed);
        }
        Self {
            states,
            assigned_to: triage.assigned_to,
            figures: None,
        }
    }
}

/// A change of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The tenant.
    pub tenant: TenantId,
    /// The error's project.
    pub project: ProjectId,
    /// The error.
    pub error: ErrorId,
    /// What happened.
    pub kind: ChangeKind,
    /// When, as it is written down.
    pub at: OffsetDateTime,
    /// The error that it was merged into.
    pub merged_into: Option<ErrorId>,
    /// The error before it, where people changed it, or where it was reopened.
    pub before: Option<Before>,
    /// How many occurrences it had before, where the change is another one.
    pub count_before: Option<i64>,
}

impl Change {
    /// What recording an occurrence changed. An error that it reopened was resolved if that is a regression, else
    /// ignored.
    #[must_use]
    pub fn counted(
        tenant: TenantId,
        project: ProjectId,
        recorded: &Recorded,
        at: OffsetDateTime,
    ) -> Self {
        let error = &recorded.error;
        let (kind, before) = match (recorded.reopened, error.regressed) {
            (true, true) => (ChangeKind::Regressed, Some(State::Resolved)),
            (true, false) => (ChangeKind::Changed, Some(State::Ignored)),
            (false, _) if error.count == 1 => (ChangeKind::New, None),
            (false, _) => (ChangeKind::Counts, None),
        };
        Self {
            tenant,
            project,
            error: error.id,
            kind,
            at,
            merged_into: None,
            before: before.map(|state| Before {
                states: vec![state],
                assigned_to: None,
                figures: None,
            }),
            count_before: (error.count > 1).then_some(error.count - 1),
        }
    }
}
