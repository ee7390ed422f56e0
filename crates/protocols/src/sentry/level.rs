//! Levels of events.

use faultbook_domain::errors::{Level, Severity};
use serde_json::Value;

/// The level that an event names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct NamedLevel {
    /// The level.
    pub(super) level: Level,
    /// The severity, where it is not the level's own.
    pub(super) severity: Option<Severity>,
    /// The word for it: as sent, or of the number that was sent.
    pub(super) word: Option<String>,
}

/// Reads `level`: a word in any case, or a number of Python's `logging`.
pub(super) fn read(value: Option<Value>) -> NamedLevel {
    let word = match value {
        Some(Value::String(word)) if !word.trim().is_empty() => match word.trim().parse::<f64>() {
            Ok(number) => word_of(number).to_owned(),
            Err(_) => word,
        },
        Some(Value::Number(number)) => match number.as_f64() {
            Some(number) => word_of(number).to_owned(),
            None => return NamedLevel::default(),
        },
        _ => return NamedLevel::default(),
    };
    let (level, severity) = match word.trim().to_ascii_lowercase().as_str() {
        "fatal" | "critical" | "emerg" | "alert" | "panic" => {
            (Level::Error, Some(Severity::Critical))
        }
        "warning" | "warn" => (Level::Warning, None),
        "info" | "log" | "notice" => (Level::Info, None),
        "debug" | "trace" | "verbose" => (Level::Debug, None),
        _ => (Level::Error, None),
    };
    NamedLevel {
        level,
        severity,
        word: Some(word),
    }
}

fn word_of(number: f64) -> &'static str {
    match number {
        number if number >= 50.0 => "fatal",
        number if number >= 40.0 => "error",
        number if number >= 30.0 => "warning",
        number if number >= 20.0 => "info",
        _ => "debug",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_and_numbers_are_read() {
        let critical = Some(Severity::Critical);
        let cases = [
            (json!("fatal"), Level::Error, critical, Some("fatal")),
            (json!("CRITICAL"), Level::Error, critical, Some("CRITICAL")),
            (json!("emerg"), Level::Error, critical, Some("emerg")),
            (json!("alert"), Level::Error, critical, Some("alert")),
            (json!("panic"), Level::Error, critical, Some("panic")),
            (json!("error"), Level::Error, None, Some("error")),
            (json!("warn"), Level::Warning, None, Some("warn")),
            (json!("Warning"), Level::Warning, None, Some("Warning")),
            (json!("info"), Level::Info, None, Some("info")),
            (json!("log"), Level::Info, None, Some("log")),
            (json!("notice"), Level::Info, None, Some("notice")),
            (json!("debug"), Level::Debug, None, Some("debug")),
            (json!("trace"), Level::Debug, None, Some("trace")),
            (json!("verbose"), Level::Debug, None, Some("verbose")),
            (json!("loud"), Level::Error, None, Some("loud")),
            (json!(50), Level::Error, critical, Some("fatal")),
            (json!(40), Level::Error, None, Some("error")),
            (json!(39.5), Level::Warning, None, Some("warning")),
            (json!("30"), Level::Warning, None, Some("warning")),
            (json!(20), Level::Info, None, Some("info")),
            (json!(10), Level::Debug, None, Some("debug")),
            (json!(0), Level::Debug, None, Some("debug")),
            (json!(null), Level::Error, None, None),
            (json!(["fatal"]), Level::Error, None, None),
            (json!(" "), Level::Error, None, None),
        ];
        for (sent, level, severity, word) in cases {
            let read = read(Some(sent.clone()));
            assert_eq!(
                (read.level, read.severity, read.word.as_deref()),
                (level, severity, word),
                "{sent}"
            );
        }
        assert_eq!(read(None), NamedLevel::default());
    }
}
