//! Roll-ups that the index keeps: days of receipt, releases.

use super::of_owner;
use crate::driver::{Connection, Failure};
use crate::row::Uid;
use crate::statement::{Bind, run, statement};
use diesel::prelude::*;
use faultbook_domain::search_index::{Owner, ReleaseHour, RollUp};
use std::collections::BTreeMap;

statement!(
    AddDay,
    "INSERT INTO fingerprint_days (project_id, fingerprint, day, count) VALUES (?, ?, ?, ?) \
     ON CONFLICT (project_id, fingerprint, day) DO UPDATE SET count = count + excluded.count"
);

statement!(
    AddReleases,
    "INSERT INTO fingerprint_releases (project_id, fingerprint, seen_at, seen_id, seen_release, \
     first_at, first_id, first_release, last_at, last_id, last_release) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project_id, fingerprint) DO UPDATE SET \
     seen_at = min(seen_at, excluded.seen_at), \
     seen_id = iif((excluded.seen_at, excluded.seen_id) < (seen_at, seen_id), excluded.seen_id, seen_id), \
     seen_release = iif((excluded.seen_at, excluded.seen_id) < (seen_at, seen_id), \
       excluded.seen_release, seen_release), \
     first_at = iif(excluded.first_at IS NULL OR (excluded.first_at, excluded.first_id) > (first_at, first_id), \
       first_at, excluded.first_at), \
     first_id = iif(excluded.first_at IS NULL OR (excluded.first_at, excluded.first_id) > (first_at, first_id), \
       first_id, excluded.first_id), \
     first_release = iif(excluded.first_at IS NULL \
       OR (excluded.first_at, excluded.first_id) > (first_at, first_id), \
       first_release, excluded.first_release), \
     last_at = iif(excluded.last_at IS NULL OR (excluded.last_at, excluded.last_id) < (last_at, last_id), \
       last_at, excluded.last_at), \
     last_id = iif(excluded.last_at IS NULL OR (excluded.last_at, excluded.last_id) < (last_at, last_id), \
       last_id, excluded.last_id), \
     last_release = iif(excluded.last_at IS NULL \
       OR (excluded.last_at, excluded.last_id) < (last_at, last_id), last_release, excluded.last_release)"
);

statement!(
    AddHour,
    "INSERT INTO fingerprint_release_hourly (project_id, fingerprint, hour, release, source, \
     environment, level, severity, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
     ON CONFLICT (project_id, fingerprint, hour, release, source, environment, level, severity) \
     DO UPDATE SET count = count + excluded.count"
);

statement!(
    AddProjectHour,
    "INSERT INTO release_hourly (project_id, hour, release, source, environment, level, severity, count) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
     ON CONFLICT (project_id, hour, release, source, environment, level, severity) \
     DO UPDATE SET count = count + excluded.count"
);

statement!(
    DropDays,
    "DELETE FROM fingerprint_days WHERE project_id = ? AND fingerprint = ?"
);

statement!(
    DropReleases,
    "DELETE FROM fingerprint_releases WHERE project_id = ? AND fingerprint = ?"
);

statement!(
    SubtractHours,
    "UPDATE release_hourly SET count = release_hourly.count - f.count FROM fingerprint_release_hourly f \
     WHERE f.project_id = ? AND f.fingerprint = ? AND release_hourly.project_id = f.project_id \
     AND release_hourly.hour = f.hour AND release_hourly.release = f.release \
     AND release_hourly.source = f.source AND release_hourly.environment = f.environment \
     AND release_hourly.level = f.level AND release_hourly.severity = f.severity"
);

statement!(
    DropEmptyHours,
    "DELETE FROM release_hourly WHERE project_id = ? AND count <= 0 AND hour IN \
     (SELECT hour FROM fingerprint_release_hourly WHERE project_id = ? AND fingerprint = ?)"
);

statement!(
    DropHours,
    "DELETE FROM fingerprint_release_hourly WHERE project_id = ? AND fingerprint = ?"
);

/// Adds occurrences to roll-ups.
pub(crate) async fn add_roll_up(
    connection: &mut Connection,
    roll_up: &RollUp,
) -> Result<(), Failure> {
    add_days(connection, &roll_up.days).await?;
    for (owner, sight) in &roll_up.releases {
        let [project, print] = of_owner(owner);
        let (seen_at, seen_id, seen_release) = &sight.seen;
        let first = sight.first.as_ref();
        let last = sight.last.as_ref();
        let id = |named: Option<&(i64, faultbook_domain::id::OccurrenceId, String)>| {
            named.map(|(_, id, _)| *id.0.as_bytes())
        };
        let (first_id, last_id) = (id(first), id(last));
        let binds = [
            project,
            print,
            Bind::Int(*seen_at),
            Bind::Blob(seen_id.0.as_bytes()),
            Bind::MaybeText(seen_release.as_deref()),
            Bind::MaybeInt(first.map(|(at, ..)| *at)),
            Bind::MaybeBlob(first_id.as_ref().map(<[u8; 16]>::as_slice)),
            Bind::MaybeText(first.map(|(.., release)| release.as_str())),
            Bind::MaybeInt(last.map(|(at, ..)| *at)),
            Bind::MaybeBlob(last_id.as_ref().map(<[u8; 16]>::as_slice)),
            Bind::MaybeText(last.map(|(.., release)| release.as_str())),
        ];
        run(connection, AddReleases, &binds)?;
    }
    let mut of_projects = BTreeMap::new();
    for ((owner, cell), count) in &roll_up.hours {
        let binds = [&of_owner(owner)[..], &of_cell(cell, *count)].concat();
        run(connection, AddHour, &binds)?;
        *of_projects.entry((owner.0, cell)).or_insert(0) += count;
    }
    for ((project, cell), count) in of_projects {
        let owner = [Bind::Blob(project.0.as_bytes())];
        let binds = [&owner[..], &of_cell(cell, count)].concat();
        run(connection, AddProjectHour, &binds)?;
    }
    Ok(())
}

fn of_cell(cell: &ReleaseHour, count: i64) -> [Bind<'_>; 7] {
    let ReleaseHour {
        hour,
        release,
        source,
        environment,
        level,
        severity,
    } = cell;
    [
        Bind::Int(*hour),
        Bind::Text(release),
        Bind::Text(source),
        Bind::Text(environment),
        Bind::Text(level),
        Bind::Text(severity),
        Bind::Int(count),
    ]
}

/// Adds occurrences by day of receipt.
pub(crate) async fn add_days(
    connection: &mut Connection,
    days: &BTreeMap<(Owner, i64), i64>,
) -> Result<(), Failure> {
    for ((owner, day), count) in days {
        let [project, print] = of_owner(owner);
        let binds = [project, print, Bind::Int(*day), Bind::Int(*count)];
        run(connection, AddDay, &binds)?;
    }
    Ok(())
}

/// Drops the days of a fingerprint that is counted again.
pub(crate) async fn drop_days(connection: &mut Connection, owner: Owner) -> Result<(), Failure> {
    run(connection, DropDays, &of_owner(&owner))?;
    Ok(())
}

/// Drops what roll-ups hold of a deleted fingerprint.
pub(super) fn drop_roll_up(
    connection: &mut Connection,
    project: Uid,
    fingerprint: Uid,
) -> QueryResult<()> {
    let binds = [Bind::Blob(&project.0), Bind::Blob(&fingerprint.0)];
    run(connection, SubtractHours, &binds)?;
    run(connection, DropEmptyHours, &[binds[0], binds[0], binds[1]])?;
    run(connection, DropHours, &binds)?;
    run(connection, DropDays, &binds)?;
    run(connection, DropReleases, &binds)?;
    Ok(())
}

/// Does nothing: there is one row of a state.
pub(crate) async fn join_tallies(_: &mut Connection, _: &[Owner]) -> Result<(), Failure> {
    Ok(())
}
