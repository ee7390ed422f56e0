//! How often anything happened over time, above a list.

use crate::chart::{Bars, Step, of_steps, ticks};
use crate::marks;
use crate::number::Number;
use crate::ui::Markup;
use crate::when::{Clock, day};
use askama::Template;
use faultbook_domain::analytics::TrendMark;
use time::{Duration, OffsetDateTime};

/// How often anything happened over time: starts of steps and their counts, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Volume {
    /// Start, occurrences and critical ones of each step.
    pub points: Vec<Step>,
    /// The length of a step.
    pub step: Duration,
    /// What happened meanwhile.
    pub marks: Vec<TrendMark>,
}

/// The chart of a search, which is asked for when its list shows.
#[derive(Template)]
#[template(path = "errors/volume.html")]
pub struct VolumePart {
    chart: Option<(Markup, Markup)>,
}

impl VolumePart {
    /// The chart of what was found; `None` where too much would have to be read.
    #[must_use]
    pub fn new(volume: Option<&Volume>, clock: Clock) -> Self {
        Self {
            chart: volume.map(|volume| volume.drawn(clock)),
        }
    }
}

impl Volume {
    /// From the start of the first step to the end of the last one.
    pub(crate) fn span(&self) -> (OffsetDateTime, OffsetDateTime) {
        let start = |point: &Step| point.0;
        let now = OffsetDateTime::UNIX_EPOCH;
        let first = self.points.first().map_or(now, start);
        let last = self.points.last().map_or(now, start);
        (first, last + self.step)
    }

    /// Its bars, with what happened meanwhile, and words below.
    pub(crate) fn bars(&self, clock: Clock, hours: bool) -> Bars {
        let (bars, total, critical) = of_steps(&self.points);
        let most = self.points.iter().max_by_key(|(_, all, _)| *all);
        let most = most.filter(|(_, all, _)| *all > 0).map(|(at, all, _)| {
            format!(
                " Most at {}: {}.",
                clock.when(*at).text(),
                Number::from(*all)
            )
        });
        let label = format!(
            "{} occurrences, {} of them critical.{}{}",
            Number::from(total),
            Number::from(critical),
            most.unwrap_or_default(),
            marks::told(&self.marks)
        );
        let ticks = ticks(&self.points, 4, |(start, ..)| match hours {
            true => format!("{:02}:{:02}", start.hour(), start.minute()),
            false => day(start.date()),
        });
        Bars {
            bars,
            marks: marks::lines(&self.marks, self.span(), clock),
            ticks,
            label,
        }
    }

    pub(crate) fn drawn(&self, clock: Clock) -> (Markup, Markup) {
        let (since, until) = self.span();
        let bars = self.bars(clock, until - since <= Duration::DAY);
        (bars.svg("chart short"), bars.ticks())
    }
}
