//! What the items of a group share: the resource that reports, and the library that instruments it.

use super::attributes::Attributes;
use super::trim::fit;
use serde_json::{Map, Value};
use std::cell::OnceCell;

/// The most that is stored of a resource or a scope, in bytes of JSON.
const MAX_STORED: usize = 64 << 10;

/// What is stored of a resource or a scope with each of its events.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) object: Map<String, Value>,
    /// Whether it is less than all.
    pub(super) trimmed: bool,
    /// About how many bytes of memory it takes.
    pub(super) weight: usize,
}

impl Stored {
    fn new(mut object: Map<String, Value>) -> Self {
        let trimmed = fit(&mut object, MAX_STORED);
        Self {
            trimmed,
            weight: object
                .iter()
                .map(|(key, value)| super::value::entry_weight(key, value))
                .sum(),
            object,
        }
    }
}

/// The program that reports.
#[derive(Debug, Default)]
pub(super) struct Resource {
    pub(super) attributes: Attributes,
    stored: OnceCell<Stored>,
}

impl Resource {
    pub(super) fn new(attributes: Attributes) -> Self {
        Self {
            attributes,
            stored: OnceCell::new(),
        }
    }

    pub(super) fn stored(&self) -> &Stored {
        self.stored
            .get_or_init(|| Stored::new(self.attributes.to_object()))
    }
}

/// The library that made the items.
#[derive(Debug, Default)]
pub(super) struct Scope {
    name: String,
    version: String,
    attributes: Attributes,
    stored: OnceCell<Stored>,
}

impl Scope {
    pub(super) fn new(name: String, version: String, attributes: Attributes) -> Self {
        Self {
            name,
            version,
            attributes,
            stored: OnceCell::new(),
        }
    }

    pub(super) fn stored(&self) -> &Stored {
        self.stored.get_or_init(|| {
            let attributes = Value::Object(self.attributes.to_object());
            let members = [
                ("name", Value::from(self.name.as_str())),
                ("version", Value::from(self.version.as_str())),
                ("attributes", attributes),
            ];
            let members = members
                .into_iter()
                .filter(|(_, value)| !super::value::is_empty(value));
            Stored::new(
                members
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            )
        })
    }
}
