//! Removes secrets from JSON values.

use serde_json::{Map, Value};

use super::beside::{self, Setting};
use super::keys::KeySet;
use super::text::Anchors;
use super::words::{self, Naming};
use super::{FILTERED, argv, card, prose, text};

/// Scrubs `value` in place. Works off a list instead of recursing, so that depth costs no stack.
pub(super) fn scrub(value: &mut Value, keys: &KeySet, anchors: &Anchors) {
    let mut open = vec![(value, false)];
    while let Some((value, in_list)) = open.pop() {
        match value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => {
                if number.as_u64().is_some_and(card::is_card) {
                    filter(value);
                }
            }
            Value::String(string) => {
                if let Some(clean) = scrub_string(string, keys, anchors) {
                    *string = clean;
                }
            }
            Value::Array(items) => {
                scrub_list(items, in_list, keys);
                open.extend(items.iter_mut().map(|item| (item, true)));
            }
            Value::Object(map) => {
                scrub_names(map, keys, anchors);
                scrub_named_values(map, keys);
                for (key, member) in map.iter_mut() {
                    if !keys.is_sensitive(key) || is_directory(key, member) {
                        open.push((member, false));
                    } else {
                        filter(member);
                    }
                }
            }
        }
    }
}

/// Puts the placeholder in the place of a value that is there.
fn filter(value: &mut Value) {
    if !value.is_null() && value != FILTERED {
        *value = Value::String(FILTERED.to_owned());
    }
}

fn is_directory(key: &str, member: &Value) -> bool {
    matches!(member, Value::String(path) if prose::is_working_directory(key.as_bytes(), path.as_bytes()))
}

fn scrub_string(string: &str, keys: &KeySet, anchors: &Anchors) -> Option<String> {
    if memchr::memchr(0, string.as_bytes()).is_none() {
        return text::scrub(string, keys, anchors);
    }
    let string = string.replace('\0', "\u{FFFD}");
    Some(text::scrub(&string, keys, anchors).unwrap_or(string))
}

/// Scrubs the names of members. Members whose names become equal are kept apart by appended U+FFFD.
fn scrub_names(map: &mut Map<String, Value>, keys: &KeySet, anchors: &Anchors) {
    if !map
        .keys()
        .any(|key| scrub_string(key, keys, anchors).is_some())
    {
        return;
    }
    for (key, member) in std::mem::take(map) {
        let mut key = scrub_string(&key, keys, anchors).unwrap_or(key);
        while map.contains_key(&key) {
            key.push('\u{FFFD}');
        }
        map.insert(key, member);
    }
}

/// Removes the values of an object that names them: `{"name": "password", "value": "x"}`.
fn scrub_named_values(map: &mut Map<String, Value>, keys: &KeySet) {
    let mut named: [bool; 3] = [false; 3];
    for (key, member) in map.iter() {
        if let Some(naming) = words::naming(key.as_bytes())
            && is_sensitive_name(member, naming, keys)
        {
            named[naming as usize] = true;
        }
    }
    if !named.contains(&true) {
        return;
    }
    for (key, member) in map.iter_mut() {
        let held = [Naming::Name, Naming::Path, Naming::Type]
            .into_iter()
            .any(|naming| named[naming as usize] && words::holds_value(key.as_bytes(), naming));
        let statement =
            matches!(member, Value::String(text) if words::is_statement(text.as_bytes()));
        if held && !statement {
            filter(member);
        }
    }
}

fn is_sensitive_name(member: &Value, naming: Naming, keys: &KeySet) -> bool {
    const LONGEST: usize = 128;
    let name = match (naming, member) {
        (Naming::Path, Value::Array(parts)) => parts.last().and_then(Value::as_str),
        (_, member) => member.as_str(),
    };
    let Some(name) = name.filter(|name| name.len() <= LONGEST) else {
        return false;
    };
    match naming {
        Naming::Name => keys.names_secret(name),
        Naming::Path => keys.names_secret(words::last_part(name)),
        Naming::Type => name.eq_ignore_ascii_case("password") && keys.is_sensitive(name),
    }
}

/// Removes the values of a list that holds their names, too: a pair in a list of pairs, a flat list of
/// headers, the arguments of a command.
fn scrub_list(items: &mut [Value], in_list: bool, keys: &KeySet) {
    const LONGEST_PAIR: usize = 3;
    if in_list
        && (2..=LONGEST_PAIR).contains(&items.len())
        && let [Value::String(key), value, ..] = items
        && beside::is_key(key, 2)
        && keys.is_sensitive(key)
        && (!matches!(value, Value::String(text) if !beside::is_value(key, text, Setting::Pair, keys)))
    {
        filter(value);
        return;
    }
    let spans: Vec<(usize, String)> = (0..items.len())
        .filter_map(|at| Some((at, secret_at(items, at, keys)?)))
        .collect();
    for (at, clean) in spans {
        items[at] = Value::String(clean);
    }
}

/// What is to stand in the place of item `at`, when the item before it makes it a secret.
fn secret_at(items: &[Value], at: usize, keys: &KeySet) -> Option<String> {
    let value = items[at].as_str()?;
    if let Some(secret) = argv::attached_secret(value, |command| names_command(items, at, command))
    {
        return Some(format!(
            "{}{FILTERED}{}",
            &value[..secret.start],
            &value[secret.end..]
        ));
    }
    let key = items[at.checked_sub(1)?].as_str()?;
    if key.starts_with('-') {
        let secret = argv::secret_after(key, value, keys, |command| {
            names_command(items, at, command)
        })?;
        return Some(format!(
            "{}{FILTERED}{}",
            &value[..secret.start],
            &value[secret.end..]
        ));
    }
    // Names alternate with values, and the first item is a name.
    let named = at % 2 == 1
        && items.len().is_multiple_of(2)
        && beside::is_key(key, 1)
        && keys.is_sensitive(key);
    (named && beside::is_value(key, value, Setting::List, keys)).then(|| FILTERED.to_owned())
}

/// Whether one of the items before `at` runs `command`.
fn names_command(items: &[Value], at: usize, command: &[u8]) -> bool {
    const FURTHEST: usize = 32;
    items[at.saturating_sub(FURTHEST)..at].iter().any(|item| {
        item.as_str().is_some_and(|word| {
            let word = word.rsplit(['/', '\\']).next().unwrap_or(word);
            word.trim_end_matches(".exe").as_bytes() == command
        })
    })
}
