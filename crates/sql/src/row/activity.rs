//! Rows of errors' activity logs.

use super::corrupt;
use crate::schema::error_activity;
use crate::types::{DbId, DbTime};
use diesel::{Insertable, Queryable, Selectable};
use faultbook_domain::errors::{Activity, ActivityKind, Actor, Change};
use faultbook_domain::id::{ActivityId, ErrorId, ProjectId};
use faultbook_domain::store_error::StoreError;

/// A row of `error_activity`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = error_activity, treat_none_as_default_value = false)]
pub struct ActivityRow {
    pub project_id: DbId,
    pub id: DbId,
    pub error_id: DbId,
    pub kind: String,
    pub actor: String,
    pub at: DbTime,
    pub detail: Option<String>,
}

impl From<Activity> for ActivityRow {
    fn from(activity: Activity) -> Self {
        let Activity {
            id,
            project_id,
            error_id,
            change,
            actor,
            at,
        } = activity;
        Self {
            project_id: DbId(project_id.0),
            id: DbId(id.0),
            error_id: DbId(error_id.0),
            kind: change.kind().as_str().to_owned(),
            actor: actor.to_string(),
            at: DbTime(at),
            detail: change.to_stored(),
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
        let known = ActivityKind::from_stored(&kind);
        let known = known.ok_or_else(|| corrupt("error_activity", "kind", &kind))?;
        let shown = detail.clone().unwrap_or_default();
        let change = Change::from_stored(known, detail);
        Ok(Self {
            id: ActivityId(id.0),
            project_id: ProjectId(project_id.0),
            error_id: ErrorId(error_id.0),
            change: change.ok_or_else(|| corrupt("error_activity", "detail", &shown))?,
            actor: Actor::from_stored(&actor)
                .ok_or_else(|| corrupt("error_activity", "actor", &actor))?,
            at: at.0,
        })
    }
}
