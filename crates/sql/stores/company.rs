//! Errors that were received in the same minutes as another.

use super::occurrence_store::Owner;
use super::sql_text::{Bound, Sql};
use super::triage_store::visible;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use crate::error_query::groups;
use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Text};
use faultbook_domain::errors::{
    COMPANY_FROM, COMPANY_MAX, COMPANY_MINUTE, COMPANY_OCCURRENCES, Company,
};
use faultbook_domain::id::{ErrorId, OccurrenceId};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::types::{DbId, Id};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Fingerprints that are looked up at once.
const LOOKUPS: usize = 500;

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Id)]
    id: DbId,
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = Id)]
    fingerprint: DbId,
    #[diesel(sql_type = Id)]
    error_id: DbId,
}

#[derive(QueryableByName)]
struct TypeRow {
    #[diesel(sql_type = Nullable<Text>)]
    exception_type: Option<String>,
}

impl Store {
    /// Lists the errors that were received in the minutes of an error's newest occurrences.
    pub(crate) async fn company(
        &self,
        scope: &Scope,
        error: ErrorId,
    ) -> Result<Option<Vec<Company>>, StoreError> {
        let projects = visible(scope);
        self.read(async move |connection| {
            let Some(owner) = Owner::find(connection, &projects, error).await? else {
                return Ok(None);
            };
            let shared = shared_minutes(connection, owner).await?;
            ranked(connection, owner, shared).await.map(Some)
        })
        .await
    }
}

/// Counts the minutes that other errors share.
async fn shared_minutes(
    connection: &mut Connection,
    owner: Owner,
) -> Result<Vec<(ErrorId, u64)>, Failure> {
    let mut received: Vec<Vec<Uuid>> = Vec::new();
    for minute in minutes(connection, owner).await? {
        let mut sql = Sql::of("SELECT fingerprint AS id FROM occurrences");
        sql.with(" WHERE project_id = ", Bound::Id(owner.project));
        let end = minute.checked_add(Duration::MINUTE).unwrap_or(minute);
        let bounds = [minute, end].map(|at| Bound::Id(DbId(OccurrenceId::first_of(at).0)));
        let [from, below] = bounds;
        sql.with(" AND id >= ", from);
        sql.with(" AND id < ", below);
        sql.with(
            " ORDER BY occurrences.id LIMIT ",
            Bound::Int(COMPANY_MINUTE),
        );
        let rows: Vec<IdRow> = sql.into_query().load(connection).await?;
        received.push(rows.into_iter().map(|row| row.id.0).collect());
    }
    let owners = owners(connection, owner, &received).await?;
    let mut shared: BTreeMap<Uuid, u64> = BTreeMap::new();
    for prints in &received {
        let errors: BTreeSet<&Uuid> = prints.iter().filter_map(|one| owners.get(one)).collect();
        for error in errors {
            *shared.entry(*error).or_default() += 1;
        }
    }
    shared.remove(&owner.error.0);
    let shared = shared.into_iter();
    let company = shared.filter(|(_, minutes)| *minutes >= COMPANY_FROM);
    Ok(company
        .map(|(error, minutes)| (ErrorId(error), minutes))
        .collect())
}

/// Returns the minutes in which the error's newest occurrences were received.
async fn minutes(
    connection: &mut Connection,
    owner: Owner,
) -> Result<BTreeSet<OffsetDateTime>, Failure> {
    let mut sql = Sql::of("SELECT f.fingerprint AS id FROM error_fingerprints f");
    owner.condition(&mut sql);
    let prints: Vec<IdRow> = sql.into_query().load(connection).await?;
    let mut newest: Vec<Uuid> = Vec::new();
    // One fingerprint at a time: an index returns its occurrences in order.
    for print in prints {
        let mut sql = Sql::of("SELECT id FROM occurrences");
        sql.with(" WHERE project_id = ", Bound::Id(owner.project));
        sql.with(" AND fingerprint = ", Bound::Id(print.id));
        sql.with(" ORDER BY id DESC LIMIT ", Bound::Int(COMPANY_OCCURRENCES));
        let rows: Vec<IdRow> = sql.into_query().load(connection).await?;
        newest.extend(rows.into_iter().map(|row| row.id.0));
    }
    newest.sort_unstable_by_key(|id| Reverse(*id));
    newest.truncate(usize::try_from(COMPANY_OCCURRENCES).unwrap_or(usize::MAX));
    Ok(newest
        .into_iter()
        .map(|id| OccurrenceId(id).minute())
        .collect())
}

/// Finds the errors of fingerprints.
async fn owners(
    connection: &mut Connection,
    owner: Owner,
    received: &[Vec<Uuid>],
) -> Result<HashMap<Uuid, Uuid>, Failure> {
    let prints: BTreeSet<Uuid> = received.iter().flatten().copied().collect();
    let prints: Vec<Uuid> = prints.into_iter().collect();
    let mut owners = HashMap::with_capacity(prints.len());
    for some in prints.chunks(LOOKUPS) {
        let mut sql = Sql::of("SELECT fingerprint, error_id FROM error_fingerprints");
        sql.with(" WHERE project_id = ", Bound::Id(owner.project));
        sql.push(" AND fingerprint IN ");
        sql.list(some.iter().map(|print| Bound::Id(DbId(*print))));
        let rows: Vec<OwnerRow> = sql.into_query().load(connection).await?;
        owners.extend(
            rows.into_iter()
                .map(|row| (row.fingerprint.0, row.error_id.0)),
        );
    }
    Ok(owners)
}

/// Loads the errors that share the most minutes.
async fn ranked(
    connection: &mut Connection,
    owner: Owner,
    mut shared: Vec<(ErrorId, u64)>,
) -> Result<Vec<Company>, Failure> {
    shared.sort_unstable_by_key(|(_, minutes)| Reverse(*minutes));
    let least = shared
        .get(COMPANY_MAX - 1)
        .map_or(0, |(_, minutes)| *minutes);
    shared.retain(|(_, minutes)| *minutes >= least);
    let keys: Vec<(Uuid, Uuid)> = shared
        .iter()
        .map(|(id, _)| (owner.project.0, id.0))
        .collect();
    let mut rows = groups(connection, &keys).await?;
    let mut company: Vec<Company> = shared
        .into_iter()
        .filter_map(|(id, minutes)| {
            let error = rows.remove(&id)?;
            let exception_type = None;
            Some(Company {
                error,
                exception_type,
                minutes,
            })
        })
        .collect();
    company.sort_unstable_by_key(|one| {
        Reverse((one.minutes, one.error.state.last_seen, one.error.state.id))
    });
    company.truncate(COMPANY_MAX);
    for one in &mut company {
        let print = Uuid::from_bytes(*one.error.fingerprint.as_bytes());
        let mut sql = Sql::of("SELECT exception_type FROM fingerprint_figures");
        sql.with(" WHERE project_id = ", Bound::Id(owner.project));
        sql.with(" AND fingerprint = ", Bound::Id(DbId(print)));
        let found: Vec<TypeRow> = sql.into_query().load(connection).await?;
        one.exception_type = found.into_iter().next().and_then(|row| row.exception_type);
    }
    Ok(company)
}
