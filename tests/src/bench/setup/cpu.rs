//! CPU time of processes.

use anyhow::Context;
use procfs::process::{Stat, all_processes};
use std::collections::HashSet;
use std::time::Duration;

/// A process whose CPU time is watched together with that of the processes it started.
#[derive(Debug, Clone, Copy)]
pub struct Cpu(i32);

impl Cpu {
    /// Of this process.
    ///
    /// # Errors
    /// When the number cannot be a process's.
    pub fn of(process: u32) -> anyhow::Result<Self> {
        Ok(Self(process.try_into().context("no process")?))
    }

    /// What it used since it started, by itself and by its descendants, also by those that ended.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn used(self) -> anyhow::Result<Duration> {
        // A process that ends while we look has no entry any more: its parent's counts it.
        let stats: Vec<Stat> = all_processes()?
            .filter_map(|process| process.ok()?.stat().ok())
            .collect();
        let mut family = HashSet::from([self.0]);
        while stats
            .iter()
            .any(|one| family.contains(&one.ppid) && family.insert(one.pid))
        {}
        let ticks: f64 = stats
            .iter()
            .filter(|one| family.contains(&one.pid))
            .map(|one| (one.utime + one.stime) as f64 + (one.cutime + one.cstime) as f64)
            .sum();
        Ok(Duration::from_secs_f64(
            ticks / procfs::ticks_per_second() as f64,
        ))
    }
}
