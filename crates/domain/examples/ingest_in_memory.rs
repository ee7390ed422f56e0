//! Takes reports in with the memory store: what another service does to embed Faultbook.
//!
//! `cargo run -p faultbook-domain --example ingest_in_memory`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use faultbook_domain::cache::ReadCache;
use faultbook_domain::errors::{ErrorQuery, ErrorStore};
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::ingest::HourlyAggregator;
use faultbook_domain::ingest::Report;
use faultbook_domain::ingest::{Destination, Ingest};
use faultbook_domain::ingest::{GroupCommitLimits, group_commit};
use faultbook_domain::memory::{MemoryCache, MemoryStore};
use faultbook_domain::scrub::DefaultScrubber;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::Bootstrap;
use faultbook_domain::tenancy::TenantStore;
use faultbook_domain::tenancy::{Scope, TenantScope};
use std::error::Error;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds::default()));
    let store = Arc::new(MemoryStore::new(ids.clone()));
    let cache = Arc::new(ReadCache::new(Arc::new(MemoryCache::default())));

    // A tenant with its first project.
    let bootstrap = Bootstrap {
        tenants: store.clone(),
        keys: store.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
    };
    bootstrap.development().await?;
    let tenant = TenantStore::find(&*store, &"default".parse()?)
        .await?
        .ok_or("no tenant")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "who may act for a tenant is for the embedding service to decide"
    )]
    let here = TenantScope::trusting(tenant.id);
    let projects = faultbook_domain::tenancy::ProjectStore::list(&*store, here).await?;
    let to = Destination {
        tenant: tenant.id,
        project: projects[0].id,
    };

    // The lane writes whatever is waiting in one transaction; its writer is driven by your runtime.
    let (group_commit, writer) = group_commit(
        GroupCommitLimits::default(),
        store.clone(),
        Arc::new(HourlyAggregator),
        cache,
        clock.clone(),
    );
    let writing = tokio::spawn(writer.run());
    let scrubber = Arc::new(DefaultScrubber::default());
    let ingest = Ingest::new(
        group_commit,
        Arc::new(FingerprinterV1),
        scrubber,
        clock,
        ids,
    );

    for user in ["17", "42", "4711"] {
        let report = Report {
            message: format!("User {user} not found"),
            source: "billing".to_owned(),
            ..Report::default()
        };
        let accepted = ingest.submit(to, report).await?;
        println!(
            "{} -> count {}",
            accepted.occurrence.message, accepted.recorded.error.count
        );
    }

    let scope = Scope::new(here, vec![to.project]);
    let query = ErrorQuery {
        limit: 10,
        ..ErrorQuery::default()
    };
    let page = store.list(&scope, &query).await?;
    assert_eq!(
        page.total, 1,
        "three reports that differ in a number are one error"
    );
    assert_eq!(page.items[0].error.state.count, 3);

    drop(ingest);
    writing.await?;
    Ok(())
}
