//! Summary of an occurrence: the fields that lists show, in bounded length.

use super::level::{Level, Severity};

/// Maximum bytes of an error's message, which keeps a list of 1,000 errors below 10 MB. The occurrence keeps the
/// whole message.
pub const SUMMARY_MESSAGE_BYTES: usize = 8 << 10;

/// Maximum bytes of each other text of an error, such as source or URL.
pub const SUMMARY_TEXT_BYTES: usize = 2 << 10;

/// The fields that lists show of an occurrence and that its error keeps. Shared by occurrences, errors, queue entries
/// and views, so that a new field is added once.
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
    /// The service or module that reported.
    pub source: T,
    /// Environment.
    pub environment: T,
    /// URL at which it happened.
    pub url: Option<T>,
    /// User agent of the client.
    pub user_agent: Option<T>,
    /// Address of the client.
    pub ip_address: Option<T>,
    /// Release of the application.
    pub release: Option<T>,
}

impl<T> EventSummary<T> {
    /// Converts the type of every text.
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

    /// Borrows every text, cut to the length that an error keeps.
    #[must_use]
    pub fn cut(&self) -> EventSummary<&str> {
        EventSummary {
            message: summary_message(&self.message),
            ..self.borrowed().map(summary_text)
        }
    }

    /// Returns the bytes of all texts.
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

/// Cuts a message to the length that an error keeps.
#[must_use]
pub fn summary_message(text: &str) -> &str {
    cut(text, SUMMARY_MESSAGE_BYTES)
}

/// Cuts a source, environment, URL, user agent or release to the length that an error keeps. Filters cut their values
/// in the same way.
#[must_use]
pub fn summary_text(text: &str) -> &str {
    cut(text, SUMMARY_TEXT_BYTES)
}

/// Returns the longest prefix of at most `most` bytes that ends on a character boundary.
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
