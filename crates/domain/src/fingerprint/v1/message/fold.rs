//! Brings text of every script into the signs that the scanner knows.

use super::rule::Rule;
use crate::scrub::FILTERED;
use memchr::memmem;
use std::borrow::Cow;
use std::sync::LazyLock;
use unicode_normalization::char::is_combining_mark;

/// What a filtered value is read as: a number, as most of what is filtered holds digits. A report whose value was
/// filtered and its twin whose value was not read alike that way.
pub(super) const FILTERED_VALUE: &str = "0000000000000000";

/// Finds filtered values.
static FILTERED_FINDER: LazyLock<memmem::Finder<'static>> =
    LazyLock::new(|| memmem::Finder::new(FILTERED));

/// The zero of each script's decimal digits, which its other digits follow: general category `Nd` of the Unicode
/// Character Database, version 16.
#[rustfmt::skip]
const ZEROS: &[u32] = &[
    0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6,
    0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0,
    0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
    0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// The text with what scripts write differently written alike: decimal digits, white space, full-width forms,
/// quotation marks and punctuation become those of ASCII. Other symbols become words of their own, and so do numbers
/// and ASCII words within scripts that put no blanks between words.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    let text = match FILTERED_FINDER.find(text.as_bytes()) {
        Some(_) if Rule::Filtered.on() => Cow::Owned(text.replace(FILTERED, FILTERED_VALUE)),
        _ => Cow::Borrowed(text),
    };
    if text.is_ascii() || !Rule::Scripts.on() {
        return text;
    }
    let mut folded = String::with_capacity(text.len() + text.len() / 8);
    let mut before = Kind::Other;
    // French sets blanks within its quotation marks.
    let (mut spaced, mut skips) = (false, false);
    for (at, written) in text.char_indices() {
        let c = plain(written);
        if std::mem::take(&mut skips) && c == ' ' {
            skips = true;
            continue;
        }
        match written {
            '«' if opens_spaced(&text, at) => (spaced, skips) = (true, true),
            '»' if std::mem::take(&mut spaced) => folded.truncate(folded.trim_end().len()),
            _ => {}
        }
        let kind = kind(c);
        if before.parts(kind) {
            folded.push(' ');
        }
        match c {
            '…' => folded.push_str("..."),
            // No blank follows wide punctuation, whose sign includes it.
            ',' | '.' | ':' | ';' | '?' | '!' if !written.is_ascii() => {
                folded.extend([c, ' ']);
                before = Kind::Other;
                continue;
            }
            _ => folded.push(c),
        }
        if c.is_ascii() || !is_combining_mark(c) {
            before = kind;
        }
    }
    Cow::Owned(folded)
}

/// Whether the `«` at `at` begins a quotation with a blank after it. As a closing mark it stands behind a word.
fn opens_spaced(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at..].chars().nth(1);
    before.is_none_or(|c| !c.is_alphanumeric()) && after.is_some_and(char::is_whitespace)
}

/// What decides whether two signs beside each other are one word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A letter or digit of ASCII.
    Ascii,
    /// A letter of a script without upper and lower case: it may end its word without a blank.
    Caseless,
    /// A symbol outside of ASCII that is no punctuation mark, such as an emoji.
    Symbol,
    /// A colon: after it, no blank is needed in such a script.
    Colon,
    Other,
}

impl Kind {
    fn parts(self, next: Self) -> bool {
        match (self, next) {
            (Self::Symbol, Self::Symbol) => false,
            (Self::Symbol, Self::Ascii | Self::Caseless)
            | (Self::Ascii | Self::Caseless, Self::Symbol) => true,
            (Self::Ascii | Self::Colon, Self::Caseless) | (Self::Caseless, Self::Ascii) => true,
            _ => false,
        }
    }
}

fn kind(c: char) -> Kind {
    match c {
        _ if c.is_ascii_alphanumeric() => Kind::Ascii,
        ':' => Kind::Colon,
        '\0'..='\x7f' => Kind::Other,
        // Currency signs, degrees and other signs of Latin-1 belong to their number or word.
        '\u{80}'..='\u{bf}' | '\u{20a0}'..='\u{20cf}' => Kind::Other,
        _ if c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase() => Kind::Caseless,
        _ if c.is_alphanumeric() || is_combining_mark(c) => Kind::Other,
        _ => Kind::Symbol,
    }
}

/// The sign of ASCII that means the same, or the sign itself.
fn plain(c: char) -> char {
    match c {
        '\0'..='\x7f' => c,
        _ if c.is_whitespace() => ' ',
        // Invisible: zero width space, joiners and marks of direction, byte order mark.
        '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => ' ',
        // Full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        // Property Quotation_Mark, single ones and those that enclose quotations within quotations.
        '\u{2018}'..='\u{201b}' | '\u{2039}' | '\u{203a}' => '\'',
        // The others of it.
        '«'
        | '»'
        | '\u{201c}'..='\u{201f}'
        | '\u{2e42}'
        | '「'
        | '」'
        | '『'
        | '』'
        | '\u{fe43}'
        | '\u{fe44}'
        | '\u{301d}'..='\u{301f}'
        | '\u{fe41}'
        | '\u{fe42}'
        | '\u{ff62}'
        | '\u{ff63}' => '"',
        // Brackets of East Asian scripts.
        '〈' | '《' | '【' | '〔' | '〖' | '〘' | '〚' => '[',
        '〉' | '》' | '】' | '〕' | '〗' | '〙' | '〛' => ']',
        // Property Terminal_Punctuation, the commas, stops and colons in common use.
        '、' | '،' | '\u{ff64}' | '՝' | '᠂' | '꓾' => ',',
        '。' | '\u{ff61}' | '۔' | '।' | '॥' | '։' | '።' | '᠃' | '꓿' => '.',
        '؛' => ';',
        '؟' | '՞' | '\u{37e}' => '?',
        '፡' | '៖' => ':',
        // Property Dash.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        _ if c.is_numeric() => ascii_digit(c),
        _ => c,
    }
}

/// The digit of ASCII with the same value, or the sign itself when it is no decimal digit.
fn ascii_digit(c: char) -> char {
    let code = u32::from(c);
    let after = ZEROS.partition_point(|zero| *zero <= code);
    after
        .checked_sub(1)
        .and_then(|i| char::from_digit(code - ZEROS[i], 10))
        .unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_written_alike() {
        for (text, folded) in [
            ("plain ascii 12", "plain ascii 12"),
            ("订单１２３：失败。", "订单 123: 失败. "),
            ("用户10086登录失败", "用户 10086 登录失败"),
            ("الطلب ١٢٣٤٥", "الطلب 12345"),
            ("कोड ४०४।", "कोड 404. "),
            ("Datei „a b“ – «x» ‘y’", "Datei \"a b\" - \"x\" 'y'"),
            ("la clé « a_b » est prise", "la clé \"a_b\" est prise"),
            ("der Schlüssel »a« und b", "der Schlüssel \"a\" und b"),
            ("ファイル「a」が", "ファイル\"a\"が"),
            ("Ligne\u{a0}12\u{202f}h", "Ligne 12 h"),
            ("🔥12 lost", "🔥 12 lost"),
            ("größe12 à 5 €", "größe12 à 5 €"),
            ("12 °C, 3µs", "12 °C, 3µs"),
            ("ไม่พบ12", "ไม่พบ 12"),
            ("и́мя", "и́мя"),
            ("key [Filtered] x", "key 0000000000000000 x"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn every_decimal_digit_has_its_value() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for value in 0..10 {
                let c = char::from_u32(zero + value).expect("a character");
                assert!(c.is_numeric(), "{c:?}");
                assert_eq!(plain(c).to_digit(10), Some(value), "{c:?}");
            }
        }
    }
}
