//! Version 1 of the grouping algorithm. Frozen once it is released: from then on a change of any result needs a new
//! version in a module of its own.
//!
//! A fingerprint is a hash of the source, of the exceptions of the chain (type, the application frames nearest to the
//! error, the source line of the innermost one, what a cause says) and of the message. [`message`] replaces the parameters
//! of the message; [`stack`] reads the stack trace, from text or from structure, into the same calls; [`frame`] removes
//! from them what installations and compilers add; [`select`] chooses the frames that count; [`unit`] and [`said`] hold
//! what is hashed of an exception and of the message, which [`settle`] and [`sqlstate`] free from what run times add; and [`key`] joins and hashes the parts.

mod explain;
mod frame;
mod key;
mod message;
mod said;
mod select;
mod settle;
mod source;
mod sqlstate;
mod stack;
mod unit;

use super::{Explanation, Fingerprint, FingerprintInput, FingerprintVersion, Fingerprinter};
use crate::stack_trace::{Frame, StackTrace};
use key::Decision;
use std::borrow::Cow;

/// Reads a stack trace as grouping does. `None` when no line is of a known format.
pub(crate) fn parse_trace(text: &str) -> Option<StackTrace<'_>> {
    match message::clean(text) {
        Cow::Borrowed(text) => parse_cleaned(text),
        Cow::Owned(text) => parse_cleaned(&text).map(StackTrace::into_owned),
    }
}

fn parse_cleaned(text: &str) -> Option<StackTrace<'_>> {
    match stack::parse(text) {
        Some(trace) => trace.structured(),
        None => {
            let bare = stack::rewritten(text)?;
            Some(stack::parse(&bare)?.structured()?.into_owned())
        }
    }
}

/// Returns the innermost frame of the application's own code of a trace as an SDK sends it: of the first exception that
/// has one.
pub(crate) fn innermost_own<'t, 'a>(trace: &'t StackTrace<'a>) -> Option<&'t Frame<'a>> {
    stack::innermost_own(trace)
}

/// Returns the type of exception that a message begins with (`TypeError: x is undefined`), where the name says that it
/// is one.
pub(crate) fn type_in_message(message: &str) -> Option<&str> {
    let line = message.lines().next()?;
    let (name, _) = stack::split_header(line)?;
    stack::is_telling(name).then_some(name)
}

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
