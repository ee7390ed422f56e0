//! Cuts the text of a search into terms.

use super::key::{is_in_table, is_of_key};
use crate::syntax::{SyntaxError, expected};
use winnow::combinator::{
    alt, cut_err, delimited, eof, fail, not, opt, peek, preceded, repeat, separated,
};
use winnow::prelude::*;
use winnow::token::{any, none_of, one_of, take_while};

/// A term as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lexeme<'a> {
    /// Whether a sign negates it.
    pub(super) negated: bool,
    /// What precedes the colon; `None` where the term is text.
    pub(super) key: Option<&'a str>,
    /// The values: one, or those of a list.
    pub(super) values: Vec<Written<'a>>,
    /// Whether the values are a list.
    pub(super) listed: bool,
}

/// A text as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written<'a> {
    /// A word.
    Word(&'a str),
    /// What stands between quotes, unescaped.
    Quoted(String),
}

impl Written<'_> {
    /// The text.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Word(text) => text,
            Self::Quoted(text) => text,
        }
    }
}

/// Cuts off the term at a byte offset of the text, which is no blank. Returns the offset behind it.
pub(super) fn lexeme(text: &str, offset: usize) -> Result<(Lexeme<'_>, usize), SyntaxError> {
    let mut rest = &text[offset..];
    match term.parse_next(&mut rest) {
        Ok(lexeme) => Ok((lexeme, text.len() - rest.len())),
        Err(error) => {
            let error = error.into_inner().unwrap_or_default();
            Err(SyntaxError::of(text, offset, &error, "a term"))
        }
    }
}

fn term<'i>(input: &mut &'i str) -> ModalResult<Lexeme<'i>> {
    let text = alt((quoted, word)).map(|text| (None, vec![text], false));
    let key_value = (key, values).map(|(key, (values, listed))| (Some(key), values, listed));
    (opt(sign), alt((key_value, text)))
        .map(|(sign, (key, values, listed))| Lexeme {
            negated: sign.is_some(),
            key,
            values,
            listed,
        })
        .parse_next(input)
}

/// Parses a sign that touches what is neither a blank nor another sign.
fn sign(input: &mut &str) -> ModalResult<char> {
    let is_sign = |c: char| matches!(c, '!' | '-');
    let touched = any.verify(move |c: &char| !c.is_whitespace() && !is_sign(*c));
    (one_of(is_sign), peek(touched))
        .map(|(sign, _)| sign)
        .parse_next(input)
}

/// Parses a key with its colon. Behind it nothing may stand that makes it text, such as `Rack::Timeout` and
/// `https://x`; nothing at all only behind a key of the table, which is then without its value.
fn key<'i>(input: &mut &'i str) -> ModalResult<&'i str> {
    let first = one_of(|c: char| c.is_ascii_alphabetic() || c == '_');
    let name = (first, take_while(0.., is_of_key)).take();
    let key = (name, ':', not(alt((":", "//")))).map(|(name, _, ())| name);
    let followed = (key, peek(opt(alt((blank, eof)))));
    followed
        .verify(|(key, nothing)| nothing.is_none() || is_in_table(key))
        .map(|(key, _)| key)
        .parse_next(input)
}

fn values<'i>(input: &mut &'i str) -> ModalResult<(Vec<Written<'i>>, bool)> {
    let one = alt((quoted, word, cut_err(fail).context(expected("a value"))));
    alt((
        list.map(|values| (values, true)),
        one.map(|value| (vec![value], false)),
    ))
    .parse_next(input)
}

fn list<'i>(input: &mut &'i str) -> ModalResult<Vec<Written<'i>>> {
    let item = take_while(1.., |c: char| !c.is_whitespace() && c != ',' && c != ']');
    let item = item.map(Written::Word);
    let item = alt((quoted, item, cut_err(fail).context(expected("a value"))));
    let items = separated(1.., delimited(blanks, item, blanks), ',');
    let end = cut_err(']').context(expected("a comma or the end of the list, ]"));
    delimited('[', items, end).parse_next(input)
}

fn quoted<'i>(input: &mut &'i str) -> ModalResult<Written<'i>> {
    let character = alt((r#"\""#.value('"'), r"\\".value('\\'), none_of('"')));
    let text = repeat(0.., character).fold(String::new, |mut text, character| {
        text.push(character);
        text
    });
    let end = cut_err('"').context(expected("a closing quote"));
    preceded('"', (text, end))
        .map(|(text, _)| Written::Quoted(text))
        .parse_next(input)
}

fn word<'i>(input: &mut &'i str) -> ModalResult<Written<'i>> {
    take_while(1.., |c: char| !c.is_whitespace())
        .map(Written::Word)
        .parse_next(input)
}

fn blank<'i>(input: &mut &'i str) -> ModalResult<&'i str> {
    take_while(1, char::is_whitespace).parse_next(input)
}

fn blanks<'i>(input: &mut &'i str) -> ModalResult<&'i str> {
    take_while(0.., char::is_whitespace).parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Lexeme<'_> {
        let (lexeme, end) = lexeme(text, 0).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(end, text.len(), "{text}");
        lexeme
    }

    #[test]
    fn a_sign_that_touches_a_term_negates_it() {
        for (text, negated, said) in [
            ("-a", true, "a"),
            ("!a", true, "a"),
            ("-", false, "-"),
            ("!", false, "!"),
            ("--force", false, "--force"),
            ("!!", false, "!!"),
            ("-!a", false, "-!a"),
            ("a-b", false, "a-b"),
            ("-\"a b\"", true, "a b"),
        ] {
            let lexeme = cut(text);
            assert_eq!((lexeme.negated, lexeme.key), (negated, None), "{text}");
            assert_eq!(lexeme.values[0].text(), said);
        }
        let (lone, end) = lexeme("- a", 0).unwrap();
        assert_eq!((lone.negated, lone.values[0].text(), end), (false, "-", 1));
    }

    #[test]
    fn what_has_no_key_is_text() {
        for text in [
            "Rack::Timeout",
            "https://x",
            "url://x",
            "12:30",
            "TypeError:",
            "tag.x:",
            ":a",
            "ü:a",
            "a/b:c",
        ] {
            let lexeme = cut(text);
            assert_eq!(
                (lexeme.key, lexeme.values),
                (None, vec![Written::Word(text)])
            );
        }
        let quoted = cut(r#""level:error \"now\" \\ \n""#);
        let said = Written::Quoted(r#"level:error "now" \ \n"#.to_owned());
        assert_eq!((quoted.key, quoted.values), (None, vec![said]));
        assert_eq!(cut(r#"a"b"#).values, [Written::Word(r#"a"b"#)]);
    }

    #[test]
    fn values_are_words_quotes_or_lists() {
        for (text, key, listed, values) in [
            ("a:b", "a", false, vec!["b"]),
            ("_a.B-1:b:c", "_a.B-1", false, vec!["b:c"]),
            ("a:/x", "a", false, vec!["/x"]),
            ("-a:\"b c\"", "a", false, vec!["b c"]),
            ("a:\"\"", "a", false, vec![""]),
            ("a:[b]", "a", true, vec!["b"]),
            (
                "a:[ b , \"c, d\",\"]\" ]",
                "a",
                true,
                vec!["b", "c, d", "]"],
            ),
            ("a:b]", "a", false, vec!["b]"]),
            ("a:b[c]", "a", false, vec!["b[c]"]),
        ] {
            let lexeme = cut(text);
            assert_eq!((lexeme.key, lexeme.listed), (Some(key), listed), "{text}");
            let said: Vec<&str> = lexeme.values.iter().map(Written::text).collect();
            assert_eq!(said, values, "{text}");
        }
        let (first, end) = lexeme("a:\"b\"c", 0).unwrap();
        assert_eq!((first.values[0].text(), end), ("b", 5));
    }

    #[test]
    fn what_stays_open_or_empty_is_refused() {
        for (text, message) in [
            ("\"a", "a closing quote"),
            (r#""a\""#, "a closing quote"),
            ("a:\"b", "a closing quote"),
            ("a:[\"b]", "a closing quote"),
            ("a:[b", "a comma or the end of the list, ]"),
            ("a:[b c]", "a comma or the end of the list, ]"),
            ("a:[]", "a value"),
            ("a:[ ]", "a value"),
            ("a:[b,]", "a value"),
            ("a:[", "a value"),
            ("level:", "a value"),
            ("level: error", "a value"),
        ] {
            let error = lexeme(text, 0).unwrap_err();
            assert_eq!(
                (error.position, error.expected.as_str()),
                (1, message),
                "{text}"
            );
        }
    }
}
