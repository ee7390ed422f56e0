//! Digests that content is addressed by.

use std::fmt;
use std::str::FromStr;

/// A text that is no digest in hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no digest in hexadecimal digits")]
pub struct InvalidDigest;

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $length]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl FromStr for $name {
            type Err = InvalidDigest;

            fn from_str(text: &str) -> Result<Self, InvalidDigest> {
                let digits = text.as_bytes();
                if digits.len() != 2 * $length {
                    return Err(InvalidDigest);
                }
                let digit = |byte: u8| (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let mut bytes = [0; $length];
                for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
                    let (high, low) = (digit(pair[0]), digit(pair[1]));
                    *byte = high.zip(low).map(|(high, low)| high << 4 | low).ok_or(InvalidDigest)?;
                }
                Ok(Self(bytes))
            }
        }
    };
}

digest! {
    /// The SHA-1 of a chunk or of a whole bundle, by which upload tools name them.
    ChunkDigest, 20
}
digest! {
    /// The SHA-256 of a file of a bundle.
    FileDigest, 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_written() {
        let text = "00ff10abcdef0123456789abcdef0123456789ab";
        let digest: ChunkDigest = text.parse().unwrap();
        assert_eq!(digest.to_string(), text);
        assert_eq!(text.to_uppercase().parse(), Ok(digest));
        for text in [
            "",
            "00",
            &text[1..],
            &text.replace('0', "g"),
            &text.replace('0', "é"),
        ] {
            assert_eq!(text.parse::<ChunkDigest>(), Err(InvalidDigest), "{text}");
        }
    }
}
