//! Numbers tags, and counts them for fingerprints.

use super::of_owner;
use crate::driver::{Connection, Failure};
use crate::statement::{Bind, rows, run, statement};
use crate::stores::TagNumbers;
use diesel::sql_types::BigInt;
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::search::fold;
use faultbook_domain::search_index::{Owner, Sight, TagCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};

statement!(
    TagNumber -> BigInt,
    "SELECT id FROM tag_values WHERE project_id = ? AND key = ? AND value IS ?"
);

statement!(
    NumberTag -> BigInt,
    "INSERT INTO tag_values (project_id, key, value, folded) VALUES (?, ?, ?, ?) RETURNING id"
);

statement!(
    AddCell -> BigInt,
    "INSERT INTO fingerprint_tags (project_id, fingerprint, tag_id, count, first_seen, last_seen) \
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (project_id, fingerprint, tag_id) DO UPDATE SET \
     count = count + excluded.count, first_seen = min(first_seen, excluded.first_seen), \
     last_seen = max(last_seen, excluded.last_seen) RETURNING count"
);

statement!(
    CountTag,
    "UPDATE tag_values SET count = count + ?, errors = errors + ? WHERE id = ?"
);

statement!(
    Sharing -> BigInt,
    "SELECT count(*) FROM error_fingerprints f JOIN fingerprint_tags t \
     ON t.project_id = f.project_id AND t.fingerprint = f.fingerprint \
     WHERE f.project_id = ? AND f.error_id = ? AND t.tag_id = ?"
);

statement!(
    AddKept,
    "UPDATE fingerprint_tags SET kept = kept + ? \
     WHERE project_id = ? AND fingerprint = ? AND tag_id = ?"
);

statement!(
    Kept -> BigInt,
    "SELECT t.kept FROM tag_values v JOIN fingerprint_tags t \
     ON t.project_id = v.project_id AND t.tag_id = v.id \
     WHERE v.project_id = ? AND v.key = ? AND v.value IS NULL AND t.fingerprint = ?"
);

statement!(
    IsKept -> BigInt,
    "SELECT 1 FROM tag_values v JOIN fingerprint_tags t \
     ON t.project_id = v.project_id AND t.tag_id = v.id \
     WHERE v.project_id = ? AND v.key = ? AND v.value IS ? AND t.fingerprint = ?"
);

/// Returns the numbers of tags, and gives new ones theirs.
pub(crate) async fn number_tags(
    connection: &mut Connection,
    names: &BTreeSet<(ProjectId, &str, Option<&str>)>,
) -> Result<TagNumbers, Failure> {
    let mut numbers = TagNumbers::with_capacity(names.len());
    for (project, key, value) in names {
        let folded = value.map(fold);
        let binds = [
            Bind::Blob(project.0.as_bytes()),
            Bind::Text(key),
            Bind::MaybeText(*value),
            Bind::MaybeText(folded.as_deref()),
        ];
        let mut found: Vec<i64> = rows(connection, TagNumber, &binds[..3])?;
        if found.is_empty() {
            found = rows(connection, NumberTag, &binds)?;
        }
        if let Some(number) = found.pop() {
            let name = (*project, (*key).to_owned(), value.map(str::to_owned));
            numbers.insert(name, number);
        }
    }
    Ok(numbers)
}

/// Counts tags of fingerprints. Returns those that the fingerprint did not have.
pub(crate) async fn add_cells(
    connection: &mut Connection,
    cells: &[(Owner, i64, Sight)],
) -> Result<Vec<(Owner, i64)>, Failure> {
    let mut fresh = Vec::new();
    for (owner, number, sight) in cells {
        let [project, print] = of_owner(owner);
        let binds = [
            project,
            print,
            Bind::Int(*number),
            Bind::Int(sight.count),
            Bind::Int(sight.first),
            Bind::Int(sight.last),
        ];
        let count: Vec<i64> = rows(connection, AddCell, &binds)?;
        if count == [sight.count] {
            fresh.push((*owner, *number));
        }
    }
    Ok(fresh)
}

/// Counts occurrences and errors that have tags.
pub(crate) async fn count_tags(
    connection: &mut Connection,
    counts: &BTreeMap<(ProjectId, i64), (i64, i64)>,
) -> Result<(), Failure> {
    for ((_, number), (occurrences, errors)) in counts {
        let binds = [*occurrences, *errors, *number].map(Bind::Int);
        run(connection, CountTag, &binds)?;
    }
    Ok(())
}

/// Returns how many fingerprints of an error have a tag.
pub(crate) async fn sharing(
    connection: &mut Connection,
    (project, error): (ProjectId, ErrorId),
    number: i64,
) -> Result<i64, Failure> {
    let binds = [
        Bind::Blob(project.0.as_bytes()),
        Bind::Blob(error.0.as_bytes()),
        Bind::Int(number),
    ];
    let found: Vec<i64> = rows(connection, Sharing, &binds)?;
    Ok(found.first().copied().unwrap_or(0))
}

/// Counts values of keys.
pub(crate) async fn add_kept(
    connection: &mut Connection,
    kept: &BTreeMap<(Owner, i64), i64>,
) -> Result<(), Failure> {
    for ((owner, number), count) in kept {
        let [project, print] = of_owner(owner);
        let binds = [Bind::Int(*count), project, print, Bind::Int(*number)];
        run(connection, AddKept, &binds)?;
    }
    Ok(())
}

/// Returns how many values of keys are kept.
pub(crate) async fn kept(
    connection: &mut Connection,
    keys: impl Iterator<Item = (Owner, &str)>,
) -> Result<HashMap<(Owner, String), i64>, Failure> {
    let mut kept = HashMap::new();
    for (owner, key) in keys {
        let [project, print] = of_owner(&owner);
        let binds = [project, Bind::Text(key), print];
        let found: Vec<i64> = rows(connection, Kept, &binds)?;
        if let Some(count) = found.first() {
            kept.insert((owner, key.to_owned()), *count);
        }
    }
    Ok(kept)
}

/// Returns whether the fingerprint has the tag.
pub(crate) async fn is_kept(
    connection: &mut Connection,
    (owner, key, value): &TagCell,
) -> Result<bool, Failure> {
    let [project, print] = of_owner(owner);
    let binds = [
        project,
        Bind::Text(key),
        Bind::MaybeText(value.as_deref()),
        print,
    ];
    let found: Vec<i64> = rows(connection, IsKept, &binds)?;
    Ok(!found.is_empty())
}
