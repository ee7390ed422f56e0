//! Fuzzes the repair of JSON: it ends in time (libFuzzer's `-timeout`), strict JSON is read as it is, and what was
//! read can be written and read again.
#![no_main]

use faultbook_protocols::repair::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let strict: Result<serde_json::Value, _> = serde_json::from_slice(text);
    match parse(text) {
        Ok(value) => assert_eq!(parse(value.to_string().as_bytes()), Ok(value)),
        Err(_) => assert!(strict.is_err()),
    }
});
