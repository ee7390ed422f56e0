//! Truncates and escapes text of reports.

/// How much of a receiver's own words a reason repeats, in characters.
pub const QUOTED: usize = 200;

/// The text on one line of at most `max` characters: control characters and runs of blanks become
/// one space, characters that reverse the direction of writing vanish, and `…` marks a cut.
pub fn one_line(text: &str, max: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in text.chars() {
        if c.is_control() || c.is_whitespace() {
            gap = !line.is_empty();
            continue;
        }
        if is_direction_mark(c) {
            continue;
        }
        let needed = if gap { 2 } else { 1 };
        if length + needed > max {
            return cut(&line, max.saturating_sub(1)) + "…";
        }
        if gap {
            line.push(' ');
        }
        line.push(c);
        length += needed;
        gap = false;
    }
    line
}

/// [`one_line`], or the substitute if nothing is left.
pub fn one_line_or(text: &str, max: usize, substitute: &str) -> String {
    let line = one_line(text, max);
    if line.is_empty() {
        substitute.to_owned()
    } else {
        line
    }
}

/// The first `max` characters.
pub fn cut(text: &str, max: usize) -> String {
    text.chars().take(max).collect()
}

/// Unicode's embeddings, overrides and isolates, which can make a line read as something else.
const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What a receiver said, short and without these secrets.
pub fn quoted(text: &str, secrets: &[&str]) -> String {
    let clean = secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |text, secret| text.replace(secret, "***"));
    one_line(&clean, QUOTED)
}

/// `1 person`, `3 people`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// The host of a URL.
pub fn host(address: &str) -> Option<String> {
    let url = url::Url::parse(address.trim()).ok()?;
    url.host_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_keeps_to_its_limit() {
        assert_eq!(one_line("  a\r\n\tb\u{0}c  ", 10), "a b c");
        assert_eq!(one_line("abcdef", 6), "abcdef");
        assert_eq!(one_line("abcdefg", 6), "abcde…");
        assert_eq!(one_line("ab cdefg", 3), "ab…");
        assert_eq!(one_line("user\u{202e}txt.exe", 20), "usertxt.exe");
        assert_eq!(one_line("x\u{2028}y", 9), "x y");
        assert_eq!(one_line_or("\r\n", 9, "(none)"), "(none)");
    }

    #[test]
    fn secrets_are_not_quoted() {
        assert_eq!(quoted("bad token hush", &["hush", ""]), "bad token ***");
    }
}
