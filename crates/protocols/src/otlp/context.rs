//! What is stored of an event beside the fields of a report.

use super::collector::Shared;
use super::event::{Event, Span};
use super::item::MAX_CONTEXT;
use super::trim::{STRING_LIMITS, cut_strings, leave_out};
use super::value::is_empty;
use crate::size::json_size;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// No character takes more bytes in JSON (`\u0001`).
const MAX_ESCAPE: usize = 6;

/// The parts of a context that are trimmed, in this order.
const PARTS: [&str; 4] = ["attributes", "resource", "scope", "span"];

/// Makes the context of an event that takes about `weight` bytes of memory with what it shares.
pub(super) fn of(
    event: Event,
    log_message: Option<String>,
    weight: usize,
    shared: Shared<'_>,
) -> Option<Map<String, Value>> {
    let (resource, scope) = (shared.resource.stored(), shared.scope.stored());
    let host = shared
        .resource
        .attributes
        .text("host.name")
        .or_else(|| event.text(&["host.name"]));
    let host = host.map(Cow::into_owned);
    let beneath = event.span.as_ref();
    let attributes = match beneath {
        Some(span) => event.attributes.into_object(span.attributes.to_object()),
        None => event.attributes.into_object(Map::new()),
    };
    let members = [
        ("trace_id", event.trace_id.map(Value::String)),
        ("span_id", event.span_id.map(Value::String)),
        ("server_name", host.map(Value::String)),
        ("span", beneath.map(|span| Value::Object(span_object(span)))),
        ("log_message", log_message.map(Value::String)),
        ("attributes", Some(Value::Object(attributes))),
        ("resource", Some(Value::Object(resource.object.clone()))),
        ("scope", Some(Value::Object(scope.object.clone()))),
    ];
    let mut context: Map<String, Value> = members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .filter(|(_, value)| !is_empty(value))
        .collect();
    let trimmed = event.trimmed || resource.trimmed || scope.trimmed;
    if weight > MAX_CONTEXT / MAX_ESCAPE && fit(&mut context) || trimmed {
        context.insert("trimmed".to_owned(), Value::Bool(true));
    }
    (!context.is_empty()).then_some(context)
}

fn span_object(span: &Span) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |name: &str, text: &str| {
        if !text.is_empty() {
            object.insert(name.to_owned(), Value::from(text));
        }
    };
    put("name", &span.name);
    put("kind", span.kind.unwrap_or_default());
    put("status", span.status.unwrap_or_default());
    put("status_message", &span.status_message);
    object
}

/// Makes a context fit: cuts long strings, then leaves out attributes, the last first. Returns whether it did.
fn fit(context: &mut Map<String, Value>) -> bool {
    let limit = MAX_CONTEXT - r#","trimmed":true"#.len();
    if json_size(context) <= limit {
        return false;
    }
    for characters in STRING_LIMITS {
        for name in PARTS {
            if let Some(part) = context.get_mut(name) {
                cut_strings(part, characters);
            }
        }
        if json_size(context) <= limit {
            return true;
        }
    }
    for name in PARTS {
        let excess = json_size(context).saturating_sub(limit);
        if excess > 0
            && let Some(Value::Object(members)) = context.get_mut(name)
        {
            leave_out(members, excess);
        }
    }
    true
}
