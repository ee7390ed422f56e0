//! Tracks whether a store is out of disk space.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Minimum time for which a store counts as full after its last failure, unless a report is recorded. A probe may
/// find space that the next report does not.
const HOLD: Duration = Duration::from_secs(10);

/// Interval of probes for free space.
const PROBE: Duration = Duration::from_secs(1);

/// Bytes that a probe of a full store writes: more than most batches take, so that a store with space for small
/// writes only stays full.
pub const PROBE_BYTES: usize = 1 << 20;

/// A write failed because the disk is full or read-only, and none has succeeded since.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the database's disk is full, or takes no writes")]
pub struct NoRoom;

/// Tracks whether a store is out of disk space: from the first write that fails for that reason until a report is
/// recorded, or a probe finds space.
#[derive(Debug, Default)]
pub struct DiskFull(Mutex<Option<Times>>);

#[derive(Debug, Clone, Copy)]
struct Times {
    failed: Instant,
    probed: Option<Instant>,
}

/// What a health probe should do about the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskState {
    /// No write failed for lack of space.
    Fine,
    /// Report the store as full.
    Full,
    /// Write [`PROBE_BYTES`] to find out whether the store is still full.
    Probe,
}

impl DiskFull {
    /// Records a write that failed for lack of space.
    pub fn failed(&self) {
        let failed = Instant::now();
        let mut times = self.lock();
        if times.is_none() {
            tracing::error!("the database's disk is full or takes no writes; reports are refused");
        }
        let probed = times.and_then(|times| times.probed);
        *times = Some(Times { failed, probed });
    }

    /// Records a successful write of reports, or a successful probe.
    pub fn wrote(&self) {
        if self.lock().take().is_some() {
            tracing::info!("the database's disk takes writes again");
        }
    }

    /// Returns what a health probe should do. At most one caller per second gets [`DiskState::Probe`].
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

    /// Locks the state; no holder of the lock can panic.
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
