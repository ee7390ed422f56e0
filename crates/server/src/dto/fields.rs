//! Reading a JSON object field by field, noting every one at fault.

use crate::http::error::{ApiError, Code, FieldProblem};
use serde_json::{Map, Value};

/// Takes fields out of an object and notes what is wrong with them.
pub(super) struct Fields {
    object: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    /// The fields of a body.
    pub(super) fn of(body: Value) -> Result<Self, ApiError> {
        match body {
            Value::Object(object) => Ok(Self {
                object,
                problems: Vec::new(),
            }),
            _ => Err(ApiError::new(Code::InvalidInput)
                .saying("Invalid input: the body must be a JSON object")),
        }
    }

    /// What was read, or 400 naming every field at fault.
    pub(super) fn finish<T>(self, read: T) -> Result<T, ApiError> {
        if self.problems.is_empty() {
            Ok(read)
        } else {
            Err(ApiError::fields(self.problems))
        }
    }

    /// Whether the body says anything of this field, null included.
    pub(super) fn has(&self, field: &str) -> bool {
        self.object.contains_key(field)
    }

    /// How many fields are at fault so far.
    pub(super) fn faults(&self) -> usize {
        self.problems.len()
    }

    /// Notes a field at fault; `message` continues the sentence "field 'x' ...".
    pub(super) fn problem(&mut self, field: &str, message: &str) {
        self.problems.push(FieldProblem {
            field: field.to_owned(),
            message: message.to_owned(),
        });
    }

    /// A field that is there and not null.
    pub(super) fn take(&mut self, field: &str) -> Option<Value> {
        self.object
            .get_mut(field)
            .map(Value::take)
            .filter(|value| !value.is_null())
    }

    pub(super) fn text(&mut self, field: &str) -> Option<String> {
        match self.take(field)? {
            Value::String(text) => Some(text),
            _ => {
                self.problem(field, "must be a string");
                None
            }
        }
    }

    pub(super) fn required(&mut self, field: &str) -> String {
        let problems = self.problems.len();
        let text = self.text(field).filter(|text| !text.trim().is_empty());
        if text.is_none() && self.problems.len() == problems {
            self.problem(field, "is required");
        }
        text.unwrap_or_default()
    }

    pub(super) fn parsed<T>(
        &mut self,
        field: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(field)?;
        let parsed = value.as_str().and_then(parse);
        if parsed.is_none() {
            self.problem(field, expected);
        }
        parsed
    }

    pub(super) fn object(&mut self, field: &str) -> Option<Map<String, Value>> {
        match self.take(field)? {
            Value::Object(object) => Some(object),
            _ => {
                self.problem(field, "must be an object");
                None
            }
        }
    }

    /// A text of at most so many characters.
    pub(super) fn bounded(&mut self, field: &str, most: usize) -> Option<String> {
        let text = self.text(field)?;
        if text.chars().count() > most {
            self.problem(field, &format!("must be at most {most} characters long"));
        }
        Some(text)
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, field: &str) -> Option<bool> {
        let value = self.take(field)?;
        if !value.is_boolean() {
            self.problem(field, "must be true or false");
        }
        value.as_bool()
    }
}
