//! Level and severity of reports.

use std::fmt;
use std::str::FromStr;

/// The level of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "lowercase")
)]
pub enum Level {
    /// Debug information.
    Debug,
    /// Information.
    Info,
    /// A potential problem.
    Warning,
    /// An error.
    #[default]
    Error,
}

/// The text is not a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of error, warning, info, debug")]
pub struct UnknownLevel;

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Warning, Self::Error];

    /// The name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Returns the severity of a report of this level that names none.
    #[must_use]
    pub const fn default_severity(self) -> Severity {
        match self {
            Self::Debug | Self::Info => Severity::Low,
            Self::Warning => Severity::Medium,
            Self::Error => Severity::Critical,
        }
    }

    /// Parses a level as clients write it, in any case: the four names, `warn`, and `fatal` or `critical`, which are
    /// errors of critical severity.
    ///
    /// # Errors
    /// [`UnknownLevel`] for anything else.
    pub fn parse_reported(text: &str) -> Result<(Self, Option<Severity>), UnknownLevel> {
        let level = match text.to_ascii_lowercase().as_str() {
            "warn" => Self::Warning,
            "fatal" | "critical" => return Ok((Self::Error, Some(Severity::Critical))),
            name => name.parse()?,
        };
        Ok((level, None))
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or(UnknownLevel)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Severity of a report or an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(rename_all = "lowercase")
)]
pub enum Severity {
    /// Needs no immediate attention.
    Low,
    /// A standard problem.
    Medium,
    /// Needs prompt attention.
    High,
    /// Needs immediate response.
    Critical,
}

/// The text is not a severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of low, medium, high, critical")]
pub struct UnknownSeverity;

impl Severity {
    /// Every severity, lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Parses a severity as clients write it, in any case.
    ///
    /// # Errors
    /// [`UnknownSeverity`] for anything else.
    pub fn parse_reported(text: &str) -> Result<Self, UnknownSeverity> {
        text.to_ascii_lowercase().parse()
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.as_str() == text)
            .ok_or(UnknownSeverity)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
