//! Error logging as a library: capture, scrub, group, count, alert. The Faultbook server is one user of this
//! crate; a service of your own can be another.
//!
//! The crate is a hexagon's inside. Pure rules ([`fingerprint`], [`scrub`], [`alerts`]) decide; **ports**, traits
//! such as [`ingest::EventStore`], say what they need of the world; services such as [`ingest::Ingest`] join both.
//! It names no driver, no web framework and no runtime. A port, its entities and its service stand together in
//! one module by context; each port's documentation says what an implementation MUST do.
//!
//! | feature | adds |
//! |---|---|
//! | `memory` | [`memory`]: every port in process, for development, tests and embedding |
//! | `testing` | a mock of every port beside it (`MockEventStore`, ...) and [`testing`]: a fixed clock, foretold ids |
//! | `serde` | serialization of the entities |
//!
//! # Capture errors
//!
//! [`Ingest::builder`](ingest::Ingest::builder) takes the clock and the ids of the machine and the built-in rules
//! unless it is told otherwise. The writer is a future for your runtime.
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use faultbook_domain::ingest::{Ingest, Report};
//! use faultbook_domain::memory::MemoryStore;
//! use faultbook_domain::tenancy::Bootstrap;
//! use std::sync::Arc;
//!
//! let store = Arc::new(MemoryStore::default());
//! let project = Bootstrap::new(store.clone()).default_project().await?;
//! let (ingest, writer) = Ingest::builder(store).build();
//! tokio::spawn(writer.run());
//!
//! for user in [17, 42] {
//!     let report = Report::new("billing", format!("User {user} not found"));
//!     let stored = ingest.submit(&project, report).await?.stored().expect("no queue");
//!     println!("{} times", stored.recorded.error.count); // 1, then 2: one error
//! #   assert_eq!(stored.recorded.error.count, if user == 17 { 1 } else { 2 });
//! }
//! # Ok(()) })
//! # }
//! # #[cfg(not(feature = "memory"))] fn main() {}
//! ```
//!
//! # Group in your own way
//!
//! ```
//! use faultbook_domain::fingerprint::v1::FingerprinterV1;
//! use faultbook_domain::fingerprint::{Explanation, Fingerprint, FingerprintInput, FingerprintVersion, Fingerprinter};
//!
//! /// One error for each service, whatever it says; the built-in rules for the rest.
//! struct BySource(FingerprinterV1);
//!
//! impl BySource {
//!     fn of<T>(&self, input: &FingerprintInput<'_>, ask: impl Fn(&FingerprintInput<'_>) -> T) -> T {
//!         match input.source {
//!             "legacy" => ask(&FingerprintInput { custom: Some(&["legacy".to_owned()]), ..*input }),
//!             _ => ask(input),
//!         }
//!     }
//! }
//!
//! impl Fingerprinter for BySource {
//!     fn version(&self) -> FingerprintVersion {
//!         FingerprintVersion(1_000) // Numbers from 1,000 are yours.
//!     }
//!     fn fingerprint(&self, input: &FingerprintInput<'_>) -> Fingerprint {
//!         self.of(input, |input| self.0.fingerprint(input))
//!     }
//!     fn explain(&self, input: &FingerprintInput<'_>) -> Explanation {
//!         Explanation { version: self.version(), ..self.of(input, |input| self.0.explain(input)) }
//!     }
//! }
//!
//! let input = |source, message| FingerprintInput { source, message, ..FingerprintInput::default() };
//! let by_source = BySource(FingerprinterV1);
//! let of = |source, message| by_source.fingerprint(&input(source, message));
//! assert_eq!(of("legacy", "disk full"), of("legacy", "no route to host"));
//! assert_ne!(of("api", "disk full"), of("api", "no route to host"));
//! ```
//!
//! Hand it to the builder: `Ingest::builder(store).fingerprinter(Arc::new(BySource(FingerprinterV1)))`.
//!
//! # Evaluate an alert rule
//!
//! ```
//! use faultbook_domain::alerts::{AlertEvaluator, Comparison, Condition, DefaultEvaluator, Measured, Outcome, RuleState};
//! use std::time::Duration;
//! # use time::macros::datetime;
//!
//! let condition = Condition::parse("error_count > 50 in 5 minutes where level = error")?;
//! let measured = |value| Measured {
//!     value,
//!     comparison: condition.comparison,
//!     limit: 50.0,
//!     window: Duration::from_secs(300),
//! };
//! let now = datetime!(2026-11-26 12:00 UTC);
//! let quiet = RuleState::default();
//! assert_eq!(DefaultEvaluator.evaluate(quiet, measured(51.0), now), Outcome::Fire);
//! assert_eq!(DefaultEvaluator.evaluate(quiet, measured(50.0), now), Outcome::Hold);
//!
//! let firing = RuleState { active: true, since: Some(now), last_triggered: Some(now) };
//! assert_eq!(DefaultEvaluator.evaluate(firing, measured(51.0), now), Outcome::Hold);
//! assert_eq!(DefaultEvaluator.evaluate(firing, measured(3.0), now), Outcome::Clear);
//! # Ok::<(), faultbook_domain::alerts::SyntaxError>(())
//! ```
//!
//! # Test your service against a mock
//!
//! With the feature `testing` every port has a [`mockall`](https://docs.rs/mockall) mock.
//!
//! ```
//! # #[cfg(feature = "testing")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use faultbook_domain::id::{ProjectId, TenantId};
//! use faultbook_domain::ingest::{Destination, Ingest, MockEventStore, Report};
//! use faultbook_domain::store_error::StoreError;
//! use std::sync::Arc;
//! # use uuid::Uuid;
//!
//! /// What is tested: a payment goes on although its error cannot be logged.
//! async fn pay(ingest: &Ingest, to: Destination) -> &'static str {
//!     let declined = Report::new("billing", "Card declined");
//!     match ingest.submit(to, declined).await {
//!         Ok(_) => "declined, logged",
//!         Err(_) => "declined",
//!     }
//! }
//!
//! let mut store = MockEventStore::new();
//! store.expect_record().times(1).returning(|_| Err(StoreError::unavailable("no route to host")));
//! let (ingest, writer) = Ingest::builder(Arc::new(store)).build();
//! tokio::spawn(writer.run());
//! let to = Destination { tenant: TenantId(Uuid::nil()), project: ProjectId(Uuid::nil()) };
//! assert_eq!(pay(&ingest, to).await, "declined");
//! # Ok(()) })
//! # }
//! # #[cfg(not(feature = "testing"))] fn main() {}
//! ```
//!
//! # Bring your own store
//!
//! Implement [`ingest::EventStore`] (or all ports: [`store::Store`]) and run the contract suite of the crate
//! `faultbook-contract` on it: it has a test for each MUST. `store_contract!` of that crate runs all of them.
//!
//! ```
//! # #[cfg(feature = "memory")]
//! # fn main() {
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use async_trait::async_trait;
//! use faultbook_contract::{Stores, events};
//! use faultbook_domain::ingest::{Batch, EventStore, Recorded};
//! use faultbook_domain::memory::MemoryStore;
//! use faultbook_domain::store_error::StoreError;
//! use std::sync::Arc;
//!
//! struct Logged(MemoryStore);
//!
//! #[async_trait]
//! impl EventStore for Logged {
//!     async fn record(&self, batch: &Batch) -> Result<Vec<Recorded>, StoreError> {
//!         println!("{} occurrences", batch.occurrences.len());
//!         self.0.record(batch).await
//!     }
//! }
//!
//! let store = MemoryStore::default();
//! let events = Arc::new(Logged(store.clone()));
//! // The suite reads through the other ports what was recorded.
//! let stores = Stores { events, ..Stores::of(store, ()) };
//! events::equal_occurrences_get_consecutive_counts(stores).await;
//! # }) }
//! # #[cfg(not(feature = "memory"))] fn main() {}
//! ```

pub mod alerts;
pub mod analytics;
pub mod artifacts;
pub mod cache;
pub mod clock;
pub mod coordination;
pub mod error_chain;
pub mod errors;
pub mod fingerprint;
pub mod id;
pub mod id_source;
pub mod identity;
pub mod incidents;
pub mod ingest;
pub mod instant;
pub mod jobs;
mod keyed_semaphore;
pub mod letters;
pub mod log_limit;
#[cfg(feature = "memory")]
pub mod memory;
pub mod monitoring;
pub mod notifications;
pub mod page;
pub mod rate_limit;
pub mod releases;
pub mod retention;
pub mod scrub;
pub mod search;
pub mod search_index;
pub mod stack_trace;
pub mod store;
pub mod store_error;
pub mod stream;
mod sync;
pub mod syntax;
pub mod system;
pub mod tenancy;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
