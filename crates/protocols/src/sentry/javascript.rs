//! What of an event is about scripts: whether it has frames of them, and their debug ids.

use super::exceptions::Traces;
use super::fields::{Object, text};
use serde_json::{Map, Value};

/// The most scripts whose ids are kept.
const MAX_SCRIPTS: usize = 500;

/// Whether a trace has frames of JavaScript: all of an event of such a platform, or those that say so themselves.
pub(super) fn has_frames(traces: &Traces, platform: Option<&str>) -> bool {
    let mut frames = traces
        .exceptions
        .iter()
        .chain(&traces.threads)
        .filter_map(|holder| holder.get("stacktrace")?.get("frames")?.as_array())
        .flatten();
    if platform.is_some_and(is_javascript) {
        return frames.next().is_some();
    }
    frames.any(|frame| {
        frame
            .get("platform")
            .and_then(Value::as_str)
            .is_some_and(is_javascript)
    })
}

fn is_javascript(platform: &str) -> bool {
    matches!(platform, "javascript" | "node")
}

/// Takes the debug ids of scripts out of `debug_meta`, whose other images are of native code.
pub(super) fn script_ids(event: &mut Object) -> Option<Object> {
    let meta = event.remove("debug_meta")?;
    let images = meta.get("images")?.as_array()?;
    let of_script = images
        .iter()
        .filter_map(Value::as_object)
        .filter(|image| text(image, "type") == Some("sourcemap"));
    let kept: Vec<Value> = of_script
        .filter_map(|image| {
            let mut kept = Map::new();
            for field in ["type", "code_file", "debug_id"] {
                kept.insert(field.to_owned(), Value::from(text(image, field)?));
            }
            Some(Value::Object(kept))
        })
        .take(MAX_SCRIPTS)
        .collect();
    let mut meta = Map::new();
    if !kept.is_empty() {
        meta.insert("images".to_owned(), Value::Array(kept));
    }
    Some(meta).filter(|meta| !meta.is_empty())
}
