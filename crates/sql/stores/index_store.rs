//! The search index over SQL. Reading and condensing occurrences happens beside the writer; the transaction that adds
//! them checks that they are still there.

use super::index_rebuild::rebuild;
use super::ranks;
use super::trend_hours;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use crate::index_statement as statement;
use crate::index_statement::Queued;
use async_trait::async_trait;
use diesel::prelude::{ExpressionMethods, QueryDsl};
use faultbook_domain::id::{ErrorId, ProjectId, TenantId};
use faultbook_domain::search::TraceMemo;
use faultbook_domain::search_index::{
    Fact, IndexDelta, IndexEntry, IndexStore, Indexed, Owner, RollUp, Sight, TagCell, VALUES_MAX,
};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::schema::projects;
use faultbook_sql::types::DbId;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use time::OffsetDateTime;

/// Occurrences after which a step ends: the more of them, the fewer writes a tag and a fingerprint take, and the longer
/// SQLite's one writer is held (some 30 ms).
const STEP: usize = 5_000;

/// Bytes of texts and tags after which a step ends, so that it takes little memory whatever was reported.
const STEP_BYTES: usize = 8 << 20;

/// Rows of the queue that are read at once. One holds the occurrences of a batch and project.
const ROWS: i64 = 200;

/// Fingerprints that are counted again in one step.
const REBUILDS: i64 = 20;

/// Projects that are turned towards another hour in one step.
const TURNS: i64 = 100;

/// Fingerprints after which a step of turning ends.
const TURNED: usize = 1_000;

#[async_trait]
impl IndexStore for Store {
    async fn index_some(&self, now: OffsetDateTime) -> Result<Indexed, StoreError> {
        loop {
            let (queued, is_all, entries) = self
                .read(async move |connection| gather(connection).await)
                .await?;
            if queued.is_empty() {
                return self.rebuild_some(now).await;
            }
            let delta = IndexDelta::of(entries);
            let added = self
                .write(async move |connection| {
                    if !add(connection, &queued, &delta, now).await? {
                        return Ok(None);
                    }
                    let changed = queued.iter().map(|row| row.project);
                    Ok(Some(tenants_of(connection, changed).await?))
                })
                .await?;
            let Some(mut tenants) = added else {
                continue;
            };
            if !is_all {
                let more = true;
                return Ok(Indexed { tenants, more });
            }
            let rebuilt = self.rebuild_some(now).await?;
            tenants.extend(rebuilt.tenants);
            tenants.sort_unstable();
            tenants.dedup();
            let more = rebuilt.more;
            return Ok(Indexed { tenants, more });
        }
    }

    async fn turn_some(&self, now: OffsetDateTime) -> Result<Indexed, StoreError> {
        let late = |most| {
            self.read(async move |connection| trend_hours::late(connection, now, most).await)
        };
        if late(1).await?.is_empty() {
            return Ok(Indexed::default());
        }
        self.write(async move |connection| {
            statement::hold_index(connection).await?;
            let late = trend_hours::late(connection, now, TURNS).await?;
            let mut turned = 0;
            for project in &late {
                turned += trend_hours::turn(connection, *project, now).await?;
                if turned >= TURNED {
                    break;
                }
            }
            Ok(Indexed {
                tenants: Vec::new(),
                more: !late.is_empty(),
            })
        })
        .await
    }
}

impl Store {
    /// Counts some fingerprints again that lost occurrences.
    async fn rebuild_some(&self, now: OffsetDateTime) -> Result<Indexed, StoreError> {
        let waits = self.read(async |connection| statement::any_rebuild(connection).await);
        if !waits.await? {
            return Ok(Indexed::default());
        }
        self.write(async move |connection| {
            statement::hold_index(connection).await?;
            let owners = statement::rebuilds(connection, REBUILDS).await?;
            statement::hold_fingerprints(connection, &owners).await?;
            let errors = statement::errors_of(connection, &owners).await?;
            for owner in &owners {
                rebuild(connection, *owner, (&errors, now)).await?;
            }
            ranks::refresh(connection, &keys(&errors)).await?;
            let changed = owners.iter().map(|owner| owner.0);
            Ok(Indexed {
                tenants: tenants_of(connection, changed).await?,
                more: !owners.is_empty(),
            })
        })
        .await
    }
}

/// Returns the tenants of projects.
async fn tenants_of(
    connection: &mut Connection,
    changed: impl Iterator<Item = ProjectId>,
) -> Result<Vec<TenantId>, Failure> {
    let changed: BTreeSet<DbId> = changed.map(|project| DbId(project.0)).collect();
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let tenants: Vec<DbId> = projects::table
        .filter(projects::id.eq_any(changed))
        .select(projects::tenant_id)
        .distinct()
        .load(connection)
        .await?;
    Ok(tenants.into_iter().map(|id| TenantId(id.0)).collect())
}

/// Reads the occurrences of a step: the rows of the queue, whether these are all that wait, and what is indexed of them.
async fn gather(
    connection: &mut Connection,
) -> Result<(Vec<Queued>, bool, Vec<IndexEntry>), Failure> {
    let mut queued: Vec<Queued> = Vec::new();
    let mut entries = Vec::new();
    let mut traces = TraceMemo::default();
    let mut bytes = 0;
    loop {
        let after = queued.last().map_or(i64::MIN, |row| row.seq);
        let rows = statement::queued(connection, after, ROWS).await?;
        let is_last = i64::try_from(rows.len()).is_ok_and(|found| found < ROWS);
        let mut rows = rows.into_iter().peekable();
        while let Some(row) = rows.next() {
            let found = statement::entries(connection, row.project, &row.ids, &mut traces).await?;
            bytes += found.iter().map(IndexEntry::bytes).sum::<usize>();
            entries.extend(found);
            queued.push(row);
            if entries.len() >= STEP || bytes >= STEP_BYTES {
                return Ok((queued, is_last && rows.peek().is_none(), entries));
            }
        }
        if is_last {
            return Ok((queued, true, entries));
        }
    }
}

/// Adds a delta and takes its occurrences out of the queue. Returns `false`, and changes nothing, where another node
/// did so or where an occurrence was deleted meanwhile.
async fn add(
    connection: &mut Connection,
    queued: &[Queued],
    delta: &IndexDelta,
    now: OffsetDateTime,
) -> Result<bool, Failure> {
    statement::hold_index(connection).await?;
    if !statement::hold_queued(connection, queued).await? {
        return Ok(false);
    }
    let owners: Vec<Owner> = delta.totals.keys().copied().collect();
    statement::hold_fingerprints(connection, &owners).await?;
    let indexed = delta.facts.iter().map(|fact| (fact.owner.0, fact.id));
    if !statement::all_stored(connection, indexed).await? {
        return Ok(false);
    }
    let errors = statement::errors_of(connection, &owners).await?;
    let numbers = add_tags(connection, &delta.tags, &errors).await?;
    statement::add_facts(connection, &delta.facts, &numbers).await?;
    let users = statement::add_users(connection, &delta.users).await?;
    let moments = trend_hours::moments(connection, delta, now).await?;
    statement::add_figures(connection, &delta.totals, &users, &moments).await?;
    statement::add_texts(connection, &delta.texts).await?;
    statement::add_roll_up(connection, &RollUp::of(&delta.facts)).await?;
    statement::remove_queued(connection, queued).await?;
    ranks::refresh(connection, &keys(&errors)).await?;
    statement::join_tallies(connection, &owners).await?;
    Ok(true)
}

/// The error of a fingerprint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwningError {
    pub(crate) id: ErrorId,
    /// Whether it has other fingerprints.
    pub(crate) shared: bool,
}

pub(super) type OwningErrors = HashMap<Owner, OwningError>;

/// Returns projects and ids of errors.
fn keys(errors: &OwningErrors) -> BTreeSet<(DbId, DbId)> {
    let keys = errors.iter();
    keys.map(|((project, _), error)| (DbId(project.0), DbId(error.id.0)))
        .collect()
}

/// Numbers of tags, by project, key and value.
pub(crate) type TagNumbers = HashMap<(ProjectId, String, Option<String>), i64>;

/// Counts tags of fingerprints, and returns their numbers. Values past [`VALUES_MAX`] of a key have none.
async fn add_tags(
    connection: &mut Connection,
    tags: &BTreeMap<TagCell, Sight>,
    errors: &OwningErrors,
) -> Result<TagNumbers, Failure> {
    let refused = refused(connection, tags).await?;
    let mut names: BTreeSet<(ProjectId, &str, Option<&str>)> = BTreeSet::new();
    for cell in tags.keys() {
        if !refused.contains(cell) {
            names.insert((cell.0.0, &cell.1, cell.2.as_deref()));
        }
    }
    let numbers = statement::number_tags(connection, &names).await?;
    let mut cells = Vec::with_capacity(tags.len());
    for (cell, sight) in tags {
        let (owner, key, value) = cell;
        if !refused.contains(cell)
            && let Some(number) = numbers.get(&(owner.0, key.clone(), value.clone()))
        {
            cells.push((*owner, *number, *sight));
        }
    }
    cells.sort_unstable_by_key(|(owner, number, _)| (*owner, *number));
    let fresh = add_cells(connection, &cells, errors).await?;
    // Counts what is new by key.
    let keys: HashMap<i64, (&str, bool)> = numbers
        .iter()
        .map(|((_, key, value), number)| (*number, (key.as_str(), value.is_some())))
        .collect();
    let mut kept: BTreeMap<(Owner, i64), i64> = BTreeMap::new();
    for (owner, number) in fresh {
        if let Some((key, true)) = keys.get(&number)
            && let Some(any) = numbers.get(&(owner.0, (*key).to_owned(), None))
        {
            *kept.entry((owner, *any)).or_default() += 1;
        }
    }
    statement::add_kept(connection, &kept).await?;
    Ok(numbers)
}

/// Counts tags of fingerprints, and how many occurrences and errors have them. Returns those that the fingerprint did not
/// have.
pub(super) async fn add_cells(
    connection: &mut Connection,
    cells: &[(Owner, i64, Sight)],
    errors: &OwningErrors,
) -> Result<Vec<(Owner, i64)>, Failure> {
    let fresh = statement::add_cells(connection, cells).await?;
    let mut counts: BTreeMap<(ProjectId, i64), (i64, i64)> = BTreeMap::new();
    for (owner, number, sight) in cells {
        counts.entry((owner.0, *number)).or_default().0 += sight.count;
    }
    // Fingerprints of the same error that have a tag from now on.
    let mut shared: BTreeMap<(ProjectId, ErrorId, i64), i64> = BTreeMap::new();
    for (owner, number) in &fresh {
        match errors.get(owner) {
            Some(error) if error.shared => {
                *shared.entry((owner.0, error.id, *number)).or_default() += 1;
            }
            _ => counts.entry((owner.0, *number)).or_default().1 += 1,
        }
    }
    for ((project, error, number), added) in shared {
        if statement::sharing(connection, (project, error), number).await? == added {
            counts.entry((project, number)).or_default().1 += 1;
        }
    }
    statement::count_tags(connection, &counts).await?;
    Ok(fresh)
}

/// Returns the tags that would be more values than are kept of a key.
async fn refused(
    connection: &mut Connection,
    tags: &BTreeMap<TagCell, Sight>,
) -> Result<HashSet<TagCell>, Failure> {
    let mut refused = HashSet::new();
    let mut values: BTreeMap<(Owner, &str), Vec<&TagCell>> = BTreeMap::new();
    for cell in tags.keys() {
        if cell.2.is_some() {
            values.entry((cell.0, &cell.1)).or_default().push(cell);
        }
    }
    let kept = statement::kept(connection, values.keys().copied()).await?;
    for ((owner, key), cells) in values {
        let known = kept.get(&(owner, key.to_owned())).copied().unwrap_or(0);
        let more = i64::try_from(cells.len()).unwrap_or(i64::MAX);
        if known + more <= VALUES_MAX {
            continue;
        }
        let mut room = VALUES_MAX - known;
        for cell in cells {
            if statement::is_kept(connection, cell).await? {
                continue;
            }
            if room > 0 {
                room -= 1;
            } else {
                refused.insert(cell.clone());
            }
        }
    }
    Ok(refused)
}

/// Returns the numbers of an occurrence's tags, of keys and values, ascending.
pub(crate) fn numbers_of(fact: &Fact, numbers: &TagNumbers) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    let project = fact.owner.0;
    for (key, value) in &fact.tags {
        let named = (project, key.clone(), Some(value.clone()));
        let any = (project, key.clone(), None);
        found.extend(numbers.get(&named));
        found.extend(numbers.get(&any));
    }
    found
}
