//! Publishes what people change.

use super::change::{Before, Change, ChangeKind};
use super::publisher::{MAX_ERRORS, Publisher};
use crate::errors::{ErrorQuery, ErrorStore};
use crate::id::{ErrorId, ProjectId, TenantId};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::sync::Arc;
use time::OffsetDateTime;

/// Publishes changes of errors that people make, with what was decided about them before. Without a publisher it does
/// nothing.
#[derive(Clone, Default)]
pub struct Announcer(Option<Parts>);

#[derive(Clone)]
struct Parts {
    publisher: Arc<Publisher>,
    errors: Arc<dyn ErrorStore>,
}

/// Errors as they were before a change.
#[derive(Debug, Clone, Default)]
pub struct Noted {
    errors: Vec<(ErrorId, ProjectId, Before)>,
    /// There are more than are told one by one.
    many: bool,
}

impl Announcer {
    /// Creates an announcer.
    #[must_use]
    pub fn new(publisher: Arc<Publisher>, errors: Arc<dyn ErrorStore>) -> Self {
        Self(Some(Parts { publisher, errors }))
    }

    /// Notes errors before they are changed.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn note(&self, scope: &Scope, ids: &[ErrorId]) -> Result<Noted, StoreError> {
        let Some(parts) = &self.0 else {
            return Ok(Noted::default());
        };
        if ids.len() > MAX_ERRORS {
            return Ok(Noted {
                errors: Vec::new(),
                many: true,
            });
        }
        let query = ErrorQuery {
            ids: Some(ids.to_vec()),
            limit: u32::try_from(ids.len().max(1)).unwrap_or(u32::MAX),
            ..ErrorQuery::default()
        };
        let page = parts.errors.list_errors(scope, &query).await?;
        let errors = page.items.into_iter().map(|detail| {
            let before = Before::of(&detail);
            (detail.error.state.id, detail.error.project_id, before)
        });
        Ok(Noted {
            errors: errors.collect(),
            many: false,
        })
    }

    /// Announces that these of the noted errors were changed.
    pub fn changed(&self, scope: &Scope, noted: &Noted, found: &[ErrorId], at: OffsetDateTime) {
        self.announce(scope, noted, found, (ChangeKind::Changed, None), at);
    }

    /// Announces that these of the noted errors were deleted, or merged into another.
    pub fn deleted(
        &self,
        scope: &Scope,
        noted: &Noted,
        found: &[ErrorId],
        merged_into: Option<ErrorId>,
        at: OffsetDateTime,
    ) {
        self.announce(scope, noted, found, (ChangeKind::Deleted, merged_into), at);
    }

    fn announce(
        &self,
        scope: &Scope,
        noted: &Noted,
        found: &[ErrorId],
        (kind, merged_into): (ChangeKind, Option<ErrorId>),
        at: OffsetDateTime,
    ) {
        let Some(parts) = &self.0 else {
            return;
        };
        if noted.many {
            parts.publisher.miss(scope.tenant());
            return;
        }
        let of_found = noted.errors.iter().filter(|(id, _, _)| found.contains(id));
        parts
            .publisher
            .publish(of_found.map(|(error, project, before)| Change {
                tenant: scope.tenant(),
                project: *project,
                error: *error,
                kind,
                at,
                merged_into,
                before: Some(before.clone()),
                count_before: None,
            }));
    }

    /// Announces that an error's terms have ended.
    pub fn changed_by_itself(
        &self,
        tenant: TenantId,
        project: ProjectId,
        error: ErrorId,
        at: OffsetDateTime,
    ) {
        if let Some(parts) = &self.0 {
            parts.publisher.publish([Change {
                tenant,
                project,
                error,
                kind: ChangeKind::Changed,
                at,
                merged_into: None,
                before: None,
                count_before: None,
            }]);
        }
    }

    /// Announces an error that was split off another.
    pub fn created(&self, scope: &Scope, project: ProjectId, error: ErrorId, at: OffsetDateTime) {
        if let Some(parts) = &self.0 {
            parts.publisher.publish([Change {
                tenant: scope.tenant(),
                project,
                error,
                kind: ChangeKind::New,
                at,
                merged_into: None,
                before: None,
                count_before: None,
            }]);
        }
    }
}
