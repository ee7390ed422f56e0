//! Selects the frames of an exception that are part of the fingerprint.

use super::frame::{Frame, Origin};
use super::stack::{Call, Exception, JAVASCRIPT, NATIVE, Trace, is_group, is_served};

/// Most frames of one exception that count: where it happened, and who asked for it. More would tell no more bugs apart in
/// practice, and every frame more is one that truncation, another caller, another thread or another framework can change.
const FRAMES: usize = 2;
/// How deep a bundle's named function is looked for: V8 prints ten frames, others all.
const BUNDLE_DEPTH: usize = 10;
/// Functions that a program, or a file, starts in. Whether a stack reaches them depends on threads and timers.
const ENTRIES: &[&str] = &[
    "main",
    "Main",
    "<main>",
    "<module>",
    "<top (required)>",
    "__main__",
];

/// Of them, the code of a file itself.
const FILE_ENTRIES: &[&str] = &["<main>", "<module>", "<top (required)>", "__main__"];

/// A frame that counts.
pub(super) struct Counted<'a> {
    /// Its index among the calls.
    pub(super) index: usize,
    /// The frame as it is hashed.
    pub(super) place: String,
    /// The source line of the call, where it is own code and the trace brings it.
    pub(super) source: &'a str,
}

/// The frames of an exception, read as far as they were asked for.
pub(super) struct Frames<'t, 'a> {
    trace: &'t Trace<'a>,
    calls: &'t [Call<'a>],
    read: Vec<Option<Frame<'a>>>,
    bundled: bool,
}

impl<'t, 'a> Frames<'t, 'a> {
    fn of(trace: &'t Trace<'a>, exception: &'t Exception<'a>) -> Self {
        let calls = &exception.calls;
        let bundled = trace.format.is(&JAVASCRIPT) && calls.iter().any(|call| is_served(call.file));
        let mut frames = Self {
            trace,
            calls,
            read: Vec::new(),
            bundled,
        };
        if trace.format.is(&NATIVE) {
            frames.leave_out_entry();
        }
        frames
    }

    /// How many calls there are.
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    /// The frame of a call. `None` for what the compiler or the run time put between two calls.
    pub(super) fn get(&mut self, index: usize) -> Option<&Frame<'a>> {
        while self.read.len() <= index {
            let call = self.calls.get(self.read.len())?;
            self.read.push(self.trace.format.read(call));
        }
        self.read[index].as_ref()
    }

    /// Whether the call is of the application's own code.
    pub(super) fn is_own(&mut self, index: usize) -> bool {
        if self.trace.flagged {
            return self.calls[index].in_app == Some(true) && self.get(index).is_some();
        }
        self.get(index)
            .is_some_and(|frame| frame.origin == Origin::Own)
    }

    /// Whether the call is of a library, not of the run time below it.
    fn is_library(&mut self, index: usize) -> bool {
        !self.is_own(index)
            && self
                .get(index)
                .is_some_and(|frame| frame.origin != Origin::Runtime)
    }

    /// Whether the call is of a function that tells something by its name.
    fn is_named(&mut self, index: usize) -> bool {
        self.get(index).is_some_and(|frame| {
            !frame.function.is_empty() && !ENTRIES.contains(&frame.function.as_ref())
        })
    }

    /// Whether the call is of a file's own code. Where it is the only own one and called a library, the file launches a
    /// tool that is installed as that library.
    fn is_launcher(&mut self, index: usize) -> bool {
        self.get(index)
            .is_some_and(|frame| FILE_ENTRIES.contains(&frame.function.as_ref()))
    }

    /// Whether the call is of a file's own code, which runs when the file is loaded: who loads it says nothing about it.
    fn is_loading(&mut self, index: usize) -> bool {
        self.is_launcher(index)
            || self.trace.format.is(&JAVASCRIPT) && self.calls[index].name == "Object.<anonymous>"
    }

    /// The file that holds `main` drives the program. Its other functions (loops, dispatch) are around
    /// every error, and count only when nothing else is there.
    fn leave_out_entry(&mut self) {
        let all = self.calls.len();
        let is_main = |frame: &Frame<'_>| frame.function == "main" && !frame.module.is_empty();
        let Some(entry) = (0..all).rev().find_map(|i| {
            self.get(i)
                .filter(|frame| is_main(frame))
                .map(|frame| frame.module.clone())
        }) else {
            return;
        };
        let elsewhere = |frame: &Frame<'_>| frame.origin == Origin::Own && frame.module != entry;
        if !self.read.iter().flatten().any(elsewhere) {
            return;
        }
        for frame in self.read.iter_mut().flatten() {
            if frame.origin == Origin::Own && frame.module == entry {
                frame.origin = Origin::Library;
            }
        }
    }

    /// A frame as it is hashed. Native tools know the file only with debug information: there the
    /// qualified function is the place.
    fn place(&mut self, index: usize) -> String {
        let native = self.trace.format.is(&NATIVE);
        let Some(frame) = self.get(index) else {
            return String::new();
        };
        match (frame.module.as_ref(), frame.function.as_ref()) {
            ("", function) => function.to_owned(),
            (module, "") => module.to_owned(),
            (_, function) if native => function.to_owned(),
            (module, function) => format!("{module} {function}"),
        }
    }

    fn module(&mut self, index: usize) -> String {
        self.get(index)
            .map(|frame| frame.module.clone().into_owned())
            .unwrap_or_default()
    }

    fn depth(&self) -> usize {
        let depth = if self.bundled {
            BUNDLE_DEPTH
        } else {
            usize::MAX
        };
        depth.min(self.calls.len())
    }

    /// The innermost frames that `wanted` accepts, up to one that is `known` of what this exception caused.
    fn pick(
        &mut self,
        known: &[String],
        wanted: impl Fn(&mut Self, usize) -> bool,
    ) -> Vec<Counted<'a>> {
        let mut chosen: Vec<Counted<'a>> = Vec::new();
        for index in 0..self.depth() {
            if !wanted(self, index) {
                continue;
            }
            let place = self.place(index);
            if place.is_empty() || chosen.iter().any(|other| other.place == place) {
                continue;
            }
            if known.contains(&place) {
                break;
            }
            chosen.push(self.counted(index, place));
            if chosen.len() == FRAMES || self.is_loading(index) {
                break;
            }
        }
        chosen
    }

    fn counted(&mut self, index: usize, place: String) -> Counted<'a> {
        let source = if self.is_own(index) {
            self.calls[index].source
        } else {
            ""
        };
        Counted {
            index,
            place,
            source,
        }
    }

    /// The innermost frame of the application's own code, whether its function has a name or not.
    fn innermost(&mut self) -> Option<usize> {
        (0..self.depth()).find(|index| self.is_own(*index))
    }
}

/// Exceptions that say no more than that there is a cause, by their documentation. Whether it is wrapped depends on who
/// called.
const WRAPPERS: &[&str] = &[
    "System.Reflection.TargetInvocationException",
    "java.lang.reflect.InvocationTargetException",
    "java.lang.reflect.UndeclaredThrowableException",
    "java.util.concurrent.CompletionException",
    "java.util.concurrent.ExecutionException",
];

/// Takes from the trace the exceptions that a run time or library put around the one of the application's own code: none
/// of their calls is of it, and the cause's are. Returns the outermost of them.
pub(super) fn unwrap<'a>(trace: &mut Trace<'a>) -> Option<Exception<'a>> {
    let count = match trace.exceptions.len() {
        0 | 1 => return None,
        _ => Chain::of(trace).wrappers(),
    };
    trace.exceptions.drain(..count).next()
}

/// The exceptions of a trace with their frames.
pub(super) struct Chain<'t, 'a> {
    trace: &'t Trace<'a>,
    frames: Vec<Frames<'t, 'a>>,
    /// Whether each exception has named frames of the application's own code, once it was asked.
    named: Vec<Option<bool>>,
}

impl<'t, 'a> Chain<'t, 'a> {
    pub(super) fn of(trace: &'t Trace<'a>) -> Self {
        Self {
            trace,
            frames: trace
                .exceptions
                .iter()
                .map(|exception| Frames::of(trace, exception))
                .collect(),
            named: vec![None; trace.exceptions.len()],
        }
    }

    /// The frames of the exception at `at`.
    pub(super) fn frames(&mut self, at: usize) -> &mut Frames<'t, 'a> {
        &mut self.frames[at]
    }

    /// The frames that count of the exception at `at`: the innermost of the application's own; a library's when the
    /// whole chain has no others; never the run time's. An unnamed function (a closure, a file's own code) counts when it
    /// is the innermost one, by its file, unless the function around it in that file counts as well. A cause's frames
    /// end where what it caused begins, at one of the `known` places: printers leave those frames out, each at another
    /// depth.
    pub(super) fn counted(&mut self, at: usize, known: &[String]) -> Vec<Counted<'a>> {
        let frames = &mut self.frames[at];
        let innermost = frames.innermost();
        let mut chosen = frames.pick(known, |frames, i| frames.is_own(i) && frames.is_named(i));
        let unnamed = innermost.filter(|index| !frames.is_named(*index));
        if let (Some(index), Some(next)) = (unnamed, chosen.first().map(|next| next.index)) {
            let module = frames.module(index);
            let around = frames.calls[index].file == frames.calls[next].file
                || module == frames.module(next);
            if !module.is_empty() && !around && !known.contains(&module) {
                chosen.insert(0, frames.counted(index, module));
                chosen.truncate(FRAMES);
            }
        }
        if !chosen.is_empty() || self.has_named_elsewhere(at) {
            return chosen;
        }
        let frames = &mut self.frames[at];
        if let Some(end) = innermost.filter(|index| frames.is_launcher(*index)) {
            let tool = frames.pick(known, |frames, i| i < end && frames.is_library(i));
            if !tool.is_empty() {
                return tool;
            }
        }
        if innermost.is_some() {
            return frames.pick(known, Frames::is_own);
        }
        frames.pick(known, Frames::is_library)
    }

    /// How many exceptions are around the one of the application's own code.
    fn wrappers(&mut self) -> usize {
        let exceptions = &self.trace.exceptions;
        let single = |exception: &Exception<'_>| {
            !exception.aside && !exception.grouped && !is_group(&exception.type_name)
        };
        let chained = exceptions.iter().take_while(|one| single(one)).count();
        let Some(last) = chained.checked_sub(1) else {
            return 0;
        };
        let own = (0..chained).find(|at| self.has_named(*at)).unwrap_or(0);
        let documented = exceptions[..last]
            .iter()
            .take_while(|one| WRAPPERS.contains(&one.type_name.as_ref()))
            .count();
        own.max(documented)
    }

    /// Whether another exception has named frames of the application's own code.
    fn has_named_elsewhere(&mut self, at: usize) -> bool {
        (0..self.frames.len())
            .filter(|other| *other != at && !self.trace.exceptions[*other].aside)
            .collect::<Vec<_>>()
            .into_iter()
            .any(|other| self.has_named(other))
    }

    fn has_named(&mut self, at: usize) -> bool {
        if let Some(named) = self.named[at] {
            return named;
        }
        let frames = &mut self.frames[at];
        let named = (0..frames.calls.len()).any(|i| frames.is_own(i) && frames.is_named(i));
        self.named[at] = Some(named);
        named
    }
}
