//! What people decide about errors, as columns of `errors`.

use super::corrupt;
use crate::schema::triaged;
use crate::types::{DbId, DbTime};
use diesel::{AsChangeset, Queryable, Selectable};
use faultbook_domain::errors::{Ignored, ResolvedIn, Standing, TriageState};
use faultbook_domain::id::MemberId;
use faultbook_domain::store_error::StoreError;

/// The columns of `errors` that hold its [`TriageState`].
#[derive(Debug, Clone, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = triaged, treat_none_as_null = true)]
pub struct TriageRow {
    pub resolved: bool,
    pub resolved_at: Option<DbTime>,
    pub resolved_in: Option<String>,
    pub regressed: bool,
    pub ignored: bool,
    pub ignore_terms: Option<String>,
    pub reopen_at: Option<DbTime>,
    pub assigned_to: Option<DbId>,
}

impl From<&TriageState> for TriageRow {
    fn from(state: &TriageState) -> Self {
        let TriageState {
            standing,
            assigned_to,
        } = state;
        let open = Self {
            resolved: false,
            resolved_at: None,
            resolved_in: None,
            regressed: false,
            ignored: false,
            ignore_terms: None,
            reopen_at: None,
            assigned_to: assigned_to.map(|member| DbId(member.0)),
        };
        match standing {
            Standing::Open { regressed } => Self {
                regressed: *regressed,
                ..open
            },
            Standing::Resolved { at, how } => Self {
                resolved: true,
                resolved_at: Some(DbTime(*at)),
                resolved_in: Some(how.to_stored()),
                ..open
            },
            Standing::Ignored(ignored) => Self {
                ignored: true,
                ignore_terms: Some(ignored.to_stored()),
                reopen_at: ignored.terms.until.map(DbTime),
                ..open
            },
        }
    }
}

impl TryFrom<TriageRow> for TriageState {
    type Error = StoreError;

    fn try_from(row: TriageRow) -> Result<Self, StoreError> {
        let TriageRow {
            resolved,
            resolved_at,
            resolved_in,
            regressed,
            ignored,
            ignore_terms,
            reopen_at: _,
            assigned_to,
        } = row;
        let standing = match (resolved, resolved_at, ignored) {
            (true, Some(DbTime(at)), _) => {
                let how = match resolved_in {
                    // Earlier versions resolve without more.
                    None => ResolvedIn::Now,
                    Some(stored) => ResolvedIn::from_stored(&stored)
                        .ok_or_else(|| corrupt("errors", "resolved_in", &stored))?,
                };
                Standing::Resolved { at, how }
            }
            (_, _, true) => {
                let stored = ignore_terms.unwrap_or_default();
                let ignored = Ignored::from_stored(&stored);
                Standing::Ignored(
                    ignored.ok_or_else(|| corrupt("errors", "ignore_terms", &stored))?,
                )
            }
            _ => Standing::Open { regressed },
        };
        Ok(Self {
            standing,
            assigned_to: assigned_to.map(|member| MemberId(member.0)),
        })
    }
}
