//! Contract suites for implementations of Faultbook's ports.
//!
//! Every MUST in the documentation of a port is a test here. The memory, SQLite, PostgreSQL and
//! Redis adapters run these tests, and a store, cache, queue, lease or rate limiter of your own
//! can run them too. The crate depends on the domain alone: it starts no server and knows no
//! driver.
//!
//! # Run the whole suite
//!
//! Add this crate and `tokio` (features `macros` and `rt-multi-thread`) to the dev-dependencies of
//! your adapter, write a fixture that makes empty stores, and name it in an integration test. Each
//! test gets stores of its own:
//!
//! ```
//! use faultbook_contract::Stores;
//! use faultbook_domain::memory::MemoryStore; // your store instead
//! use faultbook_domain::system::SystemIds;
//! use std::sync::Arc;
//!
//! async fn fixture() -> Stores {
//!     let directory = (); // whatever must outlive the stores, such as a `tempfile::TempDir`
//!     Stores::of(MemoryStore::new(Arc::new(SystemIds::default())), directory)
//! }
//!
//! faultbook_contract::store_contract!(fixture);
//! ```
//!
//! [`cache_contract!`], [`changes_contract!`], [`ingest_queue_contract!`], [`lease_contract!`] and
//! [`rate_limiter_contract!`] do the same for the ports that nodes share. Their fixtures make two
//! handles of one adapter, as two nodes would hold them.
//!
//! # Run single tests
//!
//! Each test is a public function, so a store that implements one port only, or that wraps another
//! store, can run the part that concerns it. `crates/domain/examples/own_store.rs` is a complete
//! example:
//!
//! ```
//! # use faultbook_contract::Stores;
//! # use faultbook_domain::memory::MemoryStore;
//! # use faultbook_domain::system::SystemIds;
//! # use std::sync::Arc;
//! use faultbook_contract::events;
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let store = MemoryStore::new(Arc::new(SystemIds::default()));
//! let my_event_store = Arc::new(store.clone());
//! let stores = Stores { events: my_event_store, ..Stores::of(store, ()) };
//! events::equal_occurrences_get_consecutive_counts(stores).await;
//! # });
//! ```
//!
//! # Build records
//!
//! [`builder`] makes occurrences, tenants, rules and so on with sensible values, to be varied
//! where a test cares:
//!
//! ```
//! use faultbook_contract::builder::{a_project, a_tenant, an_occurrence};
//!
//! let project = a_project(a_tenant().id);
//! let occurrence = an_occurrence(project.id).message("Disk full").at(60).build();
//! assert_eq!(occurrence.summary.environment, "production");
//! ```
//!
//! A test dependency only: a contract that does not hold panics.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is how failure is reported"
)]

pub mod alert_metrics;
pub mod alerts;
pub mod analytics;
pub mod artifacts;
pub mod audit;
pub mod breakdowns;
pub mod builder;
pub mod cache;
pub mod changes;
pub mod chunks;
pub mod dedup;
mod dice;
pub mod discussion;
pub mod error_filters;
pub mod error_pages;
pub mod errors;
pub mod events;
pub mod feedback;
pub mod figures;
pub mod groups;
pub mod incidents;
pub mod ingest_queue;
pub mod integrations;
pub mod invitations;
pub mod jobs;
pub mod keys;
pub mod lease;
pub mod letters;
mod macros;
pub mod members;
pub mod misses;
pub mod occurrences;
pub mod password_resets;
pub mod past_metrics;
pub mod platform;
pub mod project_figures;
pub mod project_keys;
pub mod projects;
pub mod rate_limiter;
pub mod rbac;
pub mod release_figures;
pub mod releases;
pub mod resolution_time;
pub mod retention;
pub mod retention_records;
pub mod rules;
pub mod samples;
pub mod searches;
pub mod sessions;
mod stores;
pub mod system_users;
pub mod tags;
pub mod tenants;
pub mod triage;
pub mod triage_recount;
pub mod users;
mod world;

pub use stores::Stores;
