//! The functions of a minified script: which one encloses a position, and what it is called in the original.

mod braces;
mod names;
mod scanner;
mod tokens;

use scanner::Name;
use std::ops::Range;
use std::sync::Arc;

/// The largest script whose functions are looked for, in bytes.
pub const MAX_SCRIPT: usize = 32 << 20;

/// A position in a script: line and column from 0, the column in UTF-16 units.
pub type Position = (u32, u32);

/// A function with its place among the others.
#[derive(Debug, Clone)]
struct Function {
    start: Position,
    end: Position,
    /// The function around it.
    around: Option<u32>,
    name: Option<Arc<str>>,
}

/// The functions of a script, and how long its lines are.
#[derive(Debug, Clone, Default)]
pub struct Script {
    functions: Vec<Function>,
    lines: Vec<u32>,
}

impl Script {
    /// Reads a script. `original` returns the original name of the identifier at a position, where a map says it.
    #[must_use]
    pub fn read<'a>(text: &str, original: impl Fn(Position, Position) -> Option<&'a str>) -> Self {
        let lines = line_lengths(text);
        if text.len() > MAX_SCRIPT {
            return Self {
                functions: Vec::new(),
                lines,
            };
        }
        let mut found = scanner::functions(text);
        found.sort_by_key(|function| (function.range.start, u32::MAX - function.range.end));
        let positions = Positions::of(text, &found);
        let mut functions: Vec<Function> = Vec::with_capacity(found.len());
        let mut open: Vec<(u32, u32)> = Vec::new();
        for function in &found {
            let Range { start, end } = function.range;
            while open.last().is_some_and(|(_, end)| *end <= start) {
                open.pop();
            }
            let around = open.last().map(|(place, _)| *place);
            open.push((u32::try_from(functions.len()).unwrap_or(u32::MAX), end));
            let name = function.name.as_ref();
            functions.push(Function {
                start: positions.at(start),
                end: positions.at(end),
                around,
                name: name.map(|name| original_name(text, name, &positions, &original)),
            });
        }
        Self { functions, lines }
    }

    /// Returns the name of the innermost function around a position; `None` where there is none or it has no name.
    #[must_use]
    pub fn function_at(&self, position: Position) -> Option<&str> {
        let next = self
            .functions
            .partition_point(|function| function.start <= position);
        let mut place = next.checked_sub(1);
        while let Some(function) = place.and_then(|place| self.functions.get(place)) {
            if position < function.end {
                return function.name.as_deref();
            }
            place = function.around.map(|around| around as usize);
        }
        None
    }

    /// Whether the script has this position.
    #[must_use]
    pub fn contains(&self, (line, column): Position) -> bool {
        let length = self.lines.get(line as usize);
        length.is_some_and(|length| column <= *length)
    }

    /// Returns its size in memory, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let names = self
            .functions
            .iter()
            .filter_map(|function| function.name.as_ref());
        let names: usize = names.map(|name| name.len() + 16).sum();
        size_of_val(&*self.functions) + size_of_val(&*self.lines) + names
    }
}

/// Joins the original names of a name's parts. One that no map renames is its own.
fn original_name<'a>(
    text: &str,
    name: &Name,
    positions: &Positions,
    original: &impl Fn(Position, Position) -> Option<&'a str>,
) -> Arc<str> {
    let mut joined = name.prefix.to_owned();
    for (place, part) in name.parts.iter().enumerate() {
        if place > 0 {
            joined.push('.');
        }
        let (start, end) = (positions.at(part.start), positions.at(part.end));
        let own = || {
            text.get(part.start as usize..part.end as usize)
                .unwrap_or_default()
        };
        joined.push_str(original(start, end).unwrap_or_else(own));
    }
    joined.into()
}

/// Positions of bytes, ascending.
struct Positions(Vec<(u32, Position)>);

impl Positions {
    /// The positions of the ends of functions and of their names.
    fn of(text: &str, functions: &[scanner::Function]) -> Self {
        let mut wanted: Vec<u32> = Vec::with_capacity(functions.len() * 4);
        for function in functions {
            let parts = function.name.iter().flat_map(|name| &name.parts);
            for range in std::iter::once(&function.range).chain(parts) {
                wanted.extend([range.start, range.end]);
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut positions = Vec::with_capacity(wanted.len());
        let (mut at, mut position) = (0, (0, 0));
        for offset in wanted {
            let passed = text.get(at..offset as usize).unwrap_or_default();
            position = advance(position, passed);
            at = offset as usize;
            positions.push((offset, position));
        }
        Self(positions)
    }

    fn at(&self, offset: u32) -> Position {
        let found = self.0.binary_search_by_key(&offset, |(offset, _)| *offset);
        found.map_or((0, 0), |place| self.0[place].1)
    }
}

/// The position after a text that begins at a position.
fn advance((mut line, mut column): Position, text: &str) -> Position {
    let mut rest = text;
    while let Some((_, after)) = split_line(rest) {
        line += 1;
        column = 0;
        rest = after;
    }
    let units = if rest.is_ascii() {
        rest.len()
    } else {
        rest.encode_utf16().count()
    };
    column += u32::try_from(units).unwrap_or(u32::MAX);
    (line, column)
}

/// Splits a text after its first line, which ends as a script's does: with LF, CR LF, CR, U+2028 or U+2029.
pub(crate) fn split_line(text: &str) -> Option<(&str, &str)> {
    let end = text.find(['\n', '\r', '\u{2028}', '\u{2029}'])?;
    let (line, rest) = text.split_at(end);
    let length = if rest.starts_with("\r\n") {
        2
    } else {
        rest.chars().next().map_or(0, char::len_utf8)
    };
    Some((line, &rest[length..]))
}

fn line_lengths(text: &str) -> Vec<u32> {
    let length = |line: &str| {
        let units = if line.is_ascii() {
            line.len()
        } else {
            line.encode_utf16().count()
        };
        u32::try_from(units).unwrap_or(u32::MAX)
    };
    let (mut lengths, mut rest) = (Vec::new(), text);
    while let Some((line, after)) = split_line(rest) {
        lengths.push(length(line));
        rest = after;
    }
    lengths.push(length(rest));
    lengths
}

#[cfg(test)]
mod tests;
