//! Takes fields out of objects of which nothing is certain. A field of the wrong type is absent.

pub(super) use crate::size::{cut, cut_str};

use serde_json::{Map, Value};

/// An object of JSON.
pub(super) type Object = Map<String, Value>;

/// The field's text; `None` when it is no string or blank.
pub(super) fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    object
        .get(key)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// The field's object; `None` when it is none.
pub(super) fn object<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object)
}

/// Takes the field's text; `None` when it is no string or blank.
pub(super) fn take_text(object: &mut Object, key: &str) -> Option<String> {
    match object.remove(key) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

/// Takes the field's object; `None` when it is none or empty.
pub(super) fn take_object(object: &mut Object, key: &str) -> Option<Object> {
    match object.remove(key) {
        Some(Value::Object(object)) if !object.is_empty() => Some(object),
        _ => None,
    }
}

/// Takes the objects of a field that is `{"values":[...]}`, a list, or one object.
pub(super) fn take_values(object: &mut Object, key: &str) -> Vec<Value> {
    let values = match object.remove(key) {
        Some(Value::Array(values)) => values,
        Some(Value::Object(mut one)) => match one.remove("values") {
            Some(Value::Array(values)) => values,
            Some(_) => Vec::new(),
            None if one.is_empty() => Vec::new(),
            None => vec![Value::Object(one)],
        },
        _ => Vec::new(),
    };
    objects(values)
}

/// The objects of a list.
pub(super) fn objects(values: Vec<Value>) -> Vec<Value> {
    if values.iter().all(Value::is_object) {
        return values;
    }
    values.into_iter().filter(Value::is_object).collect()
}

/// Takes a field that is an object or a list of pairs, as an object; `None` when it is neither.
pub(super) fn take_pairs(object: &mut Object, key: &str) -> Option<Object> {
    match object.remove(key) {
        Some(Value::Object(object)) => Some(object),
        Some(Value::Array(pairs)) => Some(pairs.into_iter().filter_map(pair).collect()),
        _ => None,
    }
}

fn pair(value: Value) -> Option<(String, Value)> {
    match value {
        Value::Array(pair) => {
            let [key, value] = <[Value; 2]>::try_from(pair).ok()?;
            Some((scalar(&key)?, value))
        }
        Value::Object(mut pair) => {
            let key = scalar(pair.get("key")?)?;
            Some((key, pair.remove("value")?))
        }
        _ => None,
    }
}

/// The text of a string, a number or a boolean.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: &Value) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn values_come_in_three_forms() {
        let one = json!({ "type": "A" });
        for form in [
            json!({ "e": { "values": [one] } }),
            json!({ "e": [one] }),
            json!({ "e": one }),
            json!({ "e": [null, 5, one] }),
        ] {
            assert_eq!(
                take_values(&mut fields(&form), "e"),
                std::slice::from_ref(&one),
                "{form}"
            );
        }
        for form in [
            json!({}),
            json!({ "e": null }),
            json!({ "e": {} }),
            json!({ "e": "x" }),
            json!({ "e": { "values": null } }),
        ] {
            assert!(take_values(&mut fields(&form), "e").is_empty(), "{form}");
        }
    }

    #[test]
    fn pairs_become_an_object() {
        let expected = fields(&json!({ "a": 1, "2": null }));
        for form in [
            json!({ "p": { "a": 1, "2": null } }),
            json!({ "p": [["a", 1], [2, null], ["x"], 5, [[], 1]] }),
            json!({ "p": [{ "key": "a", "value": 1 }, { "key": 2, "value": null }, {}] }),
        ] {
            assert_eq!(
                take_pairs(&mut fields(&form), "p"),
                Some(expected.clone()),
                "{form}"
            );
        }
        assert_eq!(take_pairs(&mut fields(&json!({ "p": "a=1" })), "p"), None);
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("äöü".to_owned(), 2), "äö");
        assert_eq!(cut("äöü".to_owned(), 3), "äöü");
        assert_eq!(cut("abc".to_owned(), 0), "");
    }
}
