//! When a message that was not delivered is sent again.

use crate::id_source::IdSource;
use std::time::Duration as Span;
use time::{Duration, OffsetDateTime};

/// The pause after the first failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::seconds(5);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::hours(1);

/// After this time a message is given up.
const GIVE_UP_AFTER: Duration = Duration::DAY;

/// Returns when to make the next attempt after so many of a message from `created_at`: after the pause that the receiver
/// asked for, else after one that grows with each attempt. `None` when the message is to be given up.
pub(crate) fn next_attempt(
    (attempts, created_at): (u32, OffsetDateTime),
    asked: Option<Span>,
    (ids, now): (&dyn IdSource, OffsetDateTime),
) -> Option<OffsetDateTime> {
    let asked = asked.and_then(|asked| Duration::try_from(asked).ok());
    let pause = asked.unwrap_or_else(|| pause(attempts, ids));
    let next = now + pause.min(GIVE_UP_AFTER);
    (next < created_at + GIVE_UP_AFTER).then_some(next)
}

/// Exponential, with a jitter of half the pause either way, so that messages that failed together are not sent again
/// together.
fn pause(attempts: u32, ids: &dyn IdSource) -> Duration {
    let doubled = 2_i32.saturating_pow(attempts.saturating_sub(1).min(20));
    let pause = FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE);
    let random = f64::from(ids.secret_bytes()[0]) / 255.0;
    pause * (0.5 + random)
}
