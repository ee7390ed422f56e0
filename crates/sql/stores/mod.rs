//! Store ports with the same implementation on both databases. Each adapter compiles these files as its own modules:
//! `crate::driver` and `crate::dialect` are the adapter's. See `faultbook_sql`.

mod attention_store;
mod audit_log;
pub(crate) mod belongings;
mod breakdown_store;
mod company;
mod discussion_store;
mod error_list;
mod error_search;
mod error_terms;
mod facets;
mod feedback_store;
mod figure_store;
mod incident_store;
mod index_store;
mod integration_store;
mod invitation_store;
mod job_store;
mod key_store;
pub(crate) mod letter_store;
mod mark_store;
mod member_store;
mod neighbors;
mod occurrence_search;
mod occurrence_store;
mod outbox;
mod password_reset_store;
mod past_metrics_store;
mod platform_store;
mod project_key_store;
mod project_store;
mod rbac_store;
mod release_figures;
mod release_store;
mod rule_store;
mod sample_store;
mod session_store;
mod similar;
pub(crate) mod sql_text;
mod system_user_store;
mod tag_filter;
mod tag_store;
mod tenant_store;
pub(crate) mod triage_store;
mod user_store;

pub(crate) use index_store::{TagNumbers, numbers_of};
