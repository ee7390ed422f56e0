//! Finds the binary under test.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The `faultbook` of the profile that this test was built in.
///
/// # Panics
/// When it was not built, or before its sources were last changed.
#[must_use]
pub fn path() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let directory = test.parent().and_then(Path::parent).unwrap();
    let binary = directory.join("faultbook");
    let remedy = if directory.ends_with("release") {
        "run `cargo build --release -p faultbook-server` first"
    } else {
        "run `cargo build -p faultbook-server` first"
    };
    assert!(
        binary.is_file(),
        "{} does not exist: {remedy}",
        binary.display()
    );
    if let Some(source) = newer_source(&binary) {
        panic!(
            "{} changed after the server was built: {remedy}",
            source.display()
        );
    }
    binary
}

/// A source newer than the binary, by the list that cargo leaves beside it.
fn newer_source(binary: &Path) -> Option<PathBuf> {
    let modified = |path: &Path| -> Option<SystemTime> { fs::metadata(path).ok()?.modified().ok() };
    let built = modified(binary)?;
    let list = fs::read_to_string(binary.with_extension("d")).ok()?;
    let (_, sources) = list.split_once(": ")?;
    sources
        .replace("\\ ", "\0")
        .split_whitespace()
        .map(|source| PathBuf::from(source.replace('\0', " ")))
        .find(|source| modified(source).is_some_and(|changed| changed > built))
}
