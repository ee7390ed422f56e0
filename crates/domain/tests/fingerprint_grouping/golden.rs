//! Recorded results. Stored fingerprints outlive a build: a change of any of these needs a new
//! version of the algorithm. Before a release, `UPDATE_GOLDEN=1` writes them anew.

use super::explain;
use faultbook_domain::fingerprint::Explanation;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Between the report and what is expected of it.
const EXPECTED: &str = "=== expected\n";
/// Between a report's message and its stack trace.
const STACK: &str = "=== stack\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn describe(explanation: &Explanation) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        _ = writeln!(text, "{name}: {value}");
    };
    line("message", &explanation.normalized_message);
    line("format", explanation.stack_format.unwrap_or("none"));
    for name in &explanation.exception_types {
        line("type", name);
    }
    for frame in &explanation.frames {
        let kind = match (frame.counted, frame.in_app) {
            (true, _) => "frame *",
            (false, true) => "frame +",
            (false, false) => "frame -",
        };
        line(kind, &format!("{} | {}", frame.module, frame.function));
    }
    for input in &explanation.inputs {
        line("hashed", &format!("{} {}", input.name, input.value));
    }
    line("fingerprint", &explanation.fingerprint.to_string());
    text
}

fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let mut text = String::new();
    for i in 0..old.len().max(new.len()) {
        match (old.get(i), new.get(i)) {
            (Some(a), Some(b)) if a == b => _ = writeln!(text, "  {a}"),
            (a, b) => {
                a.iter().for_each(|a| _ = writeln!(text, "- {a}"));
                b.iter().for_each(|b| _ = writeln!(text, "+ {b}"));
            }
        }
    }
    text
}

#[test]
fn recorded_reports_keep_their_fingerprints() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder of recorded reports")
        .map(|entry| entry.expect("a readable entry").path())
        .collect();
    files.sort();
    assert!(files.len() >= 15, "only {} recorded reports", files.len());
    let mut failures = String::new();
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a readable report");
        let (report, expected) = text.split_once(EXPECTED).unwrap_or((&text, ""));
        let (message, stack) = match report.split_once(STACK) {
            Some((message, stack)) => (message, Some(stack)),
            None => (report, None),
        };
        let actual = describe(&explain(message.trim_end_matches('\n'), stack));
        if update {
            std::fs::write(&path, format!("{report}{EXPECTED}{actual}"))
                .expect("a writable report");
        } else if expected != actual {
            _ = writeln!(
                failures,
                "{}:\n{}",
                path.display(),
                difference(expected, &actual)
            );
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}
