//! Frames of a report as its context keeps them: which are JavaScript, where they are, and what is written into them.

use crate::paths::{frame_url, image_key};
use crate::reason::Failure;
use crate::script::Position;
use faultbook_domain::id::ArtifactId;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use uuid::Uuid;

type Object = Map<String, Value>;

/// The most frames of a report that are symbolicated.
const MAX_FRAMES: usize = 500;

/// How a script is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ScriptName {
    /// Its debug id.
    pub(crate) debug_id: Option<Uuid>,
    /// Its URL.
    pub(crate) url: String,
}

/// A frame that is to be symbolicated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    /// Its script.
    pub(crate) script: ScriptName,
    /// Where it is in the script; `None` where the frame does not say.
    pub(crate) position: Option<Position>,
    /// Which list of the context, which holder in it, which frame of that.
    place: (&'static str, usize, usize),
}

/// What is written into a frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Rewritten {
    pub(crate) function: Option<String>,
    pub(crate) file: String,
    pub(crate) absolute_path: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) in_app: bool,
    pub(crate) pre_context: Vec<String>,
    pub(crate) context_line: Option<String>,
    pub(crate) post_context: Vec<String>,
}

/// How a script was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    DebugId,
    Url,
}

impl By {
    const fn as_str(self) -> &'static str {
        match self {
            Self::DebugId => "debug_id",
            Self::Url => "url",
        }
    }
}

/// Fields of a frame that are kept as sent.
const RAW: [&str; 6] = [
    "function",
    "filename",
    "abs_path",
    "lineno",
    "colno",
    "context_line",
];

/// Lists the frames of a context that are JavaScript and not symbolicated yet, the caller of each before it.
pub(crate) fn queries(context: &Object) -> Vec<Query> {
    let platform = context.get("platform").and_then(Value::as_str);
    let of_event = platform.is_some_and(is_javascript);
    let images = images(context);
    let mut found = Vec::new();
    for list in ["exception", "threads"] {
        let holders = context.get(list).and_then(Value::as_array);
        for (holder, value) in holders.into_iter().flatten().enumerate() {
            for (frame, value) in frames(value).into_iter().flatten().enumerate() {
                let Some(fields) = value.as_object() else {
                    continue;
                };
                if found.len() < MAX_FRAMES
                    && is_open(fields, of_event)
                    && let Some(script) = script_of(fields, &images)
                {
                    found.push(Query {
                        script,
                        position: position(fields),
                        place: (list, holder, frame),
                    });
                }
            }
        }
    }
    found
}

/// Whether frames of this platform are JavaScript.
pub fn is_javascript(platform: &str) -> bool {
    matches!(platform, "javascript" | "node")
}

/// Whether a context may hold frames that were marked; most do not, and are not parsed for it.
pub(crate) fn may_be_marked(context: &str) -> bool {
    context.contains("\"symbolication\"")
}

/// Whether a context holds a frame that is readable.
pub(crate) fn has_readable(context: &Object) -> bool {
    let lists = ["exception", "threads"]
        .into_iter()
        .filter_map(|list| context.get(list)?.as_array());
    let mut frames = lists.flatten().filter_map(frames).flatten();
    frames.any(|frame| {
        frame
            .get("symbolication")
            .and_then(|done| done.get("status"))
            == Some(&Value::from("ok"))
    })
}

fn is_open(frame: &Object, of_event: bool) -> bool {
    let own = frame.get("platform").and_then(Value::as_str);
    let status = frame
        .get("symbolication")
        .and_then(|done| done.get("status"));
    own.map_or(of_event, is_javascript) && status != Some(&Value::from("ok"))
}

fn frames(holder: &Value) -> Option<&Vec<Value>> {
    holder.get("stacktrace")?.get("frames")?.as_array()
}

fn script_of(frame: &Object, images: &HashMap<&str, Uuid>) -> Option<ScriptName> {
    let text = |name| {
        frame
            .get(name)
            .and_then(Value::as_str)
            .filter(|text| !text.trim().is_empty())
    };
    let file = text("abs_path").or_else(|| text("filename"))?;
    let url = frame_url(file);
    if url.starts_with("node:")
        || url.starts_with('<')
        || matches!(url, "native" | "[native code]" | "anonymous")
    {
        return None;
    }
    let other = text("filename").map(image_key);
    let image = images.get(image_key(file)).or_else(|| images.get(other?));
    Some(ScriptName {
        debug_id: image.copied(),
        url: url.to_owned(),
    })
}

/// The debug ids of scripts, by what is the same in their frames.
fn images(context: &Object) -> HashMap<&str, Uuid> {
    let listed = context
        .get("debug_meta")
        .and_then(|meta| meta.get("images"))
        .and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(image).collect()
}

fn image(image: &Value) -> Option<(&str, Uuid)> {
    let is_map = image.get("type").and_then(Value::as_str) == Some("sourcemap");
    let file = image
        .get("code_file")
        .and_then(Value::as_str)
        .filter(|_| is_map)?;
    let id = image.get("debug_id").and_then(Value::as_str)?;
    Some((image_key(file), Uuid::try_parse(id).ok()?))
}

fn position(frame: &Object) -> Option<Position> {
    let number = |name| {
        let value = frame.get(name)?;
        let number = value
            .as_u64()
            .or_else(|| value.as_str()?.trim().parse().ok())?;
        u32::try_from(number).ok()?.checked_sub(1)
    };
    Some((number("lineno")?, number("colno")?))
}

impl Query {
    /// Whether another frame is called by this one.
    pub(crate) fn calls(&self, other: &Self) -> bool {
        let (list, holder, frame) = self.place;
        other.place == (list, holder, frame + 1)
    }

    fn frame<'a>(&self, context: &'a mut Object) -> Option<&'a mut Object> {
        let (list, holder, frame) = self.place;
        let holder = context.get_mut(list)?.get_mut(holder)?;
        holder
            .get_mut("stacktrace")?
            .get_mut("frames")?
            .get_mut(frame)?
            .as_object_mut()
    }

    /// Writes what a frame became.
    pub(crate) fn write(
        &self,
        context: &mut Object,
        rewritten: Rewritten,
        (by, artifact): (By, ArtifactId),
        note: Option<&Failure>,
    ) {
        let Some(frame) = self.frame(context) else {
            return;
        };
        keep_raw(frame);
        let mut done =
            json!({ "status": "ok", "by": by.as_str(), "artifact": artifact.to_string() });
        if let Some(note) = note {
            done["reason"] = note.reason.as_str().into();
            done["message"] = note.message.clone().into();
        }
        frame.insert("symbolication".to_owned(), done);
        // Of the minified script, and different in each build.
        frame.remove("module");
        if let Some(function) = rewritten.function {
            frame.insert("function".to_owned(), function.into());
        }
        frame.insert("filename".to_owned(), rewritten.file.into());
        frame.insert("abs_path".to_owned(), rewritten.absolute_path.into());
        frame.insert("lineno".to_owned(), rewritten.line.into());
        frame.insert("colno".to_owned(), rewritten.column.into());
        frame.insert("in_app".to_owned(), rewritten.in_app.into());
        for (name, lines) in [
            ("pre_context", rewritten.pre_context),
            ("post_context", rewritten.post_context),
        ] {
            frame.remove(name);
            if !lines.is_empty() {
                frame.insert(name.to_owned(), lines.into());
            }
        }
        frame.remove("context_line");
        if let Some(line) = rewritten.context_line {
            frame.insert("context_line".to_owned(), line.into());
        }
    }

    /// Writes why a frame stayed as it was.
    pub(crate) fn fail(
        &self,
        context: &mut Object,
        failure: &Failure,
        found: Option<(By, ArtifactId)>,
    ) {
        let Some(frame) = self.frame(context) else {
            return;
        };
        keep_raw(frame);
        let mut done = json!({
            "status": "failed", "reason": failure.reason.as_str(), "message": failure.message,
        });
        if let Some((by, artifact)) = found {
            done["by"] = by.as_str().into();
            done["artifact"] = artifact.to_string().into();
        }
        frame.insert("symbolication".to_owned(), done);
    }
}

fn keep_raw(frame: &mut Object) {
    if frame.contains_key("raw") {
        return;
    }
    let sent = RAW
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), frame.get(*name)?.clone())));
    let raw: Object = sent.collect();
    frame.insert("raw".to_owned(), Value::Object(raw));
}
