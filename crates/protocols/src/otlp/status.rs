//! `google.rpc.Status`, the body of an answer that refuses a request.

use super::Encoding;
use serde_json::json;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// A code of `google/rpc/code.proto`: 3 for a bad request.
    pub code: i32,
    /// A sentence for people.
    pub message: String,
}

impl Status {
    /// Writes the body of an answer in the encoding of the request.
    #[must_use]
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        match encoding {
            Encoding::Json => json!({ "code": self.code, "message": self.message })
                .to_string()
                .into_bytes(),
            Encoding::Protobuf => {
                let mut bytes = Vec::with_capacity(self.message.len() + 16);
                if self.code != 0 {
                    bytes.push(1 << 3);
                    // int32 is written as int64.
                    write_varint(&mut bytes, i64::from(self.code).cast_unsigned());
                }
                if !self.message.is_empty() {
                    bytes.push(2 << 3 | 2);
                    write_varint(&mut bytes, self.message.len() as u64);
                    bytes.extend_from_slice(self.message.as_bytes());
                }
                bytes
            }
        }
    }
}

fn write_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        // The seven lowest bits fit.
        bytes.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_in_both_encodings() {
        let status = Status {
            code: 3,
            message: "no".to_owned(),
        };
        assert_eq!(status.encode(Encoding::Protobuf), b"\x08\x03\x12\x02no");
        assert_eq!(
            status.encode(Encoding::Json),
            br#"{"code":3,"message":"no"}"#
        );
    }

    #[test]
    fn lengths_and_negative_codes_take_several_bytes() {
        let status = Status {
            code: -1,
            message: "x".repeat(300),
        };
        let bytes = status.encode(Encoding::Protobuf);
        let code = [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert_eq!(bytes[..11], code);
        assert_eq!(bytes[11..14], [0x12, 0xAC, 0x02]);
        assert_eq!(bytes.len(), 14 + 300);
    }
}
