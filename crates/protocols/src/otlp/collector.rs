//! Makes reports of events, within bounds.

use super::event::Event;
use super::event_id::EventIds;
use super::report::report_of;
use super::scope::{Resource, Scope};
use super::severity::Severity;
use super::{Options, Received};
use crate::origin::Origin;

/// The most reports of one request: twice what the batch processor of a collector sends.
const MAX_REPORTS: usize = 20_000;

/// The most memory that the reports of one request take, in bytes: four times the largest body. Each report holds what
/// the group shares, so that it is not bounded by the body.
const MAX_WEIGHT: usize = 256 << 20;

/// What the events of a group share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) resource: &'a Resource,
    pub(super) scope: &'a Scope,
}

/// An event within the bounds.
#[derive(Debug)]
pub(super) struct Admitted {
    event: Event,
    weight: usize,
}

/// Makes reports of the events of one request. What exceeds its bounds is dropped.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    options: &'a Options,
    origin: &'a Origin<'a>,
    ids: EventIds,
    weight_left: usize,
    reports_left: usize,
    received: Received,
    dropped: u64,
}

impl<'a> Collector<'a> {
    pub(super) fn new(options: &'a Options, origin: &'a Origin<'a>) -> Self {
        Self {
            options,
            origin,
            ids: EventIds::default(),
            weight_left: MAX_WEIGHT,
            reports_left: MAX_REPORTS,
            received: Received::default(),
            dropped: 0,
        }
    }

    pub(super) const fn min_severity(&self) -> Severity {
        self.options.min_severity
    }

    /// Counts an item that becomes no report.
    pub(super) const fn drop_item(&mut self) {
        self.dropped += 1;
    }

    /// Takes in an event, unless the bounds are reached.
    pub(super) fn admit(&mut self, event: Event) -> Option<Admitted> {
        let weight = event.weight();
        let reports_left = self.reports_left.checked_sub(1);
        let (Some(reports_left), true) = (reports_left, self.reserve(weight)) else {
            self.drop_item();
            return None;
        };
        self.reports_left = reports_left;
        Some(Admitted { event, weight })
    }

    /// Makes a report of an event.
    pub(super) fn add(&mut self, admitted: Admitted, shared: Shared<'_>) {
        let Admitted { event, weight } = admitted;
        let beneath = event.span.as_ref().map(|span| span.attributes.weight());
        let stored = shared.resource.stored().weight + shared.scope.stored().weight;
        let common = stored + beneath.unwrap_or(0);
        if !self.reserve(common) {
            return self.drop_item();
        }
        let report = report_of(event, weight + common, shared, self.origin, &mut self.ids);
        self.received.reports.push(report);
    }

    const fn reserve(&mut self, weight: usize) -> bool {
        match self.weight_left.checked_sub(weight) {
            Some(left) => {
                self.weight_left = left;
                true
            }
            None => false,
        }
    }

    pub(super) fn finish(self, item: &'static str) -> Received {
        let mut received = self.received;
        if self.dropped > 0 {
            received.dropped.push((item, self.dropped));
        }
        received
    }
}
