//! OTLP in JSON, read leniently: unknown members, names of protobuf beside those of JSON, enums by number or name,
//! 64-bit numbers as numbers or strings, empty values.
//!
//! Items are read one at a time, so that a large request takes little more memory than its text.

mod event;
mod level;
mod members;
mod value;

use super::collector::{Admitted, Collector, Shared};
use super::item::{MAX_ITEM, MAX_VALUES, Unfit};
use super::scope::{Resource, Scope};
use super::signal::Signal;
use crate::repair;
use level::{Level, List, Object};
use members::Members;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess};
use serde_json::Deserializer;
use serde_json::value::RawValue;

/// Reads a request; one that is no strict JSON is repaired and read again, by a new collector.
pub(super) fn read<'a>(
    body: &[u8],
    signal: Signal,
    collector: impl Fn() -> Collector<'a>,
) -> serde_json::Result<Collector<'a>> {
    if let Ok(text) = std::str::from_utf8(body)
        && let Ok(read) = read_text(text, signal, collector())
    {
        return Ok(read);
    }
    read_text(&repair::text(body), signal, collector())
}

fn read_text<'a>(
    text: &str,
    signal: Signal,
    mut collector: Collector<'a>,
) -> serde_json::Result<Collector<'a>> {
    let mut deserializer = Deserializer::from_str(text);
    let mut request = Request {
        signal,
        collector: &mut collector,
    };
    Object(&mut request).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(collector)
}

/// `ExportLogsServiceRequest` and its like.
struct Request<'r, 'a> {
    signal: Signal,
    collector: &'r mut Collector<'a>,
}

impl<'de> Level<'de> for Request<'_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, members: &mut A) -> Result<(), A::Error> {
        if self.signal.is_groups(name) {
            members.next_value_seed(List(self))
        } else {
            members.next_value::<IgnoredAny>().map(|_| ())
        }
    }

    fn element<A: SeqAccess<'de>>(&mut self, groups: &mut A) -> Result<Option<()>, A::Error> {
        let mut group = ResourceGroup {
            signal: self.signal,
            collector: &mut *self.collector,
            resource: Resource::default(),
            scopes: Vec::new(),
        };
        let read = groups.next_element_seed(Object(&mut group))?;
        group.finish();
        Ok(read)
    }
}

/// `ResourceLogs` and its like. Its resource may come behind its items.
struct ResourceGroup<'r, 'a> {
    signal: Signal,
    collector: &'r mut Collector<'a>,
    resource: Resource,
    scopes: Vec<(Scope, Vec<Admitted>)>,
}

impl ResourceGroup<'_, '_> {
    fn finish(self) {
        for (scope, events) in self.scopes {
            let shared = Shared {
                resource: &self.resource,
                scope: &scope,
            };
            for event in events {
                self.collector.add(event, shared);
            }
        }
    }
}

impl<'de> Level<'de> for ResourceGroup<'_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, members: &mut A) -> Result<(), A::Error> {
        if name == "resource" {
            let mut resource = part(members.next_value()?)?;
            self.resource = Resource::new(resource.attributes());
            Ok(())
        } else if self.signal.is_scopes(name) {
            members.next_value_seed(List(self))
        } else {
            members.next_value::<IgnoredAny>().map(|_| ())
        }
    }

    fn element<A: SeqAccess<'de>>(&mut self, groups: &mut A) -> Result<Option<()>, A::Error> {
        let mut group = ScopeGroup {
            signal: self.signal,
            collector: &mut *self.collector,
            scope: Scope::default(),
            events: Vec::new(),
        };
        let read = groups.next_element_seed(Object(&mut group))?;
        if !group.events.is_empty() {
            self.scopes.push((group.scope, group.events));
        }
        Ok(read)
    }
}

/// `ScopeLogs` and its like.
struct ScopeGroup<'r, 'a> {
    signal: Signal,
    collector: &'r mut Collector<'a>,
    scope: Scope,
    events: Vec<Admitted>,
}

impl<'de> Level<'de> for ScopeGroup<'_, '_> {
    fn member<A: MapAccess<'de>>(&mut self, name: &str, members: &mut A) -> Result<(), A::Error> {
        if name == "scope" {
            let mut scope = part(members.next_value()?)?;
            self.scope = Scope::new(
                scope.text("name"),
                scope.text("version"),
                scope.attributes(),
            );
            Ok(())
        } else if self.signal.is_items(name) {
            members.next_value_seed(List(self))
        } else {
            members.next_value::<IgnoredAny>().map(|_| ())
        }
    }

    fn element<A: SeqAccess<'de>>(&mut self, items: &mut A) -> Result<Option<()>, A::Error> {
        let Some(item) = items.next_element::<&RawValue>()? else {
            return Ok(None);
        };
        let min_severity = self.collector.min_severity();
        let events = match self.signal {
            _ if is_too_large(item.get()) => Err(Unfit::TooLarge),
            Signal::Logs => event::of_log_record(item.get(), min_severity)
                .map(|event| event.into_iter().collect()),
            Signal::Traces => event::of_span(item.get()),
            Signal::Metrics => Ok(Vec::new()),
        };
        match events {
            Ok(events) if !events.is_empty() => {
                let admitted = events
                    .into_iter()
                    .filter_map(|event| self.collector.admit(event));
                self.events.extend(admitted);
            }
            Ok(_) | Err(Unfit::TooLarge) => self.collector.drop_item(),
            Err(Unfit::Malformed(_) | Unfit::Unreadable) => {
                return Err(A::Error::custom("an item is no JSON that can be read"));
            }
        }
        Ok(Some(()))
    }
}

/// Reads a resource or a scope. What is too large or no object is left out.
fn part<E: Error>(text: &RawValue) -> Result<Members, E> {
    if is_too_large(text.get()) {
        return Ok(Members::default());
    }
    let value = repair::parse(text.get().as_bytes()).map_err(E::custom)?;
    Ok(Members::of(value).unwrap_or_default())
}

/// Whether a text takes too much memory as values.
fn is_too_large(text: &str) -> bool {
    text.len() > MAX_ITEM || text.len() > MAX_VALUES && has_too_many_values(text)
}

/// Counts the commas and opening brackets outside of strings, of which each value has one before it or is one.
fn has_too_many_values(text: &str) -> bool {
    let mut values = 0;
    let mut in_string = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' => {
                bytes.next();
            }
            b',' | b'[' | b'{' if !in_string => values += 1,
            _ => {}
        }
    }
    values > MAX_WRITTEN_VALUES
}

/// The most values of JSON that an item of [`MAX_VALUES`] is written with: an attribute is an object of a key and
/// an object.
const MAX_WRITTEN_VALUES: usize = 4 * MAX_VALUES;
