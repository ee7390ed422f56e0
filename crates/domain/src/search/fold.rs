//! Folding, under which texts are found and compared: the same in every store and database locale.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::compose;

/// Folds a text: compatibility decomposition (NFKD, UAX #15), without combining diacritical marks (U+0300 to U+036F),
/// full case folding (Unicode 3.13, D144). Folding a folded text changes nothing.
///
/// Voicing marks of kana stay with their letter, so that `か` is not found in `が`.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let bare: String = without_marks(text.nfkd()).collect();
    let folded = UniCase::unicode(bare).to_folded_case();
    // What a letter folds to may decompose again.
    voiced(without_marks(folded.nfkd()), folded.len())
}

fn without_marks(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    text.filter(|character| !('\u{300}'..='\u{36F}').contains(character))
}

/// Composes kana with the voicing marks that follow them.
fn voiced(text: impl Iterator<Item = char>, bytes: usize) -> String {
    let mut kept = String::with_capacity(bytes);
    for character in text {
        let is_voicing = matches!(character, '\u{3099}' | '\u{309A}');
        let before = kept.chars().next_back().filter(|_| is_voicing);
        match before.and_then(|before| compose(before, character)) {
            Some(composed) => {
                kept.pop();
                kept.push(composed);
            }
            None => kept.push(character),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(word: &str, text: &str) -> bool {
        fold(text).contains(&fold(word))
    }

    #[test]
    fn words_are_found_whatever_their_case_and_accents() {
        for (word, text) in [
            ("STRASSE", "Straße"),
            ("straẞe", "STRASSE"),
            ("echec", "Échec de la requête"),
            ("É", "echec"),
            ("σφαλμα", "ΣΦΆΛΜΑ"),
            ("ΟΔΟΣ", "οδος"),
            ("ᾳ", "ΑΙ ᾼ"),
            ("ошибка", "Ошибка"),
            ("istanbul", "İSTANBUL"),
            ("ﬁle", "FILE"),
            ("１２", "12"),
            ("km", "㎞"),
            ("ガス", "ｶﾞｽ"),
            ("が", "か\u{3099}"),
            ("ꭰ", "Ꭰ"),
            ("𐐀", "𐐨"),
            ("超時", "超時"),
            ("국", "한국어"),
            ("", "x"),
        ] {
            assert!(finds(word, text), "{word} in {text}");
        }
    }

    #[test]
    fn other_letters_stay_apart() {
        for (word, text) in [
            ("か", "が"),
            ("が", "か"),
            ("は", "ぱ"),
            ("カ", "ｶﾞ"),
            ("ошибки", "Ошибка"),
            ("ı", "i"),
            ("ø", "o"),
            ("x", ""),
        ] {
            assert!(!finds(word, text), "{word} in {text}");
        }
    }

    #[test]
    fn every_character_is_folded_once() {
        for character in '\0'..='\u{2FFFF}' {
            let text = character.to_string();
            let once = fold(&text);
            assert_eq!(fold(&once), once, "{character:?}");
            // The dotless i has the capital of another letter, and the iota below a letter that of a letter.
            if character != 'ı' && !text.nfd().any(|part| part == '\u{345}') {
                for other in [text.to_uppercase(), text.to_lowercase()] {
                    assert_eq!(fold(&other), once, "{character:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_folded_text_is_folded_already(text in ".{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_part_of_ascii_is_found(text in "[ -~]{1,40}", start in 0_usize..40, end in 0_usize..40) {
            let (start, end) = (start.min(text.len()), end.min(text.len()));
            prop_assert!(finds(&text[start.min(end)..end], &text));
        }
    }
}
