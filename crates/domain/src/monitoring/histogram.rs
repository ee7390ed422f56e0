//! Compact histogram of durations.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Number of buckets.
const BUCKETS: usize = 144;
/// Upper bound of the first bucket, in seconds.
const SMALLEST: f64 = 50e-6;
/// Ratio of the upper bounds of adjacent buckets: percentiles are off by at most a tenth. The last bucket begins at
/// 40 s and is unbounded.
const GROWTH: f64 = 1.1;

/// A histogram of durations with exponential buckets, as in HDR histograms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram([u64; BUCKETS]);

/// The text is not a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a histogram")]
pub struct InvalidHistogram;

impl Default for Histogram {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

fn upper_bound(bucket: usize) -> f64 {
    // The index is below 144.
    SMALLEST * GROWTH.powi(i32::try_from(bucket).unwrap_or(i32::MAX))
}

impl Histogram {
    /// Records one duration.
    pub fn record(&mut self, took: Duration) {
        let ratio = took.as_secs_f64() / SMALLEST;
        let bucket = if ratio <= 1.0 {
            0
        } else {
            // Below 144 after the `min`, above 0 after the comparison.
            (ratio.ln() / GROWTH.ln()).ceil() as usize
        };
        self.0[bucket.min(BUCKETS - 1)] += 1;
    }

    /// Adds the counts of another histogram.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// Returns a quantile (0 to 1), to a tenth; `None` when empty.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        let total: u64 = self.0.iter().sum();
        let rank = (share * total as f64).max(1.0);
        let mut below = 0.0;
        for (bucket, count) in self.0.iter().enumerate() {
            let count = *count as f64;
            if count > 0.0 && below + count >= rank {
                let lower = bucket.checked_sub(1).map_or(0.0, upper_bound);
                let within = (rank - below) / count;
                let seconds = lower + (upper_bound(bucket) - lower) * within;
                return Some(Duration::from_secs_f64(seconds));
            }
            below += count;
        }
        None
    }
}

impl fmt::Display for Histogram {
    /// Formats the stored form: `bucket:count` of non-empty buckets, comma-separated.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filled = self.0.iter().enumerate().filter(|(_, count)| **count > 0);
        for (place, (bucket, count)) in filled.enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{bucket}:{count}")?;
        }
        Ok(())
    }
}

impl FromStr for Histogram {
    type Err = InvalidHistogram;

    fn from_str(text: &str) -> Result<Self, InvalidHistogram> {
        let mut histogram = Self::default();
        for pair in text.split(',').filter(|pair| !pair.is_empty()) {
            let (bucket, count) = pair.split_once(':').ok_or(InvalidHistogram)?;
            let bucket: usize = bucket.parse().map_err(|_| InvalidHistogram)?;
            let slot = histogram.0.get_mut(bucket).ok_or(InvalidHistogram)?;
            *slot += count.parse::<u64>().map_err(|_| InvalidHistogram)?;
        }
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_a_tenth() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), None);
        for millis in 1..=1_000 {
            histogram.record(Duration::from_millis(millis));
        }
        for (share, expected) in [(0.5, 0.5), (0.95, 0.95), (0.99, 0.99), (0.01, 0.01)] {
            let found = histogram.quantile(share).unwrap().as_secs_f64();
            assert!((found / expected - 1.0).abs() < 0.1, "{share}: {found}");
        }
    }

    #[test]
    fn extremes_are_counted() {
        let mut histogram = Histogram::default();
        for took in [Duration::ZERO, Duration::from_micros(50), Duration::MAX] {
            histogram.record(took);
        }
        assert!(histogram.quantile(0.0).unwrap() <= Duration::from_micros(50));
        assert!(histogram.quantile(1.0).unwrap() > Duration::from_secs(30));
    }

    #[test]
    fn a_stored_histogram_is_read_back() {
        let mut histogram = Histogram::default();
        for micros in [1, 300, 300, 90_000] {
            histogram.record(Duration::from_micros(micros));
        }
        let text = histogram.to_string();
        assert_eq!(text.parse(), Ok(histogram.clone()));
        assert_eq!("".parse(), Ok(Histogram::default()));
        for bad in ["x", "1", "144:1", "1:x"] {
            assert_eq!(bad.parse::<Histogram>(), Err(InvalidHistogram), "{bad}");
        }
        histogram.add(&histogram.clone());
        assert_eq!(
            histogram.quantile(1.0),
            text.parse::<Histogram>().unwrap().quantile(1.0)
        );
    }
}
