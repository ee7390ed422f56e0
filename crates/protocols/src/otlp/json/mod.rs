//! OTLP in JSON, read leniently: unknown members, names of protobuf beside those of JSON, enums by number or name,
//! 64-bit numbers as numbers or strings, empty values.
//!
//! Items are read one at a time, so that a large request takes little more memory than its text.

mod event;
mod level;
mod members;
mod value;

use super::Undecodable;
use super::collector::{Admitted, Collector, Shared};
use super::item::MAX_VALUES;
use super::scope::{Resource, Scope};
use super::signal::Signal;
use crate::bounded::{Bounded, Budget};
use crate::repair::{self, Unreadable};
use level::{Level, List, Object};
use members::Members;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess};
use serde_json::Deserializer;
use serde_json::value::RawValue;

/// The most values of JSON that are read of an item: an attribute is an object of a key and an object.
const MAX_WRITTEN_VALUES: usize = 4 * MAX_VALUES;

/// Reads a request; one that is no strict JSON is repaired and read again, by a new collector.
pub(super) fn read<'a>(
    body: &[u8],
    signal: Signal,
    collector: impl Fn() -> Collector<'a>,
) -> Result<Collector<'a>, Undecodable> {
    if let Ok(text) = std::str::from_utf8(body) {
        match read_text(text, signal, collector()) {
            Err(Undecodable::Unreadable(_)) => {}
            read => return read,
        }
    }
    read_text(&repair::text(body), signal, collector())
}

fn read_text<'a>(
    text: &str,
    signal: Signal,
    mut collector: Collector<'a>,
) -> Result<Collector<'a>, Undecodable> {
    let mut deserializer = Deserializer::from_str(text);
    let mut request = Request {
        signal,
        collector: &mut collector,
    };
    let read = Object(&mut request).deserialize(&mut deserializer);
    match read.and_then(|()| deserializer.end()) {
        Ok(()) => Ok(collector),
        Err(_) if collector.has_too_many() => Err(Undecodable::TooMany),
        Err(error) => Err(Undecodable::Unreadable(error.to_string())),
    }
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
        group.finish().map_err(A::Error::custom)?;
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
    fn finish(self) -> Result<(), Undecodable> {
        for (scope, events) in self.scopes {
            let shared = Shared {
                resource: &self.resource,
                scope: &scope,
            };
            for event in events {
                self.collector.add(event, shared)?;
            }
        }
        Ok(())
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
        let text = item.get();
        if text.len() > self.collector.max_item() {
            self.collector.drop_too_large();
            return Ok(Some(()));
        }
        let events = match self.signal {
            Signal::Logs => event::of_log_record(text, self.collector.min_severity())
                .map(|event| event.into_iter().collect()),
            Signal::Traces => event::of_span(text),
            Signal::Metrics => Ok(Vec::new()),
        };
        let events = events.map_err(A::Error::custom)?;
        if events.is_empty() {
            self.collector.drop_item();
        }
        for event in events {
            let event = self.collector.admit(event).map_err(A::Error::custom)?;
            self.events.push(event);
        }
        Ok(Some(()))
    }
}

/// Reads a resource or a scope. What is no object is left out.
fn part<E: Error>(text: &RawValue) -> Result<Members, E> {
    let (members, _) = item(text.get()).map_err(E::custom)?;
    Ok(members.unwrap_or_default())
}

/// Reads an object, and whether something of it was left out.
fn item(text: &str) -> Result<(Option<Members>, bool), Unreadable> {
    let budget = Budget::new(MAX_WRITTEN_VALUES);
    let value = repair::parse_seed(text.as_bytes(), || Bounded::new(&budget))?;
    Ok((Members::of(value), budget.is_exceeded()))
}
