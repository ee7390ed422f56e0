//! Objects and lists of a request, read without keeping them.

use serde::de::DeserializeSeed;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// An object of which some member is a list of objects of the next level.
pub(super) trait Level<'de> {
    /// Reads the value of a member.
    fn member<A: MapAccess<'de>>(&mut self, name: &str, members: &mut A) -> Result<(), A::Error>;

    /// Reads an element of its list; none at the end.
    fn element<A: SeqAccess<'de>>(&mut self, elements: &mut A) -> Result<Option<()>, A::Error>;
}

/// Reads the object; null is an empty one.
pub(super) struct Object<'l, L>(pub(super) &'l mut L);

/// Reads the list; null is an empty one.
pub(super) struct List<'l, L>(pub(super) &'l mut L);

impl<'de, L: Level<'de>> DeserializeSeed<'de> for Object<'_, L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, L: Level<'de>> Visitor<'de> for Object<'_, L> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            self.0.member(&name, &mut members)?;
        }
        Ok(())
    }
}

impl<'de, L: Level<'de>> DeserializeSeed<'de> for List<'_, L> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, L: Level<'de>> Visitor<'de> for List<'_, L> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while self.0.element(&mut elements)?.is_some() {}
        Ok(())
    }
}
