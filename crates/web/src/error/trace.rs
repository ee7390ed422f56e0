//! A stack trace: the chain of exceptions, the application's own frames in front.

use super::{code, tree};
use crate::ui::{Markup, scrubbed};
use faultbook_domain::errors::{JsonText, Occurrence};
use faultbook_domain::stack_trace::{Exception, Frame, Reported, Sent, Symbolication};
use serde_json::Value;

/// Which frames are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Frames {
    /// The application's own; those of libraries are folded.
    #[default]
    Own,
    /// All.
    All,
    /// The text as it was reported.
    Raw,
}

impl Frames {
    /// Its name in addresses and cookies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::All => "all",
            Self::Raw => "raw",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        [Self::All, Self::Raw]
            .into_iter()
            .find(|one| one.name() == name)
            .unwrap_or_default()
    }
}

/// Frames of an occurrence that are drawn.
const MOST: usize = 300;

/// Variables of a frame that are drawn, and characters of each.
const VARS: usize = 50;
const VAR_TEXT: usize = 1_000;

/// A stack trace.
pub struct Trace {
    /// The exceptions, the reported one first.
    pub causes: Vec<Cause>,
    /// How many frames there are.
    pub total: usize,
    /// What is shown.
    pub frames: Frames,
    /// The text as it was reported, if it was.
    pub raw: Option<String>,
    /// What source maps made of its frames.
    pub symbolication: Option<Symbolication>,
}

/// An exception.
pub struct Cause {
    /// Its type.
    pub name: String,
    /// What it says.
    pub value: String,
    /// Its frames, newest call first.
    pub runs: Vec<Run>,
}

/// Frames in a row.
pub enum Run {
    /// One that is shown.
    Frame(FrameView),
    /// Several that are folded.
    Fold(Vec<FrameView>, String),
}

/// A frame.
pub struct FrameView {
    /// File, or module.
    pub place: String,
    /// `:88`.
    pub line: String,
    /// The function.
    pub function: String,
    /// Whether it is the application's own.
    pub own: bool,
    /// Whether it is open at first.
    pub open: bool,
    /// Source lines: number, text, whether it is the one.
    pub source: Vec<(String, Markup, bool)>,
    /// Variables.
    pub vars: Vec<(String, Markup)>,
    /// What source maps made of it.
    pub mapped: Option<Mapped>,
}

/// What source maps made of a frame.
pub struct Mapped {
    /// Where the frame is in the minified script: `shop.js:1:88123 in t`.
    pub minified: String,
    /// Why it is not readable, or not whole.
    pub problem: String,
    /// Whether the original place is known.
    pub is_readable: bool,
    /// The bundle that was used.
    pub artifact: String,
}

impl Mapped {
    fn of(frame: &Frame<'_>) -> Option<Self> {
        let done = frame.symbolication.as_ref()?;
        let text = |name| done.get(name).and_then(Value::as_str).unwrap_or_default();
        let raw = frame.raw.as_ref();
        let sent = |name: &str| match raw.and_then(|raw| raw.get(name)) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let mut minified = match sent("abs_path") {
            none if none.is_empty() => sent("filename"),
            path => path,
        };
        for number in [sent("lineno"), sent("colno")] {
            if !number.is_empty() {
                minified.push(':');
                minified.push_str(&number);
            }
        }
        let function = sent("function");
        if !function.is_empty() && function != "?" {
            minified.push_str(" in ");
            minified.push_str(&function);
        }
        Some(Self {
            minified,
            problem: text("message").to_owned(),
            is_readable: text("status") == "ok",
            artifact: text("artifact").to_owned(),
        })
    }
}

impl FrameView {
    /// Whether there is anything to open.
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.source.is_empty() || !self.vars.is_empty() || self.mapped.is_some()
    }

    fn of(frame: Frame<'_>) -> Self {
        let mapped = Mapped::of(&frame);
        let file = frame
            .file
            .or(frame.absolute_path)
            .unwrap_or_default()
            .into_owned();
        let module = frame.module.unwrap_or_default().into_owned();
        let number = frame.line;
        let first = number
            .map(|line| line.saturating_sub(u32::try_from(frame.pre_context.len()).unwrap_or(0)));
        let before = frame.pre_context.len();
        let lines = frame
            .pre_context
            .into_iter()
            .chain(frame.context_line)
            .chain(frame.post_context);
        let source = lines.enumerate().map(|(at, text)| {
            let number = first.map(|first| u64::from(first) + at as u64);
            (
                number.map(|number| number.to_string()).unwrap_or_default(),
                code::line(&text, &file),
                at == before,
            )
        });
        let vars = frame.vars.unwrap_or_default();
        let vars = vars.iter().take(VARS).map(|(name, value)| {
            let mut text = tree::line(value);
            if let Some((cut, _)) = text.char_indices().nth(VAR_TEXT) {
                text.truncate(cut);
                text.push('…');
            }
            (name.clone(), scrubbed(&text))
        });
        Self {
            source: source.collect(),
            vars: vars.collect(),
            place: if file.is_empty() { module } else { file },
            line: number.map(|line| format!(":{line}")).unwrap_or_default(),
            function: frame.function.unwrap_or_default().into_owned(),
            own: frame.in_app == Some(true),
            open: false,
            mapped,
        }
    }

    /// `checkout/payments/gateway.py:88 in capture`.
    #[must_use]
    pub fn text(&self) -> String {
        let function = if self.function.is_empty() {
            String::new()
        } else {
            format!(" in {}", self.function)
        };
        format!("{}{}{function}", self.place, self.line)
    }
}

impl Trace {
    /// The trace of an occurrence; nothing where it has none.
    #[must_use]
    pub fn of(occurrence: &Occurrence, frames: Frames) -> Option<Self> {
        let context = occurrence.context.as_ref().map(JsonText::members);
        let sent = context.as_ref().and_then(Sent::read);
        let reported = Reported::choose(sent.as_ref(), occurrence.stack_trace.as_deref());
        let exceptions: Vec<Exception<'_>> = reported
            .into_iter()
            .flat_map(Reported::into_exceptions)
            .collect();
        let total = exceptions.iter().map(|one| one.frames.len()).sum();
        let raw = occurrence.stack_trace.clone();
        if exceptions.is_empty() && raw.is_none() {
            return None;
        }
        let any_own = exceptions
            .iter()
            .any(|one| one.frames.iter().any(|frame| frame.in_app == Some(true)));
        let mut room = MOST;
        let causes = exceptions.into_iter().enumerate().map(|(at, exception)| {
            let taken = exception.frames.len().min(room);
            room -= taken;
            cause(exception, (at == 0, any_own), (frames, taken))
        });
        Some(Self {
            causes: causes.collect(),
            total,
            frames,
            raw,
            symbolication: occurrence.context.as_ref().and_then(Symbolication::read),
        })
    }

    /// The text, for those that were sent as structure too.
    #[must_use]
    pub fn text(&self) -> String {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let mut lines = Vec::new();
        for (at, cause) in self.causes.iter().enumerate() {
            let link = if at > 0 { "Caused by: " } else { "" };
            lines.push(format!("{link}{}: {}", cause.name, cause.value));
            for run in &cause.runs {
                match run {
                    Run::Frame(frame) => lines.push(format!("    at {}", frame.text())),
                    Run::Fold(frames, _) => lines.extend(
                        frames
                            .iter()
                            .map(|frame| format!("    at {}", frame.text())),
                    ),
                }
            }
        }
        lines.join("\n")
    }
}

fn cause(
    exception: Exception<'_>,
    (first, any_own): (bool, bool),
    (shown, taken): (Frames, usize),
) -> Cause {
    let mut runs = Vec::new();
    let mut folded: Vec<FrameView> = Vec::new();
    let mut opened = 0;
    for (at, frame) in exception.frames.into_iter().take(taken).enumerate() {
        let mut view = FrameView::of(frame);
        // Without any frame of its own the one that raised is what there is to see.
        let stands = view.own || (first && at == 0 && !any_own) || shown == Frames::All;
        if !stands {
            folded.push(view);
            continue;
        }
        close(&mut runs, &mut folded);
        // The first few are read; the others wait for a click.
        view.open = first && view.has_more() && opened < 2 && (view.own || !any_own);
        opened += usize::from(view.open);
        runs.push(Run::Frame(view));
    }
    close(&mut runs, &mut folded);
    Cause {
        name: exception.type_name.unwrap_or_default().into_owned(),
        value: exception.value.unwrap_or_default().into_owned(),
        runs,
    }
}

fn close(runs: &mut Vec<Run>, folded: &mut Vec<FrameView>) {
    if folded.is_empty() {
        return;
    }
    let frames = std::mem::take(folded);
    let mut names: Vec<&str> = Vec::new();
    for frame in &frames {
        let name = frame
            .place
            .split(['/', '\\'])
            .find(|part| !part.is_empty() && *part != "node_modules")
            .unwrap_or_default();
        if !names.contains(&name) && names.len() < 3 {
            names.push(name);
        }
    }
    let names = names.join(", ");
    runs.push(Run::Fold(frames, names));
}
