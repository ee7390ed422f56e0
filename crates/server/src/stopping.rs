//! Signals that the server is stopping, and bounds how long unfinished bodies are waited for.

use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long unfinished bodies are waited for once the server stops, a third of the whole stop at most.
pub(crate) const BODY_GRACE: Duration = Duration::from_secs(5);

/// Tells whether the server is stopping, and ends what would hold the stop up.
#[derive(Debug, Clone)]
pub struct Stopping {
    begun: Arc<watch::Sender<Option<Instant>>>,
    grace: Duration,
}

impl Stopping {
    /// A server that runs. `grace` is how long unfinished bodies are waited for once it stops.
    #[must_use]
    pub fn new(grace: Duration) -> Self {
        Self {
            begun: Arc::new(watch::Sender::new(None)),
            grace,
        }
    }

    /// Begins the stop.
    pub fn begin(&self) {
        self.begun
            .send_modify(|begun| *begun = begun.or_else(|| Some(Instant::now())));
    }

    /// Tells whether the stop has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun.borrow().is_some()
    }

    /// Returns how much of a time limit is left that began with the stop.
    #[must_use]
    pub fn left_of(&self, limit: Duration) -> Duration {
        let spent = self
            .begun
            .borrow()
            .map_or(Duration::ZERO, |at| at.elapsed());
        limit.saturating_sub(spent)
    }

    /// Waits until the server stops and does not wait for unfinished bodies any more.
    pub async fn grace_over(&self) {
        let mut begun = self.begun.subscribe();
        // The sender lives as long as this value.
        if let Ok(begun) = begun.wait_for(Option::is_some).await.map(|at| *at)
            && let Some(at) = begun
        {
            tokio::time::sleep_until(at + self.grace).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_are_waited_for_until_the_grace_is_over() {
        let stopping = Stopping::new(Duration::from_millis(20));
        let waiting = tokio::time::timeout(Duration::from_millis(50), stopping.grace_over());
        assert!(waiting.await.is_err(), "it does not stop yet");
        assert!(!stopping.has_begun());

        stopping.begin();
        assert!(stopping.has_begun());
        let begun = Instant::now();
        stopping.grace_over().await;
        assert!(begun.elapsed() >= Duration::from_millis(15));
        assert!(stopping.left_of(Duration::from_secs(60)) < Duration::from_secs(60));
        assert_eq!(stopping.left_of(Duration::ZERO), Duration::ZERO);
    }
}
