//! Finds passwords in URLs.

use std::ops::Range;

/// How far the authority of a URL is followed, in bytes. Bounds the work for text full of `://`.
const MAX_AUTHORITY: usize = 512;

/// The password of the URL whose authority begins at `at`, right after `://`.
pub(super) fn find_password(text: &[u8], at: usize) -> Option<Range<usize>> {
    let limit = text.len().min(at + MAX_AUTHORITY);
    let part = &text[at..limit];
    memchr::memchr(b'@', part)?;
    let url = &part[..part.iter().position(|b| ends_url(*b)).unwrap_or(part.len())];
    let authority = url
        .iter()
        .position(|b| matches!(b, b'/' | b'?' | b'#' | b'\\'))
        .unwrap_or(url.len());
    let user_end = url[..authority].iter().position(|b| *b == b':')?;
    let password_end = match url[..authority].iter().rposition(|b| *b == b'@') {
        Some(sign) => sign,
        // A password may hold a slash that was not escaped; a port holds digits alone.
        None if url[user_end + 1..authority].iter().all(u8::is_ascii_digit) => return None,
        None => url.iter().rposition(|b| *b == b'@')?,
    };
    let password = user_end + 1..password_end;
    if password.is_empty() || url[password.clone()] == *super::FILTERED.as_bytes() {
        return None;
    }
    Some(at + password.start..at + password.end)
}

fn ends_url(b: u8) -> bool {
    b.is_ascii_whitespace() || b.is_ascii_control() || b"\"'`<>".contains(&b)
}
