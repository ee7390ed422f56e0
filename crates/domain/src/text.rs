//! Parts of texts.

/// Returns the start of a text, at most so many characters.
#[must_use]
pub fn start(text: &str, characters: usize) -> &str {
    // No character takes less than a byte.
    if text.len() <= characters {
        return text;
    }
    match text.char_indices().nth(characters) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        for (text, characters, expected) in [
            ("äöü", 2, "äö"),
            ("äöü", 3, "äöü"),
            ("abc", 0, ""),
            ("", 5, ""),
        ] {
            assert_eq!(start(text, characters), expected);
        }
    }
}
