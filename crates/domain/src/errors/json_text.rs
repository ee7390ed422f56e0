//! JSON stored as text.

use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

/// A JSON value as compact text: stored and sent as is, parsed only where its content is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonText(String);

impl JsonText {
    /// Serializes a value.
    #[must_use]
    pub fn of(value: &Value) -> Self {
        Self(value.to_string())
    }

    /// Wraps stored text that this type produced earlier.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the members of an object; none of anything else.
    #[must_use]
    pub fn members(&self) -> JsonMembers<'_> {
        JsonMembers::read(&self.0)
    }
}

/// The members of a JSON object, of which only those that are asked for are parsed.
#[derive(Debug, Clone, Default)]
pub struct JsonMembers<'a>(HashMap<String, &'a RawValue>);

impl<'a> JsonMembers<'a> {
    fn read(text: &'a str) -> Self {
        serde_json::from_str(text).map(Self).unwrap_or_default()
    }

    /// Parses a member; `None` when there is none or it is null.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value> {
        let value: Option<Value> = serde_json::from_str(self.0.get(name)?.get()).ok()?;
        value
    }

    /// Parses a string; `None` when the member is none or blank.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    /// Reads the members of a member.
    #[must_use]
    pub fn object(&self, name: &str) -> JsonMembers<'a> {
        let member = self.0.get(name);
        member.map_or_else(JsonMembers::default, |raw| JsonMembers::read(raw.get()))
    }

    /// Returns the names of the members, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for JsonText {
    /// Serializes as JSON, not as a string.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_read_one_by_one() {
        let text = r#"{"a\n":1e3,"text":"x","blank":" ","none":null,"in":{"b":[true]}}"#;
        let text = JsonText::from_stored(text.to_owned());
        let members = text.members();
        assert_eq!(members.value("a\n"), serde_json::from_str("1e3").ok());
        assert_eq!(members.text("text").as_deref(), Some("x"));
        for absent in ["blank", "none", "in", "other"] {
            assert_eq!(members.text(absent), None, "{absent}");
        }
        assert_eq!(members.value("none"), None);
        assert_eq!(members.object("in").value("b"), Some(json!([true])));
        assert_eq!(members.object("text").names().count(), 0);
        for text in ["", "[1]", "5", "{"] {
            let text = JsonText::from_stored(text.to_owned());
            assert_eq!(text.members().names().count(), 0, "{text}");
        }
    }
}
