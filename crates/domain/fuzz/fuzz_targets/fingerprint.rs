//! Fuzzes grouping with messages and stack traces: it ends in time (libFuzzer's `-timeout`), and the
//! explanation has the same fingerprint.
#![no_main]

use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::fingerprint::{FingerprintInput, Fingerprinter};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|report: (&str, &str)| {
    let (message, stack) = report;
    let input = FingerprintInput { source: "fuzz", message, stack_trace: Some(stack), ..FingerprintInput::default() };
    let fingerprint = FingerprinterV1.fingerprint(&input);
    assert_eq!(fingerprint, FingerprinterV1.explain(&input).fingerprint);
});
