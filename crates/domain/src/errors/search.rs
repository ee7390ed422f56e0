//! Case-insensitive word search in messages, in every alphabet, with equal results in every store and database
//! locale.
//!
//! Case is folded one character at a time, so that folding keeps the number of characters. A word of ASCII letters
//! folds only these, which stores do natively.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Maximum characters of all words of a search.
pub const SEARCH_MAX: usize = 1_000;

/// Folds the case of a character: `Σ`, `σ` and `ς` become `σ`.
#[must_use]
pub fn fold(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    // Upper case first: it unites characters with several lower-case forms.
    lower(upper(character))
}

fn upper(character: char) -> char {
    single(character, character.to_uppercase())
}

fn lower(character: char) -> char {
    single(character, character.to_lowercase())
}

/// Returns the only character of a mapping, or the original where it maps to several.
fn single(character: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// Folds a text character by character.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars().map(fold).collect()
}

/// Returns whether a text contains a word, ignoring case.
#[must_use]
pub fn contains(text: &str, word: &str) -> bool {
    if word.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        return word.is_empty()
            || text
                .windows(word.len())
                .any(|part| part.eq_ignore_ascii_case(word));
    }
    folded(text).contains(&folded(word))
}

/// Returns all characters with the same case folding, including this one.
#[must_use]
pub fn spellings(character: char) -> &'static [char] {
    /// Characters with several spellings, by folded character.
    static SPELLINGS: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(|| {
        let mut spellings: HashMap<char, Vec<char>> = HashMap::new();
        for character in '\0'..=char::MAX {
            let folded = fold(character);
            if folded != character {
                spellings
                    .entry(folded)
                    .or_insert_with(|| vec![folded])
                    .push(character);
            }
        }
        spellings
    });
    SPELLINGS
        .get(&fold(character))
        .map_or(&[], |spellings| spellings.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_every_case_and_alphabet() {
        for (text, word) in [
            ("Übergröße, Ошибка", "ошибка"),
            ("Übergröße, Ошибка", "ÜBERGRÖßE"),
            ("ΟΔΟΣ ΣΑΣ", "οδος"),
            ("οδος", "ΟΔΟΣ"),
            ("ÉCHEC", "échec"),
            ("Ꭰ Ժ ა", "ꭰ"),
            ("straẞe", "STRAßE"),
            ("𐐀", "𐐨"),
            ("TIMEOUT", "timeout"),
            ("超時", "超時"),
            ("x", ""),
        ] {
            assert!(contains(text, word), "{word} in {text}");
        }
        assert!(!contains("Ошибка", "ошибки"));
        assert!(!contains("ö", "o"));
        assert!(!contains("", "x"));
    }

    #[test]
    fn spellings_fold_to_the_same() {
        for character in ['о', 'Σ', 'ς', 'é', 'ß', 'k'] {
            let spellings = spellings(character);
            assert!(spellings.contains(&character), "{character}: {spellings:?}");
            for spelling in spellings {
                assert_eq!(fold(*spelling), fold(character));
            }
        }
        assert!(spellings('超').is_empty());
        assert!(spellings('7').is_empty());
    }
}
