//! How many errors projects have in each state, without counting them.

use super::sql_text::{Bound, Sql};
use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use faultbook_domain::search::State;
use faultbook_sql::types::DbId;

const TOTALS: &str = "
SELECT CAST(coalesce(sum(errors), 0) AS BIGINT) AS errors,
  CAST(coalesce(sum(CASE state WHEN 3 THEN errors END), 0) AS BIGINT) AS resolved,
  CAST(coalesce(sum(CASE state WHEN 2 THEN errors END), 0) AS BIGINT) AS ignored,
  CAST(coalesce(sum(CASE state WHEN 1 THEN errors END), 0) AS BIGINT) AS regressed,
  CAST(coalesce(sum(assigned), 0) AS BIGINT) AS assigned,
  CAST(coalesce(sum(occurrences), 0) AS BIGINT) AS occurrences
FROM error_tallies WHERE project_id IN ";

/// Errors of some projects.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(crate) struct Totals {
    /// All.
    #[diesel(sql_type = BigInt)]
    pub(crate) errors: i64,
    /// Resolved ones.
    #[diesel(sql_type = BigInt)]
    pub(crate) resolved: i64,
    /// Ignored ones.
    #[diesel(sql_type = BigInt)]
    pub(crate) ignored: i64,
    /// Open ones that regressed.
    #[diesel(sql_type = BigInt)]
    pub(crate) regressed: i64,
    /// Assigned ones.
    #[diesel(sql_type = BigInt)]
    pub(crate) assigned: i64,
    /// Occurrences of all.
    #[diesel(sql_type = BigInt)]
    pub(crate) occurrences: i64,
}

impl Totals {
    /// Reads the totals of projects.
    pub(crate) async fn of(
        connection: &mut Connection,
        projects: &[DbId],
    ) -> Result<Self, Failure> {
        let mut sql = Sql::of(TOTALS);
        sql.list(projects.iter().copied().map(Bound::Id));
        Ok(sql.into_query().get_result(connection).await?)
    }

    /// Open errors.
    pub(crate) const fn open(&self) -> i64 {
        self.errors - self.resolved - self.ignored
    }

    /// Returns how many errors are in a state, where that is known.
    pub(crate) const fn in_state(&self, state: State) -> Option<i64> {
        match state {
            State::Open => Some(self.open()),
            State::Resolved => Some(self.resolved),
            State::Ignored => Some(self.ignored),
            State::Regressed => Some(self.regressed),
            State::Assigned => Some(self.assigned),
            State::Unassigned => Some(self.errors - self.assigned),
            State::Bookmarked | State::Followed | State::New => None,
        }
    }
}
