//! Cuts the text of a search into filters and words, as the search field shows them.

/// A filter of a search: `level:error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What precedes the value, with its colon and sign: `!level:`.
    pub key: String,
    /// The value.
    pub value: String,
}

impl Token {
    /// The filter as it is written.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}{}", self.key, self.value)
    }
}

/// Cuts a search at its blanks, of which those between quotes and in lists are none.
#[must_use]
pub fn pieces(search: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut escaped, mut depth) = (None, false, false, 0_usize);
    for (at, one) in search.char_indices() {
        if one.is_whitespace() && !quoted && depth == 0 {
            pieces.extend(start.take().map(|start| &search[start..at]));
            continue;
        }
        start.get_or_insert(at);
        match one {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '(' if !quoted => depth += 1,
            ']' | ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    pieces.extend(start.map(|start| &search[start..]));
    pieces
}

/// Reads a piece as a filter; anything else is a word.
#[must_use]
pub fn token(piece: &str) -> Option<Token> {
    let bare = piece.trim_start_matches(['!', '-']);
    let (key, value) = bare.split_once(':')?;
    let is_key = !key.is_empty()
        && key
            .chars()
            .all(|one| one.is_alphanumeric() || matches!(one, '.' | '_' | '-'))
        && !value.starts_with("//");
    let cut = piece.len() - value.len();
    (is_key && !value.is_empty()).then(|| Token {
        key: piece[..cut].to_owned(),
        value: value.to_owned(),
    })
}

/// Writes a filter whose value may hold anything.
#[must_use]
pub fn written(key: &str, value: &str) -> String {
    let plain = !value.is_empty()
        && value
            .chars()
            .all(|one| one.is_alphanumeric() || matches!(one, '.' | '_' | '-' | '/' | '@' | '+'));
    if plain {
        return format!("{key}:{value}");
    }
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{key}:\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_between_quotes_part_nothing() {
        assert_eq!(
            pieces("  a level:error user:\"Ada \\\" L\" environment:[a, b]  \"x y\" "),
            [
                "a",
                "level:error",
                "user:\"Ada \\\" L\"",
                "environment:[a, b]",
                "\"x y\""
            ]
        );
        assert_eq!(pieces("\"open"), ["\"open"]);
        assert!(pieces("   ").is_empty());
    }

    #[test]
    fn filters_have_a_key_and_a_value() {
        let read = token("!tag.x:y").unwrap();
        assert_eq!((read.key.as_str(), read.value.as_str()), ("!tag.x:", "y"));
        assert_eq!(read.text(), "!tag.x:y");
        for word in [
            "word",
            "level:",
            ":x",
            "\"a:b\"",
            "https://a.example",
            "a b:c",
        ] {
            assert_eq!(token(word), None, "{word}");
        }
    }

    #[test]
    fn values_are_quoted_where_they_must() {
        assert_eq!(written("release", "4.12.1"), "release:4.12.1");
        assert_eq!(written("user", "a \"b\""), "user:\"a \\\"b\\\"\"");
    }
}
