//! `SeverityNumber` of `opentelemetry/proto/logs/v1/logs.proto`.

use faultbook_domain::errors;
use faultbook_domain::errors::Level;
use std::str::FromStr;

/// A severity from 1 (`TRACE`) to 24 (`FATAL4`), four to a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Severity(u8);

/// The text names no severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL, maybe with 2 to 4 behind it, or 1 to 24"
)]
pub struct UnknownSeverity;

const NAMES: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

impl Severity {
    /// `INFO`.
    pub const INFO: Self = Self(9);
    /// `ERROR`.
    pub const ERROR: Self = Self(17);
    const DEBUG: Self = Self(5);
    const WARN: Self = Self(13);
    const FATAL: Self = Self(21);
    const TRACE: Self = Self(1);

    /// The severity of this number; 0 and what is beyond 24 are none.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        u8::try_from(number)
            .ok()
            .filter(|number| (1..=24).contains(number))
            .map(Self)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The severity that a word of some logging library stands for (`SEVERE`, `Warning`, `crit`).
    pub(super) fn from_word(word: &str) -> Option<Self> {
        const WORDS: [(&str, Severity); 15] = [
            ("fatal", Severity::FATAL),
            ("crit", Severity::FATAL),
            ("emerg", Severity::FATAL),
            ("alert", Severity::FATAL),
            ("panic", Severity::FATAL),
            ("err", Severity::ERROR),
            ("severe", Severity::ERROR),
            ("warn", Severity::WARN),
            ("info", Severity::INFO),
            ("notice", Severity::INFO),
            ("log", Severity::INFO),
            ("debug", Severity::DEBUG),
            ("fine", Severity::DEBUG),
            ("trace", Severity::TRACE),
            ("verbose", Severity::TRACE),
        ];
        let word = word.trim();
        let begins = |prefix: &str| {
            word.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        WORDS
            .iter()
            .find(|(prefix, _)| begins(prefix))
            .map(|(_, severity)| *severity)
    }

    /// The level, and the severity where it differs from the level's own.
    pub(super) const fn level(self) -> (Level, Option<errors::Severity>) {
        match self.0 {
            ..9 => (Level::Debug, None),
            9..13 => (Level::Info, None),
            13..17 => (Level::Warning, None),
            17..21 => (Level::Error, None),
            21.. => (Level::Error, Some(errors::Severity::Critical)),
        }
    }
}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    /// Reads a number, or a name in any case with or without `SEVERITY_NUMBER_` before it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(number) = text.parse() {
            return Self::from_number(number).ok_or(UnknownSeverity);
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SEVERITY_NUMBER_").unwrap_or(&upper);
        let (name, step) = match name.as_bytes().last() {
            Some(digit @ b'2'..=b'4') => (&name[..name.len() - 1], digit - b'1'),
            _ => (name, 0),
        };
        (1..)
            .step_by(4)
            .zip(NAMES)
            .find(|(_, known)| *known == name)
            .map(|(first, _)| Self(first + step))
            .ok_or(UnknownSeverity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_levels() {
        let critical = Some(errors::Severity::Critical);
        let cases = [
            (1, (Level::Debug, None)),
            (8, (Level::Debug, None)),
            (9, (Level::Info, None)),
            (12, (Level::Info, None)),
            (13, (Level::Warning, None)),
            (16, (Level::Warning, None)),
            (17, (Level::Error, None)),
            (20, (Level::Error, None)),
            (21, (Level::Error, critical)),
            (24, (Level::Error, critical)),
        ];
        for (number, expected) in cases {
            let severity = Severity::from_number(number).unwrap();
            assert_eq!(severity.level(), expected, "{number}");
        }
        for number in [i64::MIN, -1, 0, 25, 256 + 17] {
            assert_eq!(Severity::from_number(number), None, "{number}");
        }
    }

    #[test]
    fn names_and_numbers_are_read() {
        for (text, number) in [
            ("TRACE", 1),
            ("error", 17),
            ("Warn3", 15),
            ("SEVERITY_NUMBER_FATAL4", 24),
            ("17", 17),
        ] {
            assert_eq!(text.parse(), Ok(Severity(number)), "{text}");
        }
        for text in [
            "",
            "ERROR1",
            "ERROR5",
            "SEVERITY_NUMBER_UNSPECIFIED",
            "0",
            "25",
            "é2",
        ] {
            assert_eq!(text.parse::<Severity>(), Err(UnknownSeverity), "{text}");
        }
    }

    #[test]
    fn words_of_logging_libraries_are_known() {
        for (word, expected) in [
            ("CRITICAL", Some(Severity::FATAL)),
            ("Emergency", Some(Severity::FATAL)),
            ("SEVERE", Some(Severity::ERROR)),
            (" error ", Some(Severity::ERROR)),
            ("warning", Some(Severity::WARN)),
            ("Information", Some(Severity::INFO)),
            ("notice", Some(Severity::INFO)),
            ("FINE", Some(Severity::DEBUG)),
            ("Verbose", Some(Severity::TRACE)),
            ("", None),
            ("loud", None),
            ("é", None),
        ] {
            assert_eq!(Severity::from_word(word), expected, "{word}");
        }
    }
}
