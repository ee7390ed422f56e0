//! Embeds Faultbook in a service: captures reports into the memory store.
//!
//! `cargo run -p faultbook-domain --all-features --example ingest_in_memory`
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use faultbook_domain::ingest::{Ingest, Report};
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::tenancy::Bootstrap;
use std::error::Error;
use std::sync::Arc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let store = Arc::new(MemoryStore::default());
    let project = Bootstrap::new(store.clone()).default_project().await?;
    let (ingest, writer) = Ingest::builder(store).build();
    let writing = tokio::spawn(writer.run());

    for user in ["17", "42", "4711"] {
        let report = Report::new("billing", format!("User {user} not found"));
        let stored = ingest.submit(&project, report).await?.stored();
        let stored = stored.ok_or("without a queue every accepted report is stored")?;
        let count = stored.recorded.error.count;
        println!("{} -> count {count}", stored.occurrence.summary.message);
    }

    // The writer ends once every clone of `ingest` is gone and nothing waits.
    drop(ingest);
    writing.await?;
    Ok(())
}
