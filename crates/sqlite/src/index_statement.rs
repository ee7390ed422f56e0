//! Statements of the search index in SQLite's words: one a row, prepared once. Write transactions run one at a time,
//! so that nothing has to be locked.

use crate::driver::{Connection, Failure};
use crate::row::{OccurrenceRow, Uid};
use crate::schema::occurrences;
use crate::statement::{Bind, rows, run, statement};
use crate::stores::TagNumbers;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable};
use faultbook_domain::errors::{Occurrence, UserKey};
use faultbook_domain::id::{OccurrenceId, ProjectId};
use faultbook_domain::search::fold;
use faultbook_domain::search_index::{Fact, Owner, Sight, TEXTS_MAX, TagCell, TextRow, Total};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// A row of the queue.
pub(crate) struct Queued {
    seq: i64,
    pub(crate) project: ProjectId,
    pub(crate) ids: Vec<OccurrenceId>,
}

/// An indexed occurrence, with its tags by number.
pub(crate) struct StoredFact {
    pub(crate) timestamp: i64,
    pub(crate) id: OccurrenceId,
    pub(crate) user_key: Option<UserKey>,
    pub(crate) tags: Vec<i64>,
}

statement!(
    Enqueue,
    "INSERT INTO index_queue (project_id, ids) VALUES (?, ?)"
);
statement!(
    QueuedRows -> (BigInt, Binary, Binary),
    "SELECT seq, project_id, ids FROM index_queue ORDER BY seq LIMIT ?"
);
statement!(
    IsQueued -> BigInt,
    "SELECT seq FROM index_queue WHERE seq = ?"
);
statement!(RemoveQueued, "DELETE FROM index_queue WHERE seq = ?");
statement!(
    IsStored -> BigInt,
    "SELECT 1 FROM occurrences WHERE project_id = ? AND id = ?"
);
statement!(
    RebuildLater,
    "INSERT INTO index_rebuilds (project_id, fingerprint) VALUES (?, ?) ON CONFLICT DO NOTHING"
);
statement!(
    Rebuilds -> (Binary, Binary),
    "DELETE FROM index_rebuilds WHERE (project_id, fingerprint) IN \
     (SELECT project_id, fingerprint FROM index_rebuilds LIMIT ?) RETURNING project_id, fingerprint"
);
statement!(
    TagNumber -> BigInt,
    "SELECT id FROM tag_values WHERE project_id = ? AND key = ? AND value IS ?"
);
statement!(
    NumberTag -> BigInt,
    "INSERT INTO tag_values (project_id, key, value, folded) VALUES (?, ?, ?, ?) RETURNING id"
);
statement!(
    AddFact,
    "INSERT INTO occurrence_facts (project_id, fingerprint, timestamp, id, user_key, tags) \
     VALUES (?, ?, ?, ?, ?, ?)"
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
    "UPDATE tag_values SET count = count + ? WHERE id = ?"
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
statement!(
    AddUser,
    "INSERT INTO fingerprint_users (project_id, fingerprint, user_key) VALUES (?, ?, ?) \
     ON CONFLICT DO NOTHING"
);
statement!(
    AddFigures,
    "INSERT INTO fingerprint_figures \
     (project_id, fingerprint, count, users, first_seen, last_seen, exception_type, culprit) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project_id, fingerprint) DO UPDATE SET \
     count = count + excluded.count, users = users + excluded.users, \
     first_seen = min(first_seen, excluded.first_seen), \
     exception_type = CASE WHEN excluded.last_seen >= last_seen THEN excluded.exception_type \
     ELSE exception_type END, \
     culprit = CASE WHEN excluded.last_seen >= last_seen THEN excluded.culprit ELSE culprit END, \
     last_seen = max(last_seen, excluded.last_seen)"
);
statement!(
    AddText -> (BigInt, BigInt),
    "INSERT INTO fingerprint_texts (project_id, fingerprint, kind, digest, folded, seen_id) \
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (project_id, fingerprint, kind, digest) DO UPDATE SET \
     seen_id = max(seen_id, excluded.seen_id), times = times + 1 RETURNING id, times"
);
statement!(
    AddWords,
    "INSERT INTO fingerprint_words (rowid, folded) VALUES (?, ?)"
);
statement!(
    OldTexts -> (BigInt, diesel::sql_types::Text),
    "SELECT id, folded FROM fingerprint_texts WHERE project_id = ? AND fingerprint = ? \
     ORDER BY seen_id DESC, kind, digest LIMIT -1 OFFSET ?"
);
statement!(
    StaleTexts -> (BigInt, diesel::sql_types::Text),
    "SELECT id, folded FROM fingerprint_texts t WHERE project_id = ? AND fingerprint = ? \
     AND NOT EXISTS (SELECT 1 FROM occurrences o WHERE o.project_id = t.project_id AND o.id = t.seen_id)"
);
statement!(
    AllTexts -> (BigInt, diesel::sql_types::Text),
    "SELECT id, folded FROM fingerprint_texts WHERE project_id = ? AND fingerprint = ?"
);
statement!(DropText, "DELETE FROM fingerprint_texts WHERE id = ?");
statement!(
    DropWords,
    "INSERT INTO fingerprint_words (fingerprint_words, rowid, folded) VALUES ('delete', ?, ?)"
);
statement!(
    DropStaleFacts,
    "DELETE FROM occurrence_facts WHERE project_id = ? AND fingerprint = ? AND NOT EXISTS \
     (SELECT 1 FROM occurrences o WHERE o.project_id = occurrence_facts.project_id \
     AND o.id = occurrence_facts.id)"
);
statement!(
    FactsAfter -> (BigInt, Binary, Nullable<Binary>, Binary),
    "SELECT timestamp, id, user_key, tags FROM occurrence_facts WHERE project_id = ? \
     AND fingerprint = ? AND (timestamp, id) > (?, ?) ORDER BY timestamp, id LIMIT ?"
);
statement!(
    UncountTags,
    "UPDATE tag_values SET count = tag_values.count - t.count FROM fingerprint_tags t \
     WHERE t.project_id = ? AND t.fingerprint = ? AND tag_values.id = t.tag_id"
);
statement!(
    DropUnusedTags,
    "DELETE FROM tag_values WHERE count <= 0 AND id IN \
     (SELECT tag_id FROM fingerprint_tags WHERE project_id = ? AND fingerprint = ?)"
);
statement!(
    DropCells,
    "DELETE FROM fingerprint_tags WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    DropUsers,
    "DELETE FROM fingerprint_users WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    LatestPlace -> (Nullable<diesel::sql_types::Text>, Nullable<diesel::sql_types::Text>),
    "SELECT exception_type, culprit FROM fingerprint_figures WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    DropFigures,
    "DELETE FROM fingerprint_figures WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    DropFacts,
    "DELETE FROM occurrence_facts WHERE project_id = ? AND fingerprint = ?"
);
statement!(
    RecountKept,
    "UPDATE fingerprint_tags SET kept = (SELECT count(*) FROM fingerprint_tags t \
     JOIN tag_values v ON v.id = t.tag_id JOIN tag_values k ON k.id = fingerprint_tags.tag_id \
     WHERE t.project_id = fingerprint_tags.project_id AND t.fingerprint = fingerprint_tags.fingerprint \
     AND v.key = k.key AND v.value IS NOT NULL) \
     WHERE project_id = ? AND fingerprint = ? \
     AND tag_id IN (SELECT id FROM tag_values WHERE project_id = ? AND value IS NULL)"
);

fn of_owner(owner: &Owner) -> [Bind<'_>; 2] {
    [
        Bind::Blob(owner.0.0.as_bytes()),
        Bind::Blob(owner.1.as_bytes()),
    ]
}

/// Queues recorded occurrences, in the transaction that records them.
pub(crate) fn enqueue(
    connection: &mut Connection,
    recorded: impl Iterator<Item = (ProjectId, OccurrenceId)>,
) -> QueryResult<()> {
    let mut ids: BTreeMap<ProjectId, Vec<u8>> = BTreeMap::new();
    for (project, id) in recorded {
        ids.entry(project).or_default().extend(id.0.as_bytes());
    }
    for (project, ids) in ids {
        let binds = [Bind::Blob(project.0.as_bytes()), Bind::Blob(&ids)];
        run(connection, Enqueue, &binds)?;
    }
    Ok(())
}

/// Has fingerprints counted again, in the transaction that deletes occurrences of theirs.
pub(crate) fn rebuild_later(
    connection: &mut Connection,
    project: Uid,
    fingerprints: &[Uid],
) -> QueryResult<()> {
    for fingerprint in fingerprints.iter().collect::<BTreeSet<_>>() {
        let binds = [Bind::Blob(&project.0), Bind::Blob(&fingerprint.0)];
        run(connection, RebuildLater, &binds)?;
    }
    Ok(())
}

/// Reads the oldest rows of the queue, of as many occurrences.
pub(crate) async fn queued(
    connection: &mut Connection,
    most: usize,
) -> Result<Vec<Queued>, Failure> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let found: Vec<(i64, Uid, Vec<u8>)> = rows(connection, QueuedRows, &[Bind::Int(limit)])?;
    let mut queued = Vec::new();
    let mut count = 0;
    for (seq, project, ids) in found {
        let (ids, _) = ids.as_chunks::<16>();
        count += ids.len();
        if count > most && !queued.is_empty() {
            break;
        }
        let ids = ids.iter().map(|id| OccurrenceId(Uuid::from_bytes(*id)));
        queued.push(Queued {
            seq,
            project: ProjectId(project.uuid()),
            ids: ids.collect(),
        });
    }
    Ok(queued)
}

/// Loads those of these occurrences that are stored.
pub(crate) async fn occurrences(
    connection: &mut Connection,
    project: ProjectId,
    ids: &[OccurrenceId],
) -> Result<Vec<Occurrence>, Failure> {
    let ids: Vec<Uid> = ids.iter().map(|id| Uid::from(id.0)).collect();
    let found = occurrences::table
        .filter(occurrences::project_id.eq(Uid::from(project.0)))
        .filter(occurrences::id.eq_any(ids))
        .select(OccurrenceRow::as_select())
        .load(connection)?;
    Ok(faultbook_sql::row::all(found)?)
}

/// Returns whether all these rows are in the queue still.
pub(crate) async fn hold_queued(
    connection: &mut Connection,
    queued: &[Queued],
) -> Result<bool, Failure> {
    for row in queued {
        let found: Vec<i64> = rows(connection, IsQueued, &[Bind::Int(row.seq)])?;
        if found.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes rows out of the queue.
pub(crate) async fn remove_queued(
    connection: &mut Connection,
    queued: &[Queued],
) -> Result<(), Failure> {
    for row in queued {
        run(connection, RemoveQueued, &[Bind::Int(row.seq)])?;
    }
    Ok(())
}

/// Does nothing: write transactions run one at a time.
pub(crate) async fn hold_fingerprints(_: &mut Connection, _: &[Owner]) -> Result<(), Failure> {
    Ok(())
}

/// Returns whether all these occurrences are stored.
pub(crate) async fn all_stored(
    connection: &mut Connection,
    wanted: impl Iterator<Item = (ProjectId, OccurrenceId)>,
) -> Result<bool, Failure> {
    for (project, id) in wanted {
        let binds = [
            Bind::Blob(project.0.as_bytes()),
            Bind::Blob(id.0.as_bytes()),
        ];
        let found: Vec<i64> = rows(connection, IsStored, &binds)?;
        if found.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes some fingerprints that are to be counted again.
pub(crate) async fn rebuilds(
    connection: &mut Connection,
    most: i64,
) -> Result<Vec<Owner>, Failure> {
    let found: Vec<(Uid, Uid)> = rows(connection, Rebuilds, &[Bind::Int(most)])?;
    let owners = found.into_iter();
    Ok(owners
        .map(|(project, print)| (ProjectId(project.uuid()), print.fingerprint()))
        .collect())
}

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

/// Stores facts.
pub(crate) async fn add_facts(
    connection: &mut Connection,
    facts: &[Fact],
    numbers: &TagNumbers,
) -> Result<(), Failure> {
    for fact in facts {
        let mut tags = Vec::with_capacity(fact.tags.len() * 16);
        for number in crate::stores::numbers_of(fact, numbers) {
            tags.extend(number.to_le_bytes());
        }
        let [project, print] = of_owner(&fact.owner);
        let binds = [
            project,
            print,
            Bind::Int(fact.timestamp),
            Bind::Blob(fact.id.0.as_bytes()),
            Bind::MaybeBlob(fact.user_key.as_ref().map(|key| key.as_bytes().as_slice())),
            Bind::Blob(&tags),
        ];
        run(connection, AddFact, &binds)?;
    }
    Ok(())
}

/// Counts tags of fingerprints. Returns those that the fingerprint did not have.
pub(crate) async fn add_cells(
    connection: &mut Connection,
    cells: &[(Owner, i64, Sight)],
) -> Result<Vec<(Owner, i64)>, Failure> {
    let mut fresh = Vec::new();
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
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
        *counts.entry(*number).or_default() += sight.count;
    }
    for (number, count) in counts {
        run(connection, CountTag, &[Bind::Int(count), Bind::Int(number)])?;
    }
    Ok(fresh)
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

/// Adds users. Returns how many are new, by fingerprint.
pub(crate) async fn add_users(
    connection: &mut Connection,
    users: &BTreeSet<(Owner, UserKey)>,
) -> Result<HashMap<Owner, i64>, Failure> {
    let mut fresh: HashMap<Owner, i64> = HashMap::new();
    for (owner, user) in users {
        let [project, print] = of_owner(owner);
        let binds = [project, print, Bind::Blob(user.as_bytes())];
        if run(connection, AddUser, &binds)? == 1 {
            *fresh.entry(*owner).or_default() += 1;
        }
    }
    Ok(fresh)
}

/// Counts occurrences and users of fingerprints.
pub(crate) async fn add_figures(
    connection: &mut Connection,
    totals: &BTreeMap<Owner, Total>,
    users: &HashMap<Owner, i64>,
) -> Result<(), Failure> {
    for (owner, total) in totals {
        let [project, print] = of_owner(owner);
        let Total {
            sight,
            exception_type,
            culprit,
        } = total;
        let binds = [
            project,
            print,
            Bind::Int(sight.count),
            Bind::Int(users.get(owner).copied().unwrap_or(0)),
            Bind::Int(sight.first),
            Bind::Int(sight.last),
            Bind::MaybeText(exception_type.as_deref()),
            Bind::MaybeText(culprit.as_deref()),
        ];
        run(connection, AddFigures, &binds)?;
    }
    Ok(())
}

/// Stores texts, and drops the oldest of fingerprints that have too many.
pub(crate) async fn add_texts(
    connection: &mut Connection,
    texts: &[TextRow],
) -> Result<(), Failure> {
    for of_owner_texts in texts.chunk_by(|a, b| a.owner == b.owner) {
        let mut added = false;
        for text in of_owner_texts {
            let [project, print] = of_owner(&text.owner);
            let binds = [
                project,
                print,
                Bind::Int(i64::from(text.kind.number())),
                Bind::Blob(&text.digest),
                Bind::Text(&text.folded),
                Bind::Blob(text.seen.0.as_bytes()),
            ];
            let stored: Vec<(i64, i64)> = rows(connection, AddText, &binds)?;
            if let Some((id, 1)) = stored.first() {
                run(
                    connection,
                    AddWords,
                    &[Bind::Int(*id), Bind::Text(&text.folded)],
                )?;
                added = true;
            }
        }
        if added && let Some(first) = of_owner_texts.first() {
            let [project, print] = of_owner(&first.owner);
            let most = i64::try_from(TEXTS_MAX).unwrap_or(i64::MAX);
            let old = rows(connection, OldTexts, &[project, print, Bind::Int(most)])?;
            drop_texts(connection, old)?;
        }
    }
    Ok(())
}

fn drop_texts(connection: &mut Connection, texts: Vec<(i64, String)>) -> QueryResult<()> {
    for (id, folded) in texts {
        run(connection, DropWords, &[Bind::Int(id), Bind::Text(&folded)])?;
        run(connection, DropText, &[Bind::Int(id)])?;
    }
    Ok(())
}

/// Drops facts and texts of a fingerprint whose occurrences are not stored.
pub(crate) async fn drop_stale(connection: &mut Connection, owner: Owner) -> Result<(), Failure> {
    let binds = of_owner(&owner);
    run(connection, DropStaleFacts, &binds)?;
    let stale = rows(connection, StaleTexts, &binds)?;
    Ok(drop_texts(connection, stale)?)
}

/// Reads facts of a fingerprint in order of their times.
pub(crate) async fn facts_after(
    connection: &mut Connection,
    owner: Owner,
    after: Option<(i64, OccurrenceId)>,
    most: i64,
) -> Result<Vec<StoredFact>, Failure> {
    let [project, print] = of_owner(&owner);
    let (timestamp, id) = after.unwrap_or((i64::MIN, OccurrenceId(Uuid::nil())));
    let binds = [
        project,
        print,
        Bind::Int(timestamp),
        Bind::Blob(id.0.as_bytes()),
        Bind::Int(most),
    ];
    let found: Vec<(i64, Uid, Option<Uid>, Vec<u8>)> = rows(connection, FactsAfter, &binds)?;
    let facts = found.into_iter().map(|(timestamp, id, user, tags)| {
        let (tags, _) = tags.as_chunks::<8>();
        StoredFact {
            timestamp,
            id: OccurrenceId(id.uuid()),
            user_key: user.map(|user| UserKey::from_bytes(user.0)),
            tags: tags.iter().map(|tag| i64::from_le_bytes(*tag)).collect(),
        }
    });
    Ok(facts.collect())
}

/// Drops what is counted of a fingerprint. Returns type and culprit of its latest occurrence.
pub(crate) async fn clear(
    connection: &mut Connection,
    owner: Owner,
) -> Result<(Option<String>, Option<String>), Failure> {
    let binds = of_owner(&owner);
    let place = rows(connection, LatestPlace, &binds)?.pop();
    run(connection, UncountTags, &binds)?;
    run(connection, DropCells, &binds)?;
    run(connection, DropUsers, &binds)?;
    run(connection, DropFigures, &binds)?;
    Ok(place.unwrap_or_default())
}

/// Counts the kept values of a fingerprint's keys.
pub(crate) async fn recount_kept(connection: &mut Connection, owner: Owner) -> Result<(), Failure> {
    let [project, print] = of_owner(&owner);
    run(connection, RecountKept, &[project, print, project])?;
    Ok(())
}

/// Drops everything of a deleted fingerprint.
pub(crate) fn drop_fingerprint(
    connection: &mut Connection,
    project: Uid,
    fingerprint: Uid,
) -> QueryResult<()> {
    let binds = [Bind::Blob(&project.0), Bind::Blob(&fingerprint.0)];
    let texts = rows(connection, AllTexts, &binds)?;
    drop_texts(connection, texts)?;
    run(connection, UncountTags, &binds)?;
    run(connection, DropUnusedTags, &binds)?;
    run(connection, DropCells, &binds)?;
    run(connection, DropUsers, &binds)?;
    run(connection, DropFigures, &binds)?;
    run(connection, DropFacts, &binds)?;
    Ok(())
}
