//! [`ChangeLog`](crate::stream::ChangeLog) in process.

use crate::clock::Clock;
use crate::id_source::IdSource;
use crate::instant::micros;
use crate::store_error::StoreError;
use crate::stream::{ChangeLog, Entry, KEPT, Kept, Position};
use crate::sync::lock;
use async_trait::async_trait;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use time::Duration;
use uuid::Uuid;

/// Maximum changes that are kept, whatever their age.
const MOST: usize = 100_000;

/// A log within one process.
pub struct MemoryChangeLog {
    clock: Arc<dyn Clock>,
    epoch: String,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    entries: VecDeque<(Position, Entry)>,
    changes: usize,
    last: Position,
    /// The last entry that is not kept any more.
    dropped: Position,
    /// Until when nodes are at work, in milliseconds since 1970.
    nodes: HashMap<Uuid, u64>,
}

impl MemoryChangeLog {
    /// Creates an empty log.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, ids: &dyn IdSource) -> Self {
        let epoch = ids.next_id(clock.now()).simple().to_string();
        Self {
            clock,
            epoch,
            log: Mutex::default(),
        }
    }

    fn millis(&self) -> u64 {
        u64::try_from(micros(self.clock.now()) / 1_000).unwrap_or(0)
    }
}

#[async_trait]
impl ChangeLog for MemoryChangeLog {
    async fn append_changes(&self, entry: &Entry) -> Result<(), StoreError> {
        let millis = self.millis();
        let mut log = lock(&self.log);
        log.last = if millis > log.last.millis {
            Position { millis, number: 0 }
        } else {
            Position {
                number: log.last.number + 1,
                ..log.last
            }
        };
        let last = log.last;
        log.changes += entry.changes.len();
        log.entries.push_back((last, entry.clone()));
        let kept = u64::try_from(KEPT.whole_milliseconds()).unwrap_or(u64::MAX);
        while let Some((at, oldest)) = log.entries.front()
            && (log.changes > MOST || at.millis < millis.saturating_sub(kept))
        {
            let (at, changes) = (*at, oldest.changes.len());
            log.dropped = at;
            log.changes -= changes;
            log.entries.pop_front();
        }
        Ok(())
    }

    async fn list_changes(&self, after: Position, most: usize) -> Result<Kept, StoreError> {
        let log = lock(&self.log);
        let start = log.entries.partition_point(|(at, _)| *at <= after);
        let entries = log.entries.range(start..).take(most).cloned();
        let entries: Vec<(Position, Entry)> = entries.collect();
        let all = start + entries.len() == log.entries.len();
        let listed = entries.last().map_or(after, |(last, _)| *last);
        let upto = if all { listed.max(log.last) } else { listed };
        Ok(Kept {
            epoch: self.epoch.clone(),
            entries,
            upto,
            complete: after >= log.dropped,
        })
    }

    async fn report_node(&self, node: Uuid, lasts: Duration) -> Result<(), StoreError> {
        let millis = self.millis();
        let died = {
            let mut log = lock(&self.log);
            let lasts = u64::try_from(lasts.whole_milliseconds()).unwrap_or(u64::MAX);
            log.nodes.insert(node, millis.saturating_add(lasts));
            let there_were = log.nodes.len();
            log.nodes.retain(|_, until| *until >= millis);
            there_were - log.nodes.len()
        };
        let missed = Entry {
            all_missed: true,
            ..Entry::default()
        };
        for _ in 0..died {
            self.append_changes(&missed).await?;
        }
        Ok(())
    }

    async fn last_position(&self) -> Result<(String, Position), StoreError> {
        Ok((self.epoch.clone(), lock(&self.log).last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{FixedClock, SequentialIds};
    use time::macros::datetime;

    #[tokio::test]
    async fn entries_are_kept_for_some_minutes() {
        let clock = Arc::new(FixedClock::at(datetime!(2026-11-27 12:00 UTC)));
        let log = MemoryChangeLog::new(clock.clone(), &SequentialIds::default());
        let (epoch, start) = log.last_position().await.unwrap();
        for _ in 0..3 {
            log.append_changes(&Entry::default()).await.unwrap();
        }
        let all = log.list_changes(start, 2).await.unwrap();
        assert_eq!((all.entries.len(), all.complete), (2, true));
        assert_eq!(all.epoch, epoch);
        let rest = log.list_changes(all.entries[1].0, 2).await.unwrap();
        let (_, last) = log.last_position().await.unwrap();
        let positions: Vec<Position> = rest.entries.iter().map(|(at, _)| *at).collect();
        assert_eq!(positions, [last]);

        clock.advance(Duration::minutes(6));
        log.append_changes(&Entry::default()).await.unwrap();
        assert!(!log.list_changes(start, 2).await.unwrap().complete);
        let rest = log.list_changes(last, 2).await.unwrap();
        assert_eq!((rest.entries.len(), rest.complete), (1, true));
    }
}
