//! Reads JSON into no more values than it may have: a value in memory is fifty times as large as `0,` is in a body.

use crate::repair::{RESERVED, within_f64};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;

/// The key by which serde_json hands over a number of any precision.
const NUMBER: &str = "$serde_json::private::Number";

/// Frames of a stack trace that are read: as many of its beginning and of its end.
const FRAMES_EACH_END: usize = 1_000;

/// How many values may still be read.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    whole: usize,
    left: Cell<usize>,
    exceeded: Cell<bool>,
}

impl Budget {
    /// Allows so many values.
    pub(crate) fn new(values: usize) -> Self {
        Self {
            whole: values,
            left: Cell::new(values),
            exceeded: Cell::new(false),
        }
    }

    /// Returns whether something was skipped.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }

    fn take_one(&self) -> bool {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                true
            }
            None => {
                self.exceeded.set(true);
                false
            }
        }
    }

    /// Whether a member is read. Of frames, what is pruned first when stored is read while there is plenty.
    fn allows(&self, key: &str) -> bool {
        let reserve = match key {
            "vars" => self.whole / 2,
            "pre_context" | "post_context" => self.whole / 4,
            _ => 0,
        };
        self.left.get() > reserve && self.take_one() || {
            self.exceeded.set(true);
            false
        }
    }
}

/// Reads a value within a budget. What is beyond it is skipped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounded<'a> {
    budget: &'a Budget,
    keep: Keep,
}

/// Which elements of a long array are kept.
#[derive(Debug, Clone, Copy)]
enum Keep {
    /// The first.
    First,
    /// So many of each end.
    Ends { head: usize, tail: usize },
}

impl<'a> Bounded<'a> {
    /// Reads a value within this budget.
    pub(crate) const fn new(budget: &'a Budget) -> Self {
        Self {
            budget,
            keep: Keep::First,
        }
    }

    /// Reads a value, of which arrays at its top keep their last elements.
    pub(crate) const fn with_last(budget: &'a Budget, count: usize) -> Self {
        Self {
            budget,
            keep: Keep::Ends {
                head: 0,
                tail: count,
            },
        }
    }

    /// Whether all elements are wanted, so that what is skipped is missed.
    pub(crate) const fn is_whole(&self) -> bool {
        matches!(self.keep, Keep::First)
    }

    /// Reads the value of a member.
    fn member(self, key: &str) -> Self {
        let keep = match key {
            "frames" => Keep::Ends {
                head: FRAMES_EACH_END,
                tail: FRAMES_EACH_END,
            },
            "values" => self.keep,
            _ => Keep::First,
        };
        Self { keep, ..self }
    }

    fn element(self) -> Self {
        Self::new(self.budget)
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let (head, tail) = match self.keep {
            Keep::First => (usize::MAX, 0),
            Keep::Ends { head, tail } => (head, tail),
        };
        let mut first = Vec::new();
        // Each with what it took of the budget, which is given back when it is dropped.
        let mut last: VecDeque<(Value, usize)> = VecDeque::new();
        loop {
            let before = self.budget.left.get();
            if !self.budget.take_one() {
                if elements.next_element::<IgnoredAny>()?.is_none() {
                    break;
                }
                continue;
            }
            let Some(value) = elements.next_element_seed(self.element())? else {
                self.budget.left.set(before);
                break;
            };
            if first.len() < head {
                first.push(value);
                continue;
            }
            if last.len() == tail
                && let Some((_, taken)) = last.pop_front()
            {
                self.budget.exceeded.set(true);
                self.budget.left.set(self.budget.left.get() + taken);
            }
            last.push_back((value, before - self.budget.left.get().min(before)));
        }
        first.extend(last.into_iter().map(|(value, _)| value));
        Ok(Value::Array(first))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut number = None;
        while let Some(key) = members.next_key_seed(KeySeed)? {
            match key {
                Key::Number if object.is_empty() && number.is_none() => {
                    number = Some(members.next_value_seed(NumberSeed)?);
                }
                Key::Number | Key::Reserved => {
                    members.next_value::<IgnoredAny>()?;
                }
                Key::Named(key) if self.budget.allows(&key) => {
                    let value = members.next_value_seed(self.member(&key))?;
                    object.insert(key, value);
                }
                Key::Named(_) => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(number.unwrap_or(Value::Object(object)))
    }
}

/// The key of a member.
enum Key {
    /// The one that stands for a number.
    Number,
    /// Another that serde_json keeps for itself.
    Reserved,
    /// Any other.
    Named(String),
}

/// Reads a key.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key, E> {
        Ok(match key {
            NUMBER => Key::Number,
            key if key.starts_with(RESERVED) => Key::Reserved,
            key => Key::Named(key.to_owned()),
        })
    }
}

/// Reads the digits of a number; null for what is none, or none that f64 holds.
struct NumberSeed;

impl<'de> DeserializeSeed<'de> for NumberSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NumberSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("digits")
    }

    fn visit_str<E>(self, digits: &str) -> Result<Value, E> {
        Ok(digits.parse().map_or(Value::Null, within_f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str, budget: &Budget) -> Value {
        Bounded::new(budget)
            .deserialize(&mut serde_json::Deserializer::from_str(text))
            .unwrap()
    }

    #[test]
    fn what_is_within_the_budget_is_read_as_it_is() {
        let text =
            r#"{"a":[1,-2.50,"x",null,true,{"b":{}}],"n":12345678901234567890123,"vars":{"x":[]}}"#;
        let budget = Budget::new(100);
        assert_eq!(read(text, &budget).to_string(), text);
        assert!(!budget.is_exceeded());
        assert_eq!(read("[1e400]", &budget), json!([null]));
    }

    #[test]
    fn what_is_beyond_the_budget_is_skipped() {
        let budget = Budget::new(4);
        assert_eq!(
            read(r#"{"a":[1,[2,3],4,5],"b":6}"#, &budget),
            json!({ "a": [1, [2]] })
        );
        assert!(budget.is_exceeded());
    }

    #[test]
    fn the_ends_of_stack_traces_are_kept() {
        let frames: Vec<Value> = (0..5_000).map(|n| json!({ "lineno": n })).collect();
        let budget = Budget::new(10_000);
        let read = read(&json!({ "frames": frames }).to_string(), &budget);
        let read = read["frames"].as_array().unwrap();
        assert_eq!(read.len(), 2_000);
        assert_eq!(
            (
                &read[999]["lineno"],
                &read[1_000]["lineno"],
                &read[1_999]["lineno"]
            ),
            (&json!(999), &json!(4_000), &json!(4_999))
        );
        assert!(budget.is_exceeded());
    }

    #[test]
    fn locals_go_before_frames() {
        let frames: Vec<Value> = (0..20)
            .map(|n| json!({ "lineno": n, "vars": { "a": 1, "b": 2 } }))
            .collect();
        let budget = Budget::new(85);
        let read = read(&json!({ "frames": frames }).to_string(), &budget);
        let read = read["frames"].as_array().unwrap();
        assert_eq!(read.len(), 20);
        assert!(read[0].get("vars").is_some() && read[19].get("vars").is_none());
    }

    #[test]
    fn keys_that_serde_json_reserves_are_dropped() {
        let budget = Budget::new(100);
        let text = r#"[{"a":1,"$serde_json::private::Number":"x"},{"$serde_json::private::RawValue":"[1]","b":2}]"#;
        assert_eq!(read(text, &budget), json!([{ "a": 1 }, { "b": 2 }]));
        assert_eq!(
            read(r#"{"$serde_json::private::Number":"x","b":2}"#, &budget),
            json!(null)
        );
    }
}
