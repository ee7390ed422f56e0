//! What is kept no longer.

use crate::SqliteStore;
use crate::row::{ProjectRow, Uid, micros};
use crate::schema::{error_hourly, occurrences, project_hourly, projects};
use crate::statement::{Bind, run, statement};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::entity::{OccurrenceId, Project};
use faultbook_domain::port::{Expirable, RetentionPolicy, RetentionStore, StoreError};
use time::OffsetDateTime;

/// Rows removed in one transaction: some milliseconds of the write lane.
const STEP: i64 = 500;

statement!(
    ExpireOccurrences,
    "DELETE FROM occurrences WHERE rowid IN \
     (SELECT rowid FROM occurrences WHERE project_id = ? AND id < ? LIMIT ?)"
);
statement!(
    ExpireProjectHours,
    "DELETE FROM project_hourly WHERE project_id = ? AND hour < ?"
);
statement!(
    ExpireErrorHours,
    "DELETE FROM error_hourly WHERE project_id = ? AND fingerprint = ? AND hour < ?"
);

#[async_trait]
impl RetentionStore for SqliteStore {
    async fn expirable(
        &self,
        now: OffsetDateTime,
        policy: RetentionPolicy,
    ) -> Result<Vec<Expirable>, StoreError> {
        let projects = self.every_project().await?;
        let counts_from = micros(policy.counts_from(now));
        self.read(move |connection| {
            let mut found = Vec::new();
            for project in projects {
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

    async fn expire(&self, now: OffsetDateTime, policy: RetentionPolicy) -> Result<(), StoreError> {
        let counts_from = micros(policy.counts_from(now));
        for project in self.every_project().await? {
            let id = Uid::from(project.id.0);
            let before = first_id(policy.occurrences_from(project.retention_days, now));
            self.expire_occurrences(id, before).await?;
            self.expire_counts(id, counts_from).await?;
        }
        Ok(())
    }
}

impl SqliteStore {
    async fn every_project(&self) -> Result<Vec<Project>, StoreError> {
        self.read(|connection| {
            let rows = projects::table
                .order(projects::number)
                .select(ProjectRow::as_select())
                .load(connection)?;
            let projects = rows.into_iter().map(Project::try_from);
            Ok(projects.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn expire_occurrences(&self, project: Uid, before: Uid) -> Result<(), StoreError> {
        loop {
            let removed = self.write(move |connection| {
                let binds = [
                    Bind::Blob(&project.0),
                    Bind::Blob(&before.0),
                    Bind::Int(STEP),
                ];
                Ok(run(connection, ExpireOccurrences, &binds)?)
            });
            if i64::try_from(removed.await?).unwrap_or(STEP) < STEP {
                return Ok(());
            }
        }
    }

    /// Readers find the errors with old hours, so that the writer only removes.
    async fn expire_counts(&self, project: Uid, before: i64) -> Result<(), StoreError> {
        loop {
            let found: Vec<Uid> = self
                .read(move |connection| {
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
            self.write(move |connection| {
                for fingerprint in found {
                    let binds = [
                        Bind::Blob(&project.0),
                        Bind::Blob(&fingerprint.0),
                        Bind::Int(before),
                    ];
                    run(connection, ExpireErrorHours, &binds)?;
                }
                if is_last {
                    let binds = [Bind::Blob(&project.0), Bind::Int(before)];
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
