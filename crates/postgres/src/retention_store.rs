//! What is kept no longer.

use crate::PostgresStore;
use crate::row::ProjectRow;
use crate::schema::projects;
use async_trait::async_trait;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryDsl, QueryableByName, SelectableHelper, sql_query};
use diesel_async::methods::ExecuteDsl;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use faultbook_domain::entity::{OccurrenceId, Project};
use faultbook_domain::port::{Expirable, RetentionPolicy, RetentionStore, StoreError};
use time::{OffsetDateTime, UtcOffset};

/// Rows removed in one transaction: some milliseconds.
const STEP: i64 = 2_000;

/// Passes over what another node is removing.
const EXPIRE_OCCURRENCES: &str = "
DELETE FROM occurrences o USING (
  SELECT project_id, id FROM occurrences WHERE project_id = $1 AND id < $2
  ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
) old
WHERE o.project_id = old.project_id AND o.id = old.id";

const EXPIRE_ERROR_HOURS: &str = "
DELETE FROM error_hourly WHERE ctid = ANY (ARRAY (
  SELECT ctid FROM error_hourly WHERE hour < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
))";

const EXPIRE_PROJECT_HOURS: &str = "
DELETE FROM project_hourly WHERE ctid = ANY (ARRAY (
  SELECT ctid FROM project_hourly WHERE hour < $1 LIMIT $2 FOR UPDATE SKIP LOCKED
))";

const EXPIRABLE: &str = "
SELECT (SELECT count(*) FROM occurrences WHERE project_id = $1 AND id < $2) AS occurrences,
  (SELECT count(*) FROM project_hourly WHERE project_id = $1 AND hour < $3)
  + (SELECT count(*) FROM error_hourly WHERE project_id = $1 AND hour < $3) AS counts";

#[derive(QueryableByName)]
struct Old {
    #[diesel(sql_type = BigInt)]
    occurrences: i64,
    #[diesel(sql_type = BigInt)]
    counts: i64,
}

#[async_trait]
impl RetentionStore for PostgresStore {
    async fn expirable(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<Vec<Expirable>, StoreError> {
        let mut found = Vec::new();
        for project in self.every_project().await? {
            let before =
                OccurrenceId::first_of(policy.occurrences_from(project.retention_days, now)).0;
            let old = self.run(|| async {
                let mut session = self.look().await?;
                let old: Old = sql_query(EXPIRABLE)
                    .bind::<SqlUuid, _>(project.id.0)
                    .bind::<SqlUuid, _>(before)
                    .bind::<Timestamptz, _>(policy.counts_from(now))
                    .get_result(&mut *session)
                    .await?;
                session.finish().await?;
                Ok(old)
            });
            let Old {
                occurrences,
                counts,
            } = old.await?;
            if occurrences + counts > 0 {
                found.push(Expirable {
                    project: project.id,
                    slug: project.slug,
                    days: policy.days(project.retention_days),
                    occurrences: occurrences.unsigned_abs(),
                    counts: counts.unsigned_abs(),
                });
            }
        }
        Ok(found)
    }

    /// Days that are past every project's time go as whole partitions.
    async fn expire(&self, now: OffsetDateTime, policy: RetentionPolicy) -> Result<(), StoreError> {
        let projects = self.every_project().await?;
        let from = |project: &Project| policy.occurrences_from(project.retention_days, now);
        let default = policy.occurrences_from(None, now);
        let all_from = projects.iter().map(from).chain([default]).min();
        let all_from = all_from.unwrap_or(default).to_offset(UtcOffset::UTC);
        self.drop_partitions_before(all_from.date()).await?;
        for project in &projects {
            let before = OccurrenceId::first_of(from(project)).0;
            let expire = || {
                sql_query(EXPIRE_OCCURRENCES)
                    .bind::<SqlUuid, _>(project.id.0)
                    .bind::<SqlUuid, _>(before)
                    .bind::<BigInt, _>(STEP)
            };
            self.in_steps(expire).await?;
        }
        let before = policy.counts_from(now);
        for statement in [EXPIRE_ERROR_HOURS, EXPIRE_PROJECT_HOURS] {
            let expire = || {
                sql_query(statement)
                    .bind::<Timestamptz, _>(before)
                    .bind::<BigInt, _>(STEP)
            };
            self.in_steps(expire).await?;
        }
        Ok(())
    }
}

impl PostgresStore {
    /// Repeats a statement that removes [`STEP`] rows at most, each time in a transaction of its own,
    /// until there are fewer.
    async fn in_steps<Q>(&self, statement: impl Fn() -> Q + Sync) -> Result<(), StoreError>
    where
        Q: ExecuteDsl<AsyncPgConnection> + Send + 'static,
    {
        loop {
            let removed = self.run(|| async {
                let mut session = self.change().await?;
                let removed = statement().execute(&mut *session).await?;
                session.finish().await?;
                Ok(removed)
            });
            if i64::try_from(removed.await?).unwrap_or(STEP) < STEP {
                return Ok(());
            }
        }
    }

    async fn every_project(&self) -> Result<Vec<Project>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let rows = projects::table
                .order(projects::number)
                .select(ProjectRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let projects: Result<_, StoreError> = rows.into_iter().map(Project::try_from).collect();
            Ok(projects?)
        })
        .await
    }
}
