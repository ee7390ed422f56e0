//! What grouping promises, tested from outside.

mod adversarial;
mod contract;
mod golden;
mod kinds;
mod sentences;
mod stacks;
mod structured;
mod values;

use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::fingerprint::{Explanation, FingerprintInput, Fingerprinter};

/// A report of the source `shop`, explained.
fn explain(message: &str, stack_trace: Option<&str>) -> Explanation {
    let input = FingerprintInput {
        source: "shop",
        message,
        stack_trace,
        ..FingerprintInput::default()
    };
    let explanation = FingerprinterV1.explain(&input);
    assert_eq!(
        explanation.fingerprint,
        FingerprinterV1.fingerprint(&input),
        "explaining must decide as fingerprinting does"
    );
    explanation
}

/// Fails unless both reports are one error, and says what was hashed.
#[track_caller]
fn assert_same(a: (&str, Option<&str>), b: (&str, Option<&str>)) {
    let (one, other) = (explain(a.0, a.1), explain(b.0, b.1));
    assert_eq!(one.inputs, other.inputs, "\n{a:?}\n{b:?}");
    assert_eq!(one.fingerprint, other.fingerprint);
}

/// Fails unless the reports are two errors.
#[track_caller]
fn assert_apart(a: (&str, Option<&str>), b: (&str, Option<&str>)) {
    let (one, other) = (explain(a.0, a.1), explain(b.0, b.1));
    assert_ne!(
        one.fingerprint, other.fingerprint,
        "\n{a:?}\n{b:?}\n{:?}",
        one.inputs
    );
}

/// Every message of a row is one error.
#[track_caller]
fn one_error(rows: &[&[&str]]) {
    for row in rows {
        for other in &row[1..] {
            assert_same((row[0], None), (other, None));
        }
    }
}

/// Any two messages of a row are two errors.
#[track_caller]
fn two_errors(rows: &[&[&str]]) {
    for row in rows {
        for (i, one) in row.iter().enumerate() {
            for other in &row[i + 1..] {
                assert_apart((one, None), (other, None));
            }
        }
    }
}
