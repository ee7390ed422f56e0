//! Trace and span ids.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// The length of a trace id, the longer of both, in bytes.
const MAX_BYTES: usize = 16;

/// Writes an id as lower-case hexadecimal digits. One of zeros is none, as is what is too long.
pub(super) fn of_bytes(bytes: &[u8]) -> Option<String> {
    if bytes.len() > MAX_BYTES || bytes.iter().all(|byte| *byte == 0) {
        return None;
    }
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    Some(digits)
}

/// Reads an id of JSON: hexadecimal digits in any case, or base64, which JSON libraries make of bytes.
pub(super) fn of_text(text: &str) -> Option<String> {
    if text.len() <= 2 * MAX_BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let is_zero = text.bytes().all(|byte| byte == b'0');
        return (!is_zero).then(|| text.to_ascii_lowercase());
    }
    let bytes = STANDARD.decode(text).ok()?;
    matches!(bytes.len(), 8 | MAX_BYTES)
        .then(|| of_bytes(&bytes))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_lower_case_digits() {
        assert_eq!(of_bytes(&[0x0A, 0xFF]).as_deref(), Some("0aff"));
        for none in [&[][..], &[0; 16], &[1; 17]] {
            assert_eq!(of_bytes(none), None);
        }
        let digits = "5b8efff798038103d269b633813fc60c";
        for text in [
            digits,
            "5B8EFFF798038103D269B633813FC60C",
            "W47/95gDgQPSabYzgT/GDA==",
        ] {
            assert_eq!(of_text(text).as_deref(), Some(digits), "{text}");
        }
        for none in ["", "00000000000000000000000000000000", "no id", "é"] {
            assert_eq!(of_text(none), None, "{none}");
        }
    }
}
