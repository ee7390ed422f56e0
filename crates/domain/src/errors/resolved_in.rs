//! Where an error is resolved.

/// Where an error is resolved: which releases regress it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedIn {
    /// Any release, or none.
    Now,
    /// This release, the newest at the call, or a newer one.
    CurrentRelease(String),
    /// A release newer than every one known at the call, of which this was the newest.
    NextRelease(String),
    /// This release or a newer one.
    Release(String),
}

impl ResolvedIn {
    /// Returns the name on the wire and in storage.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::CurrentRelease(_) => "current_release",
            Self::NextRelease(_) => "next_release",
            Self::Release(_) => "release",
        }
    }

    /// Returns the release that it names.
    #[must_use]
    pub fn release(&self) -> Option<&str> {
        match self {
            Self::Now => None,
            Self::CurrentRelease(release) | Self::NextRelease(release) | Self::Release(release) => {
                Some(release)
            }
        }
    }

    /// Returns the stored form: the name, and the release after a blank.
    #[must_use]
    pub fn to_stored(&self) -> String {
        match self.release() {
            None => self.as_str().to_owned(),
            Some(release) => format!("{} {release}", self.as_str()),
        }
    }

    /// Parses the stored form.
    #[must_use]
    pub fn from_stored(stored: &str) -> Option<Self> {
        let (name, release) = match stored.split_once(' ') {
            Some((name, release)) => (name, Some(release.to_owned())),
            None => (stored, None),
        };
        Self::named(name, release)
    }

    /// Builds it from its name and release.
    #[must_use]
    pub fn named(name: &str, release: Option<String>) -> Option<Self> {
        match (name, release) {
            ("now", None) => Some(Self::Now),
            ("current_release", Some(release)) => Some(Self::CurrentRelease(release)),
            ("next_release", Some(release)) => Some(Self::NextRelease(release)),
            ("release", Some(release)) => Some(Self::Release(release)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_forms_are_read_back() {
        for how in [
            ResolvedIn::Now,
            ResolvedIn::CurrentRelease("1.0".to_owned()),
            ResolvedIn::NextRelease("a b".to_owned()),
            ResolvedIn::Release("next_release 1".to_owned()),
        ] {
            assert_eq!(ResolvedIn::from_stored(&how.to_stored()), Some(how));
        }
        assert_eq!(ResolvedIn::from_stored("never"), None);
        assert_eq!(ResolvedIn::from_stored("release"), None);
    }
}
