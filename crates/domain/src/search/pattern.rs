//! Patterns that whole texts are compared with.

use super::fold::fold;
use std::borrow::Cow;

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compare {
    /// Both sides folded.
    Folded,
    /// As they are.
    Exact,
}

/// A pattern that a whole text matches: pieces that follow each other, with any characters or none between two of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    pieces: Vec<String>,
    compare: Compare,
}

impl Pattern {
    /// A pattern for this text alone, compared exactly.
    #[must_use]
    pub fn exact(text: &str) -> Self {
        Self {
            pieces: vec![text.to_owned()],
            compare: Compare::Exact,
        }
    }

    /// A pattern for this text alone, folded.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self::of([text].into_iter())
    }

    /// A pattern for texts that contain this one, folded.
    #[must_use]
    pub fn containing(text: &str) -> Self {
        Self::literal(text).anywhere()
    }

    /// Reads a text in which `*` stands for any characters and `\*` for itself. Folded.
    #[must_use]
    pub fn with_wildcards(text: &str) -> Self {
        let mut pieces = vec![String::new()];
        let mut rest = text;
        while let Some(at) = rest.find('*') {
            let before = &rest[..at];
            rest = &rest[at + 1..];
            let last = pieces.len() - 1;
            if let Some(before) = before.strip_suffix('\\') {
                pieces[last].push_str(before);
                pieces[last].push('*');
            } else {
                pieces[last].push_str(before);
                pieces.push(String::new());
            }
        }
        let last = pieces.len() - 1;
        pieces[last].push_str(rest);
        Self::of(pieces.iter().map(String::as_str))
    }

    /// Folds pieces; of those within, empty ones say nothing.
    fn of<'a>(pieces: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let last = pieces.len() - 1;
        let said = |(at, piece): &(usize, &str)| *at == 0 || *at == last || !piece.is_empty();
        let pieces = pieces.enumerate().filter(said);
        Self {
            pieces: pieces.map(|(_, piece)| fold(piece)).collect(),
            compare: Compare::Folded,
        }
    }

    /// The same pattern with any characters before and behind it.
    #[must_use]
    pub fn anywhere(mut self) -> Self {
        if self.pieces.first().is_some_and(|piece| !piece.is_empty()) || self.pieces.len() == 1 {
            self.pieces.insert(0, String::new());
        }
        if self.pieces.last().is_some_and(|piece| !piece.is_empty()) || self.pieces.len() == 1 {
            self.pieces.push(String::new());
        }
        self
    }

    /// How it is compared.
    #[must_use]
    pub const fn compare(&self) -> Compare {
        self.compare
    }

    /// The pieces, folded unless they are compared exactly: at least one. A text begins with the first and ends with the
    /// last; of several, those between follow in order, without overlap.
    #[must_use]
    pub fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// Returns the only text that matches; `None` where there are more.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        match &self.pieces[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Returns whether a text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let text = match self.compare {
            Compare::Folded => Cow::Owned(fold(text)),
            Compare::Exact => Cow::Borrowed(text),
        };
        self.matches_folded(&text)
    }

    /// Returns whether a text matches that was folded already, where the pattern is folded.
    #[must_use]
    pub fn matches_folded(&self, text: &str) -> bool {
        let [first, within @ .., last] = &self.pieces[..] else {
            return self.only() == Some(text);
        };
        let inner = text.strip_prefix(first.as_str());
        let Some(mut inner) = inner.and_then(|rest| rest.strip_suffix(last.as_str())) else {
            return false;
        };
        for piece in within {
            let Some(at) = inner.find(piece.as_str()) else {
                return false;
            };
            inner = &inner[at + piece.len()..];
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, expected) in [
            ("Checkout", "checkout", true),
            ("check", "checkout", false),
            ("check*", "Checkout", true),
            ("check*", "check", true),
            ("*out", "checkout", true),
            ("c*k*t", "checkout", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*a", "aba", true),
            ("a*b*b*a", "aba", false),
            ("*", "", true),
            ("**", "anything", true),
            ("", "", true),
            ("", "x", false),
            ("*ß*", "GROSSE", true),
            (r"5\*", "5*", true),
            (r"5\*", "55", false),
            (r"\*x*", "*xy", true),
            (r"a\b", r"a\b", true),
        ] {
            let matches = Pattern::with_wildcards(pattern).matches(text);
            assert_eq!(matches, expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_literal_is_compared_as_a_whole() {
        assert!(Pattern::literal("A*").matches("a*"));
        assert!(!Pattern::literal("A*").matches("ab"));
        assert!(Pattern::exact("A*").matches("A*"));
        assert!(!Pattern::exact("A*").matches("a*"));
        assert!(Pattern::containing("B").matches("abc"));
        assert!(Pattern::containing("").matches("abc"));
        assert!(!Pattern::containing("a*c").matches("abc"));
        assert_eq!(Pattern::literal("É").only(), Some("e"));
        assert_eq!(Pattern::containing("É").only(), None);
    }

    #[test]
    fn a_pattern_is_found_anywhere() {
        for (pattern, pieces) in [
            ("a*b", vec!["", "a", "b", ""]),
            ("*a*", vec!["", "a", ""]),
            ("*", vec!["", ""]),
            ("", vec!["", ""]),
        ] {
            let anywhere = Pattern::with_wildcards(pattern).anywhere();
            assert_eq!(anywhere.pieces(), pieces, "{pattern}");
        }
        assert!(Pattern::with_wildcards("a*c").anywhere().matches("xabcx"));
    }

    proptest! {
        #[test]
        fn matching_agrees_with_trying_everything(pattern in "[ab*]{0,8}", text in "[ab]{0,8}") {
            fn tries(pattern: &[u8], text: &[u8]) -> bool {
                match pattern {
                    [] => text.is_empty(),
                    [b'*', rest @ ..] => (0..=text.len()).any(|skipped| tries(rest, &text[skipped..])),
                    [one, rest @ ..] => text.first() == Some(one) && tries(rest, &text[1..]),
                }
            }
            let expected = tries(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(Pattern::with_wildcards(&pattern).matches(&text), expected);
        }
    }
}
