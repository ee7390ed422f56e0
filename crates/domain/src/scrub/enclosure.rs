//! Finds the brackets around a position in text.

/// How far back an opening bracket is looked for, in bytes. Bounds the work per key.
const REACH: usize = 1024;

/// Where the nearest bracket before `at` that is still open at `at` stands.
///
/// Brackets inside strings count, too: those that do not match there are rare in what is printed.
pub(super) fn opening(text: &[u8], at: usize) -> Option<usize> {
    let from = at.saturating_sub(REACH);
    let mut depth = 0_usize;
    for (n, b) in text[from..at].iter().enumerate().rev() {
        match b {
            b')' | b']' | b'}' => depth += 1,
            b'(' | b'[' | b'{' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some(from + n),
            },
            _ => {}
        }
    }
    None
}

/// Where the blanks and line breaks before `at` begin.
pub(super) fn before_blanks(text: &[u8], at: usize) -> usize {
    const MOST: usize = 64;
    at - text[..at]
        .iter()
        .rev()
        .take(MOST)
        .take_while(|b| b.is_ascii_whitespace())
        .count()
}

/// Past the blanks and line breaks at `at`, also those that were written as escapes.
pub(super) fn past_blanks(text: &[u8], at: usize) -> usize {
    const MOST: usize = 64;
    let end = text.len().min(at + MOST);
    let mut at = at;
    while at < end {
        match &text[at..] {
            [b, ..] if b.is_ascii_whitespace() => at += 1,
            [b'\\', b'n' | b'r' | b't', ..] => at += 2,
            _ => break,
        }
    }
    at
}
