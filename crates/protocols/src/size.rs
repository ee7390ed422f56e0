//! Sizes of texts and of JSON, and texts cut to one.

pub(crate) use faultbook_domain::text::start as cut_str;

use std::io;

/// The length of a value as JSON, in bytes.
pub(crate) fn json_size(value: &impl serde::Serialize) -> usize {
    let mut counter = Counter(0);
    // A counter takes everything, and a value has no keys but texts.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
}

/// Counts the bytes that are written.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Cuts a text to so many characters.
pub(crate) fn cut(mut text: String, characters: usize) -> String {
    let length = cut_str(&text, characters).len();
    text.truncate(length);
    text
}
