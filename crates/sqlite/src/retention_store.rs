//! Deletes data past its retention period on SQLite.

use crate::SqliteStore;
use crate::index_statement::rebuild_later;
use crate::row::{Uid, micros};
use crate::schema::{error_hourly, occurrences, project_hourly};
use crate::statement::{Bind, rows, run, statement};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary};
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::identity::DEVELOPMENT_KEY;
use faultbook_domain::identity::KeyDigest;
use faultbook_domain::retention::{Expirable, RecordKind, RetentionPolicy, RetentionStore};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Project;
use faultbook_sql::row::{ProjectRow, all};
use faultbook_sql::schema::projects;
use time::OffsetDateTime;

/// Rows deleted per transaction: occupies the writer for a few milliseconds.
const STEP: i64 = 500;

statement!(
    ExpireOccurrences -> Binary,
    "DELETE FROM occurrences WHERE rowid IN \
     (SELECT rowid FROM occurrences WHERE project_id = ? AND id < ? LIMIT ?) RETURNING fingerprint"
);
statement!(
    ExpireFeedback,
    "DELETE FROM feedback WHERE rowid IN \
     (SELECT rowid FROM feedback WHERE project_id = ? AND event_at < ? LIMIT ?)"
);
statement!(
    ExpireProjectHours,
    "DELETE FROM project_hourly WHERE project_id = ? AND hour < ?"
);
statement!(
    ExpireIgnoredHours,
    "DELETE FROM ignored_hourly WHERE project_id = ? AND fingerprint = ? AND hour < ?"
);
statement!(
    ExpireReleaseHours,
    "DELETE FROM fingerprint_release_hourly WHERE project_id = ? AND fingerprint = ? AND hour < ?"
);
statement!(
    ExpireProjectReleaseHours,
    "DELETE FROM release_hourly WHERE project_id = ? AND hour < ?"
);
statement!(
    /// Remembers how many occurrences expired hours counted.
    RememberErrorHours,
    "UPDATE error_fingerprints SET expired_count = expired_count + coalesce((SELECT sum(h.count) \
     FROM error_hourly h WHERE h.project_id = error_fingerprints.project_id \
     AND h.fingerprint = error_fingerprints.fingerprint AND h.hour < ?), 0) \
     WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    ExpireErrorHours,
    "DELETE FROM error_hourly WHERE project_id = ? AND fingerprint = ? AND hour < ?"
);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[async_trait]
impl RetentionStore for SqliteStore {
    async fn list_expirable(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<Vec<Expirable>, StoreError> {
        let projects = self.every_project().await?;
        self.read(async move |connection| {
            let mut found = Vec::new();
            for project in projects {
                let counts_from = micros(policy.counts_from(&project, now));
                let id = Uid::from(project.id.0);
                let before = first_id(policy.occurrences_from(project.retention_days, now));
                let old: i64 = occurrences::table
                    .filter(occurrences::project_id.eq(id))
                    .filter(occurrences::id.lt(before))
                    .select(count_star())
                    .first(connection)?;
                let of_project: i64 = project_hourly::table
                    .filter(project_hourly::project_id.eq(id))
                    .filter(project_hourly::hour.lt(counts_from))
                    .select(count_star())
                    .first(connection)?;
                let of_errors: i64 = error_hourly::table
                    .filter(error_hourly::project_id.eq(id))
                    .filter(error_hourly::hour.lt(counts_from))
                    .select(count_star())
                    .first(connection)?;
                if old + of_project + of_errors > 0 {
                    found.push(Expirable {
                        project: project.id,
                        slug: project.slug,
                        days: policy.days(project.retention_days),
                        occurrences: old.unsigned_abs(),
                        counts: (of_project + of_errors).unsigned_abs(),
                    });
                }
            }
            Ok(found)
        })
        .await
    }

    async fn expire_occurrences(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<(), StoreError> {
        for project in self.every_project().await? {
            let id = Uid::from(project.id.0);
            let from = policy.occurrences_from(project.retention_days, now);
            self.expire_occurrences(id, first_id(from)).await?;
            self.expire_feedback(id, micros(from)).await?;
            let counts_from = micros(policy.counts_from(&project, now));
            self.expire_counts(id, counts_from).await?;
        }
        Ok(())
    }

    async fn count_old_records(
        &self,
        kind: RecordKind,
        before: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        self.read(async move |connection| {
            let count = sql_query(format!("SELECT count(*) AS count FROM {}", old(kind)));
            let found: Count = match kind {
                RecordKind::Firings => count
                    .bind::<Binary, _>(first_id(before))
                    .get_result(connection)?,
                _ => count
                    .bind::<BigInt, _>(micros(before))
                    .get_result(connection)?,
            };
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
        self.write(async move |connection| {
            let mut removed = 0;
            // The last statement deletes the records, the others their dependents.
            for removal in removals(kind) {
                let removal = sql_query(removal);
                removed = match kind {
                    RecordKind::Firings => removal
                        .bind::<Binary, _>(first_id(before))
                        .bind::<BigInt, _>(i64::from(most))
                        .execute(connection)?,
                    _ => removal
                        .bind::<BigInt, _>(micros(before))
                        .bind::<BigInt, _>(i64::from(most))
                        .execute(connection)?,
                };
            }
            Ok(removed as u64)
        })
        .await
    }
}

/// Returns table and condition of records of a kind from before `?`: an id for firings, a time for the others.
fn old(kind: RecordKind) -> String {
    let text = match kind {
        RecordKind::Audit => "audit WHERE at < ?",
        RecordKind::Firings => {
            "alert_firings WHERE id < ? AND NOT EXISTS (SELECT 1 FROM deliveries d \
             WHERE d.firing_id = alert_firings.id AND d.status = 'pending')"
        }
        RecordKind::Incidents => "incidents WHERE resolved_at < ?",
        // The index begins with the project.
        RecordKind::Activity => {
            "projects p CROSS JOIN error_activity a ON a.project_id = p.id WHERE a.at < ?"
        }
        RecordKind::Keys => {
            let development = KeyDigest::of(DEVELOPMENT_KEY).0;
            let digits: String = development.iter().map(|one| format!("{one:02x}")).collect();
            return format!(
                "api_keys WHERE coalesce(revoked_at, expires_at) < ? AND digest <> x'{digits}'"
            );
        }
        RecordKind::Invitations => "invitations WHERE coalesce(accepted_at, expires_at) < ?",
    };
    text.to_owned()
}

/// Returns the statements that delete as many records of a kind as the second value says. Within one transaction each
/// selects the same records, since they are ordered.
fn removals(kind: RecordKind) -> Vec<String> {
    let old = old(kind);
    match kind {
        RecordKind::Firings => {
            let some = format!("SELECT id FROM {old} ORDER BY id LIMIT ?");
            vec![
                format!("DELETE FROM deliveries WHERE firing_id IN ({some})"),
                format!("DELETE FROM alert_firings WHERE id IN ({some})"),
            ]
        }
        RecordKind::Incidents => {
            let some = format!("SELECT id FROM {old} ORDER BY resolved_at, id LIMIT ?");
            vec![
                format!("DELETE FROM incident_errors WHERE incident_id IN ({some})"),
                format!("DELETE FROM incident_changes WHERE incident_id IN ({some})"),
                format!("DELETE FROM incidents WHERE id IN ({some})"),
            ]
        }
        RecordKind::Activity => vec![format!(
            "DELETE FROM error_activity WHERE (project_id, id) IN \
             (SELECT a.project_id, a.id FROM {old} LIMIT ?)"
        )],
        RecordKind::Audit | RecordKind::Keys | RecordKind::Invitations => {
            let table = old.split(' ').next().unwrap_or_default();
            vec![format!(
                "DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {old} LIMIT ?)"
            )]
        }
    }
}

impl SqliteStore {
    async fn every_project(&self) -> Result<Vec<Project>, StoreError> {
        self.read(async |connection| {
            let rows = projects::table
                .order(projects::number)
                .select(ProjectRow::as_select())
                .load(connection)?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn expire_occurrences(&self, project: Uid, before: Uid) -> Result<(), StoreError> {
        loop {
            let removed = self.write(async move |connection| {
                let binds = [
                    Bind::Blob(&project.0),
                    Bind::Blob(&before.0),
                    Bind::Int(STEP),
                ];
                let removed: Vec<Uid> = rows(connection, ExpireOccurrences, &binds)?;
                rebuild_later(connection, project, &removed)?;
                Ok(removed.len())
            });
            if i64::try_from(removed.await?).unwrap_or(STEP) < STEP {
                return Ok(());
            }
        }
    }

    async fn expire_feedback(&self, project: Uid, before: i64) -> Result<(), StoreError> {
        loop {
            let removed = self.write(async move |connection| {
                let binds = [Bind::Blob(&project.0), Bind::Int(before), Bind::Int(STEP)];
                Ok(run(connection, ExpireFeedback, &binds)?)
            });
            if i64::try_from(removed.await?).unwrap_or(STEP) < STEP {
                return Ok(());
            }
        }
    }

    /// Readers find the errors with expired hours, so that the writer only deletes.
    async fn expire_counts(&self, project: Uid, before: i64) -> Result<(), StoreError> {
        loop {
            let found: Vec<Uid> = self
                .read(async move |connection| {
                    Ok(error_hourly::table
                        .filter(error_hourly::project_id.eq(project))
                        .filter(error_hourly::hour.lt(before))
                        .select(error_hourly::fingerprint)
                        .distinct()
                        .limit(STEP)
                        .load(connection)?)
                })
                .await?;
            let is_last = found.is_empty();
            self.write(async move |connection| {
                for fingerprint in found {
                    let binds = [
                        Bind::Blob(&project.0),
                        Bind::Blob(&fingerprint.0),
                        Bind::Int(before),
                    ];
                    run(connection, ExpireIgnoredHours, &binds)?;
                    run(connection, ExpireReleaseHours, &binds)?;
                    let remembered = [binds[2], binds[0], binds[1]];
                    run(connection, RememberErrorHours, &remembered)?;
                    run(connection, ExpireErrorHours, &binds)?;
                }
                if is_last {
                    let binds = [Bind::Blob(&project.0), Bind::Int(before)];
                    run(connection, ExpireProjectReleaseHours, &binds)?;
                    run(connection, ExpireProjectHours, &binds)?;
                }
                Ok(())
            })
            .await?;
            if is_last {
                return Ok(());
            }
        }
    }
}

fn first_id(at: OffsetDateTime) -> Uid {
    Uid::from(OccurrenceId::first_of(at).0)
}
