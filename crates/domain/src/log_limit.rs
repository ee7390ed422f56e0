//! Rate limit for log lines.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lets a number of log lines through per window and counts the lines it suppresses, so that clients cannot fill the
/// log by causing one kind of line.
#[derive(Debug)]
pub struct LogLimit {
    burst: u64,
    window: Duration,
    state: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    /// Start of the current window; `None` before the first line.
    began: Option<Instant>,
    admitted: u64,
    held_back: u64,
}

impl LogLimit {
    /// Lets at most `burst` lines through within each `window`.
    #[must_use]
    pub const fn new(burst: u64, window: Duration) -> Self {
        Self {
            burst,
            window,
            state: Mutex::new(Window {
                began: None,
                admitted: 0,
                held_back: 0,
            }),
        }
    }

    /// Returns the number of lines suppressed since the last one that was let through, if a line may be written now;
    /// otherwise counts the line as suppressed and returns `None`.
    pub fn allow(&self) -> Option<u64> {
        self.admit_at(Instant::now())
    }

    fn admit_at(&self, now: Instant) -> Option<u64> {
        // No holder of the lock can panic.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = state
            .began
            .is_none_or(|began| now.saturating_duration_since(began) >= self.window);
        if is_over {
            state.began = Some(now);
            state.admitted = 0;
        }
        if state.admitted >= self.burst {
            state.held_back += 1;
            return None;
        }
        state.admitted += 1;
        Some(std::mem::take(&mut state.held_back))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_burst_are_counted_until_the_next_window() {
        let limit = LogLimit::new(2, Duration::from_secs(10));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(limit.admit_at(at(0)), Some(0));
        assert_eq!(limit.admit_at(at(1)), Some(0));
        assert_eq!(limit.admit_at(at(2)), None);
        assert_eq!(limit.admit_at(at(9)), None);
        assert_eq!(limit.admit_at(at(10)), Some(2));
        assert_eq!(limit.admit_at(at(11)), Some(0));
        assert_eq!(limit.admit_at(at(12)), None);
    }
}
