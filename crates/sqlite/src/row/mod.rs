//! Rows and what the domain makes of them, converted by destructuring: a new field does not compile
//! until both sides know it.

mod access;
mod activity;
mod alert;
mod error;
mod occurrence;
mod team;
mod value;

pub(crate) use access::{KeyRow, ProjectRow, TenantRow, UserRow};
pub(crate) use activity::ActivityRow;
pub(crate) use alert::{ChangeRow, DeliveryRow, FiringRow, IncidentRow, IntegrationRow, RuleRow};
pub(crate) use error::{ErrorRow, LatestColumns};
pub(crate) use occurrence::OccurrenceRow;
pub(crate) use team::{
    AuditRow, InvitationRow, MemberRecord, MemberRow, PersonOfMember, RbacItemRow, SessionRow,
    SystemUserRow,
};
pub(crate) use value::{Uid, contains_word, micros, named, register_functions, time};
