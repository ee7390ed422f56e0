//! Kinds of what must not matter in a stack trace, and of what must, in many languages and forms.

mod announced;
mod call_sites;
mod chains;
mod forms;
mod generated;
mod libraries;
mod places;
mod posted;
mod words;

use super::{assert_apart, assert_same};

/// Fails unless both traces are one error.
#[track_caller]
fn same(a: &str, b: &str) {
    assert_same(("boom", Some(a)), ("boom", Some(b)));
}

/// Fails unless the traces are two errors.
#[track_caller]
fn apart(a: &str, b: &str) {
    assert_apart(("boom", Some(a)), ("boom", Some(b)));
}
