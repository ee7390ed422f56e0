//! Marks of trends over SQL.

use super::sql_text::{Bound, Sql};
use super::triage_store::visible;
use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::QueryableByName;
use diesel::sql_types::Text;
use faultbook_domain::analytics::{HourRange, MARKS_MAX, MarkKind, MarkStore, TrendMark};
use faultbook_domain::id::ErrorId;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::types::{DbId, DbTime, Id, Instant};

#[derive(QueryableByName)]
struct MarkRow {
    #[diesel(sql_type = Id)]
    id: DbId,
    #[diesel(sql_type = Instant)]
    at: DbTime,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    label: String,
}

impl From<MarkRow> for TrendMark {
    fn from(row: MarkRow) -> Self {
        let kind = match row.kind.as_str() {
            "resolved" => MarkKind::Resolved,
            "regressed" => MarkKind::Regressed,
            _ => MarkKind::Deploy,
        };
        Self {
            at: row.at.0,
            kind,
            label: row.label,
            id: Some(row.id.0),
        }
    }
}

/// Appends range, order and number.
fn newest(sql: &mut Sql, range: HourRange) {
    sql.with(" AND at >= ", Bound::Time(DbTime(range.since)));
    sql.with(" AND at < ", Bound::Time(DbTime(range.until)));
    let most = i64::try_from(MARKS_MAX).unwrap_or(i64::MAX);
    sql.with(" ORDER BY at DESC, id DESC LIMIT ", Bound::Int(most));
}

#[async_trait]
impl MarkStore for Store {
    async fn list_deploy_marks(
        &self,
        scope: &Scope,
        range: HourRange,
    ) -> Result<Vec<TrendMark>, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| {
            let mut sql = Sql::of(
                "SELECT id, at, 'deploy' AS kind, version || ' ' || environment AS label \
                 FROM deploys WHERE project_id IN ",
            );
            sql.list(projects.iter().copied().map(Bound::Id));
            newest(&mut sql, range);
            let rows: Vec<MarkRow> = sql.into_query().load(connection).await?;
            Ok(rows.into_iter().map(TrendMark::from).collect())
        })
        .await
    }

    async fn list_decision_marks(
        &self,
        scope: &Scope,
        error: ErrorId,
        range: HourRange,
    ) -> Result<Vec<TrendMark>, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| {
            let mut sql = Sql::of(
                "SELECT error_id AS id, at, kind, coalesce(detail, '') AS label FROM error_activity \
                 WHERE kind IN ('resolved', 'regressed') AND project_id IN ",
            );
            sql.list(projects.iter().copied().map(Bound::Id));
            sql.with(" AND error_id = ", Bound::Id(DbId(error.0)));
            sql.with(" AND at >= ", Bound::Time(DbTime(range.since)));
            sql.with(" AND at < ", Bound::Time(DbTime(range.until)));
            let most = i64::try_from(MARKS_MAX).unwrap_or(i64::MAX);
            sql.with(
                " ORDER BY at DESC, error_activity.id DESC LIMIT ",
                Bound::Int(most),
            );
            let rows: Vec<MarkRow> = sql.into_query().load(connection).await?;
            Ok(rows.into_iter().map(TrendMark::from).collect())
        })
        .await
    }
}
