//! Errors that say where a text cannot be understood.

use winnow::error::{ContextError, StrContext, StrContextValue};

/// The text is not of the language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot be understood at position {position}: expected {expected}")]
pub struct SyntaxError {
    /// Position of the unexpected character in code points, from 1.
    pub position: usize,
    /// What was expected there.
    pub expected: String,
}

impl SyntaxError {
    /// Says that something else is expected at a byte offset of the text.
    #[must_use]
    pub fn at(text: &str, offset: usize, expected: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        Self {
            position: before.chars().count() + 1,
            expected: expected.into(),
        }
    }

    /// Says what a parser expected at a byte offset of the text; `otherwise` where it does not say.
    pub(crate) fn of(text: &str, offset: usize, error: &ContextError, otherwise: &str) -> Self {
        let expected = error.context().filter_map(|context| match context {
            StrContext::Expected(expected) => Some(expected.to_string()),
            _ => None,
        });
        let expected: Vec<String> = expected.collect();
        if expected.is_empty() {
            Self::at(text, offset, otherwise)
        } else {
            Self::at(text, offset, expected.join(" or "))
        }
    }
}

/// Names what a parser expects.
pub(crate) fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}
