//! Statements of the search index in PostgreSQL's words: arrays, one statement a table.
//!
//! Lock order: rows of the queue, fingerprints, then rows of the index, by key within each table.

use crate::driver::{Connection, Failure};
use crate::row::{OccurrenceRow, fingerprint_id, fingerprint_of};
use crate::schema::occurrences;
use crate::stores::TagNumbers;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::errors::{Occurrence, UserKey};
use faultbook_domain::id::{OccurrenceId, ProjectId};
use faultbook_domain::search::fold;
use faultbook_domain::search_index::{Fact, Owner, Sight, TEXTS_MAX, TagCell, TextRow, Total};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

const QUEUED: &str = "
SELECT seq, project_id, ids FROM index_queue ORDER BY seq LIMIT $1";

const HOLD_QUEUED: &str = "
SELECT project_id AS id FROM index_queue WHERE seq = ANY ($1) ORDER BY seq FOR UPDATE";

const REMOVE_QUEUED: &str = "DELETE FROM index_queue WHERE seq = ANY ($1)";

/// A merge, a split or a deletion that changes these rows waits until what is added belongs to them.
const HOLD_FINGERPRINTS: &str = "
SELECT f.project_id AS id FROM error_fingerprints f
JOIN unnest($1, $2) AS o (project_id, fingerprint) USING (project_id, fingerprint)
ORDER BY f.project_id, f.fingerprint FOR SHARE OF f";

const STORED: &str = "
SELECT count(*) AS count FROM unnest($1, $2) AS w (project_id, id)
JOIN occurrences o ON o.project_id = w.project_id AND o.id = w.id";

const REBUILDS: &str = "
DELETE FROM index_rebuilds r USING (
  SELECT project_id, fingerprint FROM index_rebuilds ORDER BY project_id, fingerprint
  LIMIT $1 FOR UPDATE SKIP LOCKED
) next
WHERE r.project_id = next.project_id AND r.fingerprint = next.fingerprint
RETURNING r.project_id, r.fingerprint";

const NEW_TAGS: &str = "
INSERT INTO tag_values (project_id, key, value, folded)
SELECT n.project_id, n.key, n.value, n.folded FROM unnest($1, $2, $3, $4) AS n (project_id, key, value, folded)
WHERE NOT EXISTS (SELECT FROM tag_values v WHERE v.project_id = n.project_id AND v.key = n.key
  AND v.value IS NOT DISTINCT FROM n.value)
ON CONFLICT DO NOTHING";

/// The rows stay until the transaction ends: a tag that nothing counts may be deleted otherwise.
const VALUE_NUMBERS: &str = "
SELECT v.project_id, v.key, v.value, v.id
FROM unnest($1, $2, $3) AS n (project_id, key, value)
JOIN tag_values v ON v.project_id = n.project_id AND v.key = n.key AND v.value = n.value
ORDER BY v.id FOR SHARE OF v";

const KEY_NUMBERS: &str = "
SELECT v.project_id, v.key, v.value, v.id
FROM unnest($1, $2, $3) AS n (project_id, key, value)
JOIN tag_values v ON v.project_id = n.project_id AND v.key = n.key
WHERE n.value IS NULL AND v.value IS NULL
ORDER BY v.id FOR SHARE OF v";

/// $6 holds the tags of all facts, $7 how many each has.
const ADD_FACTS: &str = "
INSERT INTO occurrence_facts (project_id, fingerprint, timestamp, id, user_key, tags)
SELECT project_id, fingerprint, timestamp, id, user_key, ($6::bigint[])[upto - length + 1 : upto]
FROM (
  SELECT f.*, sum(f.length) OVER (ORDER BY f.n) AS upto
  FROM unnest($1, $2, $3, $4, $5, $7) WITH ORDINALITY
    AS f (project_id, fingerprint, timestamp, id, user_key, length, n)
) placed
ORDER BY n";

const ADD_CELLS: &str = "
INSERT INTO fingerprint_tags AS t (project_id, fingerprint, tag_id, count, first_seen, last_seen)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
ON CONFLICT (project_id, fingerprint, tag_id) DO UPDATE SET
  count = t.count + excluded.count, first_seen = least(t.first_seen, excluded.first_seen),
  last_seen = greatest(t.last_seen, excluded.last_seen)
RETURNING project_id, fingerprint, tag_id, xmax = 0 AS fresh";

const COUNT_TAGS: &str = "
UPDATE tag_values v SET count = v.count + n.count
FROM unnest($1, $2, $3) AS n (project_id, id, count)
WHERE v.project_id = n.project_id AND v.id = n.id";

const ADD_KEPT: &str = "
UPDATE fingerprint_tags t SET kept = t.kept + n.count
FROM unnest($1, $2, $3, $4) AS n (project_id, fingerprint, tag_id, count)
WHERE t.project_id = n.project_id AND t.fingerprint = n.fingerprint AND t.tag_id = n.tag_id";

const KEPT: &str = "
SELECT t.project_id, t.fingerprint, v.key, t.kept
FROM unnest($1, $2, $3) AS n (project_id, fingerprint, key)
JOIN tag_values v ON v.project_id = n.project_id AND v.key = n.key AND v.value IS NULL
JOIN fingerprint_tags t ON t.project_id = n.project_id AND t.fingerprint = n.fingerprint
  AND t.tag_id = v.id";

const IS_KEPT: &str = "
SELECT count(*) AS count FROM tag_values v
JOIN fingerprint_tags t ON t.project_id = v.project_id AND t.tag_id = v.id
WHERE v.project_id = $1 AND v.key = $2 AND v.value IS NOT DISTINCT FROM $3 AND t.fingerprint = $4";

const ADD_USERS: &str = "
INSERT INTO fingerprint_users (project_id, fingerprint, user_key)
SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING RETURNING project_id, fingerprint";

const ADD_FIGURES: &str = "
INSERT INTO fingerprint_figures AS f
  (project_id, fingerprint, count, users, first_seen, last_seen, exception_type, culprit)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (project_id, fingerprint) DO UPDATE SET
  count = f.count + excluded.count, users = f.users + excluded.users,
  first_seen = least(f.first_seen, excluded.first_seen),
  last_seen = greatest(f.last_seen, excluded.last_seen),
  exception_type = CASE WHEN excluded.last_seen >= f.last_seen
    THEN excluded.exception_type ELSE f.exception_type END,
  culprit = CASE WHEN excluded.last_seen >= f.last_seen
    THEN excluded.culprit ELSE f.culprit END";

const LATEST_PLACE: &str = "
SELECT exception_type, culprit FROM fingerprint_figures WHERE project_id = $1 AND fingerprint = $2";

const ADD_TEXTS: &str = "
INSERT INTO fingerprint_texts AS t (project_id, fingerprint, kind, digest, folded, seen_id)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
ON CONFLICT (project_id, fingerprint, kind, digest) DO UPDATE SET seen_id = excluded.seen_id
WHERE t.seen_id < excluded.seen_id";

const DROP_OLD_TEXTS: &str = "
DELETE FROM fingerprint_texts t
USING (SELECT DISTINCT project_id, fingerprint FROM unnest($1, $2) AS o (project_id, fingerprint)) o,
LATERAL (
  SELECT kind, digest FROM fingerprint_texts k
  WHERE k.project_id = o.project_id AND k.fingerprint = o.fingerprint
  ORDER BY seen_id DESC, kind, digest OFFSET $3
) old
WHERE t.project_id = o.project_id AND t.fingerprint = o.fingerprint
  AND t.kind = old.kind AND t.digest = old.digest";

const DROP_STALE_FACTS: &str = "
DELETE FROM occurrence_facts f WHERE f.project_id = $1 AND f.fingerprint = $2 AND NOT EXISTS (
  SELECT FROM occurrences o WHERE o.project_id = f.project_id AND o.id = f.id)";

const DROP_STALE_TEXTS: &str = "
DELETE FROM fingerprint_texts t WHERE t.project_id = $1 AND t.fingerprint = $2 AND NOT EXISTS (
  SELECT FROM occurrences o WHERE o.project_id = t.project_id AND o.id = t.seen_id)";

const FACTS_AFTER: &str = "
SELECT timestamp, id, user_key, tags FROM occurrence_facts
WHERE project_id = $1 AND fingerprint = $2 AND (timestamp, id) > ($3, $4)
ORDER BY timestamp, id LIMIT $5";

const UNCOUNT_TAGS: &str = "
UPDATE tag_values v SET count = v.count - t.count
FROM (
  SELECT tag_id, sum(count)::bigint AS count FROM fingerprint_tags
  WHERE project_id = $1 AND fingerprint = ANY ($2) GROUP BY tag_id
) t
WHERE v.project_id = $1 AND v.id = t.tag_id";

const DROP_UNUSED_TAGS: &str = "
DELETE FROM tag_values v WHERE v.project_id = $1 AND v.count <= 0 AND v.id IN (
  SELECT tag_id FROM fingerprint_tags WHERE project_id = $1 AND fingerprint = ANY ($2))";

const RECOUNT_KEPT: &str = "
UPDATE fingerprint_tags t SET kept = n.kept
FROM (
  SELECT k.id, count(*) AS kept
  FROM fingerprint_tags t
  JOIN tag_values v ON v.project_id = t.project_id AND v.id = t.tag_id AND v.value IS NOT NULL
  JOIN tag_values k ON k.project_id = v.project_id AND k.key = v.key AND k.value IS NULL
  WHERE t.project_id = $1 AND t.fingerprint = $2
  GROUP BY k.id
) n
WHERE t.project_id = $1 AND t.fingerprint = $2 AND t.tag_id = n.id";

/// A row of the queue.
#[derive(QueryableByName)]
pub struct QueuedRow {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = SqlUuid)]
    project_id: Uuid,
    #[diesel(sql_type = Array<SqlUuid>)]
    ids: Vec<Uuid>,
}

/// A row of the queue.
pub struct Queued {
    seq: i64,
    pub project: ProjectId,
    pub ids: Vec<OccurrenceId>,
}

/// An indexed occurrence, with its tags by number.
#[derive(QueryableByName)]
pub struct FactRow {
    #[diesel(sql_type = BigInt)]
    timestamp: i64,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    user_key: Option<Uuid>,
    #[diesel(sql_type = Array<BigInt>)]
    tags: Vec<i64>,
}

/// An indexed occurrence, with its tags by number.
pub struct StoredFact {
    pub timestamp: i64,
    pub id: OccurrenceId,
    pub user_key: Option<UserKey>,
    pub tags: Vec<i64>,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    #[expect(dead_code, reason = "only the number of rows counts")]
    id: Uuid,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = SqlUuid)]
    project_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    fingerprint: Uuid,
}

impl OwnerRow {
    fn owner(&self) -> Owner {
        (ProjectId(self.project_id), fingerprint_of(self.fingerprint))
    }
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = SqlUuid)]
    project_id: Uuid,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
    #[diesel(sql_type = BigInt)]
    id: i64,
}

#[derive(QueryableByName)]
struct CellRow {
    #[diesel(embed)]
    owner: OwnerRow,
    #[diesel(sql_type = BigInt)]
    tag_id: i64,
    #[diesel(sql_type = Bool)]
    fresh: bool,
}

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(embed)]
    owner: OwnerRow,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = BigInt)]
    kept: i64,
}

/// Splits owners into columns.
fn columns<'a>(owners: impl Iterator<Item = &'a Owner>) -> (Vec<Uuid>, Vec<Uuid>) {
    owners
        .map(|(project, print)| (project.0, fingerprint_id(*print)))
        .unzip()
}

/// Reads the oldest rows of the queue, of as many occurrences.
pub async fn queued(connection: &mut Connection, most: usize) -> Result<Vec<Queued>, Failure> {
    let rows: Vec<QueuedRow> = sql_query(QUEUED)
        .bind::<BigInt, _>(i64::try_from(most).unwrap_or(i64::MAX))
        .load(connection)
        .await?;
    let mut queued: Vec<Queued> = Vec::new();
    let mut count = 0;
    for row in rows {
        count += row.ids.len();
        if count > most && !queued.is_empty() {
            break;
        }
        queued.push(Queued {
            seq: row.seq,
            project: ProjectId(row.project_id),
            ids: row.ids.into_iter().map(OccurrenceId).collect(),
        });
    }
    Ok(queued)
}

/// Loads those of these occurrences that are stored.
pub async fn occurrences(
    connection: &mut Connection,
    project: ProjectId,
    ids: &[OccurrenceId],
) -> Result<Vec<Occurrence>, Failure> {
    let found = occurrences::table
        .filter(occurrences::project_id.eq(project.0))
        .filter(occurrences::id.eq_any(ids.iter().map(|id| id.0)))
        .select(OccurrenceRow::as_select())
        .load(connection)
        .await?;
    Ok(faultbook_sql::row::all(found)?)
}

fn seqs(queued: &[Queued]) -> Vec<i64> {
    queued.iter().map(|row| row.seq).collect()
}

/// Locks these rows of the queue. Returns whether all are there.
pub async fn hold_queued(connection: &mut Connection, queued: &[Queued]) -> Result<bool, Failure> {
    let held: Vec<IdRow> = sql_query(HOLD_QUEUED)
        .bind::<Array<BigInt>, _>(seqs(queued))
        .load(connection)
        .await?;
    Ok(held.len() == queued.len())
}

/// Takes rows out of the queue.
pub async fn remove_queued(connection: &mut Connection, queued: &[Queued]) -> Result<(), Failure> {
    sql_query(REMOVE_QUEUED)
        .bind::<Array<BigInt>, _>(seqs(queued))
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks fingerprints against deletion until the transaction ends.
pub async fn hold_fingerprints(
    connection: &mut Connection,
    owners: &[Owner],
) -> Result<(), Failure> {
    let (projects, prints) = columns(owners.iter());
    let _held: Vec<IdRow> = sql_query(HOLD_FINGERPRINTS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .load(connection)
        .await?;
    Ok(())
}

/// Returns whether all these occurrences are stored.
pub async fn all_stored(
    connection: &mut Connection,
    wanted: impl Iterator<Item = (ProjectId, OccurrenceId)>,
) -> Result<bool, Failure> {
    let (projects, ids): (Vec<Uuid>, Vec<Uuid>) =
        wanted.map(|(project, id)| (project.0, id.0)).unzip();
    let expected = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let stored: CountRow = sql_query(STORED)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(ids)
        .get_result(connection)
        .await?;
    Ok(stored.count == expected)
}

/// Takes some fingerprints that are to be counted again.
pub async fn rebuilds(connection: &mut Connection, most: i64) -> Result<Vec<Owner>, Failure> {
    let rows: Vec<OwnerRow> = sql_query(REBUILDS)
        .bind::<BigInt, _>(most)
        .load(connection)
        .await?;
    Ok(rows.iter().map(OwnerRow::owner).collect())
}

/// Returns the numbers of tags, and gives new ones theirs.
pub async fn number_tags(
    connection: &mut Connection,
    names: &BTreeSet<(ProjectId, &str, Option<&str>)>,
) -> Result<TagNumbers, Failure> {
    let projects: Vec<Uuid> = names.iter().map(|(project, ..)| project.0).collect();
    let keys: Vec<&str> = names.iter().map(|(_, key, _)| *key).collect();
    let values: Vec<Option<&str>> = names.iter().map(|(.., value)| *value).collect();
    let folded: Vec<Option<String>> = values.iter().map(|value| value.map(fold)).collect();
    loop {
        sql_query(NEW_TAGS)
            .bind::<Array<SqlUuid>, _>(&projects)
            .bind::<Array<Text>, _>(&keys)
            .bind::<Array<Nullable<Text>>, _>(&values)
            .bind::<Array<Nullable<Text>>, _>(&folded)
            .execute(connection)
            .await?;
        let mut numbers = TagNumbers::with_capacity(names.len());
        for statement in [VALUE_NUMBERS, KEY_NUMBERS] {
            let rows: Vec<NumberRow> = sql_query(statement)
                .bind::<Array<SqlUuid>, _>(&projects)
                .bind::<Array<Text>, _>(&keys)
                .bind::<Array<Nullable<Text>>, _>(&values)
                .load(connection)
                .await?;
            numbers.extend(
                rows.into_iter()
                    .map(|row| ((ProjectId(row.project_id), row.key, row.value), row.id)),
            );
        }
        // A tag that was deleted between both statements is numbered anew.
        if numbers.len() == names.len() {
            return Ok(numbers);
        }
    }
}

/// Stores facts.
pub async fn add_facts(
    connection: &mut Connection,
    facts: &[Fact],
    numbers: &TagNumbers,
) -> Result<(), Failure> {
    let (projects, prints) = columns(facts.iter().map(|fact| &fact.owner));
    let users = facts
        .iter()
        .map(|fact| fact.user_key.map(|key| Uuid::from_bytes(*key.as_bytes())));
    let mut tags: Vec<i64> = Vec::new();
    let mut lengths: Vec<i32> = Vec::with_capacity(facts.len());
    for fact in facts {
        let before = tags.len();
        tags.extend(crate::stores::numbers_of(fact, numbers));
        lengths.push(i32::try_from(tags.len() - before).unwrap_or(0));
    }
    sql_query(ADD_FACTS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(facts.iter().map(|fact| fact.timestamp).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(facts.iter().map(|fact| fact.id.0).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(users.collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(tags)
        .bind::<Array<diesel::sql_types::Integer>, _>(lengths)
        .execute(connection)
        .await?;
    Ok(())
}

/// Counts tags of fingerprints. Returns those that the fingerprint did not have.
pub async fn add_cells(
    connection: &mut Connection,
    cells: &[(Owner, i64, Sight)],
) -> Result<Vec<(Owner, i64)>, Failure> {
    let (projects, prints) = columns(cells.iter().map(|(owner, ..)| owner));
    let numbers: Vec<i64> = cells.iter().map(|(_, number, _)| *number).collect();
    let counts: Vec<i64> = cells.iter().map(|(.., sight)| sight.count).collect();
    let rows: Vec<CellRow> = sql_query(ADD_CELLS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(numbers)
        .bind::<Array<BigInt>, _>(counts)
        .bind::<Array<BigInt>, _>(
            cells
                .iter()
                .map(|(.., sight)| sight.first)
                .collect::<Vec<_>>(),
        )
        .bind::<Array<BigInt>, _>(
            cells
                .iter()
                .map(|(.., sight)| sight.last)
                .collect::<Vec<_>>(),
        )
        .load(connection)
        .await?;
    let mut totals: BTreeMap<(Uuid, i64), i64> = BTreeMap::new();
    for (owner, number, sight) in cells {
        *totals.entry((owner.0.0, *number)).or_default() += sight.count;
    }
    let (of, counts): (Vec<(Uuid, i64)>, Vec<i64>) = totals.into_iter().unzip();
    let (projects, numbers): (Vec<Uuid>, Vec<i64>) = of.into_iter().unzip();
    sql_query(COUNT_TAGS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<BigInt>, _>(numbers)
        .bind::<Array<BigInt>, _>(counts)
        .execute(connection)
        .await?;
    let fresh = rows.iter().filter(|row| row.fresh);
    Ok(fresh.map(|row| (row.owner.owner(), row.tag_id)).collect())
}

/// Counts values of keys.
pub async fn add_kept(
    connection: &mut Connection,
    kept: &BTreeMap<(Owner, i64), i64>,
) -> Result<(), Failure> {
    let (projects, prints) = columns(kept.keys().map(|(owner, _)| owner));
    sql_query(ADD_KEPT)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(kept.keys().map(|(_, number)| *number).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(kept.values().copied().collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns how many values of keys are kept.
pub async fn kept(
    connection: &mut Connection,
    keys: impl Iterator<Item = (Owner, &str)>,
) -> Result<HashMap<(Owner, String), i64>, Failure> {
    let (owners, keys): (Vec<Owner>, Vec<&str>) = keys.unzip();
    let (projects, prints) = columns(owners.iter());
    let rows: Vec<KeptRow> = sql_query(KEPT)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<Text>, _>(keys)
        .load(connection)
        .await?;
    let kept = rows.into_iter();
    Ok(kept
        .map(|row| ((row.owner.owner(), row.key), row.kept))
        .collect())
}

/// Returns whether the fingerprint has the tag.
pub async fn is_kept(
    connection: &mut Connection,
    (owner, key, value): &TagCell,
) -> Result<bool, Failure> {
    let found: CountRow = sql_query(IS_KEPT)
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<Text, _>(key)
        .bind::<Nullable<Text>, _>(value.as_deref())
        .bind::<SqlUuid, _>(fingerprint_id(owner.1))
        .get_result(connection)
        .await?;
    Ok(found.count > 0)
}

/// Adds users. Returns how many are new, by fingerprint.
pub async fn add_users(
    connection: &mut Connection,
    users: &BTreeSet<(Owner, UserKey)>,
) -> Result<HashMap<Owner, i64>, Failure> {
    let (projects, prints) = columns(users.iter().map(|(owner, _)| owner));
    let keys = users
        .iter()
        .map(|(_, key)| Uuid::from_bytes(*key.as_bytes()));
    let rows: Vec<OwnerRow> = sql_query(ADD_USERS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<SqlUuid>, _>(keys.collect::<Vec<_>>())
        .load(connection)
        .await?;
    let mut fresh: HashMap<Owner, i64> = HashMap::new();
    for row in rows {
        *fresh.entry(row.owner()).or_default() += 1;
    }
    Ok(fresh)
}

/// Counts occurrences and users of fingerprints.
pub async fn add_figures(
    connection: &mut Connection,
    totals: &BTreeMap<Owner, Total>,
    users: &HashMap<Owner, i64>,
) -> Result<(), Failure> {
    let (projects, prints) = columns(totals.keys());
    let of = |figure: fn(&Sight) -> i64| -> Vec<i64> {
        totals.values().map(|total| figure(&total.sight)).collect()
    };
    let types = totals.values().map(|total| total.exception_type.as_deref());
    let culprits = totals.values().map(|total| total.culprit.as_deref());
    let users = totals
        .keys()
        .map(|owner| users.get(owner).copied().unwrap_or(0));
    sql_query(ADD_FIGURES)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(of(|sight| sight.count))
        .bind::<Array<BigInt>, _>(users.collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(of(|sight| sight.first))
        .bind::<Array<BigInt>, _>(of(|sight| sight.last))
        .bind::<Array<Nullable<Text>>, _>(types.collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(culprits.collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Stores texts, and drops the oldest of fingerprints that have too many.
pub async fn add_texts(connection: &mut Connection, texts: &[TextRow]) -> Result<(), Failure> {
    let (projects, prints) = columns(texts.iter().map(|text| &text.owner));
    let kinds: Vec<i16> = texts.iter().map(|text| text.kind.number()).collect();
    let digests = texts.iter().map(|text| Uuid::from_bytes(text.digest));
    let folded: Vec<&str> = texts.iter().map(|text| text.folded.as_str()).collect();
    sql_query(ADD_TEXTS)
        .bind::<Array<SqlUuid>, _>(&projects)
        .bind::<Array<SqlUuid>, _>(&prints)
        .bind::<Array<SmallInt>, _>(kinds)
        .bind::<Array<SqlUuid>, _>(digests.collect::<Vec<_>>())
        .bind::<Array<Text>, _>(folded)
        .bind::<Array<SqlUuid>, _>(texts.iter().map(|text| text.seen.0).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    sql_query(DROP_OLD_TEXTS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<BigInt, _>(i64::try_from(TEXTS_MAX).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    Ok(())
}

/// Drops facts and texts of a fingerprint whose occurrences are not stored.
pub async fn drop_stale(connection: &mut Connection, owner: Owner) -> Result<(), Failure> {
    for statement in [DROP_STALE_FACTS, DROP_STALE_TEXTS] {
        sql_query(statement)
            .bind::<SqlUuid, _>(owner.0.0)
            .bind::<SqlUuid, _>(fingerprint_id(owner.1))
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Reads facts of a fingerprint in order of their times.
pub async fn facts_after(
    connection: &mut Connection,
    owner: Owner,
    after: Option<(i64, OccurrenceId)>,
    most: i64,
) -> Result<Vec<StoredFact>, Failure> {
    let (timestamp, id) = after.unwrap_or((i64::MIN, OccurrenceId(Uuid::nil())));
    let rows: Vec<FactRow> = sql_query(FACTS_AFTER)
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<SqlUuid, _>(fingerprint_id(owner.1))
        .bind::<BigInt, _>(timestamp)
        .bind::<SqlUuid, _>(id.0)
        .bind::<BigInt, _>(most)
        .load(connection)
        .await?;
    let facts = rows.into_iter().map(|row| StoredFact {
        timestamp: row.timestamp,
        id: OccurrenceId(row.id),
        user_key: row
            .user_key
            .map(|key| UserKey::from_bytes(key.into_bytes())),
        tags: row.tags,
    });
    Ok(facts.collect())
}

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = Nullable<Text>)]
    exception_type: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    culprit: Option<String>,
}

/// Drops what is counted of a fingerprint. Returns type and culprit of its latest occurrence.
pub async fn clear(
    connection: &mut Connection,
    owner: Owner,
) -> Result<(Option<String>, Option<String>), Failure> {
    let print = fingerprint_id(owner.1);
    let mut places: Vec<PlaceRow> = sql_query(LATEST_PLACE)
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<SqlUuid, _>(print)
        .load(connection)
        .await?;
    let statements = [UNCOUNT_TAGS].into_iter().chain(DROP_COUNTED);
    run_each(connection, statements, owner.0.0, &[print]).await?;
    let place = places.pop().map(|row| (row.exception_type, row.culprit));
    Ok(place.unwrap_or_default())
}

const DROP_COUNTED: [&str; 3] = [
    "DELETE FROM fingerprint_tags WHERE project_id = $1 AND fingerprint = ANY ($2)",
    "DELETE FROM fingerprint_users WHERE project_id = $1 AND fingerprint = ANY ($2)",
    "DELETE FROM fingerprint_figures WHERE project_id = $1 AND fingerprint = ANY ($2)",
];

const DROP_FACTS: [&str; 2] = [
    "DELETE FROM occurrence_facts WHERE project_id = $1 AND fingerprint = ANY ($2)",
    "DELETE FROM fingerprint_texts WHERE project_id = $1 AND fingerprint = ANY ($2)",
];

async fn run_each(
    connection: &mut Connection,
    statements: impl Iterator<Item = &'static str>,
    project: Uuid,
    prints: &[Uuid],
) -> Result<(), Failure> {
    for statement in statements {
        sql_query(statement)
            .bind::<SqlUuid, _>(project)
            .bind::<Array<SqlUuid>, _>(prints)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Counts the kept values of a fingerprint's keys.
pub async fn recount_kept(connection: &mut Connection, owner: Owner) -> Result<(), Failure> {
    sql_query(RECOUNT_KEPT)
        .bind::<SqlUuid, _>(owner.0.0)
        .bind::<SqlUuid, _>(fingerprint_id(owner.1))
        .execute(connection)
        .await?;
    Ok(())
}

/// Drops everything of deleted fingerprints.
pub async fn drop_fingerprints(
    connection: &mut Connection,
    project: Uuid,
    prints: &[Uuid],
) -> Result<(), Failure> {
    let statements = [UNCOUNT_TAGS, DROP_UNUSED_TAGS]
        .into_iter()
        .chain(DROP_COUNTED)
        .chain(DROP_FACTS);
    run_each(connection, statements, project, prints).await
}
