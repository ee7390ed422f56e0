//! Version 1 of the grouping algorithm. Frozen since its release: a change of any result needs a new version
//! in a module of its own.
//!
//! A fingerprint is a hash of four kinds of parts: the source, the exception types, the application frames
//! nearest to the error, and the message. [`message`] replaces the parameters of the message, [`stack`]
//! parses the stack trace, [`frame`] removes from its frames what installations and compilers add, [`select`]
//! chooses the frames that count, and [`key`] joins and hashes the parts.

mod explain;
mod frame;
mod key;
mod message;
mod select;
mod stack;

use super::{Explanation, Fingerprint, FingerprintInput, FingerprintVersion, Fingerprinter};
use key::Decision;

/// The built-in [`Fingerprinter`], version 1.
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
        let parts = explain::parts(input, &decision);
        Explanation {
            version: self.version(),
            fingerprint: decision.fingerprint(),
            normalized_message: decision.message,
            stack_format: decision.format,
            exception_types: decision.types,
            frames: decision.frames,
            inputs: decision.inputs,
            parts,
        }
    }
}

/// The rules that normalize messages, for measurements: the name of each and the documented formats it follows, none
/// where it goes by shape alone.
#[cfg(feature = "ablation")]
pub const RULES: &[(&str, &str)] = message::RULES;

/// Switches off, on this thread, the rules of [`RULES`] whose bits are set, and all others on.
#[cfg(feature = "ablation")]
pub fn switch_off(rules: u64) {
    message::switch_off(rules);
}
