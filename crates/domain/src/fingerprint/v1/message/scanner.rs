//! Defines the state of the scan of a message.

use super::fold::FILTERED_VALUE;
use super::lexicon::{self, Classes};
use super::out::Out;
use super::rule::Rule;
use super::tables::QUOTES;
use crate::scrub::FILTERED;

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
    /// The place of the error is known by its frames.
    pub(super) placed: bool,
    /// What rules decided so far, when that is to be explained.
    pub(super) notes: Option<Vec<Note>>,
    /// The rule that decided about what is read now.
    decided: Option<(Rule, bool)>,
}

/// A part of a message about which a rule decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Note {
    /// The part as it was read.
    pub(in super::super) text: String,
    pub(in super::super) rule: Rule,
    /// It stays, although it looks like a parameter.
    pub(in super::super) kept: bool,
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
            placed: false,
            notes: None,
            decided: None,
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
    pub(super) fn param(&mut self, rule: Rule) {
        self.out.param();
        self.said_as("", Classes::default());
        self.numeric = matches!(rule, Rule::Number | Rule::Date);
        self.decided = Some((rule, false));
    }

    /// Writes a word that looks like a parameter and is none.
    pub(super) fn keep(&mut self, word: &'a str, rule: Rule) {
        self.out.literal(word);
        self.said(word);
        self.decided = Some((rule, true));
    }

    /// Notes which rule decided about what was read from `start` on.
    pub(super) fn note(&mut self, start: usize) {
        let Some((rule, kept)) = self.decided.take() else {
            return;
        };
        if let Some(notes) = &mut self.notes {
            let text = self.text[start..self.pos].trim();
            let filtered = text.contains(FILTERED_VALUE);
            notes.push(Note {
                text: text.replace(FILTERED_VALUE, FILTERED),
                rule: if filtered { Rule::Filtered } else { rule },
                kept,
            });
        }
    }
}
