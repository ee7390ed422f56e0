//! The text of a stack trace, for people.

use super::fields::cut_str;
use super::message::MAX_MESSAGE;
use faultbook_domain::stack_trace::{Exception, Frame, StackTrace};
use std::fmt::Write as _;

/// The most lines of a stack trace.
const MAX_LINES: usize = 250;
/// The longest name of a function, a module or a file, in characters.
const MAX_NAME: usize = 500;

/// Writes a stack trace, newest first: the title, a line for each call, then each cause with its calls.
///
/// `None` when there are no frames.
pub(super) fn of_trace(trace: &StackTrace<'_>, title: &str) -> Option<String> {
    if trace
        .exceptions
        .iter()
        .all(|exception| exception.frames.is_empty())
    {
        return None;
    }
    let mut lines = Lines::default();
    lines.push(title.to_owned());
    for (place, exception) in trace.exceptions.iter().enumerate() {
        if place > 0 {
            lines.push(format!("Caused by: {}", title_of(exception)));
        }
        for frame in &exception.frames {
            lines.push(line_of(frame));
        }
    }
    Some(lines.join())
}

/// Lines of which equal ones in a row are counted.
#[derive(Default)]
struct Lines {
    written: Vec<String>,
    repeated: usize,
}

impl Lines {
    fn push(&mut self, line: String) {
        if self.written.last() == Some(&line) {
            self.repeated += 1;
            return;
        }
        self.end_run();
        self.written.push(line);
    }

    fn end_run(&mut self) {
        if self.repeated > 0 {
            let times = if self.repeated == 1 { "time" } else { "times" };
            self.written
                .push(format!("    ... repeated {} more {times}", self.repeated));
            self.repeated = 0;
        }
    }

    fn join(mut self) -> String {
        self.end_run();
        let count = self.written.len();
        if count > MAX_LINES {
            let half = MAX_LINES / 2;
            let omitted = count - MAX_LINES + 1;
            let notice = format!("    ... {omitted} lines omitted");
            self.written.splice(half..half + omitted, [notice]);
        }
        self.written.join("\n")
    }
}

fn title_of(exception: &Exception<'_>) -> String {
    let title = match (exception.type_name.as_deref(), exception.value.as_deref()) {
        (Some(name), Some(value)) => format!("{name}: {value}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "<unknown>".to_owned(),
    };
    super::fields::cut(title, MAX_MESSAGE)
}

fn line_of(frame: &Frame<'_>) -> String {
    let name = |name: &'_ str| -> String { cut_str(name, MAX_NAME).replace(['\n', '\r'], " ") };
    let mut line = String::from("    at ");
    let function = frame.function.as_deref().unwrap_or("<unknown>");
    if let Some(module) = frame.module.as_deref()
        && !is_within(function, module)
    {
        line.push_str(&name(module));
        line.push('.');
    }
    line.push_str(&name(function));
    let file = frame.file.as_deref().or(frame.absolute_path.as_deref());
    if let Some(file) = file {
        line.push_str(" (");
        line.push_str(&name(file));
        for number in [frame.line, frame.line.and(frame.column)]
            .into_iter()
            .flatten()
        {
            // Writing to a String cannot fail.
            let _ = write!(line, ":{number}");
        }
        line.push(')');
    }
    line
}

/// Whether a function names its module itself.
fn is_within(function: &str, module: &str) -> bool {
    function
        .strip_prefix(module)
        .is_some_and(|rest| rest.starts_with(['.', ':', '\\', '/', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &'static str, line: u32) -> Frame<'static> {
        let file = Some("app/a.py".into());
        Frame {
            function: Some(function.into()),
            file,
            line: Some(line),
            ..Frame::default()
        }
    }

    fn trace(exceptions: Vec<Exception<'static>>) -> StackTrace<'static> {
        StackTrace {
            platform: None,
            exceptions,
        }
    }

    #[test]
    fn calls_and_causes_are_written() {
        let frames = vec![
            Frame {
                module: Some("app.a".into()),
                column: Some(7),
                ..frame("inner", 5)
            },
            Frame {
                module: Some("app::b".into()),
                ..frame("app::b::outer", 6)
            },
            Frame {
                absolute_path: Some("/x/y.js".into()),
                ..Frame::default()
            },
            Frame {
                function: Some("native".into()),
                column: Some(3),
                ..Frame::default()
            },
        ];
        let reported = Exception {
            frames,
            ..Exception::default()
        };
        let cause = Exception {
            type_name: Some("KeyError".into()),
            value: Some("'x'".into()),
            frames: vec![frame("get", 1)],
            ..Exception::default()
        };
        let text = of_trace(&trace(vec![reported, cause]), "ValueError: bad").unwrap();
        let expected = "ValueError: bad\n    at app.a.inner (app/a.py:5:7)\n    at app::b::outer (app/a.py:6)\n    \
            at <unknown> (/x/y.js)\n    at native\nCaused by: KeyError: 'x'\n    at get (app/a.py:1)";
        assert_eq!(text, expected);
    }

    #[test]
    fn runs_collapse_and_the_middle_goes() {
        let run = |count: usize| {
            let frames = std::iter::repeat_with(|| frame("again", 1)).take(count);
            let frames = frames.chain([frame("main", 2)]).collect();
            of_trace(
                &trace(vec![Exception {
                    frames,
                    ..Exception::default()
                }]),
                "T",
            )
            .unwrap()
        };
        assert_eq!(
            run(2),
            "T\n    at again (app/a.py:1)\n    ... repeated 1 more time\n    at main (app/a.py:2)"
        );
        assert!(run(1_000).contains("\n    ... repeated 999 more times\n"));

        let frames = (1..=1_000).map(|line| frame("mutual", line)).collect();
        let text = of_trace(
            &trace(vec![Exception {
                frames,
                ..Exception::default()
            }]),
            "T",
        )
        .unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 250);
        assert_eq!(
            (lines[124], lines[125], lines[126]),
            (
                "    at mutual (app/a.py:124)",
                "    ... 752 lines omitted",
                "    at mutual (app/a.py:877)"
            )
        );
        assert_eq!(lines[249], "    at mutual (app/a.py:1000)");
    }

    #[test]
    fn without_frames_there_is_no_text() {
        assert_eq!(of_trace(&trace(vec![Exception::default()]), "T"), None);
        assert_eq!(of_trace(&trace(Vec::new()), "T"), None);
    }
}
