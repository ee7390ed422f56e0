//! Defines the state of the scan of a message.

use super::lexicon::{self, Classes};
use super::out::Out;
use super::tables::QUOTES;

/// The position in a message, the normal form written so far, and the words just before.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) pos: usize,
    pub(super) out: Out,
    /// The last words, newest first; a parameter counts as an empty word.
    pub(super) words: [&'a str; 3],
    /// What the last two of them are.
    pub(super) classes: [Classes; 2],
    /// The last parameter was a number, so that a unit may follow.
    pub(super) numeric: bool,
    /// A word said that the next quoted string is what was read.
    pub(super) data_expected: bool,
    /// For each kind of quote, the text before this holds no closing one.
    pub(super) unclosed: [usize; QUOTES.len()],
    /// This reads a quoted part of another text.
    pub(super) nested: bool,
    /// A fragment of JSON was left open: none starts after it.
    pub(super) json_open: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            pos: 0,
            out: Out::with_capacity(text.len().min(4096)),
            words: [""; 3],
            classes: [Classes::default(); 2],
            numeric: false,
            data_expected: false,
            unclosed: [0; QUOTES.len()],
            nested: false,
            json_open: false,
        }
    }

    /// Notes that a literal word was written.
    pub(super) fn said(&mut self, word: &'a str) {
        self.said_as(word, lexicon::classes(word));
    }

    /// The same for a word that was looked up already.
    pub(super) fn said_as(&mut self, word: &'a str, classes: Classes) {
        self.words = [word, self.words[0], self.words[1]];
        self.classes = [classes, self.classes[0]];
        self.numeric = false;
    }

    /// Writes a parameter and notes it.
    pub(super) fn param(&mut self, numeric: bool) {
        self.out.param();
        self.said_as("", Classes::default());
        self.numeric = numeric;
    }
}
