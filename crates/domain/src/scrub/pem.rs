//! Finds private keys in PEM (RFC 7468).

use std::ops::Range;

use memchr::memmem;

pub(super) const BEGIN: &str = "-----BEGIN";

/// Longer labels than `ENCRYPTED PRIVATE KEY` or `PGP PRIVATE KEY BLOCK` are not in use.
const MAX_LABEL: usize = 48;

/// The private key that begins at `at`, to its end line or, when that was cut off, to the end.
pub(super) fn find_private_key(text: &[u8], at: usize) -> Option<Range<usize>> {
    let label = at + BEGIN.len();
    let body = label_end(text, label)?;
    memmem::find(&text[label..body], b"PRIVATE KEY")?;
    let Some(end) = memmem::find(&text[body..], b"-----END") else {
        return Some(at..text.len());
    };
    let end = body + end + b"-----END".len();
    let end = label_end(text, end).unwrap_or_else(|| line_end(text, end));
    Some(at..end)
}

/// Past the dashes that close a label.
fn label_end(text: &[u8], start: usize) -> Option<usize> {
    let limit = text.len().min(start + MAX_LABEL);
    memmem::find(&text[start..limit], b"-----").map(|i| start + i + 5)
}

fn line_end(text: &[u8], start: usize) -> usize {
    memchr::memchr2(b'\n', b'\r', &text[start..]).map_or(text.len(), |i| start + i)
}
