//! Merges and splits errors on PostgreSQL.

use crate::PostgresStore;
use crate::error_query::{minute_of, project_ids};
use crate::error_store::lock;
use crate::failure::Failure;
use crate::recounted_summary::RecountedSummary;
use crate::row::{ErrorRow, fingerprint_id, fingerprint_of, version_of};
use crate::schema::{error_fingerprints, errors};
use crate::session::Session;
use crate::stores::triage_store::{entry, note, remember_users};
use crate::stores::{belongings, ranks};
use async_trait::async_trait;
use diesel::dsl::sql_query;
use diesel::sql_types::{Text, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use faultbook_domain::errors::{Activity, Actor, Change, TriageState};
use faultbook_domain::errors::{GroupStore, Merge, Split};
use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::types::DbId;
use std::collections::BTreeSet;
use time::OffsetDateTime;
use uuid::Uuid;

#[async_trait]
impl GroupStore for PostgresStore {
    async fn merge_errors(
        &self,
        scope: &Scope,
        from: ErrorId,
        into: ErrorId,
        actor: Actor,
        at: OffsetDateTime,
    ) -> Result<Merge, StoreError> {
        self.run(|| async {
            let mut session = self.begin_write().await?;
            let rows = lock(&mut session, scope, &[from, into]).await?;
            let find = |id: ErrorId| rows.iter().find(|row| row.id == id.0);
            let outcome = match (find(from), find(into)) {
                (Some(gone), Some(kept)) if gone.project_id != kept.project_id => {
                    Merge::OtherProject
                }
                (Some(gone), Some(kept)) if gone.id == kept.id => {
                    Merge::Done(Box::new(kept.clone().try_into()?))
                }
                (Some(gone), Some(kept)) => {
                    let by_system = actor == Actor::System;
                    let state = TriageState::merged(&kept.triage()?, &gone.triage()?, by_system);
                    let merged = merged_row(kept, gone, at).with_triage(&state);
                    session.note_joined(&merged, gone.id, (actor, at)).await?;
                    let key = (DbId(merged.project_id), DbId(merged.id));
                    session
                        .hold_fingerprints(key.0, &[key.1, DbId(gone.id)])
                        .await?;
                    let both = (DbId(gone.id), key.1);
                    ranks::count_shared_tags(&mut session, key.0, both, -1).await?;
                    session.merge_errors(&merged, gone.id).await?;
                    ranks::refresh(&mut session, &BTreeSet::from([key])).await?;
                    let gone_id = ErrorId(gone.id);
                    let project = ProjectId(gone.project_id);
                    let creation = Activity::creation(project, gone_id, gone.created_at);
                    let change = Change::Merged { from: gone_id };
                    let entries = vec![
                        Activity {
                            error_id: into,
                            ..creation
                        },
                        entry(&self.activity_ids(), key, change, (actor, at)),
                    ];
                    note(&mut session, entries).await?;
                    remember_users(&mut session, key, &state).await?;
                    Merge::Done(Box::new(merged.try_into()?))
                }
                _ => Merge::NotFound,
            };
            session.finish().await?;
            Ok(outcome)
        })
        .await
    }

    async fn split_error(
        &self,
        scope: &Scope,
        id: ErrorId,
        fingerprint: Fingerprint,
        actor: Actor,
        at: OffsetDateTime,
    ) -> Result<Split, StoreError> {
        self.run(|| async {
            let mut session = self.begin_write().await?;
            let outcome = match lock(&mut session, scope, &[id]).await?.pop() {
                Some(error) => {
                    self.split_error(&mut session, error, fingerprint, (actor, at))
                        .await?
                }
                None => Split::NotFound,
            };
            session.finish().await?;
            Ok(outcome)
        })
        .await
    }

    async fn list_fingerprints(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Vec<(Fingerprint, FingerprintVersion)>, StoreError> {
        self.run(|| async {
            let mut session = self.begin_read().await?;
            let rows: Vec<(Uuid, i16)> = error_fingerprints::table
                .filter(error_fingerprints::project_id.eq_any(project_ids(scope)))
                .filter(error_fingerprints::error_id.eq(id.0))
                .order(error_fingerprints::fingerprint)
                .select((error_fingerprints::fingerprint, error_fingerprints::version))
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let pairs = rows.into_iter();
            Ok(pairs
                .map(|(print, version)| (fingerprint_of(print), version_of(version)))
                .collect())
        })
        .await
    }
}

impl PostgresStore {
    async fn split_error(
        &self,
        session: &mut Session,
        error: ErrorRow,
        fingerprint: Fingerprint,
        by: (Actor, OffsetDateTime),
    ) -> Result<Split, Failure> {
        let moving = fingerprint_id(fingerprint);
        let owned: Vec<Uuid> = error_fingerprints::table
            .filter(error_fingerprints::project_id.eq(error.project_id))
            .filter(error_fingerprints::error_id.eq(error.id))
            .select(error_fingerprints::fingerprint)
            .load(&mut **session)
            .await?;
        if !owned.contains(&moving) {
            return Ok(Split::NotOwned);
        }
        let staying: Vec<Uuid> = owned.into_iter().filter(|print| *print != moving).collect();
        if staying.is_empty() {
            return Ok(Split::OnlyOne);
        }
        let seen = RecountedSummary::of(session, error.project_id, &[moving]).await?;
        let mut new = seen.applied_to(error.clone(), moving);
        new.id = self.ids.next_id(by.1);
        new.created_at = by.1;
        new.first_received = Some(error.first_received());
        let seen = RecountedSummary::of(session, error.project_id, &staying).await?;
        let mut old = seen.applied_to(error, staying[0]);
        for row in [&mut old, &mut new] {
            row.revision += 1;
            row.updated_at = by.1;
        }
        session.split_errors(&old, &new, moving).await?;
        let project = DbId(old.project_id);
        let both = (DbId(old.id), DbId(new.id));
        ranks::count_shared_tags(session, project, both, 1).await?;
        let keys = BTreeSet::from([(project, both.0), (project, both.1)]);
        ranks::refresh(session, &keys).await?;
        let state = new.triage()?;
        let mut entries = Vec::new();
        for (row, other) in [(&old, new.id), (&new, old.id)] {
            let key = (DbId(row.project_id), DbId(row.id));
            let change = Change::Split {
                fingerprint: fingerprint.to_string(),
                error: Some(ErrorId(other)),
            };
            entries.push(entry(&self.activity_ids(), key, change, by));
            remember_users(session, key, &state).await?;
        }
        note(session, entries).await?;
        Ok(Split::Done(Box::new(new.try_into()?)))
    }
}

const NOTE_JOINED: &str = "
UPDATE error_fingerprints SET joined_at = $3, joined_by = $4, merged_from = error_id
WHERE project_id = $1 AND error_id = $2";

const FORGET_JOINED: &str = "
UPDATE error_fingerprints SET joined_at = NULL, joined_by = NULL, merged_from = NULL
WHERE project_id = $1 AND fingerprint = $2";

impl Session {
    /// Locks the fingerprints of errors, so that nothing is added to what is indexed of them.
    async fn hold_fingerprints(&mut self, project: DbId, errors: &[DbId]) -> Result<(), Failure> {
        error_fingerprints::table
            .filter(error_fingerprints::project_id.eq(project.0))
            .filter(error_fingerprints::error_id.eq_any(errors.iter().map(|id| id.0)))
            .order(error_fingerprints::fingerprint)
            .select(error_fingerprints::fingerprint)
            .for_update()
            .load::<Uuid>(&mut **self)
            .await?;
        Ok(())
    }

    /// Notes how the fingerprints of `gone` come to the merged error.
    async fn note_joined(
        &mut self,
        merged: &ErrorRow,
        gone: Uuid,
        (actor, at): (Actor, OffsetDateTime),
    ) -> Result<(), Failure> {
        sql_query(NOTE_JOINED)
            .bind::<SqlUuid, _>(merged.project_id)
            .bind::<SqlUuid, _>(gone)
            .bind::<Timestamptz, _>(at)
            .bind::<Text, _>(actor.to_string())
            .execute(&mut **self)
            .await?;
        Ok(())
    }

    /// Moves everything of `gone` to the merged error and updates it.
    async fn merge_errors(&mut self, merged: &ErrorRow, gone: Uuid) -> Result<(), Failure> {
        let project = merged.project_id;
        diesel::update(error_fingerprints::table)
            .filter(error_fingerprints::project_id.eq(project))
            .filter(error_fingerprints::error_id.eq_any([merged.id, gone]))
            .set((
                error_fingerprints::error_id.eq(merged.id),
                error_fingerprints::revision.eq(merged.revision),
            ))
            .execute(&mut **self)
            .await?;
        let (own, from, into) = (DbId(project), DbId(gone), DbId(merged.id));
        belongings::move_all(self, own, from, into).await?;
        self.overwrite(merged).await?;
        diesel::delete(errors::table.find((project, gone)))
            .execute(&mut **self)
            .await?;
        Ok(())
    }

    /// Writes both errors of a split and moves the fingerprint.
    async fn split_errors(
        &mut self,
        old: &ErrorRow,
        new: &ErrorRow,
        moving: Uuid,
    ) -> Result<(), Failure> {
        diesel::update(error_fingerprints::table)
            .filter(error_fingerprints::project_id.eq(old.project_id))
            .filter(error_fingerprints::error_id.eq(old.id))
            .set(error_fingerprints::revision.eq(old.revision))
            .execute(&mut **self)
            .await?;
        diesel::update(error_fingerprints::table.find((new.project_id, moving)))
            .set((
                error_fingerprints::error_id.eq(new.id),
                error_fingerprints::revision.eq(new.revision),
            ))
            .execute(&mut **self)
            .await?;
        sql_query(FORGET_JOINED)
            .bind::<SqlUuid, _>(new.project_id)
            .bind::<SqlUuid, _>(moving)
            .execute(&mut **self)
            .await?;
        self.overwrite(old).await?;
        diesel::insert_into(errors::table)
            .values(new)
            .execute(&mut **self)
            .await?;
        Ok(())
    }

    async fn overwrite(&mut self, row: &ErrorRow) -> Result<(), Failure> {
        diesel::update(errors::table.find((row.project_id, row.id)))
            .set(row)
            .execute(&mut **self)
            .await?;
        Ok(())
    }
}

/// Combines two errors; the later one's latest occurrence becomes that of the result.
fn merged_row(kept: &ErrorRow, gone: &ErrorRow, at: OffsetDateTime) -> ErrorRow {
    let latest = if gone.last_seen > kept.last_seen {
        gone
    } else {
        kept
    };
    ErrorRow {
        id: kept.id,
        count: kept.count + gone.count,
        first_seen: kept.first_seen.min(gone.first_seen),
        last_seen_minute: minute_of(latest.last_seen),
        regression_id: kept.regression_id,
        revision: kept.revision.max(gone.revision) + 1,
        created_at: kept.created_at,
        first_received: Some(kept.first_received().min(gone.first_received())),
        updated_at: at,
        ..latest.clone()
    }
}
