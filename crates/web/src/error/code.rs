//! Colours source lines: keywords, strings and comments, of whatever language. A line is all that is known of a file.

use crate::ui::{Markup, escaped};
use askama::filters::Safe;

/// Words that many languages keep for themselves.
const KEYWORDS: &[&str] = &[
    "abstract",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "begin",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "def",
    "default",
    "defer",
    "del",
    "do",
    "elif",
    "else",
    "elsif",
    "end",
    "ensure",
    "enum",
    "except",
    "export",
    "extends",
    "final",
    "finally",
    "fn",
    "for",
    "foreach",
    "from",
    "func",
    "function",
    "go",
    "if",
    "impl",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "is",
    "lambda",
    "let",
    "loop",
    "match",
    "module",
    "mut",
    "namespace",
    "new",
    "nil",
    "none",
    "None",
    "not",
    "null",
    "of",
    "or",
    "package",
    "pass",
    "private",
    "protected",
    "pub",
    "public",
    "raise",
    "rescue",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "switch",
    "this",
    "throw",
    "throws",
    "trait",
    "try",
    "type",
    "typeof",
    "unless",
    "until",
    "use",
    "using",
    "var",
    "void",
    "when",
    "where",
    "while",
    "with",
    "yield",
    "true",
    "false",
    "True",
    "False",
];

/// Bytes of a line that are coloured; the rest is plain.
const MOST: usize = 2_000;

/// What begins a comment in a file of this name.
fn comment_of(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, kind)| kind) {
        Some("py" | "rb" | "sh" | "yml" | "yaml" | "toml" | "pl" | "r" | "ex" | "exs") => "#",
        Some("sql" | "lua" | "hs") => "--",
        Some("erl") => "%",
        _ => "//",
    }
}

/// A source line of a file, coloured.
#[must_use]
pub fn line(text: &str, file: &str) -> Markup {
    let cut = (0..=MOST.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let (mut rest, plain) = text.split_at(cut);
    let comment = comment_of(file);
    let mut html = String::with_capacity(text.len() + 64);
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with(comment) {
            rest.len()
        } else if matches!(first, '"' | '\'' | '`') {
            string(rest, first)
        } else if first.is_alphabetic() || first == '_' {
            rest.find(|one: char| !one.is_alphanumeric() && one != '_')
                .unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (piece, behind) = rest.split_at(length);
        let class = match first {
            _ if piece.starts_with(comment) => "c",
            '"' | '\'' | '`' if piece.len() > 1 => "s",
            _ if KEYWORDS.contains(&piece) => "k",
            _ => "",
        };
        if class.is_empty() {
            html.push_str(&escaped(piece));
        } else {
            html.push_str(&format!(
                "<span class=\"{class}\">{}</span>",
                escaped(piece)
            ));
        }
        rest = behind;
    }
    html.push_str(&escaped(plain));
    Safe(html)
}

/// The length of a string that begins here; of the sign alone where it does not end on this line.
fn string(text: &str, sign: char) -> usize {
    let mut escaped = false;
    for (at, one) in text.char_indices().skip(1) {
        match one {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if one == sign => return at + one.len_utf8(),
            _ => {}
        }
    }
    sign.len_utf8()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_strings_and_comments_are_coloured() {
        assert_eq!(
            line("return f(\"a # b\")  # why", "a.py").0,
            "<span class=\"k\">return</span> f(<span class=\"s\">&#34;a # b&#34;</span>)  <span class=\"c\"># why</span>"
        );
        assert_eq!(line("x // y", "a.go").0, "x <span class=\"c\">// y</span>");
        assert_eq!(line("don't # é", "a.js").0, "don&#39;t # é");
    }

    #[test]
    fn code_is_text() {
        assert!(
            !line("</span><script>alert(1)</script> '<b>'", "x")
                .0
                .contains("<script")
        );
        assert!(line(&"<".repeat(5_000), "x").0.len() >= 20_000);
    }
}
