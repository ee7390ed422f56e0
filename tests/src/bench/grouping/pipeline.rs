//! The way of a report into its group: its secrets go first, so that the fingerprint sees what the server's does.

use super::data::Report;
use faultbook_domain::fingerprint::{
    Explanation, FingerprintInput, Fingerprinter, v1::FingerprinterV1,
};
use faultbook_domain::scrub::{DefaultScrubber, Scrubber};
use std::borrow::Cow;

/// Scrubs and fingerprints reports as the server does.
#[derive(Default)]
pub struct Pipeline {
    scrubber: DefaultScrubber,
    pub fingerprinter: FingerprinterV1,
}

/// A report without its secrets.
pub struct Scrubbed<'a> {
    source: Cow<'a, str>,
    message: Cow<'a, str>,
    stack_trace: Option<Cow<'a, str>>,
}

impl Scrubbed<'_> {
    fn input(&self) -> FingerprintInput<'_> {
        FingerprintInput {
            source: &self.source,
            message: &self.message,
            stack_trace: self.stack_trace.as_deref(),
            ..FingerprintInput::default()
        }
    }
}

impl Pipeline {
    pub fn scrub<'a>(&self, report: &'a Report) -> Scrubbed<'a> {
        let clean = |text: &'a str| {
            self.scrubber
                .scrub_text(text)
                .map_or(Cow::Borrowed(text), Cow::Owned)
        };
        Scrubbed {
            source: clean(&report.source),
            message: clean(&report.message),
            stack_trace: report.stack_trace.as_deref().map(clean),
        }
    }

    pub fn group(&self, report: &Scrubbed<'_>) -> String {
        self.fingerprinter.fingerprint(&report.input()).to_string()
    }

    pub fn groups(&self, reports: &[Report]) -> Vec<String> {
        reports
            .iter()
            .map(|report| self.group(&self.scrub(report)))
            .collect()
    }

    pub fn explain(&self, report: &Report) -> Explanation {
        self.fingerprinter.explain(&self.scrub(report).input())
    }
}
