//! Trims a context to the size that is stored.

use super::fields::{Object, cut_str};
use crate::size::json_size;
use serde_json::Value;

/// The largest context, in bytes of its JSON.
pub(super) const MAX_CONTEXT: usize = 256 * 1024;
/// Room for the mark that something is missing.
const ROOM: usize = 64;
/// The longest text that is left when everything else has gone, in characters.
const MAX_TEXT: usize = 1_024;
/// The frames that are left then, of each end of a stack trace.
const FRAMES_EACH_END: usize = 125;

/// Trims a context to [`MAX_CONTEXT`]: first the local variables go, then the source lines around each call, modules,
/// the oldest breadcrumbs, the largest members of `extra`. What is too large even then loses the ends of its long
/// texts, the middle of its stack traces, and at last its largest members. Returns whether anything went.
pub(super) fn trim(context: &mut Object) -> bool {
    let limit = MAX_CONTEXT - ROOM;
    let mut size = json_size(context);
    if size <= limit {
        return false;
    }
    let steps: [fn(&mut Object, usize); 8] = [
        |context, _| remove_from_frames(context, &["vars"]),
        |context, _| remove_from_frames(context, &["pre_context", "post_context"]),
        |context, _| drop(context.remove("modules")),
        drop_oldest_breadcrumbs,
        drop_largest_of_extra,
        |context, _| context.values_mut().for_each(cut_texts),
        |context, _| each_trace(context, drop_middle),
        drop_largest,
    ];
    for step in steps {
        step(context, size - limit);
        size = json_size(context);
        if size <= limit {
            break;
        }
    }
    true
}

/// Drops the largest members of an object until it is no larger than this. Returns whether anything went.
pub(super) fn trim_members(object: &mut Object, limit: usize) -> bool {
    let size = json_size(object);
    if size <= limit {
        return false;
    }
    drop_members(object, size - limit);
    true
}

/// Marks a context of which something is missing.
pub(super) fn mark(context: &mut Object) {
    context.insert("trimmed".to_owned(), Value::Bool(true));
}

fn remove_from_frames(context: &mut Object, fields: &[&str]) {
    each_trace(context, |frames| {
        for frame in frames.iter_mut().filter_map(Value::as_object_mut) {
            for field in fields {
                frame.remove(*field);
            }
        }
    });
}

/// Calls a function with the frames of each exception and thread.
fn each_trace(context: &mut Object, change: impl Fn(&mut Vec<Value>)) {
    for field in ["exception", "threads"] {
        let Some(Value::Array(holders)) = context.get_mut(field) else {
            continue;
        };
        for holder in holders {
            for trace in ["stacktrace", "raw_stacktrace"] {
                let frames = holder
                    .get_mut(trace)
                    .and_then(|trace| trace.get_mut("frames"));
                if let Some(Value::Array(frames)) = frames {
                    change(frames);
                }
            }
        }
    }
}

fn drop_oldest_breadcrumbs(context: &mut Object, excess: usize) {
    let Some(Value::Array(crumbs)) = context.get_mut("breadcrumbs") else {
        return;
    };
    let mut freed = 0;
    let dropped = crumbs.iter().take_while(|crumb| {
        let needed = freed < excess;
        freed += json_size(crumb) + 1;
        needed
    });
    let dropped = dropped.count();
    crumbs.drain(..dropped);
    if crumbs.is_empty() {
        context.remove("breadcrumbs");
    }
}

fn drop_largest_of_extra(context: &mut Object, excess: usize) {
    let Some(Value::Object(extra)) = context.get_mut("extra") else {
        return;
    };
    drop_members(extra, excess);
    if extra.is_empty() {
        context.remove("extra");
    }
}

fn drop_largest(context: &mut Object, excess: usize) {
    drop_members(context, excess);
}

/// Drops the largest members until so many bytes are freed.
fn drop_members(object: &mut Object, excess: usize) {
    let mut sizes: Vec<(usize, String)> = object
        .iter()
        .map(|(key, value)| (json_size(value) + key.len() + 4, key.clone()))
        .collect();
    sizes.sort_by(|a, b| b.cmp(a));
    let mut freed = 0;
    for (size, key) in sizes {
        if freed >= excess {
            return;
        }
        object.remove(&key);
        freed += size;
    }
}

fn cut_texts(value: &mut Value) {
    match value {
        Value::String(text) => {
            let length = cut_str(text, MAX_TEXT).len();
            text.truncate(length);
        }
        Value::Array(elements) => elements.iter_mut().for_each(cut_texts),
        Value::Object(members) => members.values_mut().for_each(cut_texts),
        _ => {}
    }
}

fn drop_middle(frames: &mut Vec<Value>) {
    if frames.len() > 2 * FRAMES_EACH_END {
        frames.drain(FRAMES_EACH_END..frames.len() - FRAMES_EACH_END);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn context(value: &Value) -> Object {
        value.as_object().unwrap().clone()
    }

    fn text(kilobytes: usize) -> String {
        "x".repeat(kilobytes * 1024)
    }

    fn frame(vars: usize, lines: usize) -> Value {
        json!({ "function": "f", "vars": { "v": text(vars) }, "pre_context": [text(lines)], "context_line": "c",
            "post_context": [text(lines)] })
    }

    fn event(vars: usize, lines: usize, modules: usize, crumb: usize, extra: usize) -> Object {
        context(&json!({
            "exception": [{ "stacktrace": { "frames": [frame(vars, lines), frame(vars, lines)] } }],
            "threads": [{ "stacktrace": null }, { "stacktrace": { "frames": [frame(vars, lines)] } }],
            "modules": { "m": text(modules) },
            "breadcrumbs": (0..10).map(|n| json!({ "n": n, "t": text(crumb) })).collect::<Vec<_>>(),
            "extra": { "small": 1, "large": text(extra) },
        }))
    }

    #[test]
    fn what_fits_is_kept() {
        let mut whole = event(10, 10, 10, 1, 10);
        let before = whole.clone();
        assert!(!trim(&mut whole));
        assert_eq!(whole, before);
    }

    #[test]
    fn parts_go_in_order() {
        let frame_of =
            |context: &Object| context["exception"][0]["stacktrace"]["frames"][1].clone();
        let trimmed = |mut context: Object| {
            assert!(trim(&mut context));
            assert!(json_size(&context) <= MAX_CONTEXT);
            context
        };
        let after = trimmed(event(100, 10, 10, 1, 10));
        assert!(
            frame_of(&after).get("vars").is_none() && frame_of(&after).get("pre_context").is_some()
        );
        assert!(
            after["threads"][1]["stacktrace"]["frames"][0]
                .get("vars")
                .is_none()
        );

        let after = trimmed(event(100, 50, 10, 1, 10));
        assert!(frame_of(&after).get("post_context").is_none() && after.contains_key("modules"));
        assert_eq!(
            frame_of(&after),
            json!({ "function": "f", "context_line": "c" })
        );

        let after = trimmed(event(1, 1, 300, 1, 10));
        assert!(
            !after.contains_key("modules") && after["breadcrumbs"].as_array().unwrap().len() == 10
        );

        let after = trimmed(event(1, 1, 1, 40, 100));
        let crumbs = after["breadcrumbs"].as_array().unwrap();
        assert_eq!((crumbs.len(), &crumbs[0]["n"]), (3, &json!(7)));
        assert!(after["extra"].get("large").is_some());

        let after = trimmed(event(1, 1, 1, 1, 300));
        assert_eq!(after["extra"], json!({ "small": 1 }));
        assert!(!after.contains_key("breadcrumbs"));
    }

    #[test]
    fn anything_else_is_brought_to_size() {
        let frames: Vec<Value> = (0..20_000)
            .map(|n| json!({ "function": format!("function {n}"), "lineno": n }))
            .collect();
        let mut deep = context(&json!({
            "exception": [{ "type": "T", "value": text(500), "stacktrace": { "frames": frames } }],
            "contexts": { "state": (0..20_000).map(|n| json!({ "key": n })).collect::<Vec<_>>() },
            "request": { "url": "u", "data": text(1_000) },
        }));
        assert!(trim(&mut deep));
        assert!(json_size(&deep) <= MAX_CONTEXT);
        assert_eq!(deep["exception"][0]["type"], "T");
        assert_eq!(
            deep["exception"][0]["stacktrace"]["frames"]
                .as_array()
                .unwrap()
                .len(),
            250
        );
        assert_eq!(deep["request"]["url"], "u");
        assert!(!deep.contains_key("contexts"));
    }
}
