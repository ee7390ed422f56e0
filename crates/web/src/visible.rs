//! Writes text into pages: escapes HTML, and shows characters that hide or reorder what stands beside them.
//!
//! Texts of reports are hostile. What a reader sees must be what is there, so that a control, zero-width or bidirectional
//! character is written as its number: `⟨U+202E⟩`.

use askama::filters::Escaper;
use std::fmt::{self, Write};

/// The escaper of every template (`askama.toml`). Values of form fields, which come back as they were written, take
/// `|e("htm")` in its place.
#[derive(Debug, Clone, Copy)]
pub struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        let mut kept = 0;
        let mut before = ' ';
        for (at, one) in text.char_indices() {
            let entity = match one {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '"' => "&#34;",
                '\'' => "&#39;",
                _ => "",
            };
            if !entity.is_empty() || is_hidden(one, before) {
                out.write_str(&text[kept..at])?;
                if entity.is_empty() {
                    write!(out, "⟨U+{:04X}⟩", u32::from(one))?;
                } else {
                    out.write_str(entity)?;
                }
                kept = at + one.len_utf8();
            }
            before = one;
        }
        out.write_str(&text[kept..])
    }
}

/// Whether a character is written as its number, behind another one.
fn is_hidden(one: char, before: char) -> bool {
    match one {
        '\n' | '\t' | '\r' => false,
        // Join and part letters of scripts that need it, and emoji.
        '\u{200C}' | '\u{200D}' => before.is_ascii(),
        '\u{00AD}'
        | '\u{061C}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{180E}'
        | '\u{200B}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' => true,
        one => one.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        Visible.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn html_is_escaped() {
        let written = written("<img src=x onerror=\"a('b')\">&");
        assert_eq!(
            written,
            "&lt;img src=x onerror=&#34;a(&#39;b&#39;)&#34;&gt;&amp;"
        );
    }

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(
            written("a\u{202E}b\u{0}c\u{1b}[31m"),
            "a⟨U+202E⟩b⟨U+0000⟩c⟨U+001B⟩[31m"
        );
        assert_eq!(written("pay\u{200B}pal\u{FEFF}"), "pay⟨U+200B⟩pal⟨U+FEFF⟩");
        assert_eq!(written("a\u{200D}b"), "a⟨U+200D⟩b");
        assert_eq!(written("\u{9b}31m\u{85}"), "⟨U+009B⟩31m⟨U+0085⟩");
    }

    #[test]
    fn ordinary_text_stays() {
        for text in [
            "",
            "Zeile 1\n\tZeile 2",
            "שלום",
            "日本語",
            "👩\u{200D}💻",
            "می\u{200C}خواهم",
            "é\u{301}",
        ] {
            assert_eq!(written(text), text);
        }
    }
}
