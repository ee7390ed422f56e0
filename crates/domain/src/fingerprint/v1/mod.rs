//! Version 1 of grouping.

mod message;

use super::{Explanation, Fingerprint, FingerprintInput, FingerprintVersion, Fingerprinter, HashInput};
use sha2::{Digest, Sha256};

/// The built-in algorithm.
#[derive(Debug, Clone, Copy, Default)]
pub struct FingerprinterV1;

impl Fingerprinter for FingerprinterV1 {
    fn version(&self) -> FingerprintVersion {
        FingerprintVersion(1)
    }

    fn fingerprint(&self, input: &FingerprintInput<'_>) -> Fingerprint {
        self.explain(input).fingerprint
    }

    fn explain(&self, input: &FingerprintInput<'_>) -> Explanation {
        let inputs = vec![
            HashInput { name: "source", value: input.source.to_owned() },
            HashInput { name: "message", value: message::normalize(input.message) },
        ];
        let mut hash = Sha256::new();
        for part in &inputs {
            hash.update(part.value.as_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Explanation {
            version: self.version(),
            fingerprint: Fingerprint::from_bytes(bytes),
            normalized_message: message::normalize(input.message),
            stack_format: None,
            exception_types: Vec::new(),
            frames: Vec::new(),
            inputs,
        }
    }
}
