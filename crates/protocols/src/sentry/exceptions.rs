//! The exceptions of an event, oldest first as sent: what caused the last one comes before it.

use super::fields::{Object, cut, cut_str, object, take_values, text};
use super::message::MAX_MESSAGE;
use faultbook_domain::stack_trace::sent::main_of;
use serde_json::{Value, json};

/// `Type: value`, or the one that is there.
pub(super) fn title(exception: &Value) -> Option<String> {
    let exception = exception.as_object()?;
    let title = match (text(exception, "type"), text(exception, "value")) {
        (Some(name), Some(value)) => format!("{name}: {}", cut_str(value, MAX_MESSAGE)),
        (Some(one), None) | (None, Some(one)) => cut_str(one, MAX_MESSAGE).to_owned(),
        (None, None) => return None,
    };
    Some(cut(title, MAX_MESSAGE))
}

/// The message of an event with this main exception, where it or the log text says something.
pub(super) fn message(exception: &Value, log_text: Option<&str>) -> Option<String> {
    let synthetic = mechanism(exception)
        .is_some_and(|mechanism| mechanism.get("synthetic") == Some(&Value::Bool(true)));
    if synthetic {
        let value = exception
            .as_object()
            .and_then(|exception| text(exception, "value"));
        if let Some(said) = value.or(log_text) {
            return Some(cut_str(said, MAX_MESSAGE).to_owned());
        }
    }
    title(exception).or_else(|| log_text.map(str::to_owned))
}

/// Whether the application handled it: as the main exception says, else any other.
pub(super) fn handled(exceptions: &[Value]) -> Option<bool> {
    let handled = |exception: &Value| mechanism(exception)?.get("handled")?.as_bool();
    let main = main_of(exceptions).map(|place| &exceptions[place]);
    main.and_then(handled)
        .or_else(|| exceptions.iter().rev().find_map(handled))
}

fn mechanism(exception: &Value) -> Option<&Object> {
    object(exception.as_object()?, "mechanism")
}

/// Whether an exception or a thread has frames.
pub(super) fn has_frames(holder: &Value) -> bool {
    let frames = holder
        .get("stacktrace")
        .and_then(|trace| trace.get("frames"));
    frames
        .and_then(Value::as_array)
        .is_some_and(|frames| frames.iter().any(Value::is_object))
}

/// The exceptions and the threads of an event, each a list of objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Traces {
    /// The exceptions, the reported one last.
    pub(super) exceptions: Vec<Value>,
    /// The threads.
    pub(super) threads: Vec<Value>,
}

impl Traces {
    /// Takes them out of an event. Frames that are with a thread, or with the event itself, are given to the main
    /// exception if no exception has any.
    pub(super) fn take(event: &mut Object) -> Self {
        let mut exceptions = take_values(event, "exception");
        let mut threads = take_values(event, "threads");
        let own = match event.remove("stacktrace") {
            Some(Value::Array(frames)) => Some(json!({ "frames": frames })),
            other => other,
        };
        let own = own
            .map(|trace| json!({ "stacktrace": trace }))
            .filter(has_frames);
        if let Some(main) = main_of(&exceptions)
            && !exceptions.iter().any(has_frames)
        {
            let holder = thread_of(&threads).map(|place| &mut threads[place]);
            let mut own = own;
            let trace = holder
                .or(own.as_mut())
                .and_then(|holder| holder.get_mut("stacktrace"))
                .map(Value::take);
            if let (Some(exception), Some(trace)) = (exceptions[main].as_object_mut(), trace) {
                exception.insert("stacktrace".to_owned(), trace);
            }
        } else if exceptions.is_empty() && thread_of(&threads).is_none() {
            threads.extend(own);
        }
        Self {
            exceptions,
            threads,
        }
    }

    /// The thread whose frames are the event's, when there is no exception.
    pub(super) fn thread(&self) -> Option<&Value> {
        thread_of(&self.threads).map(|place| &self.threads[place])
    }
}

/// The crashed thread, else the current one, else the first, of those that have frames.
fn thread_of(threads: &[Value]) -> Option<usize> {
    let is = |thread: &Value, flag: &str| thread.get(flag) == Some(&Value::Bool(true));
    let with_frames = || {
        threads
            .iter()
            .enumerate()
            .filter(|(_, thread)| has_frames(thread))
    };
    with_frames()
        .find(|(_, thread)| is(thread, "crashed"))
        .or_else(|| with_frames().find(|(_, thread)| is(thread, "current")))
        .or_else(|| with_frames().next())
        .map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_of_type_and_value() {
        let cases = [
            (json!({ "type": "T", "value": "v" }), Some("T: v")),
            (json!({ "type": "T", "value": null }), Some("T")),
            (json!({ "type": "T", "value": "" }), Some("T")),
            (json!({ "value": "v" }), Some("v")),
            (json!({ "type": 5, "value": {} }), Some("log")),
            (
                json!({ "type": "T", "value": "v", "mechanism": { "synthetic": true } }),
                Some("v"),
            ),
            (
                json!({ "type": "T", "mechanism": { "synthetic": true } }),
                Some("log"),
            ),
            (
                json!({ "type": "T", "value": "v", "mechanism": null }),
                Some("T: v"),
            ),
        ];
        for (exception, expected) in cases {
            assert_eq!(
                message(&exception, Some("log")).as_deref(),
                expected,
                "{exception}"
            );
        }
        let synthetic = json!({ "type": "T", "mechanism": { "synthetic": true } });
        assert_eq!(message(&synthetic, None).as_deref(), Some("T"));
        assert_eq!(message(&json!({}), None), None);
    }

    #[test]
    fn frames_are_taken_from_where_they_are() {
        let trace = |file: &str| json!({ "frames": [{ "filename": file }] });
        let mut event = json!({
            "exception": [{ "type": "T" }],
            "threads": { "values": [
                { "id": 1, "stacktrace": null }, { "id": 2, "stacktrace": trace("first") },
                { "id": 3, "current": true, "stacktrace": trace("current") },
                { "id": 4, "crashed": true, "stacktrace": { "frames": [] } },
            ] },
        });
        let taken = Traces::take(event.as_object_mut().unwrap());
        assert_eq!(taken.exceptions[0]["stacktrace"], trace("current"));
        assert_eq!(taken.threads[2]["stacktrace"], Value::Null);

        let mut old = json!({ "exception": { "type": "T" }, "stacktrace": { "frames": [{ "filename": "own" }] } });
        let taken = Traces::take(old.as_object_mut().unwrap());
        assert_eq!(taken.exceptions[0]["stacktrace"], trace("own"));

        let mut message =
            json!({ "stacktrace": [{ "filename": "own" }], "threads": [{ "stacktrace": null }] });
        let taken = Traces::take(message.as_object_mut().unwrap());
        assert_eq!(taken.thread().unwrap()["stacktrace"], trace("own"));

        let mut own = json!({ "exception": [{ "stacktrace": trace("a") }, { "type": "B" }], "stacktrace": trace("x") });
        let taken = Traces::take(own.as_object_mut().unwrap());
        assert_eq!(
            (taken.exceptions[1].get("stacktrace"), taken.threads.len()),
            (None, 0)
        );
    }

    #[test]
    fn handled_is_as_the_main_exception_says() {
        let of = |handled: Value| json!({ "mechanism": { "handled": handled } });
        assert_eq!(handled(&[of(json!(true)), of(json!(false))]), Some(false));
        assert_eq!(handled(&[of(json!(true)), of(json!(null))]), Some(true));
        assert_eq!(handled(&[json!({})]), None);
    }
}
