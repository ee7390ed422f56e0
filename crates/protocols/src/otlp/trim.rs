//! Makes objects as small as they are stored.

use crate::size::{cut, json_size};
use serde_json::{Map, Value};

/// To how many characters strings are cut, in turn, until an object fits.
pub(super) const STRING_LIMITS: [usize; 4] = [16_384, 4_096, 1_024, 256];

/// Makes an object fit into so many bytes of JSON: cuts long strings, then leaves out members, the last first.
/// Returns whether it did.
pub(super) fn fit(object: &mut Map<String, Value>, limit: usize) -> bool {
    if json_size(object) <= limit {
        return false;
    }
    for characters in STRING_LIMITS {
        object
            .values_mut()
            .for_each(|value| cut_strings(value, characters));
        if json_size(object) <= limit {
            return true;
        }
    }
    let excess = json_size(object) - limit;
    leave_out(object, excess);
    true
}

/// Leaves out members, the last first, until `excess` bytes are saved.
pub(super) fn leave_out(members: &mut Map<String, Value>, excess: usize) {
    let mut saved = 0;
    while saved < excess
        && let Some(name) = members.keys().next_back().cloned()
        && let Some(value) = members.remove(&name)
    {
        saved += json_size(&name) + ":".len() + json_size(&value) + ",".len();
    }
}

/// Cuts every string in a value.
pub(super) fn cut_strings(value: &mut Value, characters: usize) {
    match value {
        Value::String(text) => *text = cut(std::mem::take(text), characters),
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|element| cut_strings(element, characters)),
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| cut_strings(member, characters)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Cuts the middle out of a text of lines, so that about so many bytes are left.
pub(super) fn cut_middle(text: &mut String, limit: usize) {
    if text.len() <= limit {
        return;
    }
    let bytes = text.as_bytes();
    let (head, tail) = (limit / 2, text.len() - limit / 2);
    let start = memchr::memrchr(b'\n', &bytes[..head]).unwrap_or(head);
    let end = memchr::memchr(b'\n', &bytes[tail..]).map_or(tail, |found| tail + found);
    let start = (0..=start).rev().find(|at| text.is_char_boundary(*at));
    let end = (end..text.len()).find(|at| text.is_char_boundary(*at));
    let range = start.unwrap_or(0)..end.unwrap_or(text.len());
    text.replace_range(range, "\n...");
}
