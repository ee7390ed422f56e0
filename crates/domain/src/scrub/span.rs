//! Replaces spans of a text by the placeholder.

use std::ops::Range;

use super::FILTERED;

/// `text` with each of `spans` replaced; spans that overlap or touch become one. `None` without spans.
pub(super) fn replace(text: &str, mut spans: Vec<Range<usize>>) -> Option<String> {
    if spans.is_empty() {
        return None;
    }
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut out = String::with_capacity(text.len() + FILTERED.len());
    let mut kept = 0;
    let mut spans = spans.into_iter().peekable();
    while let Some(mut span) = spans.next() {
        while let Some(next) = spans.next_if(|next| next.start <= span.end) {
            span.end = span.end.max(next.end);
        }
        out.push_str(&text[kept..span.start]);
        out.push_str(FILTERED);
        kept = span.end;
    }
    out.push_str(&text[kept..]);
    Some(out)
}

/// Whether a secret may begin at `at`: no letter or digit goes before it, save that of an escape
/// (`\n`, `%3D`).
pub(super) fn starts_at_boundary(text: &[u8], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).and_then(|i| text.get(i)).copied();
    match before(1) {
        None => true,
        Some(b) if !b.is_ascii_alphanumeric() => true,
        Some(b'n' | b'r' | b't') if before(2) == Some(b'\\') => true,
        Some(b) => {
            b.is_ascii_hexdigit()
                && before(2).is_some_and(|b| b.is_ascii_hexdigit())
                && before(3) == Some(b'%')
        }
    }
}
