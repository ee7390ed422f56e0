//! Fuzzes the JSON reader with bytes: it ends in time (libFuzzer's `-timeout`), parsed text holds no NUL, and an
//! array parses to the same elements whole or one by one.
#![no_main]

use faultbook_server::http::json::{elements, lines, parse};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const MOST: usize = 10_000;

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let whole = parse(bytes, MOST);
    if let Ok(value) = &whole {
        assert!(!holds_nul(value));
    }
    let split = elements(bytes, MOST);
    if let Ok(Value::Array(items)) = &whole {
        let split = split.expect("what is an array can be split");
        assert_eq!(split.len(), items.len());
        for (text, item) in split.into_iter().zip(items) {
            assert_eq!(&parse(text, MOST).expect("an element is JSON"), item);
        }
    }
    for line in lines(bytes, MOST).unwrap_or_default() {
        let _ = parse(line, MOST);
    }
});
