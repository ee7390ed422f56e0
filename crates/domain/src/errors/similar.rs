//! How much two errors are alike: type, innermost own frame, and words of the message.

use crate::search::fold;
use std::collections::BTreeSet;

/// Score from which errors are similar.
pub const SIMILAR_FROM: f64 = 0.3;

/// Similar errors that are shown: the best.
pub const SIMILAR_MAX: usize = 10;

/// Words of a message that are compared.
const WORDS_MAX: usize = 100;

/// Weights of what two errors have in common; they add up to 1.
const OF_FRAME: f64 = 0.4;
const OF_TYPE: f64 = 0.2;
const OF_WORDS: f64 = 0.4;

/// What two errors are compared by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Likeness {
    /// Type of the exception.
    pub exception_type: Option<String>,
    /// The innermost own frame.
    pub culprit: Option<String>,
    /// The message.
    pub message: String,
}

/// How much two errors are alike, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Similarity {
    /// From 0 to 1.
    pub score: f64,
    /// What they have in common, in words.
    pub why: Vec<String>,
}

impl Likeness {
    /// Returns whether both have an innermost own frame, of the same function and file.
    fn has_frame_of(&self, other: &Self) -> bool {
        match (&self.culprit, &other.culprit) {
            (Some(one), Some(other)) => frame(one) == frame(other),
            _ => false,
        }
    }

    /// Compares two errors; `None` where they have too little in common. The words of the messages count by their
    /// common share (Dice 1945), as a multiset would: each word once.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Similarity> {
        let (mut score, mut why) = (0.0, Vec::new());
        let same = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        if self.has_frame_of(other) {
            score += OF_FRAME;
            why.push("same innermost frame".to_owned());
        }
        if same(&self.exception_type, &other.exception_type) {
            score += OF_TYPE;
            why.push("same exception type".to_owned());
        }
        let (own, others) = (words(&self.message), words(&other.message));
        let common = own.intersection(&others).count();
        let all = own.len() + others.len();
        if common > 0 {
            let share = share(2 * common, all);
            // One common word of many says nothing by itself.
            if share >= 0.5 {
                score += OF_WORDS * share;
                let differing = own.len().max(others.len()) - common;
                why.push(match differing {
                    0 => "same words in the message".to_owned(),
                    1 => "message differs in 1 word".to_owned(),
                    more => format!("message differs in {more} words"),
                });
            }
        }
        (score >= SIMILAR_FROM && !why.is_empty()).then_some(Similarity { score, why })
    }
}

/// Returns a frame, written as `function (file:line)`, up to its line, which moves with every edit: `pay (shop.py` of
/// `pay (shop.py:7)`.
#[must_use]
pub fn frame_place(culprit: &str) -> &str {
    let place = culprit.strip_suffix(')').unwrap_or(culprit);
    match place.rsplit_once(':') {
        Some((place, line)) if !line.is_empty() && line.bytes().all(|it| it.is_ascii_digit()) => {
            place
        }
        _ => place,
    }
}

/// Returns the function and the file of a frame, without folders: these vary by installation.
fn frame(culprit: &str) -> (&str, &str) {
    let place = frame_place(culprit);
    let (function, file) = place.split_once(" (").unwrap_or((place, ""));
    (function, file.rsplit(['/', '\\']).next().unwrap_or(file))
}

fn share(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole.max(1))
}

/// Returns the folded words of a message.
fn words(message: &str) -> BTreeSet<String> {
    let folded = fold(message);
    let words = folded.split(|character: char| !character.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.take(WORDS_MAX).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: &str, frame: &str, message: &str) -> Likeness {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Likeness {
            exception_type: given(kind),
            culprit: given(frame),
            message: message.to_owned(),
        }
    }

    #[test]
    fn type_and_frame_or_nearly_all_words_make_errors_similar() {
        let one = error("ValueError", "pay (shop.py:7)", "charge refused");
        let same_place = error("ValueError", "pay (shop.py:7)", "quite another text");
        assert_eq!(
            one.compare(&same_place).unwrap().why,
            ["same innermost frame", "same exception type"]
        );
        let moved = error("ValueError", "pay (/srv/shop.py:9)", "quite another text");
        assert_eq!(one.compare(&moved), one.compare(&same_place));
        let elsewhere = error("ValueError", "refund (shop.py:7)", "quite another text");
        assert_eq!(one.compare(&elsewhere), None);
        let one = error("", "", "disk sda is full");
        let other = error("", "", "Disk sdb is full");
        let similarity = one.compare(&other).unwrap();
        assert_eq!(similarity.why, ["message differs in 1 word"]);
        assert!(similarity.score >= SIMILAR_FROM);
    }

    #[test]
    fn what_has_nothing_in_common_is_not_similar() {
        let one = error("ValueError", "pay (shop.py:7)", "charge refused");
        assert_eq!(
            one.compare(&error("KeyError", "get (a.py:1)", "user 7")),
            None
        );
        assert_eq!(one.compare(&error("ValueError", "", "another")), None);
        assert_eq!(error("", "", "").compare(&error("", "", "")), None);
    }

    #[test]
    fn a_frame_is_known_without_its_line() {
        for (culprit, place) in [
            ("pay (shop.py:7)", "pay (shop.py"),
            ("pay (C:\\shop.py)", "pay (C:\\shop.py"),
            ("pay (shop)", "pay (shop"),
            ("shop.py:7", "shop.py"),
            ("Shop::pay", "Shop::pay"),
        ] {
            assert_eq!(frame_place(culprit), place);
        }
    }

    #[test]
    fn the_score_is_at_most_one() {
        let one = error("ValueError", "pay (shop.py:7)", "charge refused");
        assert!((one.compare(&one).unwrap().score - 1.0).abs() < 1e-9);
    }
}
