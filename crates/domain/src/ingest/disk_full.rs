//! Remembers that a store ran out of disk space.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a store counts as full after its last failure at least, unless a report is recorded.
/// A probe may find room that the next report does not.
const HOLD: Duration = Duration::from_secs(10);

/// How often it is tried whether there is room again.
const PROBE: Duration = Duration::from_secs(1);

/// Bytes that a probe of a full store writes: more than most batches of reports take, so that a store
/// with room for nothing but small writes stays full.
pub const PROBE_BYTES: usize = 1 << 20;

/// A write failed because the disk is full or takes no writes, and none has succeeded since.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the database's disk is full, or takes no writes")]
pub struct NoRoom;

/// Tells whether a store is out of disk space: from the first write that fails for that reason until a
/// report is recorded, or a probe finds room again.
#[derive(Debug, Default)]
pub struct DiskFull(Mutex<Option<Times>>);

#[derive(Debug, Clone, Copy)]
struct Times {
    failed: Instant,
    probed: Option<Instant>,
}

/// What a health probe does about a store's disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskState {
    /// No write failed for lack of space.
    Fine,
    /// The store is full.
    Full,
    /// The store was full, and this caller is to try whether it still is.
    Probe,
}

impl DiskFull {
    /// Notes a write that failed for lack of space.
    pub fn failed(&self) {
        let failed = Instant::now();
        let mut times = self.lock();
        if times.is_none() {
            tracing::error!("the database's disk is full or takes no writes; reports are refused");
        }
        let probed = times.and_then(|times| times.probed);
        *times = Some(Times { failed, probed });
    }

    /// Notes that reports were recorded, or that a probe found room.
    pub fn wrote(&self) {
        if self.lock().take().is_some() {
            tracing::info!("the database's disk takes writes again");
        }
    }

    /// Tells what a health probe is to answer or to do. One caller per second is told to probe.
    pub fn state(&self) -> DiskState {
        self.state_at(Instant::now())
    }

    fn state_at(&self, now: Instant) -> DiskState {
        let mut times = self.lock();
        let Some(times) = times.as_mut() else {
            return DiskState::Fine;
        };
        let is_due = |since: Instant, pause| now.saturating_duration_since(since) >= pause;
        if is_due(times.failed, HOLD) && times.probed.is_none_or(|at| is_due(at, PROBE)) {
            times.probed = Some(now);
            return DiskState::Probe;
        }
        DiskState::Full
    }

    /// No holder can panic.
    fn lock(&self) -> MutexGuard<'_, Option<Times>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_store_is_probed_after_a_while_by_one_caller_a_second() {
        let disk = DiskFull::default();
        assert_eq!(disk.state(), DiskState::Fine);
        disk.failed();
        let failed = Instant::now();
        assert_eq!(disk.state_at(failed), DiskState::Full);
        let later = failed + HOLD;
        assert_eq!(disk.state_at(later), DiskState::Probe);
        assert_eq!(disk.state_at(later), DiskState::Full);
        assert_eq!(disk.state_at(later + PROBE), DiskState::Probe);
        disk.wrote();
        assert_eq!(disk.state(), DiskState::Fine);
    }

    #[test]
    fn a_recorded_report_ends_it_at_once() {
        let disk = DiskFull::default();
        disk.failed();
        disk.wrote();
        assert_eq!(disk.state(), DiskState::Fine);
    }
}
