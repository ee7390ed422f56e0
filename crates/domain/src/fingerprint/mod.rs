//! Grouping: which reports are the same error.
//!
//! A [`Fingerprinter`] turns what a report says into a 128-bit [`Fingerprint`]. It is a pure
//! function: the same input gives the same value on every node, for ever. Algorithms are frozen
//! per version, in a module of their own.

mod value;

pub mod v1;

pub use value::{Fingerprint, FingerprintVersion};

/// What a fingerprint may depend on. The project is not here: fingerprints are compared within
/// one project only.
#[derive(Debug, Clone, Copy)]
pub struct FingerprintInput<'a> {
    /// The part of the caller's system that reported (`frontend`, `billing`).
    pub source: &'a str,
    /// The message as reported.
    pub message: &'a str,
    /// The stack trace as text, in whatever format the caller's language prints.
    pub stack_trace: Option<&'a str>,
    /// The caller's own grouping; `{{ default }}` among its parts stands for ours.
    pub custom: Option<&'a [String]>,
}

/// Decides which reports belong together.
pub trait Fingerprinter: Send + Sync {
    /// The version stored beside each fingerprint this value makes.
    fn version(&self) -> FingerprintVersion;

    /// The fingerprint of a report. MUST be deterministic and MUST take time linear in the input.
    fn fingerprint(&self, input: &FingerprintInput<'_>) -> Fingerprint;

    /// The same decision with its reasons. MUST agree with [`Fingerprinter::fingerprint`].
    fn explain(&self, input: &FingerprintInput<'_>) -> Explanation;
}

/// Why a report got its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Explanation {
    /// The algorithm's version.
    pub version: FingerprintVersion,
    /// The resulting fingerprint.
    pub fingerprint: Fingerprint,
    /// The message with its parameters replaced by placeholders.
    pub normalized_message: String,
    /// The format the stack trace was read as (`javascript`, `python`, ...; `text` when unknown).
    pub stack_format: Option<&'static str>,
    /// Exception types, outermost first, causes after.
    pub exception_types: Vec<String>,
    /// All frames in the order of the trace, with what was decided about each.
    pub frames: Vec<ExplainedFrame>,
    /// Exactly what was hashed, in order.
    pub inputs: Vec<HashInput>,
}

/// One frame of a parsed stack trace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ExplainedFrame {
    /// Module or file, without what varies between installations.
    pub module: String,
    /// Function, without what a compiler generates.
    pub function: String,
    /// Whether the frame is the application's own code.
    pub in_app: bool,
    /// Whether the frame is part of the fingerprint.
    pub counted: bool,
}

/// One named part of what was hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HashInput {
    /// `source`, `type`, `frame`, `message` or `custom`.
    pub name: &'static str,
    /// The value as hashed.
    pub value: String,
}
