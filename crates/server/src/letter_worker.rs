//! The worker that writes and sends letters.

use faultbook_domain::letters::Letters;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

/// How often it is looked what is to be told, and what is to be sent.
const PAUSE: Duration = Duration::from_secs(1);

/// Letters that are taken at once.
const AT_ONCE: u32 = 50;

/// Starts it.
#[must_use]
pub fn start(letters: Arc<Letters>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = interval(PAUSE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Each tenant's letters go on beside the rounds: a mail server that is slow holds up its own alone.
        let mut sending = JoinSet::new();
        loop {
            ticks.tick().await;
            while sending.try_join_next().is_some() {}
            write(&letters).await;
            match letters.due(AT_ONCE).await {
                Ok(tenants) => {
                    for due in tenants {
                        let letters = Arc::clone(&letters);
                        sending.spawn(async move {
                            if let Err(error) = letters.send(&due).await {
                                tracing::debug!(%error, "letters are sent later");
                            }
                        });
                    }
                }
                Err(error) => tracing::debug!(%error, "letters are sent later"),
            }
        }
    })
}

async fn write(letters: &Letters) {
    loop {
        match letters.write().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::debug!(%error, "letters are written later");
                return;
            }
        }
    }
}
