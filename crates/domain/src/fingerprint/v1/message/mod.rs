//! The normal form of a message: what the program says, without what varies.

mod atom;
mod clean;
mod grammar;
mod lexicon;
mod out;
mod prefix;
mod quoted;
mod scan;
mod structured;
mod tables;

pub(super) use clean::clean;
use clean::{strip_hint, strip_location, strip_snippet};
pub(super) use prefix::strip as strip_prefix;

/// Replaces what varies between two reports of the same error by `<*>`.
///
/// One pass without backtracking: the time is linear in the length of `text`.
pub(super) fn normalize(text: &str) -> String {
    let cleaned = clean(text);
    let body = strip_location(strip_hint(strip_snippet(prefix::strip(&cleaned))));
    match structured::sentence(body) {
        Some(sentence) => scan::Scanner::new(&sentence).run(),
        None => scan::Scanner::new(body).run(),
    }
}
