//! What an error keeps of its latest occurrence: the columns that lists show, in bounded length.

use super::level::{Level, Severity};

/// Bytes of a message that an error keeps. A list of 1,000 events stays below 10 MB with it; the occurrence
/// keeps the message whole.
pub const SUMMARY_MESSAGE_BYTES: usize = 8 << 10;

/// Bytes that an error keeps of each other text, such as its source or URL.
pub const SUMMARY_TEXT_BYTES: usize = 2 << 10;

/// The fields of an occurrence that lists show and that its error keeps. A field that is added here is one
/// of occurrences, errors, queued entries and views at once.
///
/// Texts are of type `T`: owned, or borrowed as `&str` where they are only written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSummary<T = String> {
    /// Level.
    pub level: Level,
    /// Severity.
    pub severity: Severity,
    /// Message.
    pub message: T,
    /// The part of the caller's system that reported.
    pub source: T,
    /// Environment.
    pub environment: T,
    /// Where it happened.
    pub url: Option<T>,
    /// The reporting client.
    pub user_agent: Option<T>,
    /// The reporting client's address.
    pub ip_address: Option<T>,
    /// The caller's release.
    pub release: Option<T>,
}

impl<T> EventSummary<T> {
    /// Converts every text.
    pub fn map<U>(self, convert: impl Fn(T) -> U) -> EventSummary<U> {
        let Self {
            level,
            severity,
            message,
            source,
            environment,
            url,
            user_agent,
            ip_address,
            release,
        } = self;
        EventSummary {
            level,
            severity,
            message: convert(message),
            source: convert(source),
            environment: convert(environment),
            url: url.map(&convert),
            user_agent: user_agent.map(&convert),
            ip_address: ip_address.map(&convert),
            release: release.map(&convert),
        }
    }
}

impl EventSummary {
    /// Borrows every text.
    #[must_use]
    pub fn borrowed(&self) -> EventSummary<&str> {
        EventSummary {
            level: self.level,
            severity: self.severity,
            message: &self.message,
            source: &self.source,
            environment: &self.environment,
            url: self.url.as_deref(),
            user_agent: self.user_agent.as_deref(),
            ip_address: self.ip_address.as_deref(),
            release: self.release.as_deref(),
        }
    }

    /// Borrows every text, cut to what an error keeps of it.
    #[must_use]
    pub fn cut(&self) -> EventSummary<&str> {
        EventSummary {
            message: summary_message(&self.message),
            ..self.borrowed().map(summary_text)
        }
    }

    /// Counts the bytes of every text.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let Self {
            level: _,
            severity: _,
            message,
            source,
            environment,
            url,
            user_agent,
            ip_address,
            release,
        } = self;
        let optional = [url, user_agent, ip_address, release];
        let optional = optional.into_iter().flatten().map(String::len);
        message.len() + source.len() + environment.len() + optional.sum::<usize>()
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
