//! Stores facts, users, figures and texts of fingerprints.

use super::{OwnerRow, columns};
use crate::driver::{Connection, Failure};
use crate::row::fingerprint_id;
use crate::stores::{Moments, TagNumbers, numbers_of};
use diesel::QueryableByName;
use diesel::dsl::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use faultbook_domain::errors::UserKey;
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::search_index::{Fact, Owner, Sight, TEXTS_MAX, TextRow, Total};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

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

const ADD_USERS: &str = "
INSERT INTO fingerprint_users (project_id, fingerprint, user_key)
SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING RETURNING project_id, fingerprint";

const ADD_FIGURES: &str = "
INSERT INTO fingerprint_figures AS f
  (project_id, fingerprint, count, users, first_seen, last_seen, exception_type, culprit, recent, before,
  gone_until)
SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (project_id, fingerprint) DO UPDATE SET
  recent = f.recent + excluded.recent, before = f.before + excluded.before,
  count = f.count + excluded.count, users = f.users + excluded.users,
  first_seen = least(f.first_seen, excluded.first_seen),
  last_seen = greatest(f.last_seen, excluded.last_seen),
  exception_type = CASE WHEN excluded.last_seen >= f.last_seen
    THEN excluded.exception_type ELSE f.exception_type END,
  culprit = CASE WHEN excluded.last_seen >= f.last_seen
    THEN excluded.culprit ELSE f.culprit END";

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

const FACTS_AFTER: &str = "
SELECT timestamp, id, user_key, tags FROM occurrence_facts
WHERE project_id = $1 AND fingerprint = $2 AND (timestamp, id) > ($3, $4)
ORDER BY timestamp, id LIMIT $5";

/// An indexed occurrence, with its tags by number.
#[derive(QueryableByName)]
struct FactRow {
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
        tags.extend(numbers_of(fact, numbers));
        lengths.push(i32::try_from(tags.len() - before).unwrap_or(0));
    }
    sql_query(ADD_FACTS)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(facts.iter().map(|fact| fact.timestamp).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(facts.iter().map(|fact| fact.id.0).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(users.collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(tags)
        .bind::<Array<Integer>, _>(lengths)
        .execute(connection)
        .await?;
    Ok(())
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

/// Counts occurrences of fingerprints, with their users and what is counted by time.
pub async fn add_figures(
    connection: &mut Connection,
    totals: &BTreeMap<Owner, Total>,
    users: &HashMap<Owner, i64>,
    moments: &HashMap<Owner, Moments>,
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
    let moments = totals
        .keys()
        .map(|owner| moments.get(owner).copied().unwrap_or_default());
    let moments: Vec<Moments> = moments.collect();
    sql_query(ADD_FIGURES)
        .bind::<Array<SqlUuid>, _>(projects)
        .bind::<Array<SqlUuid>, _>(prints)
        .bind::<Array<BigInt>, _>(of(|sight| sight.count))
        .bind::<Array<BigInt>, _>(users.collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(of(|sight| sight.first))
        .bind::<Array<BigInt>, _>(of(|sight| sight.last))
        .bind::<Array<Nullable<Text>>, _>(types.collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(culprits.collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(moments.iter().map(|one| one.recent).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(moments.iter().map(|one| one.before).collect::<Vec<_>>())
        .bind::<Array<Nullable<BigInt>>, _>(
            moments.iter().map(|one| one.gone_until).collect::<Vec<_>>(),
        )
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
