//! How often the disk can be told to keep what it was given.

use std::io::Write;
use std::time::{Duration, Instant};

/// Appends of 16 KiB that are synced, a second.
///
/// # Errors
/// When the disk fails.
pub fn synced(time: Duration) -> anyhow::Result<f64> {
    let mut file = tempfile::tempfile()?;
    let block = [7_u8; 16 << 10];
    let started = Instant::now();
    let mut times = 0_u32;
    while started.elapsed() < time {
        file.write_all(&block)?;
        file.sync_data()?;
        times += 1;
    }
    Ok(f64::from(times) / started.elapsed().as_secs_f64())
}
