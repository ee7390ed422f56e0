//! Histories of errors.

use super::{Uid, micros, time};
use crate::failure::corrupt;
use crate::schema::error_activity;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use faultbook_domain::errors::{Activity, ActivityKind};
use faultbook_domain::id::{ActivityId, ErrorId, ProjectId};
use faultbook_domain::store_error::StoreError;

/// A row of `error_activity`.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = error_activity, check_for_backend(Sqlite), treat_none_as_default_value = false)]
pub(crate) struct ActivityRow {
    project_id: Uid,
    id: Uid,
    error_id: Uid,
    kind: String,
    actor: String,
    at: i64,
    detail: Option<String>,
}

impl From<Activity> for ActivityRow {
    fn from(activity: Activity) -> Self {
        let Activity {
            id,
            project_id,
            error_id,
            kind,
            actor,
            at,
            detail,
        } = activity;
        Self {
            project_id: project_id.0.into(),
            id: id.0.into(),
            error_id: error_id.0.into(),
            kind: kind.as_str().to_owned(),
            actor,
            at: micros(at),
            detail,
        }
    }
}

impl TryFrom<ActivityRow> for Activity {
    type Error = StoreError;

    fn try_from(row: ActivityRow) -> Result<Self, StoreError> {
        let ActivityRow {
            project_id,
            id,
            error_id,
            kind,
            actor,
            at,
            detail,
        } = row;
        Ok(Self {
            id: ActivityId(id.uuid()),
            project_id: ProjectId(project_id.uuid()),
            error_id: ErrorId(error_id.uuid()),
            kind: ActivityKind::from_stored(&kind)
                .ok_or_else(|| corrupt("error_activity", "kind", &kind))?,
            actor,
            at: time("error_activity", "at", at)?,
            detail,
        })
    }
}
