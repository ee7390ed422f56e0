//! What of an occurrence's exceptions and frames is found.

use crate::stack_trace::{Exception, Frame, Reported, Sent};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// What of exceptions and frames is found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct TraceFacts {
    /// Type of the reported exception.
    pub(super) reported_type: Option<String>,
    /// The types of all exceptions, the reported one first.
    pub(super) types: Vec<String>,
    /// What all exceptions say, the reported one first, each text once.
    pub(super) values: Vec<String>,
    /// The innermost frame of the application's own code, as `function (file:line)`.
    pub(super) culprit: Option<String>,
}

impl TraceFacts {
    fn of(sent: Option<&Sent>, text: Option<&str>) -> Self {
        let Some(reported) = Reported::choose(sent, text) else {
            return Self::default();
        };
        let types = |one: &Exception<'_>| one.type_name.as_deref().map(str::to_owned);
        let values = reported.exceptions().filter_map(|one| one.value.as_deref());
        Self {
            reported_type: reported.exceptions().next().and_then(types),
            types: reported.exceptions().filter_map(types).collect(),
            values: distinct(values),
            culprit: reported.innermost_own().and_then(culprit),
        }
    }
}

/// Remembers what is found in printed traces: in a storm of reports the same one comes again and again, and parsing it
/// takes most of the time of [`Facts::of`](super::Facts::of).
#[derive(Debug, Default)]
pub struct TraceMemo {
    /// By SHA-256 of the text, so that no text is kept.
    known: HashMap<[u8; 32], TraceFacts>,
    /// What an SDK sent, which is not remembered.
    sent: TraceFacts,
}

impl TraceMemo {
    /// Traces that are remembered.
    const MOST: usize = 1_000;

    pub(super) fn facts(&mut self, sent: Option<&Sent>, text: Option<&str>) -> &TraceFacts {
        let (None, Some(text)) = (sent, text) else {
            self.sent = TraceFacts::of(sent, text);
            return &self.sent;
        };
        if self.known.len() >= Self::MOST {
            self.known.clear();
        }
        let digest = Sha256::digest(text.as_bytes()).into();
        self.known
            .entry(digest)
            .or_insert_with(|| TraceFacts::of(None, Some(text)))
    }
}

/// Returns texts that are not empty, each once.
pub(super) fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        if !text.is_empty() && !found.iter().any(|known| known == text) {
            found.push(text.to_owned());
        }
    }
    found
}

/// Writes a frame as `function (file:line)`, with what is known of it.
fn culprit(frame: &Frame<'_>) -> Option<String> {
    let said = |text: &'_ str| !text.trim().is_empty();
    let file = frame.file.as_deref().or(frame.absolute_path.as_deref());
    let file = file.filter(|file| said(file));
    let place = file.map(|file| match frame.line {
        Some(line) => format!("{file}:{line}"),
        None => file.to_owned(),
    });
    let place = place.or_else(|| frame.module.as_deref().map(str::to_owned));
    let function = frame.function.as_deref().filter(|name| said(name));
    match (function, place) {
        (Some(function), Some(place)) => Some(format!("{function} ({place})")),
        (Some(function), None) => Some(function.to_owned()),
        (None, place) => place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_traces_are_parsed_once() {
        let mut memo = TraceMemo::default();
        let text = "ValueError: v\n    at total (cart.js:3:1)";
        let found = memo.facts(None, Some(text)).clone();
        assert_eq!(found, TraceFacts::of(None, Some(text)));
        assert_eq!(found.culprit.as_deref(), Some("total (cart.js:3)"));
        assert_eq!(memo.facts(None, Some(text)), &found);
        assert_eq!(memo.known.len(), 1);
        assert_eq!(memo.facts(None, None), &TraceFacts::default());
        for number in 0..=TraceMemo::MOST {
            let _found = memo.facts(None, Some(&format!("{text}{number}")));
        }
        assert!(memo.known.len() <= TraceMemo::MOST);
    }

    #[test]
    fn a_culprit_is_written_with_what_is_known() {
        let frame = |function: &'static str, file: &'static str, line: u32| Frame {
            function: Some(function.into()),
            file: Some(file.into()),
            line: (line > 0).then_some(line),
            ..Frame::default()
        };
        for (frame, expected) in [
            (frame("f", "a.js", 3), Some("f (a.js:3)")),
            (frame("f", "a.js", 0), Some("f (a.js)")),
            (frame("", "a.js", 3), Some("a.js:3")),
            (frame("f", "", 0), Some("f")),
            (frame("", "", 0), None),
        ] {
            assert_eq!(culprit(&frame).as_deref(), expected);
        }
    }
}
