//! Counting a fingerprint again that lost occurrences to retention.

use super::index_store::{OwningErrors, add_cells};
use super::trend_hours::{self, Moments};
use crate::driver::{Connection, Failure};
use crate::index_statement as statement;
use faultbook_domain::errors::UserKey;
use faultbook_domain::search_index::{Owner, Sight, Total};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use time::OffsetDateTime;

/// Occurrences that are read at once.
const FACTS: i64 = 10_000;

/// Counts a fingerprint again out of its stored and indexed occurrences.
pub(super) async fn rebuild(
    connection: &mut Connection,
    owner: Owner,
    (errors, now): (&OwningErrors, OffsetDateTime),
) -> Result<(), Failure> {
    let Some(error) = errors.get(&owner) else {
        // It was deleted, with what was indexed of it.
        return Ok(());
    };
    let gone = statement::drop_stale(connection, owner).await?;
    let spans = trend_hours::spans(connection, &BTreeSet::from([owner.0]), now).await?;
    let mut moments = Moments::default();
    let mut total: Option<Sight> = None;
    let mut users: BTreeSet<(Owner, UserKey)> = BTreeSet::new();
    let mut cells: BTreeMap<i64, Sight> = BTreeMap::new();
    let mut days: BTreeMap<(Owner, i64), i64> = BTreeMap::new();
    let mut after = None;
    loop {
        let facts = statement::facts_after(connection, owner, after, FACTS).await?;
        let Some(last) = facts.last() else {
            break;
        };
        after = Some((last.timestamp, last.id));
        for fact in facts {
            let sight = Sight::at(fact.timestamp);
            total = Some(total.map_or(sight, |known| known.and(sight)));
            if let Some(spans) = spans.get(&owner.0) {
                moments.add(spans, fact.timestamp);
            }
            users.extend(fact.user_key.map(|user| (owner, user)));
            *days.entry((owner, fact.id.day())).or_default() += 1;
            for number in fact.tags {
                let cell = cells.entry(number);
                cell.and_modify(|known| *known = known.and(sight))
                    .or_insert(sight);
            }
        }
    }
    let (exception_type, culprit, gone_until) =
        statement::clear(connection, owner, error.id).await?;
    moments.gone_until = gone_until.max(gone);
    statement::drop_days(connection, owner).await?;
    statement::add_days(connection, &days).await?;
    let Some(sight) = total else {
        return Ok(());
    };
    let total = Total {
        sight,
        exception_type,
        culprit,
    };
    let cells: Vec<(Owner, i64, Sight)> = cells
        .into_iter()
        .map(|(number, sight)| (owner, number, sight))
        .collect();
    add_cells(connection, &cells, errors).await?;
    statement::recount_kept(connection, owner).await?;
    let users = statement::add_users(connection, &users).await?;
    let totals = BTreeMap::from([(owner, total)]);
    let moments = HashMap::from([(owner, moments)]);
    statement::add_figures(connection, &totals, &users, &moments).await
}
