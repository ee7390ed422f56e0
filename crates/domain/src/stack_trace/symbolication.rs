//! What became of an occurrence's frames of scripts, as it is written at each of them.

use crate::errors::JsonText;
use serde_json::Value;

/// How many of an occurrence's frames of scripts are readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SymbolicationStatus {
    /// All.
    Ok,
    /// Some.
    Partial,
    /// None.
    Failed,
}

impl SymbolicationStatus {
    /// Returns its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// Why frames are not readable, or not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolicationProblem {
    /// The reason's name.
    pub reason: String,
    /// A sentence that says what to do.
    pub message: String,
    /// How many frames have it.
    pub count: u64,
    /// Their scripts, each once.
    pub files: Vec<String>,
}

/// What became of an occurrence's frames of scripts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbolication {
    /// How many are readable.
    pub status: SymbolicationStatus,
    /// How many there are.
    pub frames: u64,
    /// How many of them are readable.
    pub resolved: u64,
    /// Why others are not: of each reason and sentence one.
    pub problems: Vec<SymbolicationProblem>,
}

impl Symbolication {
    /// Maximum number of problems, and of files of one.
    pub const MOST: usize = 20;

    /// Reads it out of an occurrence's context; `None` when it has no frames of scripts.
    #[must_use]
    pub fn read(context: &JsonText) -> Option<Self> {
        // Most contexts have none: they are not parsed for it.
        memchr::memmem::find(context.as_str().as_bytes(), b"\"symbolication\"")?;
        let members = context.members();
        let mut read = Self {
            status: SymbolicationStatus::Ok,
            frames: 0,
            resolved: 0,
            problems: Vec::new(),
        };
        for list in ["exception", "threads"] {
            let list = members.value(list);
            let holders = list.as_ref().and_then(Value::as_array);
            for holder in holders.into_iter().flatten() {
                let frames = holder
                    .get("stacktrace")
                    .and_then(|trace| trace.get("frames"));
                let frames = frames.and_then(Value::as_array);
                frames
                    .into_iter()
                    .flatten()
                    .for_each(|frame| read.count(frame));
            }
        }
        read.status = match read.resolved {
            resolved if resolved == read.frames => SymbolicationStatus::Ok,
            0 => SymbolicationStatus::Failed,
            _ => SymbolicationStatus::Partial,
        };
        (read.frames > 0).then_some(read)
    }

    fn count(&mut self, frame: &Value) {
        let Some(done) = frame.get("symbolication") else {
            return;
        };
        self.frames += 1;
        self.resolved += u64::from(done.get("status") == Some(&Value::from("ok")));
        let text = |name| done.get(name).and_then(Value::as_str);
        let Some(reason) = text("reason") else {
            return;
        };
        let message = text("message").unwrap_or_default();
        let same =
            |known: &&mut SymbolicationProblem| known.reason == reason && known.message == message;
        let file = frame
            .get("raw")
            .and_then(|raw| raw.get("abs_path").or_else(|| raw.get("filename")));
        let file = file.and_then(Value::as_str).map(str::to_owned);
        if let Some(known) = self.problems.iter_mut().find(same) {
            known.count += 1;
            if let Some(file) = file
                && !known.files.contains(&file)
                && known.files.len() < Self::MOST
            {
                known.files.push(file);
            }
        } else if self.problems.len() < Self::MOST {
            self.problems.push(SymbolicationProblem {
                reason: reason.to_owned(),
                message: message.to_owned(),
                count: 1,
                files: file.into_iter().collect(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(frames: &Value) -> Option<Symbolication> {
        let context =
            json!({ "exception": [{ "stacktrace": { "frames": frames } }, 5], "threads": "x" });
        Symbolication::read(&JsonText::of(&context))
    }

    #[test]
    fn frames_are_counted_and_problems_told_once() {
        let failed = json!({ "raw": { "filename": "a.js" }, "symbolication": { "status": "failed", "reason": "no_map", "message": "m" } });
        let other = json!({ "raw": { "filename": "b.js" }, "symbolication": { "status": "failed", "reason": "no_map", "message": "m" } });
        let whole = json!({ "symbolication": { "status": "ok" } });
        let partial =
            read(&json!([failed, failed, other, whole, { "filename": "node:fs" }])).unwrap();
        assert_eq!(
            (partial.status, partial.frames, partial.resolved),
            (SymbolicationStatus::Partial, 4, 1)
        );
        let [problem] = &partial.problems[..] else {
            panic!("one problem")
        };
        assert_eq!((problem.count, problem.files.len()), (3, 2));
        assert_eq!(
            read(&json!([whole])).unwrap().status,
            SymbolicationStatus::Ok
        );
        assert_eq!(
            read(&json!([failed])).unwrap().status,
            SymbolicationStatus::Failed
        );
        assert_eq!(read(&json!([{}, 5])), None);
    }
}
