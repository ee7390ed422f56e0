//! Normalizes source lines: two failures in one function differ by the line that failed, wherever it has moved to.

/// Longest line that a person wrote, in bytes. Minified code has longer ones, which change with every build.
const LONGEST: usize = 240;

/// The line without white space, numbers and the contents of strings. `None` when nothing is left that tells anything.
pub(super) fn normalize(line: &str) -> Option<String> {
    let line = line.trim_ascii();
    if line.is_empty() || line.len() > LONGEST || line.contains("{snip}") {
        return None;
    }
    let mut kept = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' | '`' => {
                skip_string(&mut chars, c);
                kept.push('"');
            }
            c if c.is_whitespace() => {}
            c if c.is_ascii_digit()
                && !kept.ends_with(|c: char| c.is_alphanumeric() || c == '_') =>
            {
                let rest = chars.as_str();
                let number = rest
                    .find(|c: char| !c.is_alphanumeric() && c != '.' && c != '_')
                    .unwrap_or(rest.len());
                chars = rest[number..].chars();
                kept.push('0');
            }
            c => kept.push(c),
        }
    }
    kept.chars().any(char::is_alphabetic).then_some(kept)
}

/// Goes on behind the end of a string that `quote` began, or behind the line.
fn skip_string(chars: &mut std::str::Chars<'_>, quote: char) {
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == quote {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_and_values_leave_no_trace() {
        for line in [
            "total = sum(row[\"price\"] for row in rows[:10])",
            "  total=sum( row['cost']  for row in rows[:250] )",
        ] {
            assert_eq!(
                normalize(line).as_deref(),
                Some("total=sum(row[\"]forrowinrows[:0])")
            );
        }
        assert_ne!(normalize("self.load(a)"), normalize("self.save(a)"));
        assert_ne!(normalize("x1 = y"), normalize("x2 = y"));
        assert_eq!(normalize(&"a".repeat(1000)), None);
        assert_eq!(normalize("})"), None);
    }
}
