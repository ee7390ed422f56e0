//! Contract of `ChangeLog`.
//!
//! Name a fixture, an `async fn() -> ChangeLogs`, in `faultbook_contract::changes_contract!(fixture)` to run it.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::builder::new_id;
use faultbook_domain::id::{ErrorId, MemberId, ProjectId, TenantId};
use faultbook_domain::search::{Figures, State};
use faultbook_domain::stream::{Before, Change, ChangeKind, ChangeLog, Entry, Position};
use std::any::Any;
use std::sync::Arc;
use time::Duration;
use time::macros::datetime;

/// A log under test, with the handles of two nodes.
pub struct ChangeLogs {
    /// Handle of one node.
    pub here: Arc<dyn ChangeLog>,
    /// Handle of another node; for a log in process, the same value.
    pub there: Arc<dyn ChangeLog>,
    /// Keeps resources of the log alive (a server).
    pub guard: Box<dyn Any + Send + Sync>,
}

fn entry() -> Entry {
    let change = Change {
        tenant: TenantId(new_id()),
        project: ProjectId(new_id()),
        error: ErrorId(new_id()),
        kind: ChangeKind::Counts,
        at: datetime!(2026-11-27 12:00:00.000_001 UTC),
        merged_into: None,
        before: None,
        count_before: Some(7),
    };
    let merged = Change {
        kind: ChangeKind::Deleted,
        merged_into: Some(ErrorId(new_id())),
        before: Some(Before {
            states: vec![State::Open, State::Regressed],
            assigned_to: Some(MemberId(new_id())),
            figures: Some(Figures {
                count: 3,
                users: 2,
                first_seen: datetime!(2026-11-27 11:00:00.000_002 UTC),
                last_seen: datetime!(2026-11-27 12:00 UTC),
            }),
        }),
        ..change
    };
    Entry {
        changes: vec![change, merged],
        missed: vec![TenantId(new_id())],
        all_missed: false,
    }
}

async fn listed(log: &dyn ChangeLog, after: Position) -> Vec<Entry> {
    let kept = log.list_changes(after, 100).await.unwrap();
    assert!(kept.complete);
    let entries = kept.entries.into_iter();
    entries.map(|(_, entry)| entry).collect()
}

pub async fn every_node_lists_what_any_appends(logs: ChangeLogs) {
    let (_, start) = logs.there.last_position().await.unwrap();
    let entries = [entry(), entry(), entry()];
    for (place, entry) in entries.iter().enumerate() {
        let node = [&logs.here, &logs.there][place % 2];
        node.append_changes(entry).await.unwrap();
    }
    assert_eq!(listed(&*logs.here, start).await, entries);
    assert_eq!(listed(&*logs.there, start).await, entries);
}

pub async fn entries_are_listed_behind_a_position(logs: ChangeLogs) {
    let (epoch, start) = logs.here.last_position().await.unwrap();
    let entries = [entry(), entry(), entry()];
    for entry in &entries {
        logs.here.append_changes(entry).await.unwrap();
    }
    let first = logs.there.list_changes(start, 2).await.unwrap();
    assert_eq!(first.epoch, epoch);
    assert_eq!(first.entries.len(), 2);
    assert_eq!(first.upto, first.entries[1].0);
    assert!(first.entries[0].0 < first.entries[1].0);
    assert_eq!(listed(&*logs.there, first.upto).await, entries[2..]);
}

pub async fn nothing_is_appended_before_what_is_listed(logs: ChangeLogs) {
    let (_, mut upto) = logs.here.last_position().await.unwrap();
    for _ in 0..20 {
        let entry = entry();
        logs.here.append_changes(&entry).await.unwrap();
        let kept = logs.there.list_changes(upto, 100).await.unwrap();
        assert_eq!(kept.entries.len(), 1);
        assert!(kept.upto >= kept.entries[0].0);
        upto = kept.upto;
        upto = logs.there.list_changes(upto, 100).await.unwrap().upto;
    }
}

pub async fn a_node_that_dies_is_noticed_once(logs: ChangeLogs) {
    let (long, short) = (Duration::minutes(1), Duration::milliseconds(50));
    let (_, start) = logs.here.last_position().await.unwrap();
    let (died, stays) = (new_id(), new_id());
    logs.here.report_node(died, short).await.unwrap();
    logs.there.report_node(stays, long).await.unwrap();
    assert!(listed(&*logs.there, start).await.is_empty());
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    for node in [stays, new_id(), stays] {
        logs.there.report_node(node, long).await.unwrap();
    }
    let missed = Entry {
        all_missed: true,
        ..Entry::default()
    };
    assert_eq!(listed(&*logs.here, start).await, [missed]);
}

/// Runs the contract as one `#[tokio::test]` each, on the logs that the fixture creates.
#[macro_export]
macro_rules! changes_contract {
    ($fixture:path) => {
        $crate::store_contract!(@module changes, $fixture, [
            every_node_lists_what_any_appends,
            entries_are_listed_behind_a_position,
            nothing_is_appended_before_what_is_listed,
            a_node_that_dies_is_noticed_once,
        ]);
    };
}
