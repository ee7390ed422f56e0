//! Version 1 of grouping. Frozen once released: a change of any result needs a version 2 beside it.
//!
//! A report becomes four kinds of parts: its source, the types of its exceptions, the
//! application's own frames nearest to the error, and its message. [`message`] takes out of the
//! message what varies, [`stack`] reads the stack trace, [`frame`] takes out of its frames what
//! installations and compilers add, [`select`] chooses those that count, [`key`] joins and hashes all.

mod frame;
mod key;
mod message;
mod select;
mod stack;

use super::{Explanation, Fingerprint, FingerprintInput, FingerprintVersion, Fingerprinter};
use key::Decision;

/// The built-in algorithm.
#[derive(Debug, Clone, Copy, Default)]
pub struct FingerprinterV1;

impl Fingerprinter for FingerprinterV1 {
    fn version(&self) -> FingerprintVersion {
        FingerprintVersion(1)
    }

    fn fingerprint(&self, input: &FingerprintInput<'_>) -> Fingerprint {
        Decision::of(input, false).fingerprint()
    }

    fn explain(&self, input: &FingerprintInput<'_>) -> Explanation {
        let decision = Decision::of(input, true);
        Explanation {
            version: self.version(),
            fingerprint: decision.fingerprint(),
            normalized_message: decision.message,
            stack_format: decision.format,
            exception_types: decision.types,
            frames: decision.frames,
            inputs: decision.inputs,
        }
    }
}
