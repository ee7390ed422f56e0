//! What an error keeps of its latest occurrence: the columns that lists show, in bounded length.

use super::level::{Level, Severity};
use super::occurrence::Occurrence;

/// Bytes of a message that an error keeps. A list of 1,000 events stays below 10 MB with it; the occurrence
/// keeps the message whole.
pub const SUMMARY_MESSAGE_BYTES: usize = 8 << 10;

/// Bytes that an error keeps of each other text, such as its source or URL.
pub const SUMMARY_TEXT_BYTES: usize = 2 << 10;

/// The columns of an occurrence that its error shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary<'a> {
    /// Level.
    pub level: Level,
    /// Severity.
    pub severity: Severity,
    /// Message.
    pub message: &'a str,
    /// Source.
    pub source: &'a str,
    /// Environment.
    pub environment: &'a str,
    /// URL.
    pub url: Option<&'a str>,
    /// User agent.
    pub user_agent: Option<&'a str>,
    /// Address of the reporting client.
    pub ip_address: Option<&'a str>,
    /// Release.
    pub release: Option<&'a str>,
}

impl<'a> Summary<'a> {
    /// Takes an occurrence's columns as they are.
    #[must_use]
    pub fn whole(occurrence: &'a Occurrence) -> Self {
        Self {
            level: occurrence.level,
            severity: occurrence.severity,
            message: &occurrence.message,
            source: &occurrence.source,
            environment: &occurrence.environment,
            url: occurrence.url.as_deref(),
            user_agent: occurrence.user_agent.as_deref(),
            ip_address: occurrence.ip_address.as_deref(),
            release: occurrence.release.as_deref(),
        }
    }

    /// Takes an occurrence's columns, each cut to what an error keeps of it.
    #[must_use]
    pub fn of(occurrence: &'a Occurrence) -> Self {
        let whole = Self::whole(occurrence);
        Self {
            message: summary_message(whole.message),
            source: summary_text(whole.source),
            environment: summary_text(whole.environment),
            url: whole.url.map(summary_text),
            user_agent: whole.user_agent.map(summary_text),
            ip_address: whole.ip_address.map(summary_text),
            release: whole.release.map(summary_text),
            ..whole
        }
    }
}

/// Cuts a message to what an error keeps of it.
#[must_use]
pub fn summary_message(text: &str) -> &str {
    cut(text, SUMMARY_MESSAGE_BYTES)
}

/// Cuts a source, an environment, a URL, a user agent or a release to what an error keeps of it. Filters cut
/// what they compare with in the same way.
#[must_use]
pub fn summary_text(text: &str) -> &str {
    cut(text, SUMMARY_TEXT_BYTES)
}

/// The longest beginning of at most `most` bytes that ends between two characters.
fn cut(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("abc", 5), "abc");
        assert_eq!(cut("abc", 2), "ab");
        assert_eq!(cut("aÜÜ", 2), "a");
        assert_eq!(cut("Ü", 1), "");
    }
}
