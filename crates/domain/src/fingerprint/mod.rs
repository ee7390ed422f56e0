//! Groups reports of the same error by a fingerprint.
//!
//! A [`Fingerprinter`] computes a 128-bit [`Fingerprint`] from the source, message and stack trace of a
//! report. It is a pure function: the same input gives the same value on every node and at any time.
//! Each version of the algorithm has its own module and does not change after its release.

mod value;

pub mod v1;

use crate::stack_trace::StackTrace;

pub use value::{Fingerprint, FingerprintVersion};

/// The input of a [`Fingerprinter`]: everything a fingerprint may depend on. The project is not part of it,
/// because fingerprints are compared within one project only.
#[derive(Debug, Clone, Copy, Default)]
pub struct FingerprintInput<'a> {
    /// The component that sent the report (`frontend`, `billing`).
    pub source: &'a str,
    /// The error message, before normalization.
    pub message: &'a str,
    /// The text that the message was made of, with its placeholders (`User %s not found`), where the caller knows
    /// it. Stands for the message.
    pub message_template: Option<&'a str>,
    /// The stack trace as text, in any format that a language runtime prints. Read only when there are no
    /// [`FingerprintInput::exceptions`].
    pub stack_trace: Option<&'a str>,
    /// The exceptions and frames as structure.
    pub exceptions: Option<&'a StackTrace<'a>>,
    /// Grouping parts set by the caller, which replace the built-in grouping; the part `{{ default }}`
    /// includes it.
    pub custom: Option<&'a [String]>,
}

/// A grouping algorithm: reports with equal fingerprints are occurrences of one error.
pub trait Fingerprinter: Send + Sync {
    /// Returns the version of the algorithm, which is stored with each fingerprint.
    fn version(&self) -> FingerprintVersion;

    /// Computes the fingerprint of a report. MUST be deterministic and MUST take time linear in the input.
    fn fingerprint(&self, input: &FingerprintInput<'_>) -> Fingerprint;

    /// Computes the fingerprint of a report together with its [`Explanation`]. MUST agree with
    /// [`Fingerprinter::fingerprint`].
    fn explain(&self, input: &FingerprintInput<'_>) -> Explanation;
}

/// Explains a fingerprint: what was parsed from the report and what was hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Explanation {
    /// The version of the algorithm.
    pub version: FingerprintVersion,
    /// The resulting fingerprint.
    pub fingerprint: Fingerprint,
    /// The message with its parameters replaced by `<*>`.
    pub normalized_message: String,
    /// The detected format of the stack trace (`javascript`, `python`, ...; `text` when unknown).
    pub stack_format: Option<&'static str>,
    /// The exception types, outermost first, each followed by its causes.
    pub exception_types: Vec<String>,
    /// All frames in the order of the trace, with whether each counts.
    pub frames: Vec<ExplainedFrame>,
    /// The hashed parts, in order.
    pub inputs: Vec<HashInput>,
    /// What counted, what was ignored, and why, in the order of the report.
    pub parts: Vec<ExplainedPart>,
}

/// A part of a report and what grouping made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ExplainedPart {
    /// `custom`, `source`, `type`, `frame`, `trace` (a line of an unknown format), `line` (of source code), `cause` or
    /// `message`.
    pub kind: &'static str,
    /// The part, cut to 200 characters.
    pub text: String,
    /// Whether reports that differ in it are different errors.
    pub counted: bool,
    /// Why, as half a sentence for people.
    pub reason: &'static str,
}

/// One frame of a parsed stack trace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ExplainedFrame {
    /// The module or file, without parts that vary between installations.
    pub module: String,
    /// The function, without parts that a compiler generates.
    pub function: String,
    /// Whether the frame belongs to the application rather than a library.
    pub in_app: bool,
    /// Whether the frame is part of the fingerprint.
    pub counted: bool,
}

/// One named part of the hash input of a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HashInput {
    /// `source`, `type`, `frame`, `line` (the source line of the frame before it), `value` (what a cause says), `message`
    /// or `custom`.
    pub name: &'static str,
    /// The hashed text.
    pub value: String,
}
