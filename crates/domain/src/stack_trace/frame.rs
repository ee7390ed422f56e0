//! Frames of a stack trace.

use super::owned;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// One call of a stack trace.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Frame<'a> {
    /// The function as printed or sent.
    pub function: Option<Cow<'a, str>>,
    /// The module, class or package of the function.
    pub module: Option<Cow<'a, str>>,
    /// The file, relative to the application where that is known.
    pub file: Option<Cow<'a, str>>,
    /// The file with its whole path, or the script's URL.
    pub absolute_path: Option<Cow<'a, str>>,
    /// The line, from 1.
    pub line: Option<u32>,
    /// The column, from 1.
    pub column: Option<u32>,
    /// Whether it is code of the application; `None` when the source does not say.
    pub in_app: Option<bool>,
    /// The source lines before the call.
    pub pre_context: Vec<Cow<'a, str>>,
    /// The source line of the call.
    pub context_line: Option<Cow<'a, str>>,
    /// The source lines after the call.
    pub post_context: Vec<Cow<'a, str>>,
    /// The local variables by name.
    pub vars: Option<Map<String, Value>>,
    /// The fields of a frame of a script as they were sent, before a source map made it readable.
    pub raw: Option<Map<String, Value>>,
    /// Whether a source map made it readable, and why not.
    pub symbolication: Option<Map<String, Value>>,
}

impl Frame<'_> {
    /// Returns the frame with texts of its own.
    #[must_use]
    pub fn into_owned(self) -> Frame<'static> {
        Frame {
            function: self.function.map(owned),
            module: self.module.map(owned),
            file: self.file.map(owned),
            absolute_path: self.absolute_path.map(owned),
            line: self.line,
            column: self.column,
            in_app: self.in_app,
            pre_context: self.pre_context.into_iter().map(owned).collect(),
            context_line: self.context_line.map(owned),
            post_context: self.post_context.into_iter().map(owned).collect(),
            vars: self.vars,
            raw: self.raw,
            symbolication: self.symbolication,
        }
    }
}
