//! The promises of the store ports, kept by PostgreSQL, and what only servers and nodes can break.
#![allow(
    clippy::unwrap_used,
    reason = "in a test, a panic is how failure is reported"
)]

mod fixture;
mod nodes;
mod outage;
mod recording;
mod tls;

use faultbook_contract::Stores;

async fn postgres() -> Stores {
    let database = fixture::database().await;
    let store = fixture::node(&database.url).await;
    Stores::of(store, database)
}

faultbook_contract::store_contract!(postgres);
