//! Makes reports of events, within bounds.

use super::event::Event;
use super::event_id::EventIds;
use super::report::report_of;
use super::scope::{Resource, Scope};
use super::severity::Severity;
use super::{Options, Received, Undecodable};
use crate::origin::Origin;

/// The most reports of one request: more than the batch processor of a collector sends (8,192).
const MAX_REPORTS: usize = 10_000;

/// The most memory that the reports of one request take, in bytes. Each holds what its group shares, so that it is not
/// bounded by the body.
const MAX_WEIGHT: usize = 96 << 20;

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

/// Makes reports of the events of one request.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    options: &'a Options,
    origin: &'a Origin<'a>,
    ids: EventIds,
    weight_left: usize,
    admitted: usize,
    too_large: bool,
    too_many: bool,
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
            admitted: 0,
            too_large: false,
            too_many: false,
            received: Received::default(),
            dropped: 0,
        }
    }

    pub(super) const fn min_severity(&self) -> Severity {
        self.options.min_severity
    }

    /// The most bytes of an item.
    pub(super) const fn max_item(&self) -> usize {
        self.origin.max_event
    }

    /// Counts an item that becomes no report.
    pub(super) const fn drop_item(&mut self) {
        self.dropped += 1;
    }

    /// Counts an item of more bytes than one may have.
    pub(super) const fn drop_too_large(&mut self) {
        self.dropped += 1;
        self.too_large = true;
    }

    /// Whether the request was found to make too many reports.
    pub(super) const fn has_too_many(&self) -> bool {
        self.too_many
    }

    /// Takes in an event.
    ///
    /// # Errors
    /// [`Undecodable::TooMany`] when the request makes too many reports.
    pub(super) fn admit(&mut self, mut event: Event) -> Result<Admitted, Undecodable> {
        event.trim();
        let weight = event.weight();
        self.reserve(weight)?;
        self.too_many = self.admitted == MAX_REPORTS;
        if self.too_many {
            return Err(Undecodable::TooMany);
        }
        self.admitted += 1;
        Ok(Admitted { event, weight })
    }

    /// Makes a report of an event.
    ///
    /// # Errors
    /// [`Undecodable::TooMany`] when the request makes too large reports.
    pub(super) fn add(
        &mut self,
        admitted: Admitted,
        shared: Shared<'_>,
    ) -> Result<(), Undecodable> {
        let Admitted { event, weight } = admitted;
        let beneath = event.span.as_ref().map(|span| span.attributes.weight());
        let stored = shared.resource.stored().weight + shared.scope.stored().weight;
        let common = stored + beneath.unwrap_or(0);
        self.reserve(common)?;
        let report = report_of(event, weight + common, shared, self.origin, &mut self.ids);
        self.received.reports.push(report);
        Ok(())
    }

    fn reserve(&mut self, weight: usize) -> Result<(), Undecodable> {
        let Some(left) = self.weight_left.checked_sub(weight) else {
            self.too_many = true;
            return Err(Undecodable::TooMany);
        };
        self.weight_left = left;
        Ok(())
    }

    /// Returns the reports.
    ///
    /// # Errors
    /// [`Undecodable::TooLarge`] when an item was too large and there is no report.
    pub(super) fn finish(self, item: &'static str) -> Result<Received, Undecodable> {
        let mut received = self.received;
        if self.too_large && received.reports.is_empty() {
            return Err(Undecodable::TooLarge);
        }
        if self.dropped > 0 {
            received.dropped.push((item, self.dropped));
        }
        Ok(received)
    }
}
