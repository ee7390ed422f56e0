//! Classifies bytes as white space, delimiters or parts of an atom.

/// Whether the byte ends an atom. Everything above ASCII belongs to atoms.
pub(super) const fn is_delimiter(b: u8) -> bool {
    matches!(
        b,
        b'(' | b')'
            | b'['
            | b']'
            | b'{'
            | b'}'
            | b'<'
            | b'>'
            | b','
            | b';'
            | b'|'
            | b'"'
            | b'\''
            | b'`'
            | b'='
            | b'&'
            | b'?'
            | b'!'
    )
}

/// Whether the byte separates words. Other white space counts as part of a word.
pub(super) const fn is_space(b: u8) -> bool {
    b.is_ascii_whitespace() || b == 0x0b
}

/// For each byte, whether an atom ends before it: white space and delimiters.
pub(super) const ENDS_ATOM: [bool; 256] = {
    let mut ends = [false; 256];
    let mut b = 0_u8;
    while b < 128 {
        ends[b as usize] = is_space(b) || is_delimiter(b);
        b += 1;
    }
    ends
};
