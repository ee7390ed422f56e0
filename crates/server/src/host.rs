//! Reads CPU, memory, disk and connections of the machine or container that this node runs in.

use async_trait::async_trait;
use faultbook_domain::monitoring::HostProbe;
use faultbook_domain::monitoring::HostReading;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use sysinfo::{CpuRefreshKind, Disks, MemoryRefreshKind, Networks, RefreshKind, System};

/// Between the two looks that the first reading takes: usage and traffic are what happened since the
/// look before, and later readings have that of the reading before.
const FIRST_LOOK: Duration = Duration::from_millis(250);

/// Open connections of clients.
#[derive(Debug, Clone, Default)]
pub struct Connections(Arc<AtomicU64>);

/// Counts one connection for as long as it lives.
pub struct Connected(Connections);

impl Connections {
    /// A connection was opened.
    #[must_use]
    pub fn opened(&self) -> Connected {
        self.0.fetch_add(1, Ordering::Relaxed);
        Connected(self.clone())
    }

    fn open(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Reads the operating system's figures. A control group's limits count where there are any.
pub struct Host {
    data: PathBuf,
    connections: Connections,
    has_looked: AtomicBool,
    state: Mutex<State>,
}

struct State {
    system: System,
    networks: Networks,
    quota: Option<Quota>,
}

impl Host {
    /// A probe of this machine. Disk space is that where `data` lies.
    #[must_use]
    pub fn new(data: PathBuf, connections: Connections) -> Self {
        let what = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing().with_cpu_usage())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let state = State {
            system: System::new_with_specifics(what),
            networks: Networks::new_with_refreshed_list(),
            quota: Quota::of_control_group(),
        };
        Self {
            data,
            connections,
            has_looked: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    fn look(&self) -> HostReading {
        // A reading that panicked leaves older figures behind, nothing else.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State {
            system,
            networks,
            quota,
        } = &mut *state;
        system.refresh_cpu_usage();
        system.refresh_memory();
        networks.refresh(true);
        let of_host = f64::from(system.global_cpu_usage());
        let traffic = networks
            .iter()
            .filter(|(name, _)| name.as_str() != "lo")
            .fold((0, 0), |(received, sent), (_, one)| {
                (received + one.received(), sent + one.transmitted())
            });
        HostReading {
            cpu_percent: quota.as_mut().and_then(Quota::percent).unwrap_or(of_host),
            memory_percent: memory_percent(system),
            disk_percent: disk_percent(&self.data),
            bytes_in: traffic.0,
            bytes_out: traffic.1,
            connections: self.connections.open(),
        }
    }
}

#[async_trait]
impl HostProbe for Host {
    async fn read_host(&self) -> HostReading {
        if !self.has_looked.swap(true, Ordering::Relaxed) {
            self.look();
            tokio::time::sleep(FIRST_LOOK).await;
        }
        self.look()
    }
}

fn memory_percent(system: &System) -> f64 {
    let limited = system
        .cgroup_limits()
        .filter(|limits| limits.total_memory > 0 && limits.total_memory < system.total_memory());
    match limited {
        Some(limits) => percent(limits.rss, limits.total_memory),
        None => percent(system.used_memory(), system.total_memory()),
    }
}

/// Of the file system with the longest mount point above the path.
fn disk_percent(data: &Path) -> f64 {
    let data = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
    let disks = Disks::new_with_refreshed_list();
    let holding = disks
        .iter()
        .filter(|disk| data.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len());
    holding.map_or(0.0, |disk| {
        let used = disk.total_space().saturating_sub(disk.available_space());
        percent(used, disk.total_space())
    })
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    (part as f64 / whole as f64 * 100.0).min(100.0)
}

/// Processor time that a control group may use (cgroup v2, `cpu.max` and `cpu.stat`).
struct Quota {
    /// Microseconds of processor time a microsecond.
    allowed: f64,
    last: (Instant, u64),
}

impl Quota {
    /// `None` where nothing is limited.
    fn of_control_group() -> Option<Self> {
        let text = std::fs::read_to_string("/sys/fs/cgroup/cpu.max").ok()?;
        let allowed = allowed(&text)?;
        Some(Self {
            allowed,
            last: (Instant::now(), used_micros()?),
        })
    }

    /// What was used since it was last asked.
    fn percent(&mut self) -> Option<f64> {
        let (now, used) = (Instant::now(), used_micros()?);
        let (then, used_then) = std::mem::replace(&mut self.last, (now, used));
        let elapsed = (now - then).as_micros() as f64 * self.allowed;
        let busy = used.saturating_sub(used_then) as f64;
        (elapsed > 0.0).then(|| (busy / elapsed * 100.0).min(100.0))
    }
}

/// `QUOTA PERIOD` in microseconds; `max` as the quota means no limit.
fn allowed(cpu_max: &str) -> Option<f64> {
    let (quota, period) = cpu_max.trim().split_once(' ')?;
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (period > 0.0).then_some(quota / period)
}

fn used_micros() -> Option<u64> {
    let text = std::fs::read_to_string("/sys/fs/cgroup/cpu.stat").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("usage_usec "))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reading_is_measured() {
        let connections = Connections::default();
        let host = Host::new(PathBuf::from("."), connections.clone());
        let open = connections.opened();
        let reading = host.read_host().await;
        assert!((0.0..=100.0).contains(&reading.cpu_percent), "{reading:?}");
        assert!(
            reading.memory_percent > 0.0 && reading.disk_percent > 0.0,
            "{reading:?}"
        );
        assert_eq!(reading.connections, 1);
        drop(open);
        assert_eq!(host.read_host().await.connections, 0);
    }

    #[test]
    fn a_limit_is_a_share_of_processors() {
        assert_eq!(allowed("150000 100000\n"), Some(1.5));
        assert_eq!(allowed("max 100000\n"), None);
    }
}
