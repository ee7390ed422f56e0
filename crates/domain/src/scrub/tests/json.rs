use serde_json::{Value, json};

use super::*;

fn scrubbed(mut value: Value) -> Value {
    SCRUBBER.scrub_json(&mut value);
    value
}

#[test]
fn values_of_every_type_go_at_any_depth() {
    let value = json!({
        "password": "x", "pin": 1234, "csrf": true, "token": {"a": 1}, "cookies": ["a"], "secret": null,
        "list": [{"deep": {"X-Api-Key": "k", "user_id": 7}}], "token_count": 3, "ok": "plain",
    });
    assert_eq!(
        scrubbed(value),
        json!({
            "password": "[Filtered]", "pin": "[Filtered]", "csrf": "[Filtered]", "token": "[Filtered]",
            "cookies": "[Filtered]", "secret": null,
            "list": [{"deep": {"X-Api-Key": "[Filtered]", "user_id": 7}}], "token_count": 3, "ok": "plain",
        })
    );
}

#[test]
fn secrets_go_from_strings_names_and_numbers() {
    let value = json!({
        "note": "card 4111 1111 1111 1111", "body": "{\"password\":\"hunter2\"}",
        "n": 4_111_111_111_111_111_u64, "ms": 1_700_000_000_123_u64, "f": 0.5,
        "https://u:p@h/": 1,
    });
    assert_eq!(
        scrubbed(value),
        json!({
            "note": "card [Filtered]", "body": "{\"password\":\"[Filtered]\"}",
            "n": "[Filtered]", "ms": 1_700_000_000_123_u64, "f": 0.5,
            "https://u:[Filtered]@h/": 1,
        })
    );
}

#[test]
fn nul_becomes_the_replacement_character_in_strings_and_names() {
    let value = json!({"a\0b": "c\0d", "a\u{FFFD}b": 1, "l": ["\0"], "p\0": "token=x\0y"});
    let clean = scrubbed(value);
    assert_eq!(
        clean,
        json!({"a\u{FFFD}b": "c\u{FFFD}d", "a\u{FFFD}b\u{FFFD}": 1, "l": ["\u{FFFD}"],
            "p\u{FFFD}": "token=[Filtered]"})
    );
    assert_eq!(scrubbed(clean.clone()), clean);
}

#[test]
fn a_name_that_hides_behind_nul_is_still_sensitive() {
    assert_eq!(
        scrubbed(json!({"password\0": "x"})),
        json!({"password\u{FFFD}": "[Filtered]"})
    );
}

#[test]
fn depth_costs_no_stack() {
    let mut value = json!({"password": "x"});
    for _ in 0..2_000 {
        value = Value::Array(vec![value]);
    }
    let clean = std::thread::Builder::new()
        .stack_size(32 << 20)
        .spawn(move || {
            let mut value = value;
            let small = std::thread::scope(|scope| {
                std::thread::Builder::new()
                    .stack_size(128 << 10)
                    .spawn_scoped(scope, || SCRUBBER.scrub_json(&mut value))
                    .unwrap()
                    .join()
            });
            small.unwrap();
            value.to_string()
        })
        .unwrap()
        .join()
        .unwrap();
    assert!(clean.contains(r#"{"password":"[Filtered]"}"#));
}

#[test]
fn a_pair_before_others_does_not_take_them_along() {
    assert_eq!(
        scrubbed(json!({"env": ["DB_PASSWORD=x", "HOME=/root"]})),
        json!({"env": ["DB_PASSWORD=[Filtered]", "HOME=/root"]})
    );
}
