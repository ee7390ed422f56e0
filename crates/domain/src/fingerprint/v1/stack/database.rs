//! Parses PostgreSQL's server log, whose statement serves as the frame.

use super::super::frame::{Frame, Origin, holds};
use super::{Call, Trace};

const SEVERITIES: &[&str] = &["ERROR:  ", "FATAL:  ", "PANIC:  ", "WARNING:  ", "LOG:  "];

/// What the server prints before the statement in its languages.
const STATEMENTS: &[&str] = &[
    "STATEMENT:  ",
    "ANWEISUNG:  ",
    "INSTRUCTION :  ",
    "SENTENCIA:  ",
    "ISTRUZIONE:  ",
    "COMANDO:  ",
    "ОПЕРАТОР:  ",
];

/// Whether only PostgreSQL prints the line.
pub(super) fn recognizes(line: &str) -> bool {
    holds(line, ":  ")
        && SEVERITIES.iter().chain(STATEMENTS).any(|word| {
            line.find(word)
                .is_some_and(|at| at > 0 && line.as_bytes()[at - 1] == b' ')
        })
}

/// Reads the text: the statement is the frame.
pub(super) fn parse(text: &str) -> Trace<'_> {
    let mut trace = Trace::new(&super::POSTGRESQL, Vec::new());
    let Some((at, word)) = STATEMENTS
        .iter()
        .find_map(|word| Some((text.find(word)?, word)))
    else {
        return trace;
    };
    let rest = &text[at + word.len()..];
    // The server indents the lines that go on.
    let end = rest
        .match_indices('\n')
        .find(|(i, _)| !rest[i + 1..].starts_with(['\t', ' ']))
        .map_or(rest.len(), |(i, _)| i);
    trace
        .current()
        .push(Call::of("sql", rest[..end].trim_ascii()));
    trace
}

/// Reads a statement.
pub(super) fn read<'a>(call: &Call<'a>) -> Option<Frame<'a>> {
    Some(Frame::new(call.module, statement(call.name), Origin::Own))
}

/// The statement without literals, comments and layout.
fn statement(sql: &str) -> String {
    let bytes = sql.as_bytes();
    let mut kept = String::with_capacity(sql.len().min(1024));
    let mut i = 0;
    while let Some(&b) = bytes.get(i) {
        let start = i;
        match b {
            b'\'' => {
                i = end_of_string(bytes, i);
                value(&mut kept);
                continue;
            }
            b'0'..=b'9'
                if !kept.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') =>
            {
                while bytes
                    .get(i)
                    .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'.')
                {
                    i += 1;
                }
                value(&mut kept);
                continue;
            }
            _ if b.is_ascii_whitespace() => {
                if !kept.ends_with([' ', '(']) {
                    kept.push(' ');
                }
                i += 1;
                continue;
            }
            _ => {
                i += 1;
                while !sql.is_char_boundary(i) {
                    i += 1;
                }
            }
        }
        if matches!(b, b')' | b',' | b';') && kept.ends_with(' ') {
            kept.pop();
        }
        kept.push_str(&sql[start..i]);
    }
    kept.trim_matches([' ', ';']).to_owned()
}

/// Writes a literal: a sign before it belongs to it, and a list of literals is one.
fn value(kept: &mut String) {
    if kept.ends_with([' ', '(', ',']) || kept.is_empty() {
    } else if let Some(front) = kept.strip_suffix(['-', '+'])
        && front.ends_with([' ', '(', ',', '<', '>', '='])
    {
        kept.pop();
    }
    let list = kept
        .trim_end()
        .strip_suffix(',')
        .map(str::trim_end)
        .filter(|front| front.ends_with('?'))
        .map(str::len);
    match list {
        Some(length) => kept.truncate(length),
        None => kept.push('?'),
    }
}

/// The end of a string literal: quotes are doubled inside.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut i = start + 1;
    while let Some(&b) = bytes.get(i) {
        i += 1;
        if b == b'\'' {
            if bytes.get(i) == Some(&b'\'') {
                i += 1;
            } else {
                return i;
            }
        }
    }
    i
}
