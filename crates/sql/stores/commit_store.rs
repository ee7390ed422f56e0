//! Commits of releases over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::releases::{CommitStore, CommitSummary, ReleaseCommits};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::row::{CommitSummaryRow, ReleaseCommitsRow};
use faultbook_sql::schema::{release_commits, releases};
use faultbook_sql::types::DbId;

#[async_trait]
impl CommitStore for Store {
    async fn set_commits(&self, commits: &ReleaseCommits) -> Result<bool, StoreError> {
        let row = ReleaseCommitsRow::from(commits);
        self.write(async move |connection| {
            let known: i64 = releases::table
                .filter(releases::project_id.eq(row.project_id))
                .filter(releases::version.eq(&row.version))
                .select(count_star())
                .first(connection)
                .await?;
            if known == 0 {
                return Ok(false);
            }
            diesel::insert_into(release_commits::table)
                .values(&row)
                .on_conflict((release_commits::project_id, release_commits::version))
                .do_update()
                .set((
                    release_commits::commits.eq(&row.commits),
                    release_commits::refs.eq(&row.refs),
                    release_commits::count.eq(row.count),
                    release_commits::last.eq(&row.last),
                ))
                .execute(connection)
                .await?;
            Ok(true)
        })
        .await
    }

    async fn list_commits(&self, scope: &Scope) -> Result<Vec<CommitSummary>, StoreError> {
        let projects: Vec<DbId> = scope.projects().iter().map(|id| DbId(id.0)).collect();
        self.read(async move |connection| {
            let rows: Vec<CommitSummaryRow> = release_commits::table
                .filter(release_commits::project_id.eq_any(projects.clone()))
                .select(CommitSummaryRow::as_select())
                .load(connection)
                .await?;
            Ok(rows.into_iter().map(CommitSummary::from).collect())
        })
        .await
    }
}
