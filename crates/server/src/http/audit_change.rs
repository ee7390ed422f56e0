//! What a change of a setting says of itself in the audit log.

use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::Display;

/// What stands for a secret.
const MASK: &str = "***";

/// A change: what was done to what, and what its fields were and are.
#[derive(Debug, Clone)]
pub struct AuditChange {
    /// Kind and verb.
    pub action: String,
    /// Kind and id.
    pub target: String,
    /// The target's name.
    pub name: Option<String>,
    old: Option<Map<String, Value>>,
    new: Option<Map<String, Value>>,
    secrets: Vec<String>,
}

impl AuditChange {
    /// A change of this verb to the target of this kind and id.
    #[must_use]
    pub fn of(kind: &str, verb: &str, id: impl Display) -> Self {
        Self {
            action: format!("{kind}.{verb}"),
            target: format!("{kind}:{id}"),
            name: None,
            old: None,
            new: None,
            secrets: Vec::new(),
        }
    }

    /// With the target's name.
    #[must_use]
    pub fn named(mut self, name: impl Display) -> Self {
        self.name = Some(name.to_string());
        self
    }

    /// With what the fields were.
    #[must_use]
    pub fn from(mut self, old: Map<String, Value>) -> Self {
        self.old = Some(old);
        self
    }

    /// With what the fields are.
    #[must_use]
    pub fn to(mut self, new: Map<String, Value>) -> Self {
        self.new = Some(new);
        self
    }

    /// With a secret that was changed.
    #[must_use]
    pub fn secret(mut self, field: &str) -> Self {
        self.secrets.push(field.to_owned());
        self
    }

    /// What the changed fields were and are, as JSON objects; `None` where a change changed nothing.
    #[must_use]
    pub fn values(&self) -> Option<(Option<String>, Option<String>)> {
        let (mut old, mut new) = (self.old.clone(), self.new.clone());
        if let (Some(old), Some(new)) = (&mut old, &mut new) {
            let kept = old.clone();
            old.retain(|field, value| new.get(field) != Some(value));
            new.retain(|field, value| kept.get(field) != Some(value));
            if old.is_empty() && new.is_empty() && self.secrets.is_empty() {
                return None;
            }
        }
        for side in [&mut old, &mut new].into_iter().flatten() {
            side.values_mut().for_each(hide);
            for field in &self.secrets {
                side.insert(field.clone(), Value::from(MASK));
            }
        }
        let text =
            |side: Option<Map<String, Value>>| side.map(|side| Value::Object(side).to_string());
        Some((text(old), text(new)))
    }
}

/// Hides what is shown of a secret: channels show the end of one behind stars.
fn hide(value: &mut Value) {
    if value.as_str().is_some_and(|text| text.contains(MASK)) {
        *value = Value::from(MASK);
    }
}

/// The named fields of a view.
#[must_use]
pub fn fields(view: &impl Serialize, names: &[&str]) -> Map<String, Value> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(view) else {
        return Map::new();
    };
    all.retain(|name, _| names.contains(&name.as_str()));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }

    fn text(value: &Value) -> Option<String> {
        Some(value.to_string())
    }

    #[test]
    fn a_change_tells_the_fields_that_differ() {
        let change = AuditChange::of("rule", "changed", 7)
            .from(map(json!({ "threshold": 50, "name": "a" })))
            .to(map(json!({ "threshold": 25, "name": "a" })));
        let expected = (
            text(&json!({ "threshold": 50 })),
            text(&json!({ "threshold": 25 })),
        );
        assert_eq!(change.values(), Some(expected));
        let same = map(json!({ "name": "a" }));
        let none = AuditChange::of("rule", "changed", 7)
            .from(same.clone())
            .to(same.clone());
        assert_eq!(none.values(), None);
        assert_eq!(
            none.secret("password").values(),
            Some((
                text(&json!({ "password": "***" })),
                text(&json!({ "password": "***" }))
            ))
        );
        let made = AuditChange::of("rule", "created", 7).to(same);
        assert_eq!(made.values(), Some((None, text(&json!({ "name": "a" })))));
    }

    #[test]
    fn secrets_are_hidden_whatever_is_shown_of_them() {
        let change = AuditChange::of("integration", "created", "sms").to(map(
            json!({ "auth_token": "****cdef", "from_number": "+49" }),
        ));
        let shown = json!({ "auth_token": "***", "from_number": "+49" });
        assert_eq!(change.values(), Some((None, text(&shown))));
    }
}
