//! The wire format of protobuf: fields one after another, borrowed from the body.
//!
//! Source: <https://protobuf.dev/programming-guides/encoding/>.

/// Why bytes are no protobuf message of the expected type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// A field ends beyond its message.
    #[error("a field is longer than its message")]
    Truncated,
    /// A number of more than ten bytes, or a field without a number.
    #[error("a field has no valid number")]
    Number,
    /// A wire type that does not exist, a group, or another than the field's.
    #[error("a field has an unexpected wire type")]
    WireType,
    /// Values within values beyond what is followed.
    #[error("values are nested too deep")]
    TooDeep,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32,
}

impl<'a> Field<'a> {
    /// What a string, bytes or a message holds.
    pub(super) const fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed::WireType),
        }
    }

    pub(super) const fn varint(self) -> Result<u64, Malformed> {
        match self {
            Self::Varint(number) => Ok(number),
            _ => Err(Malformed::WireType),
        }
    }

    pub(super) const fn fixed64(self) -> Result<u64, Malformed> {
        match self {
            Self::Fixed64(number) => Ok(number),
            _ => Err(Malformed::WireType),
        }
    }
}

/// The fields of a message with their numbers; ends after the first that is malformed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) const fn of(message: &'a [u8]) -> Self {
        Self(message)
    }

    fn read(&mut self) -> Result<(u32, Field<'a>), Malformed> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).map_err(|_| Malformed::Number)?;
        if number == 0 {
            return Err(Malformed::Number);
        }
        let field = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(*self.array()?)),
            2 => {
                let length = self.varint()?;
                let length = usize::try_from(length).map_err(|_| Malformed::Truncated)?;
                let (bytes, rest) = self
                    .0
                    .split_at_checked(length)
                    .ok_or(Malformed::Truncated)?;
                self.0 = rest;
                Field::Bytes(bytes)
            }
            5 => {
                self.array::<4>()?;
                Field::Fixed32
            }
            _ => return Err(Malformed::WireType),
        };
        Ok((number, field))
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for (index, &byte) in self.0.iter().enumerate().take(10) {
            number |= u64::from(byte & 0x7F) << (7 * index);
            if byte < 0x80 {
                self.0 = &self.0[index + 1..];
                return Ok(number);
            }
        }
        Err(if self.0.len() < 10 {
            Malformed::Truncated
        } else {
            Malformed::Number
        })
    }

    fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (array, rest) = self.0.split_first_chunk().ok_or(Malformed::Truncated)?;
        self.0 = rest;
        Ok(array)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u32, Field<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(message: &[u8]) -> Result<Vec<(u32, Field<'_>)>, Malformed> {
        Fields::of(message).collect()
    }

    #[test]
    fn fields_are_read_by_wire_type() {
        let message = [
            &[0x08, 0x96, 0x01][..],
            &[0x11, 1, 0, 0, 0, 0, 0, 0, 0],
            &[0x1A, 2, b'h', b'i'],
            &[0x25, 1, 2, 3, 4],
            &[0x82, 0x01, 0],
        ]
        .concat();
        let expected = vec![
            (1, Field::Varint(150)),
            (2, Field::Fixed64(1)),
            (3, Field::Bytes(b"hi")),
            (4, Field::Fixed32),
            (16, Field::Bytes(b"")),
        ];
        assert_eq!(fields(&message), Ok(expected));
        assert_eq!(fields(&[]), Ok(vec![]));
        let largest = [0x08, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert_eq!(fields(&largest), Ok(vec![(1, Field::Varint(u64::MAX))]));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let endless = [0xFF; 11];
        let cases: [(&[u8], Malformed); 9] = [
            (&[0x08], Malformed::Truncated),
            (&[0x08, 0x80], Malformed::Truncated),
            (&[0x11, 1, 2], Malformed::Truncated),
            (&[0x1A, 3, b'h', b'i'], Malformed::Truncated),
            (&[0x25, 1, 2, 3], Malformed::Truncated),
            (&endless, Malformed::Number),
            (&[0x00, 1], Malformed::Number),
            (b"{\"resourceLogs\":[]}", Malformed::WireType),
            (b"nothing of the kind", Malformed::WireType),
        ];
        for (message, expected) in cases {
            assert_eq!(fields(message), Err(expected), "{message:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(message in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Fields::of(&message).count() <= message.len());
        }
    }
}
