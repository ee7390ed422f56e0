//! Normalizes messages: replaces the parameters by `<*>` and keeps the words of the program.

mod atom;
mod bytes;
mod clean;
mod grammar;
mod lexicon;
mod out;
mod prefix;
mod quoted;
mod scan;
mod scanner;
mod structured;
mod tables;

pub(super) use clean::clean;
use clean::{strip_hint, strip_location, strip_snippet};
pub(super) use prefix::strip as strip_prefix;
use scanner::Scanner;

/// Replaces what varies between two reports of the same error by `<*>`.
///
/// One pass without backtracking: the time is linear in the length of `text`.
pub(super) fn normalize(text: &str) -> String {
    let cleaned = clean(text);
    let body = strip_location(strip_hint(strip_snippet(prefix::strip(&cleaned))));
    match structured::sentence(body) {
        Some(sentence) => Scanner::new(&sentence).run(),
        None => Scanner::new(body).run(),
    }
}
