//! Counts the requests of this node by minute.

use super::sample::{RequestSample, Traffic};
use crate::sync::lock;
use std::sync::Mutex;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Maximum number of unstored minutes; the oldest are dropped.
const WAITING: usize = 24 * 60;

/// Counts requests. A request never waits for I/O.
pub struct TrafficMeter {
    node: Uuid,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<Minute>,
    /// Past minutes that are not stored, oldest first.
    over: Vec<RequestSample>,
}

struct Minute {
    start: OffsetDateTime,
    traffic: Traffic,
    /// Number of requests when the minute was last stored.
    stored: u64,
}

impl TrafficMeter {
    /// Creates a counter for this node.
    #[must_use]
    pub fn new(node: Uuid) -> Self {
        Self {
            node,
            state: Mutex::default(),
        }
    }

    /// Records one served request.
    pub fn note(&self, at: OffsetDateTime, took: Duration, server_error: bool) {
        let start = at.truncate_to_minute();
        let mut state = lock(&self.state);
        let is_current = |minute: &Minute| minute.start == start;
        if !state.current.as_ref().is_some_and(is_current) {
            let over = state.current.take();
            state
                .over
                .extend(over.and_then(|minute| self.sample(minute)));
            let surplus = state.over.len().saturating_sub(WAITING);
            state.over.drain(..surplus);
        }
        let minute = state.current.get_or_insert_with(|| Minute {
            start,
            traffic: Traffic::default(),
            stored: 0,
        });
        minute.traffic.requests += 1;
        minute.traffic.server_errors += u64::from(server_error);
        minute.traffic.total_micros += u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        minute.traffic.histogram.record(took);
    }

    /// Takes what changed since the last call: past minutes, and the current one so far. Return with
    /// [`TrafficMeter::give_back`] what could not be stored.
    pub fn take(&self) -> Vec<RequestSample> {
        let mut state = lock(&self.state);
        let mut changed = std::mem::take(&mut state.over);
        if let Some(minute) = &mut state.current
            && minute.traffic.requests > minute.stored
        {
            minute.stored = minute.traffic.requests;
            changed.push(RequestSample {
                minute: minute.start,
                node: self.node,
                traffic: minute.traffic.clone(),
            });
        }
        changed
    }

    /// Puts back what could not be stored. The current minute is always taken whole.
    pub fn give_back(&self, unstored: Vec<RequestSample>) {
        let mut state = lock(&self.state);
        let newer = std::mem::take(&mut state.over);
        let current = state.current.as_ref().map(|minute| minute.start);
        let over = unstored
            .into_iter()
            .filter(|one| Some(one.minute) != current);
        state.over = over.chain(newer).collect();
        if let Some(minute) = &mut state.current {
            minute.stored = 0;
        }
    }

    fn sample(&self, minute: Minute) -> Option<RequestSample> {
        (minute.traffic.requests > minute.stored).then_some(RequestSample {
            minute: minute.start,
            node: self.node,
            traffic: minute.traffic,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);
    const TOOK: Duration = Duration::from_millis(3);

    fn taken(meter: &TrafficMeter) -> Vec<(i64, u64, u64)> {
        let samples = meter.take().into_iter();
        let seen = samples.map(|one| {
            let minutes = (one.minute - NOON).whole_minutes();
            (minutes, one.traffic.requests, one.traffic.server_errors)
        });
        seen.collect()
    }

    #[test]
    fn a_minute_is_taken_when_it_changed() {
        let meter = TrafficMeter::new(Uuid::nil());
        assert_eq!(taken(&meter), []);
        meter.note(NOON + Duration::from_secs(5), TOOK, false);
        meter.note(NOON + Duration::from_secs(59), TOOK, true);
        assert_eq!(taken(&meter), [(0, 2, 1)]);
        assert_eq!(taken(&meter), []);
        meter.note(NOON + Duration::from_secs(59), TOOK, false);
        meter.note(NOON + Duration::from_secs(60), TOOK, false);
        assert_eq!(taken(&meter), [(0, 3, 1), (1, 1, 0)]);
        meter.note(NOON + Duration::from_secs(190), TOOK, false);
        assert_eq!(taken(&meter), [(3, 1, 0)]);
    }

    #[test]
    fn what_could_not_be_stored_is_taken_again() {
        let meter = TrafficMeter::new(Uuid::nil());
        meter.note(NOON, TOOK, false);
        meter.note(NOON + Duration::from_secs(60), TOOK, false);
        let unstored = meter.take();
        meter.give_back(unstored);
        meter.note(NOON + Duration::from_secs(61), TOOK, false);
        assert_eq!(taken(&meter), [(0, 1, 0), (1, 2, 0)]);
    }
}
