//! An error as Markdown, to be pasted into a ticket.

use super::trace::{Run, Trace};

/// Lines of a trace that are copied.
const MOST: usize = 30;

/// What is copied.
#[must_use]
pub fn of(
    (title, message): (&str, &str),
    facts: &[(&str, String)],
    trace: Option<&Trace>,
    address: &str,
) -> String {
    let title = if title.is_empty() { "Error" } else { title };
    let mut text = format!("### {title}\n\n{message}\n\n");
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("- {name}: {value}\n"));
    }
    text.push_str(&format!("- Faultbook: {address}\n"));
    let Some(trace) = trace else {
        return text;
    };
    let mut lines = Vec::new();
    for cause in &trace.causes {
        lines.push(format!("{}: {}", cause.name, cause.value));
        for run in &cause.runs {
            match run {
                Run::Frame(frame) => lines.push(format!("  {}", frame.text())),
                Run::Fold(frames, names) => {
                    lines.push(format!("  … {} library frames ({names})", frames.len()));
                }
            }
        }
    }
    lines.truncate(MOST);
    // A fence that the text cannot close.
    text.push_str(&format!(
        "\n````\n{}\n````\n",
        lines.join("\n").replace("````", "'```")
    ));
    text
}
