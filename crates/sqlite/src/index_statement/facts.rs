//! Stores facts, users, figures and texts of fingerprints.

use super::of_owner;
use super::removal::{drop_text, drop_texts};
use crate::driver::{Connection, Failure};
use crate::row::Uid;
use crate::statement::{Bind, rows, run, statement};
use crate::stores::{Moments, TagNumbers, numbers_of};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use faultbook_domain::errors::UserKey;
use faultbook_domain::id::OccurrenceId;
use faultbook_domain::search_index::{Fact, Owner, TEXTS_MAX, TextRow, Total};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// An indexed occurrence, with its tags by number.
pub(crate) struct StoredFact {
    pub(crate) timestamp: i64,
    pub(crate) id: OccurrenceId,
    pub(crate) user_key: Option<UserKey>,
    pub(crate) tags: Vec<i64>,
}

statement!(
    AddFact,
    "INSERT INTO occurrence_facts (project_id, fingerprint, timestamp, id, user_key, tags) \
     VALUES (?, ?, ?, ?, ?, ?)"
);

statement!(
    AddUser,
    "INSERT INTO fingerprint_users (project_id, fingerprint, user_key) VALUES (?, ?, ?) \
     ON CONFLICT DO NOTHING"
);

statement!(
    AddFigures,
    "INSERT INTO fingerprint_figures \
     (project_id, fingerprint, count, users, recent, before, gone_until, first_seen, last_seen, \
     exception_type, culprit) \
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (project_id, fingerprint) DO UPDATE SET \
     count = count + excluded.count, users = users + excluded.users, \
     recent = recent + excluded.recent, before = before + excluded.before, \
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
    OldTexts -> (BigInt, Text),
    "SELECT id, folded FROM fingerprint_texts WHERE project_id = ? AND fingerprint = ? \
     ORDER BY seen_id DESC, kind, digest LIMIT -1 OFFSET ?"
);

statement!(
    FactsAfter -> (BigInt, Binary, Nullable<Binary>, Binary),
    "SELECT timestamp, id, user_key, tags FROM occurrence_facts WHERE project_id = ? \
     AND fingerprint = ? AND (timestamp, id) > (?, ?) ORDER BY timestamp, id LIMIT ?"
);

/// Stores facts.
pub(crate) async fn add_facts(
    connection: &mut Connection,
    facts: &[Fact],
    numbers: &TagNumbers,
) -> Result<(), Failure> {
    for fact in facts {
        let mut tags = Vec::with_capacity(fact.tags.len() * 16);
        for number in numbers_of(fact, numbers) {
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

/// Counts occurrences of fingerprints, with their users and what is counted by time.
pub(crate) async fn add_figures(
    connection: &mut Connection,
    totals: &BTreeMap<Owner, Total>,
    users: &HashMap<Owner, i64>,
    moments: &HashMap<Owner, Moments>,
) -> Result<(), Failure> {
    for (owner, total) in totals {
        let [project, print] = of_owner(owner);
        let moments = moments.get(owner).copied().unwrap_or_default();
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
            Bind::Int(moments.recent),
            Bind::Int(moments.before),
            Bind::MaybeInt(moments.gone_until),
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
///
/// FTS5 writes its buffer out before each statement that may have to be rolled back by itself, such as an upsert, and
/// before each row whose number is below the last one's. So words come after all texts, in order of their numbers.
pub(crate) async fn add_texts(
    connection: &mut Connection,
    texts: &[TextRow],
) -> Result<(), Failure> {
    let mut fresh: BTreeMap<i64, &str> = BTreeMap::new();
    let mut old: BTreeMap<i64, String> = BTreeMap::new();
    for of_owner_texts in texts.chunk_by(|a, b| a.owner == b.owner) {
        let known = fresh.len();
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
                fresh.insert(*id, &text.folded);
            }
        }
        if fresh.len() > known
            && let Some(first) = of_owner_texts.first()
        {
            let [project, print] = of_owner(&first.owner);
            let most = i64::try_from(TEXTS_MAX).unwrap_or(i64::MAX);
            let found: Vec<(i64, String)> =
                rows(connection, OldTexts, &[project, print, Bind::Int(most)])?;
            old.extend(found);
        }
    }
    let (never_indexed, old): (BTreeMap<_, _>, BTreeMap<_, _>) =
        old.into_iter().partition(|(id, _)| fresh.contains_key(id));
    for id in never_indexed.keys() {
        fresh.remove(id);
        drop_text(connection, *id)?;
    }
    drop_texts(connection, &old)?;
    for (id, folded) in fresh {
        run(connection, AddWords, &[Bind::Int(id), Bind::Text(folded)])?;
    }
    Ok(())
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
