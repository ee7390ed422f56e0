//! Normalizes messages: replaces the parameters by `<*>` and keeps the words of the program.

mod atom;
mod bytes;
mod clean;
mod code;
mod engine;
mod fold;
mod follow;
mod lexicon;
mod out;
mod prefix;
mod quoted;
mod random;
mod rule;
mod scan;
mod scanner;
mod shape;
mod structured;
mod tables;
mod words;

use crate::fingerprint::ExplainedPart;
pub(super) use clean::{clean, source_file, unquoted};
use clean::{
    strip_hint, strip_location, strip_place, strip_printed, strip_recovered, strip_snippet,
};
pub(super) use out::PARAM;
pub(super) use prefix::strip as strip_prefix;
use rule::Rule;
use scanner::{Note, Scanner};
pub(super) use shape::is_host;
use std::borrow::Cow;

#[cfg(feature = "ablation")]
pub(super) use rule::{NAMES as RULES, switch_off};

/// Replaces what varies between two reports of the same error by `<*>`.
///
/// One pass without backtracking: the time is linear in the length of `text`.
pub(super) fn normalize(text: &str) -> String {
    read(text, false, false).0
}

/// The same for what an exception says whose place is known: the frames tell what it is about, so that a word that stands
/// where values do is one.
pub(super) fn normalize_placed(text: &str) -> String {
    read(text, true, false).0
}

/// The parts of a message about which a rule decided: the parameters, and what stays although it looks like one.
pub(super) fn explain(text: &str, placed: bool) -> Vec<ExplainedPart> {
    let (_, notes) = read(text, placed, true);
    notes
        .into_iter()
        .map(|note| ExplainedPart {
            kind: "message",
            text: note.text,
            counted: note.kept,
            reason: note.rule.says(),
        })
        .collect()
}

/// The normalized text, and with `explains` what each rule decided.
fn read(text: &str, placed: bool, explains: bool) -> (String, Vec<Note>) {
    let cleaned = clean(text);
    let mut body = cleaned.as_ref();
    if Rule::Prefix.on() {
        body = prefix::strip(body);
    }
    if Rule::Appendix.on() {
        body = strip_location(strip_recovered(strip_hint(strip_snippet(body))));
    }
    let sentence = Rule::Structured
        .on()
        .then(|| structured::sentence(body))
        .flatten()
        .or_else(|| Rule::Appendix.on().then(|| strip_place(body)).flatten());
    let body = sentence.as_deref().unwrap_or(body);
    let bare = if Rule::Printed.on() {
        strip_printed(body)
    } else {
        Cow::Borrowed(body)
    };
    let alike = Rule::Engine.on().then(|| engine::alike(&bare)).flatten();
    let folded = fold::fold(alike.as_deref().unwrap_or(&bare));
    let mut scanner = Scanner::new(&folded);
    scanner.placed = placed;
    scanner.notes = explains.then(Vec::new);
    scanner.run()
}
