//! Server-sent events: changes of errors as they happen.
//!
//! The [`Hub`] of a node reads the log of changes, in rounds of about a second, while anybody listens. Each listener has
//! a task ([`listen`]) that finds out what of a round it is told; listeners who ask the same share that work.

mod event;
mod hub;
mod listener;

pub use hub::{Hub, Place};
pub use listener::{Listening, WAITING, listen};

use faultbook_domain::stream::Publisher;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

/// How often changes are handed to the log, and the log is read.
const TICK: Duration = Duration::from_millis(200);

/// How often a node says that it is at work: several times before others take it for dead.
const REPORT: Duration = Duration::from_secs(1);

/// Starts the workers of this node.
#[must_use]
pub fn start(hub: Arc<Hub>, publisher: Arc<Publisher>, node: Uuid) -> Vec<JoinHandle<()>> {
    let ticks = |period| {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    };
    let (mut flushing, mut reading, mut reporting) = (ticks(TICK), ticks(TICK), ticks(REPORT));
    let reporter = Arc::clone(&publisher);
    let report = tokio::spawn(async move {
        loop {
            reporting.tick().await;
            reporter.report(node).await;
        }
    });
    let flush = tokio::spawn(async move {
        loop {
            flushing.tick().await;
            publisher.flush().await;
        }
    });
    let read = tokio::spawn(async move {
        loop {
            reading.tick().await;
            hub.read().await;
        }
    });
    vec![flush, read, report]
}
