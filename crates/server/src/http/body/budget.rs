//! One byte budget for all bodies that are read, decoded and handled.

use crate::http::error::{ApiError, Code};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// The beginning of each body is taken from a part of the budget of its own, so that small bodies find room while
/// large ones fill the rest.
const SMALL: usize = 16 << 10;

/// How long a body waits for room, in all, before it is refused. Bodies that hold room are read or refused within
/// `http.body_timeout`.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bodies that wait for room at once; more are refused at once. Each keeps what its connection has buffered, which
/// is up to a quarter of a megabyte that the budget does not see.
const WAITING: usize = 32;

/// Seconds after which a refused body is worth another try.
const RETRY_AFTER: u32 = 2;

/// Room is counted in KiB, so that 32-bit permit counts reach far enough.
const UNIT_SHIFT: u32 = 10;

/// Who sends a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A caller whose credential was accepted.
    Known,
    /// Anybody.
    Anonymous,
}

/// The room that all bodies share.
#[derive(Debug)]
pub struct BodyBudget {
    small: Arc<Semaphore>,
    large: Arc<Semaphore>,
    anonymous: Arc<Semaphore>,
    /// What one body takes of `large` at most, in bytes.
    usual: usize,
    /// For what a body takes beyond that.
    huge: Arc<Semaphore>,
    waiting: Semaphore,
}

impl BodyBudget {
    /// Shares `bytes`: a quarter for the beginnings of bodies, the rest for what is larger, but at least what one body of
    /// the `usual` size takes as it is sent and decoded. A sixteenth more is for bodies without a credential. What the
    /// `largest` body, an envelope, takes beyond the usual is apart, for one at a time: attachments make an envelope large,
    /// and few are.
    #[must_use]
    pub fn new(bytes: usize, usual: usize, largest: usize) -> Self {
        let pool = |bytes: usize| {
            let units = (bytes >> UNIT_SHIFT).clamp(1, Semaphore::MAX_PERMITS);
            Arc::new(Semaphore::new(units))
        };
        let large = usual.saturating_add(SMALL);
        let huge = largest.saturating_sub(usual);
        Self {
            small: pool((bytes / 4).max(2 * SMALL)),
            large: pool((bytes / 4 * 3).max(large + large / 32)),
            anonymous: pool((bytes / 16).max(2 * SMALL)),
            usual,
            huge: pool(huge + huge / 32),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// Begins to reserve room for one body.
    #[must_use]
    pub const fn lease(self: Arc<Self>, origin: Origin) -> BodyLease {
        BodyLease {
            budget: self,
            origin,
            patience: PATIENCE,
            first: None,
            rest: None,
            beyond: None,
        }
    }
}

/// Room held for one body; given back when it is dropped.
#[derive(Debug)]
pub struct BodyLease {
    budget: Arc<BodyBudget>,
    origin: Origin,
    /// How much longer the body waits for room, in all.
    patience: Duration,
    first: Option<OwnedSemaphorePermit>,
    rest: Option<OwnedSemaphorePermit>,
    beyond: Option<OwnedSemaphorePermit>,
}

impl BodyLease {
    /// Grows to hold so many bytes; waits a little where there is no room.
    ///
    /// # Errors
    /// 503 when no room was found in time.
    pub async fn hold(&mut self, bytes: usize) -> Result<(), ApiError> {
        let budget = &self.budget;
        let (first, rest, most) = match self.origin {
            Origin::Known => (&budget.small, &budget.large, budget.usual),
            Origin::Anonymous => (&budget.anonymous, &budget.anonymous, usize::MAX),
        };
        let beginning = bytes.min(SMALL);
        let usual = (bytes - beginning).min(most);
        let beyond = bytes - beginning - usual;
        let mut wait = (&budget.waiting, &mut self.patience);
        grow(&mut self.first, first, beginning, &mut wait).await?;
        grow(&mut self.rest, rest, usual, &mut wait).await?;
        grow(&mut self.beyond, &budget.huge, beyond, &mut wait).await
    }

    /// Takes the room of a caller who is known in place of that of an anonymous one.
    ///
    /// # Errors
    /// 503 when no room was found in time.
    pub async fn trust(&mut self) -> Result<(), ApiError> {
        let mut trusted = Arc::clone(&self.budget).lease(Origin::Known);
        let permits = [&self.first, &self.rest, &self.beyond];
        let permits = permits.into_iter().flatten();
        let units: usize = permits.map(OwnedSemaphorePermit::num_permits).sum();
        trusted.hold(units << UNIT_SHIFT).await?;
        *self = trusted;
        Ok(())
    }

    /// Gives back what is held beyond so many bytes.
    pub fn shrink(&mut self, bytes: usize) {
        let beginning = bytes.min(SMALL);
        let usual = (bytes - beginning).min(self.budget.usual);
        shrink(&mut self.first, beginning);
        shrink(&mut self.rest, usual);
        shrink(&mut self.beyond, bytes - beginning - usual);
    }
}

const fn units(bytes: usize) -> usize {
    bytes.div_ceil(1 << UNIT_SHIFT)
}

async fn grow(
    held: &mut Option<OwnedSemaphorePermit>,
    pool: &Arc<Semaphore>,
    bytes: usize,
    (waiting, patience): &mut (&Semaphore, &mut Duration),
) -> Result<(), ApiError> {
    let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let wanted = units(bytes).saturating_sub(has);
    if wanted == 0 {
        return Ok(());
    }
    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
    let more = match Arc::clone(pool).try_acquire_many_owned(wanted) {
        Ok(more) => more,
        Err(_) => {
            let _place = waiting.try_acquire().map_err(|_| no_room())?;
            let started = Instant::now();
            let room = Arc::clone(pool).acquire_many_owned(wanted);
            let found = tokio::time::timeout(**patience, room).await;
            **patience = patience.saturating_sub(started.elapsed());
            let Ok(Ok(more)) = found else {
                return Err(no_room());
            };
            more
        }
    };
    match held {
        Some(held) => held.merge(more),
        None => *held = Some(more),
    }
    Ok(())
}

fn no_room() -> ApiError {
    ApiError::new(Code::Unavailable)
        .with_message("Too many bodies are being read; please try again")
        .retry_after(RETRY_AFTER)
}

fn shrink(held: &mut Option<OwnedSemaphorePermit>, bytes: usize) {
    if let Some(permit) = held {
        let surplus = permit.num_permits().saturating_sub(units(bytes));
        drop(permit.split(surplus));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_waits_for_room_and_is_refused_without() {
        let budget = Arc::new(BodyBudget::new(1 << 20, 800 << 10, 0));
        let mut one = Arc::clone(&budget).lease(Origin::Known);
        one.hold(700 << 10).await.unwrap();
        let mut two = Arc::clone(&budget).lease(Origin::Known);
        two.hold(SMALL).await.unwrap();
        let refused = two.hold(900 << 10).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unavailable);
        one.shrink(SMALL);
        let mut three = Arc::clone(&budget).lease(Origin::Known);
        three.hold(700 << 10).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn one_huge_body_at_a_time_leaves_room_for_usual_ones() {
        let budget = Arc::new(BodyBudget::new(1 << 20, 300 << 10, 5 << 20));
        let mut huge = Arc::clone(&budget).lease(Origin::Known);
        huge.hold(5 << 20).await.unwrap();
        let mut another = Arc::clone(&budget).lease(Origin::Known);
        assert!(another.hold(5 << 20).await.is_err());
        drop(another);
        let mut usual = Arc::clone(&budget).lease(Origin::Known);
        usual.hold(300 << 10).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_without_a_credential_take_no_room_of_others() {
        let budget = Arc::new(BodyBudget::new(1 << 20, 800 << 10, 0));
        let mut strangers = Vec::new();
        for _ in 0..2 {
            let mut stranger = Arc::clone(&budget).lease(Origin::Anonymous);
            stranger.hold(2 * SMALL).await.unwrap();
            strangers.push(stranger);
        }
        let mut another = Arc::clone(&budget).lease(Origin::Anonymous);
        assert!(another.hold(1).await.is_err());
        let mut known = Arc::clone(&budget).lease(Origin::Known);
        known.hold(700 << 10).await.unwrap();
    }
}
