//! Stack traces as SDKs send them and contexts keep them, as the structure that grouping reads and people are shown.

use super::{Exception, Frame, Mechanism, StackTrace, sdk_frames};
use crate::text::start;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Maximum characters of an exception's type, value or module.
pub const MAX_TEXT: usize = 8_192;

type Object = Map<String, Value>;

/// Reads exceptions as an SDK sends them - a list with the oldest first, which is how `context.exception` keeps
/// them - into the reported exception followed by its causes. Frames of the SDK itself at the newest end are left out.
#[must_use]
pub fn stack_trace<'a>(exceptions: &'a Value, platform: Option<&'a str>) -> StackTrace<'a> {
    let exceptions = match exceptions.get("values").unwrap_or(exceptions) {
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    };
    trace_of(exceptions, platform, Detail::Whole)
}

/// How much of a frame is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What says where it is.
    Place,
    /// The source lines and the local variables too.
    Whole,
}

/// Reads exceptions, oldest first, into the reported one followed by its causes.
#[must_use]
pub fn trace_of<'a>(
    exceptions: &'a [Value],
    platform: Option<&'a str>,
    detail: Detail,
) -> StackTrace<'a> {
    let main = main_of(exceptions);
    let others = (0..exceptions.len())
        .rev()
        .filter(|place| Some(*place) != main);
    let read = main
        .into_iter()
        .chain(others)
        .filter_map(|place| exceptions[place].as_object());
    StackTrace {
        platform: platform.map(Cow::Borrowed),
        exceptions: read
            .map(|exception| exception_of(exception, platform, detail))
            .collect(),
    }
}

/// Returns the place of the exception that was reported: the one with the id 0, else the last.
#[must_use]
pub fn main_of(exceptions: &[Value]) -> Option<usize> {
    let id = |exception: &Value| {
        let mechanism = object(exception.as_object()?, "mechanism")?;
        mechanism.get("exception_id")?.as_u64()
    };
    exceptions
        .iter()
        .rposition(|exception| id(exception) == Some(0))
        .or_else(|| exceptions.len().checked_sub(1))
}

/// The field's text; `None` when it is no string or blank.
fn text<'a>(object: &'a Object, key: &str) -> Option<&'a str> {
    let text = object.get(key).and_then(Value::as_str);
    text.filter(|text| !text.trim().is_empty())
}

/// The field's object; `None` when it is none.
fn object<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object)
}

fn exception_of<'a>(
    exception: &'a Object,
    platform: Option<&str>,
    detail: Detail,
) -> Exception<'a> {
    let field = |name| text(exception, name).map(|text| Cow::Borrowed(start(text, MAX_TEXT)));
    Exception {
        type_name: field("type"),
        value: field("value"),
        module: field("module"),
        mechanism: object(exception, "mechanism").map(mechanism_of),
        frames: frames_of(exception, platform, detail),
    }
}

fn mechanism_of(mechanism: &Object) -> Mechanism<'_> {
    let flag = |name| mechanism.get(name).and_then(Value::as_bool);
    Mechanism {
        kind: text(mechanism, "type").map(Cow::Borrowed),
        handled: flag("handled"),
        synthetic: flag("synthetic") == Some(true),
    }
}

/// Returns the frames of an exception or a thread, innermost first.
#[must_use]
pub fn frames_of<'a>(holder: &'a Object, platform: Option<&str>, detail: Detail) -> Vec<Frame<'a>> {
    let trace = match holder.get("stacktrace") {
        Some(Value::Object(trace)) => trace.get("frames"),
        other => other,
    };
    let Some(Value::Array(sent)) = trace else {
        return Vec::new();
    };
    let sent = sent.iter().rev().filter_map(Value::as_object);
    let mut frames: Vec<Frame<'a>> = sent.map(|frame| frame_of(frame, detail)).collect();
    frames.drain(..sdk_frames::newest(&frames, platform));
    frames
}

fn frame_of(frame: &Object, detail: Detail) -> Frame<'_> {
    let field = |name| text(frame, name).map(Cow::Borrowed);
    let absolute_path = field("abs_path");
    let file = field("filename").or_else(|| absolute_path.clone());
    let package = || {
        field("package")
            .filter(|_| file.is_none())
            .map(without_folders)
    };
    let mut read = Frame {
        function: field("function").or_else(|| field("raw_function")),
        module: field("module").or_else(package),
        file,
        absolute_path,
        line: number(frame, "lineno"),
        column: number(frame, "colno"),
        in_app: frame.get("in_app").and_then(Value::as_bool),
        ..Frame::default()
    };
    if detail == Detail::Whole {
        read.pre_context = lines(frame, "pre_context");
        read.context_line = frame
            .get("context_line")
            .and_then(Value::as_str)
            .map(Cow::Borrowed);
        read.post_context = lines(frame, "post_context");
        read.vars = object(frame, "vars").cloned();
        read.raw = object(frame, "raw").cloned();
        read.symbolication = object(frame, "symbolication").cloned();
    }
    read
}

/// The image of native code without where it lies: `/usr/lib/libc.so.6` is `libc.so.6`.
fn without_folders(path: Cow<'_, str>) -> Cow<'_, str> {
    match path {
        Cow::Borrowed(path) => Cow::Borrowed(path.rsplit(['/', '\\']).next().unwrap_or(path)),
        owned @ Cow::Owned(_) => owned,
    }
}

fn lines<'a>(frame: &'a Object, name: &str) -> Vec<Cow<'a, str>> {
    let Some(Value::Array(lines)) = frame.get(name) else {
        return Vec::new();
    };
    lines
        .iter()
        .map(|line| Cow::Borrowed(line.as_str().unwrap_or_default()))
        .collect()
}

/// A line or a column: a number from 1, also as text.
fn number(frame: &Object, name: &str) -> Option<u32> {
    let number = match frame.get(name)? {
        Value::Number(number) => match number.as_u64() {
            Some(number) => u32::try_from(number).ok()?,
            // Some SDKs send whole numbers as `5.0`.
            None => number.to_string().strip_suffix(".0")?.parse().ok()?,
        },
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (number > 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn exceptions_and_frames_are_turned_round() {
        let sent = json!([
            { "type": "KeyError", "value": "'x'", "module": "builtins", "stacktrace": { "frames": [
                { "function": "outer", "filename": "a.py", "lineno": 1 },
                null,
                { "function": "inner", "filename": "b.py", "lineno": "20", "colno": 3.0, "in_app": true, "vars": { "x": 1 },
                  "pre_context": ["p", null], "context_line": "c", "post_context": [], "abs_path": "/app/b.py", "module": "b" },
            ] } },
            { "type": "ValueError", "value": "bad", "mechanism": { "type": "chained", "handled": false, "synthetic": true } },
        ]);
        let trace = stack_trace(&sent, Some("python"));
        assert_eq!(trace.platform.as_deref(), Some("python"));
        let [reported, cause] = &trace.exceptions[..] else {
            panic!("two exceptions")
        };
        assert_eq!(
            (reported.type_name.as_deref(), reported.frames.len()),
            (Some("ValueError"), 0)
        );
        let mechanism = Mechanism {
            kind: Some("chained".into()),
            handled: Some(false),
            synthetic: true,
        };
        assert_eq!(reported.mechanism, Some(mechanism));
        assert_eq!(
            (cause.value.as_deref(), cause.module.as_deref()),
            (Some("'x'"), Some("builtins"))
        );
        let inner = Frame {
            function: Some("inner".into()),
            module: Some("b".into()),
            file: Some("b.py".into()),
            absolute_path: Some("/app/b.py".into()),
            line: Some(20),
            column: Some(3),
            in_app: Some(true),
            pre_context: vec!["p".into(), "".into()],
            context_line: Some("c".into()),
            post_context: Vec::new(),
            vars: json!({ "x": 1 }).as_object().cloned(),
            raw: None,
            symbolication: None,
        };
        assert_eq!(cause.frames[0], inner);
        assert_eq!(cause.frames[1].function.as_deref(), Some("outer"));
        assert_eq!(
            stack_trace(&json!({ "values": sent }), Some("python")),
            trace
        );
    }

    #[test]
    fn the_main_exception_is_the_last_or_the_one_with_the_id_0() {
        let with_id = |id: u64| json!({ "type": "E", "mechanism": { "exception_id": id } });
        assert_eq!(main_of(&[]), None);
        assert_eq!(main_of(&[json!({}), json!({})]), Some(1));
        assert_eq!(main_of(&[with_id(2), with_id(1), with_id(0)]), Some(2));
        assert_eq!(main_of(&[with_id(0), with_id(1)]), Some(0));
    }

    #[test]
    fn a_frame_of_any_shape_is_read() {
        let of = |frame: Value| frame_of(frame.as_object().unwrap(), Detail::Whole).into_owned();
        let native = of(json!({ "package": "/usr/lib/libc.so.6", "instruction_addr": "0x1" }));
        assert_eq!(
            (native.module.as_deref(), native.file),
            (Some("libc.so.6"), None)
        );
        let path = of(json!({ "abs_path": "/a/b.js", "package": "p", "lineno": 0, "colno": -1 }));
        assert_eq!(
            (path.file.as_deref(), path.module, path.line, path.column),
            (Some("/a/b.js"), None, None, None)
        );
        let odd = json!({ "function": 5, "filename": [], "lineno": {}, "in_app": "yes", "vars": [], "module": "", "pre_context": "x" });
        assert_eq!(of(odd), Frame::default());
    }

    #[test]
    fn what_holds_no_exceptions_is_empty() {
        for sent in [
            json!(null),
            json!([]),
            json!({ "values": null }),
            json!([null, 5]),
            json!("x"),
        ] {
            assert!(stack_trace(&sent, None).exceptions.is_empty(), "{sent}");
        }
        assert_eq!(
            stack_trace(&json!({ "type": "T" }), None).exceptions.len(),
            1
        );
    }
}
