//! Deletes data past its retention period on PostgreSQL.

use crate::PostgresStore;
use crate::failure::Failure;
use crate::session::Session;
use async_trait::async_trait;
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, SelectableHelper, sql_query};
use diesel_async::methods::ExecuteDsl;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::identity::DEVELOPMENT_KEY;
use faultbook_domain::identity::KeyDigest;
use faultbook_domain::retention::{Expirable, RecordKind, RetentionPolicy, RetentionStore};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Project;
use faultbook_sql::row::{ProjectRow, all};
use faultbook_sql::schema::{
    alert_firings, deliveries, incident_changes, incident_errors, incidents, projects,
};
use faultbook_sql::types::{DbId, Id};
use std::collections::BTreeMap;
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

/// Rows deleted per transaction: a few milliseconds.
const STEP: i64 = 2_000;

/// Skips rows that another node is deleting.
const EXPIRE_OCCURRENCES: &str = "
WITH gone AS (
  DELETE FROM occurrences o USING (
    SELECT project_id, id FROM occurrences WHERE project_id = $1 AND id < $2
    ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
  ) old
  WHERE o.project_id = old.project_id AND o.id = old.id
  RETURNING o.project_id, o.fingerprint
), recount AS (
  INSERT INTO index_rebuilds (project_id, fingerprint)
  SELECT DISTINCT project_id, fingerprint FROM gone ORDER BY project_id, fingerprint
  ON CONFLICT DO NOTHING
)
SELECT project_id FROM gone";

const EXPIRE_FEEDBACK: &str = "
DELETE FROM feedback WHERE ctid = ANY (ARRAY (
  SELECT ctid FROM feedback WHERE project_id = $1 AND event_at < $2
  LIMIT $3 FOR UPDATE SKIP LOCKED
))";

/// Remembers how many occurrences expired hours counted.
const EXPIRE_ERROR_HOURS: &str = "
WITH gone AS (
  DELETE FROM error_hourly WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM error_hourly WHERE hour < $1 AND project_id = ANY ($3) LIMIT $2 FOR UPDATE SKIP LOCKED
  ))
  RETURNING project_id, fingerprint, count
), remembered AS (
  UPDATE error_fingerprints f SET expired_count = f.expired_count + g.count
  FROM (SELECT project_id, fingerprint, sum(count)::bigint AS count FROM gone GROUP BY 1, 2) g
  WHERE f.project_id = g.project_id AND f.fingerprint = g.fingerprint
)
SELECT project_id FROM gone";

const EXPIRE_RELEASE_HOURS: &str = "
DELETE FROM fingerprint_release_hourly WHERE ctid = ANY (ARRAY (
  SELECT ctid FROM fingerprint_release_hourly
  WHERE hour < (extract(epoch FROM $1) * 1000000)::bigint AND project_id = ANY ($3)
  LIMIT $2 FOR UPDATE SKIP LOCKED
))";

const EXPIRE_PROJECT_RELEASE_HOURS: &str = "
DELETE FROM release_hourly WHERE ctid = ANY (ARRAY (
  SELECT ctid FROM release_hourly
  WHERE hour < (extract(epoch FROM $1) * 1000000)::bigint AND project_id = ANY ($3)
  LIMIT $2 FOR UPDATE SKIP LOCKED
))";

const EXPIRE_IGNORED_HOURS: &str = "
DELETE FROM ignored_hourly WHERE ctid = ANY (ARRAY (
  SELECT ctid FROM ignored_hourly WHERE hour < $1 AND project_id = ANY ($3) LIMIT $2 FOR UPDATE SKIP LOCKED
))";

const EXPIRE_PROJECT_HOURS: &str = "
DELETE FROM project_hourly WHERE ctid = ANY (ARRAY (
  SELECT ctid FROM project_hourly WHERE hour < $1 AND project_id = ANY ($3) LIMIT $2 FOR UPDATE SKIP LOCKED
))";

/// Adds what tallies lack of a recount: nodes of an earlier version do not keep them. One statement sees both as they are
/// at one moment.
const MEND_TALLIES: &str = "
INSERT INTO error_tallies (project_id, state, errors, occurrences, assigned, timed, resolution)
SELECT project_id, state, sum(errors)::bigint, sum(occurrences)::bigint, sum(assigned)::bigint,
  sum(timed)::bigint, sum(resolution)::bigint
FROM (
  SELECT project_id, faultbook_state(resolved, ignored, regressed) AS state, count(*) AS errors,
    sum(count) AS occurrences, count(assigned_to) AS assigned, count(faultbook_resolution(errors)) AS timed,
    coalesce(sum(faultbook_resolution(errors)), 0) AS resolution
  FROM errors GROUP BY 1, 2
  UNION ALL
  SELECT project_id, state, -errors, -occurrences, -assigned, -timed, -resolution FROM error_tallies
) compared
GROUP BY project_id, state
HAVING sum(errors) <> 0 OR sum(occurrences) <> 0 OR sum(assigned) <> 0 OR sum(timed) <> 0
  OR sum(resolution) <> 0";

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

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Id)]
    id: DbId,
}

#[async_trait]
impl RetentionStore for PostgresStore {
    async fn list_expirable(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<Vec<Expirable>, StoreError> {
        let mut found = Vec::new();
        for project in self.every_project().await? {
            let before =
                OccurrenceId::first_of(policy.occurrences_from(project.retention_days, now)).0;
            let old = self.run(|| async {
                let mut session = self.begin_read().await?;
                let old: Old = sql_query(EXPIRABLE)
                    .bind::<SqlUuid, _>(project.id.0)
                    .bind::<SqlUuid, _>(before)
                    .bind::<Timestamptz, _>(policy.counts_from(&project, now))
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

    /// Days that are expired in every project are dropped as whole partitions.
    async fn expire_occurrences(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<(), StoreError> {
        let projects = self.every_project().await?;
        let from = |project: &Project| policy.occurrences_from(project.retention_days, now);
        let default = policy.occurrences_from(None, now);
        let all_from = projects.iter().map(from).chain([default]).min();
        let all_from = all_from.unwrap_or(default).to_offset(UtcOffset::UTC);
        self.drop_partitions_before(all_from.date()).await?;
        for project in &projects {
            let from = from(project);
            let before = OccurrenceId::first_of(from).0;
            let expire = || {
                sql_query(EXPIRE_OCCURRENCES)
                    .bind::<SqlUuid, _>(project.id.0)
                    .bind::<SqlUuid, _>(before)
                    .bind::<BigInt, _>(STEP)
            };
            self.in_steps(expire).await?;
            let expire = || {
                sql_query(EXPIRE_FEEDBACK)
                    .bind::<SqlUuid, _>(project.id.0)
                    .bind::<Timestamptz, _>(from)
                    .bind::<BigInt, _>(STEP)
            };
            self.in_steps(expire).await?;
        }
        let mut by_start: BTreeMap<OffsetDateTime, Vec<Uuid>> = BTreeMap::new();
        for project in &projects {
            let start = policy.counts_from(project, now);
            by_start.entry(start).or_default().push(project.id.0);
        }
        for (before, own) in &by_start {
            self.expire_counts(*before, own).await?;
        }
        self.run(|| async {
            let mut session = self.begin_write().await?;
            sql_query(MEND_TALLIES).execute(&mut *session).await?;
            session.finish().await
        })
        .await
    }

    async fn count_old_records(
        &self,
        kind: RecordKind,
        before: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let count = format!("SELECT count(*) AS count FROM {}", old(kind));
        self.run(|| async {
            let mut session = self.begin_read().await?;
            let found: Count = match kind {
                RecordKind::Firings => {
                    sql_query(&count)
                        .bind::<SqlUuid, _>(OccurrenceId::first_of(before).0)
                        .get_result(&mut *session)
                        .await?
                }
                _ => {
                    sql_query(&count)
                        .bind::<Timestamptz, _>(before)
                        .get_result(&mut *session)
                        .await?
                }
            };
            session.finish().await?;
            Ok(found.count.unsigned_abs())
        })
        .await
    }

    async fn remove_old_records(
        &self,
        kind: RecordKind,
        before: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        let most = i64::from(most);
        self.run(|| async {
            let mut session = self.begin_write().await?;
            let removed = match kind {
                RecordKind::Firings => session.remove_firings(before, most).await?,
                RecordKind::Incidents => session.remove_incidents(before, most).await?,
                _ => {
                    sql_query(removal(kind))
                        .bind::<Timestamptz, _>(before)
                        .bind::<BigInt, _>(most)
                        .execute(&mut *session)
                        .await?
                }
            };
            session.finish().await?;
            Ok(removed as u64)
        })
        .await
    }
}

/// Returns table and condition of records of a kind from before $1: an id for firings, a time for the others.
fn old(kind: RecordKind) -> String {
    let text = match kind {
        RecordKind::Audit => "audit WHERE at < $1",
        RecordKind::Firings => {
            "alert_firings f WHERE f.id < $1 AND NOT EXISTS (SELECT FROM deliveries d \
             WHERE d.firing_id = f.id AND d.status = 'pending')"
        }
        RecordKind::Incidents => "incidents WHERE resolved_at < $1",
        RecordKind::Activity => "error_activity WHERE at < $1",
        RecordKind::Keys => {
            let development = KeyDigest::of(DEVELOPMENT_KEY).0;
            let digits: String = development.iter().map(|one| format!("{one:02x}")).collect();
            return format!(
                "api_keys WHERE coalesce(revoked_at, expires_at) < $1 \
                 AND digest <> decode('{digits}', 'hex')"
            );
        }
        RecordKind::Invitations => "invitations WHERE coalesce(accepted_at, expires_at) < $1",
    };
    text.to_owned()
}

/// Returns SQL that deletes $2 records of a kind that is a single table, skipping those that another node is
/// deleting. The order is that of an index, without which each step would read all old records.
fn removal(kind: RecordKind) -> String {
    let old = old(kind);
    let table = old.split(' ').next().unwrap_or_default();
    let age = match kind {
        RecordKind::Keys => "coalesce(revoked_at, expires_at)",
        RecordKind::Invitations => "coalesce(accepted_at, expires_at)",
        _ => "at",
    };
    let places = if kind == RecordKind::Activity {
        // The index begins with the project.
        "SELECT a.place FROM projects p CROSS JOIN LATERAL (\
         SELECT ctid AS place FROM error_activity WHERE project_id = p.id AND at < $1 \
         ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED) a LIMIT $2"
            .to_owned()
    } else {
        format!("SELECT ctid FROM {old} ORDER BY {age} LIMIT $2 FOR UPDATE SKIP LOCKED")
    };
    format!("DELETE FROM {table} WHERE ctid = ANY (ARRAY ({places}))")
}

impl Session {
    /// Locks the firings to delete, so that nothing new refers to them.
    async fn remove_firings(
        &mut self,
        before: OffsetDateTime,
        most: i64,
    ) -> Result<usize, Failure> {
        let old = old(RecordKind::Firings);
        let found: Vec<Found> = sql_query(format!(
            "SELECT f.id FROM {old} ORDER BY f.id LIMIT $2 FOR UPDATE SKIP LOCKED"
        ))
        .bind::<SqlUuid, _>(OccurrenceId::first_of(before).0)
        .bind::<BigInt, _>(most)
        .load(&mut **self)
        .await?;
        let ids: Vec<DbId> = found.into_iter().map(|one| one.id).collect();
        diesel::delete(deliveries::table.filter(deliveries::firing_id.eq_any(&ids)))
            .execute(&mut **self)
            .await?;
        let firings = alert_firings::table.filter(alert_firings::id.eq_any(&ids));
        Ok(diesel::delete(firings).execute(&mut **self).await?)
    }

    /// Locks the incidents to delete: a concurrent change waits, and then finds none.
    async fn remove_incidents(
        &mut self,
        before: OffsetDateTime,
        most: i64,
    ) -> Result<usize, Failure> {
        let old = old(RecordKind::Incidents);
        let found: Vec<Found> = sql_query(format!(
            "SELECT id FROM {old} ORDER BY resolved_at LIMIT $2 FOR UPDATE SKIP LOCKED"
        ))
        .bind::<Timestamptz, _>(before)
        .bind::<BigInt, _>(most)
        .load(&mut **self)
        .await?;
        let ids: Vec<DbId> = found.into_iter().map(|one| one.id).collect();
        diesel::delete(incident_errors::table.filter(incident_errors::incident_id.eq_any(&ids)))
            .execute(&mut **self)
            .await?;
        diesel::delete(incident_changes::table.filter(incident_changes::incident_id.eq_any(&ids)))
            .execute(&mut **self)
            .await?;
        let incidents = incidents::table.filter(incidents::id.eq_any(&ids));
        Ok(diesel::delete(incidents).execute(&mut **self).await?)
    }
}

impl PostgresStore {
    /// Deletes the hourly counts of projects from before a time.
    async fn expire_counts(
        &self,
        before: OffsetDateTime,
        projects: &[Uuid],
    ) -> Result<(), StoreError> {
        for statement in [
            EXPIRE_IGNORED_HOURS,
            EXPIRE_ERROR_HOURS,
            EXPIRE_PROJECT_HOURS,
            EXPIRE_RELEASE_HOURS,
            EXPIRE_PROJECT_RELEASE_HOURS,
        ] {
            let expire = || {
                sql_query(statement)
                    .bind::<Timestamptz, _>(before)
                    .bind::<BigInt, _>(STEP)
                    .bind::<Array<SqlUuid>, _>(projects.to_vec())
            };
            self.in_steps(expire).await?;
        }
        Ok(())
    }

    /// Repeats a statement that deletes at most [`STEP`] rows, each time in a new transaction, until it deletes
    /// fewer.
    async fn in_steps<Q>(&self, statement: impl Fn() -> Q + Sync) -> Result<(), StoreError>
    where
        Q: ExecuteDsl<AsyncPgConnection> + Send + 'static,
    {
        loop {
            let removed = self.run(|| async {
                let mut session = self.begin_write().await?;
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
            let mut session = self.begin_read().await?;
            let rows = projects::table
                .order(projects::number)
                .select(ProjectRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            Ok(all(rows)?)
        })
        .await
    }
}
