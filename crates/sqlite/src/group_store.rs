//! Merges and splits errors on SQLite.

use crate::SqliteStore;
use crate::error_store::{find, fingerprints_of, visible};
use crate::failure::Failure;
use crate::row::{ErrorRow, LatestColumns, Uid, micros, time};
use crate::schema::{error_fingerprints, error_hourly, errors, occurrences};
use crate::statement::{Bind, rows, run, statement};
use crate::stores::triage_store::{entry, note, remember_users};
use crate::stores::{belongings, ranks};
use async_trait::async_trait;
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use faultbook_domain::errors::{Activity, Actor, Change, TriageState};
use faultbook_domain::errors::{GroupStore, Merge, Split};
use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::id_source::IdSource;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::row::corrupt;
use faultbook_sql::types::DbId;
use std::collections::BTreeSet;
use std::sync::Arc;
use time::OffsetDateTime;

/// Microseconds in a roll-up cell.
const HOUR: i64 = 3_600_000_000;

statement!(
    JoinFingerprints,
    "UPDATE error_fingerprints SET error_id = ?, joined_at = ?, joined_by = ?, merged_from = error_id \
     WHERE project_id = ? AND error_id = ?"
);
statement!(
    PartFingerprint,
    "UPDATE error_fingerprints SET error_id = ?, joined_at = NULL, joined_by = NULL, merged_from = NULL \
     WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    ExpiredCount -> BigInt,
    "SELECT expired_count FROM error_fingerprints WHERE project_id = ? AND fingerprint = ?"
);

#[async_trait]
impl GroupStore for SqliteStore {
    async fn merge_errors(
        &self,
        scope: &Scope,
        from: ErrorId,
        into: ErrorId,
        actor: Actor,
        at: OffsetDateTime,
    ) -> Result<Merge, StoreError> {
        let projects = visible(scope);
        let ids = Arc::clone(&self.ids);
        self.write(async move |connection| {
            let (Some(source), Some(target)) = (
                find(connection, &projects, from)?,
                find(connection, &projects, into)?,
            ) else {
                return Ok(Merge::NotFound);
            };
            if source.1.project_id != target.1.project_id {
                return Ok(Merge::OtherProject);
            }
            if from == into {
                return Ok(Merge::Done(Box::new(target.1.try_into()?)));
            }
            let change = Regrouping {
                actor,
                at,
                ids: &*ids,
            };
            let (from, into) = (source.1.id, target.1.id);
            let creation = Activity::creation(
                ProjectId(source.1.project_id.uuid()),
                ErrorId(from.uuid()),
                time("errors", "created_at", source.1.created_at)?,
            );
            let project = DbId::from(source.1.project_id);
            let key = (project, DbId::from(into));
            let both = (DbId::from(from), DbId::from(into));
            ranks::count_shared_tags(connection, project, both, -1).await?;
            let merged = change.merge(connection, source, target)?;
            ranks::refresh(connection, &BTreeSet::from([key])).await?;
            belongings::move_all(connection, project, from.into(), into.into()).await?;
            let noted = Change::Merged {
                from: ErrorId(from.uuid()),
            };
            let entries = vec![
                Activity {
                    error_id: ErrorId(into.uuid()),
                    ..creation
                },
                entry(&*ids, key, noted, (actor, at)),
            ];
            note(connection, entries).await?;
            remember_users(connection, key, &merged.triage()?).await?;
            Ok(Merge::Done(Box::new(merged.try_into()?)))
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
        let projects = visible(scope);
        let ids = Arc::clone(&self.ids);
        self.write(async move |connection| {
            let Some((place, row)) = find(connection, &projects, id)? else {
                return Ok(Split::NotFound);
            };
            let moving = Uid::from(fingerprint);
            let mut staying = fingerprints_of(connection, row.project_id, row.id)?;
            let owned = staying.len();
            staying.retain(|one| *one != moving);
            if staying.len() == owned {
                return Ok(Split::NotOwned);
            }
            if staying.is_empty() {
                return Ok(Split::OnlyOne);
            }
            let change = Regrouping {
                actor,
                at,
                ids: &*ids,
            };
            let project = DbId::from(row.project_id);
            let split_off = change.split(connection, (place, row), moving, &staying)?;
            let (old, new) = (DbId(id.0), DbId::from(split_off.id));
            ranks::count_shared_tags(connection, project, (old, new), 1).await?;
            let keys = BTreeSet::from([(project, old), (project, new)]);
            ranks::refresh(connection, &keys).await?;
            let mut entries = Vec::new();
            for (error, other) in [(old, new), (new, old)] {
                let noted = Change::Split {
                    fingerprint: fingerprint.to_string(),
                    error: Some(ErrorId(other.0)),
                };
                entries.push(entry(&*ids, (project, error), noted, (actor, at)));
                remember_users(connection, (project, error), &split_off.triage()?).await?;
            }
            note(connection, entries).await?;
            Ok(Split::Done(Box::new(split_off.try_into()?)))
        })
        .await
    }

    async fn list_fingerprints(
        &self,
        scope: &Scope,
        id: ErrorId,
    ) -> Result<Vec<(Fingerprint, FingerprintVersion)>, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| {
            let rows: Vec<(Uid, i32)> = error_fingerprints::table
                .filter(error_fingerprints::project_id.eq_any(projects))
                .filter(error_fingerprints::error_id.eq(Uid::from(id.0)))
                .order(error_fingerprints::fingerprint)
                .select((error_fingerprints::fingerprint, error_fingerprints::version))
                .load(connection)?;
            let owned = rows.into_iter().map(|(fingerprint, version)| {
                u16::try_from(version)
                    .map(|number| (fingerprint.fingerprint(), FingerprintVersion(number)))
                    .map_err(|_| corrupt("error_fingerprints", "version", &version))
            });
            Ok(owned.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// The connection and metadata that every merge and split needs.
struct Regrouping<'a> {
    actor: Actor,
    at: OffsetDateTime,
    ids: &'a dyn IdSource,
}

impl Regrouping<'_> {
    fn merge(
        &self,
        connection: &mut SqliteConnection,
        (source_place, source): (i64, ErrorRow),
        (target_place, mut target): (i64, ErrorRow),
    ) -> Result<ErrorRow, Failure> {
        target.count += source.count;
        target.first_seen = target.first_seen.min(source.first_seen);
        let first_received = target.first_received().min(source.first_received());
        target.first_received = Some(first_received);
        let by_system = self.actor == Actor::System;
        let state = TriageState::merged(&target.triage()?, &source.triage()?, by_system);
        target.set_triage(&state);
        if source.last_seen > target.last_seen {
            target.last_seen = source.last_seen;
            target.latest = source.latest;
        }
        target.updated_at = micros(self.at);
        let by = self.actor.to_string();
        let binds = [
            Bind::Blob(&target.id.0),
            Bind::Int(micros(self.at)),
            Bind::Text(&by),
            Bind::Blob(&source.project_id.0),
            Bind::Blob(&source.id.0),
        ];
        run(connection, JoinFingerprints, &binds)?;
        diesel::delete(errors::table.filter(errors::rowid.eq(source_place))).execute(connection)?;
        store(connection, target_place, &target)?;
        Ok(target)
    }

    fn split(
        &self,
        connection: &mut SqliteConnection,
        (place, mut left): (i64, ErrorRow),
        moving: Uid,
        staying: &[Uid],
    ) -> Result<ErrorRow, Failure> {
        let moved = counted(connection, left.project_id, moving)?;
        let mut split_off = left.clone();
        split_off.id = self.ids.next_id(self.at).into();
        split_off.count = moved;
        split_off.created_at = micros(self.at);
        split_off.first_received = Some(left.first_received());
        split_off.updated_at = micros(self.at);
        recompute_from(connection, &mut split_off, &[moving])?;
        left.count -= moved;
        left.updated_at = micros(self.at);
        recompute_from(connection, &mut left, staying)?;
        store(connection, place, &left)?;
        diesel::insert_into(errors::table)
            .values(split_off.clone())
            .execute(connection)?;
        let binds = [
            Bind::Blob(&split_off.id.0),
            Bind::Blob(&left.project_id.0),
            Bind::Blob(&moving.0),
        ];
        run(connection, PartFingerprint, &binds)?;
        Ok(split_off)
    }
}

fn store(connection: &mut SqliteConnection, place: i64, row: &ErrorRow) -> QueryResult<usize> {
    diesel::update(errors::table.filter(errors::rowid.eq(place)))
        .set(row.clone())
        .execute(connection)
}

/// Returns the count of a fingerprint, expired hours included.
fn counted(connection: &mut SqliteConnection, project: Uid, fingerprint: Uid) -> QueryResult<i64> {
    let cells: Vec<i64> = error_hourly::table
        .filter(error_hourly::project_id.eq(project))
        .filter(error_hourly::fingerprint.eq(fingerprint))
        .select(error_hourly::count)
        .load(connection)?;
    let binds = [Bind::Blob(&project.0), Bind::Blob(&fingerprint.0)];
    let expired: Vec<i64> = rows(connection, ExpiredCount, &binds)?;
    Ok(cells.into_iter().chain(expired).sum())
}

/// Recomputes an error's times and summary from these fingerprints. Where retention has deleted occurrences, the
/// hours of the roll-up stand in, within the error's previous times.
fn recompute_from(
    connection: &mut SqliteConnection,
    error: &mut ErrorRow,
    fingerprints: &[Uid],
) -> Result<(), Failure> {
    let sights = fingerprints
        .iter()
        .map(|fingerprint| SeenTimes::of(connection, error.project_id, *fingerprint))
        .collect::<QueryResult<Vec<_>>>()?;
    let (earliest, last) = (error.first_seen, error.last_seen);
    if let Some(at) = sights.iter().filter_map(SeenTimes::first).min() {
        error.first_seen = at.clamp(earliest, last);
    }
    if let Some(at) = sights.iter().filter_map(SeenTimes::last).max() {
        error.last_seen = at.clamp(earliest, last);
    }
    let latest = sights.iter().filter_map(|seen| seen.latest).max();
    if let Some((_, _, place)) = latest {
        error.latest = summary(connection, place)?.cut();
    } else if !fingerprints.contains(&error.latest.fingerprint)
        && let Some(one) = fingerprints.first()
    {
        error.latest.fingerprint = *one;
    }
    Ok(())
}

/// Times of a fingerprint's occurrences.
struct SeenTimes {
    /// Time, id and rowid of the latest stored occurrence.
    latest: Option<(i64, Uid, i64)>,
    /// Time of the earliest stored occurrence.
    earliest: Option<i64>,
    /// First and last hour in the roll-up.
    hours: Option<(i64, i64)>,
}

impl SeenTimes {
    fn of(connection: &mut SqliteConnection, project: Uid, fingerprint: Uid) -> QueryResult<Self> {
        let owned = || {
            occurrences::table
                .filter(occurrences::project_id.eq(project))
                .filter(occurrences::fingerprint.eq(fingerprint))
        };
        let latest = owned()
            .order((occurrences::timestamp.desc(), occurrences::id.desc()))
            .select((occurrences::timestamp, occurrences::id, occurrences::rowid))
            .first(connection)
            .optional()?;
        let earliest = owned()
            .select(min(occurrences::timestamp))
            .first(connection)?;
        let cells = || {
            error_hourly::table
                .filter(error_hourly::project_id.eq(project))
                .filter(error_hourly::fingerprint.eq(fingerprint))
        };
        let first_hour: Option<i64> = cells().select(min(error_hourly::hour)).first(connection)?;
        let last_hour: Option<i64> = cells().select(max(error_hourly::hour)).first(connection)?;
        Ok(Self {
            latest,
            earliest,
            hours: first_hour.zip(last_hour),
        })
    }

    fn first(&self) -> Option<i64> {
        match (self.earliest, self.hours) {
            (Some(at), Some((hour, _))) if at < hour + HOUR => Some(at),
            (_, Some((hour, _))) => Some(hour),
            (at, None) => at,
        }
    }

    fn last(&self) -> Option<i64> {
        let at = self.latest.map(|(at, _, _)| at);
        match (at, self.hours) {
            (Some(at), Some((_, hour))) if at >= hour => Some(at),
            (_, Some((_, hour))) => Some(hour + HOUR - 1),
            (at, None) => at,
        }
    }
}

fn summary(connection: &mut SqliteConnection, place: i64) -> QueryResult<LatestColumns> {
    occurrences::table
        .filter(occurrences::rowid.eq(place))
        .select((
            occurrences::fingerprint,
            occurrences::id,
            occurrences::event_id,
            occurrences::level,
            occurrences::severity,
            occurrences::source,
            occurrences::environment,
            occurrences::message,
            occurrences::url,
            occurrences::user_agent,
            occurrences::ip_address,
            occurrences::release,
        ))
        .first(connection)
}
