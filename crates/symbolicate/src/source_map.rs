//! Source maps: where a position of a script lies in the original, and in which function.

use crate::script::{Position, Script};
use serde::Deserialize;
use serde_json::value::RawValue;
use sourcemap::{DecodedMap, SourceMap, SourceMapHermes, SourceView, Token};
use std::collections::HashSet;
use std::sync::Arc;

/// The most mappings of a map: each takes up to 14 times its length in memory.
pub const MAX_MAPPINGS: usize = 6_000_000;
/// The longest name of a function that is taken out of a map, in bytes.
const MAX_NAME: usize = 500;
/// Names that say nothing.
const USELESS: [&str; 3] = ["<anonymous>", "__webpack_require__", "__webpack_modules__"];

/// Why a map cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMap {
    /// It cannot be read: where and why.
    #[error("{0}")]
    Unreadable(String),
    /// It has more mappings than are read.
    #[error("it has more than {MAX_MAPPINGS} mappings")]
    TooLarge,
}

/// Why a position has no original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmapped {
    /// The script has no such line or column.
    NoPosition,
    /// Nothing is mapped there.
    NoMapping,
}

/// The original of a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original<'a> {
    /// The source as the map names it, with its `sourceRoot`.
    pub source: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The function that encloses the position.
    pub function: Option<&'a str>,
    /// The name at the position: of what is called there.
    pub name: Option<&'a str>,
    /// Whether the map says that the source is not the application's own.
    pub ignored: bool,
    source_id: u32,
}

/// A map that was read, with the functions of its script.
pub struct ParsedMap {
    map: Regular,
    script: Option<Script>,
    ignored: HashSet<u32>,
    weight: usize,
}

enum Regular {
    Plain(SourceMap),
    /// With names of functions by position, as Metro and Hermes write them.
    Named(SourceMapHermes),
}

impl Regular {
    fn plain(&self) -> &SourceMap {
        match self {
            Self::Plain(map) => map,
            Self::Named(map) => map,
        }
    }
}

/// What decides how many mappings a map has.
#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(default, borrow)]
    mappings: Option<&'a RawValue>,
    #[serde(default, borrow)]
    sections: Option<Vec<Section<'a>>>,
}

#[derive(Deserialize)]
struct Section<'a> {
    #[serde(default, borrow)]
    map: Option<&'a RawValue>,
}

impl ParsedMap {
    /// Reads a map and the script that it is of, where that is known.
    ///
    /// # Errors
    /// [`BadMap`]
    pub fn read(map: &[u8], script: Option<&[u8]>) -> Result<Self, BadMap> {
        let json = without_guard(map);
        if mappings(json, 0)? > MAX_MAPPINGS {
            return Err(BadMap::TooLarge);
        }
        let unreadable = |error: sourcemap::Error| BadMap::Unreadable(error.to_string());
        let map = match sourcemap::decode_slice(json).map_err(unreadable)? {
            DecodedMap::Regular(map) => Regular::Plain(map),
            DecodedMap::Hermes(map) => Regular::Named(map),
            DecodedMap::Index(map) => Regular::Plain(map.flatten().map_err(unreadable)?),
        };
        let plain = map.plain();
        let script = script.map(|script| {
            let text = String::from_utf8_lossy(script);
            Script::read(&text, |start, end| {
                name_at(plain, start).or_else(|| name_at(plain, end))
            })
        });
        let ignored = plain.ignore_list().copied().collect();
        let weight = weight(plain) + script.as_ref().map_or(0, Script::weight);
        Ok(Self {
            map,
            script,
            ignored,
            weight,
        })
    }

    /// Returns its size in memory, in bytes.
    #[must_use]
    pub const fn weight(&self) -> usize {
        self.weight
    }

    /// Finds the original of a position of the script.
    ///
    /// # Errors
    /// [`Unmapped`]
    pub fn locate(&self, position: Position) -> Result<Original<'_>, Unmapped> {
        if self
            .script
            .as_ref()
            .is_some_and(|script| !script.contains(position))
        {
            return Err(Unmapped::NoPosition);
        }
        let (line, column) = position;
        let token = self.map.plain().lookup_token(line, column);
        // What the map knows of earlier lines alone says nothing of this one.
        let token = token.filter(|token| token.get_dst_line() == line);
        let token = token.ok_or(Unmapped::NoMapping)?;
        let source = token.get_source().ok_or(Unmapped::NoMapping)?;
        let name = token.get_name().filter(|name| is_useful(name));
        Ok(Original {
            source,
            line: token.get_src_line().saturating_add(1),
            column: token.get_src_col().saturating_add(1),
            function: self.function(token, position),
            name,
            ignored: self.ignored.contains(&token.get_src_id()),
            source_id: token.get_src_id(),
        })
    }

    fn function(&self, token: Token<'_>, position: Position) -> Option<&str> {
        let named = match &self.map {
            Regular::Named(map) => map.get_scope_for_token(token),
            Regular::Plain(_) => None,
        };
        let of_script = || self.script.as_ref()?.function_at(position);
        named.or_else(of_script).filter(|name| is_useful(name))
    }

    /// Returns the text of an original, where the map holds it.
    #[must_use]
    pub fn content(&self, original: &Original<'_>) -> Option<&SourceView> {
        self.map.plain().get_source_view(original.source_id)
    }
}

fn is_useful(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !USELESS.iter().any(|useless| name.starts_with(useless))
}

/// The name of the identifier at a position of the script. Some tools map the keyword before it, some what is after it.
fn name_at(map: &SourceMap, (line, column): Position) -> Option<&str> {
    let token = map.lookup_token(line, column)?;
    if token.get_dst_line() != line || token.get_dst_col().saturating_add(1) < column {
        return None;
    }
    let own = token.get_name();
    own.or_else(|| {
        let before = map.lookup_token(line, token.get_dst_col().checked_sub(1)?)?;
        let is_same =
            before.get_src_id() == token.get_src_id() && before.get_src() == token.get_src();
        before.get_name().filter(|_| is_same)
    })
}

/// The map without the line that keeps browsers from running it.
fn without_guard(map: &[u8]) -> &[u8] {
    if !map.starts_with(b")]}") {
        return map;
    }
    let end = map
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(map.len());
    &map[end..]
}

/// How many mappings a map has at most.
fn mappings(json: &[u8], depth: usize) -> Result<usize, BadMap> {
    let shape: Shape<'_> =
        serde_json::from_slice(json).map_err(|error| BadMap::Unreadable(error.to_string()))?;
    let own = shape.mappings.map_or(0, |raw| {
        let separators = raw.get().bytes().filter(|byte| matches!(byte, b',' | b';'));
        separators.count() + 1
    });
    let mut sum = own;
    for section in shape.sections.unwrap_or_default() {
        if let Some(map) = section.map
            && depth == 0
        {
            sum += mappings(map.get().as_bytes(), depth + 1)?;
        }
    }
    Ok(sum)
}

fn weight(map: &SourceMap) -> usize {
    const TOKEN: usize = 32;
    let names: usize = map.names().map(|name| name.len() + 24).sum();
    let sources: usize = map.sources().map(|source| 2 * source.len() + 64).sum();
    let contents: usize = map.source_contents().flatten().map(str::len).sum();
    map.get_token_count() as usize * TOKEN + names + sources + contents
}

/// Reads the text of a source that came in the bundle.
#[must_use]
pub fn source_view(bytes: &[u8]) -> SourceView {
    let text: Arc<str> = String::from_utf8_lossy(bytes).into();
    SourceView::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(map: &serde_json::Value) -> Result<ParsedMap, BadMap> {
        ParsedMap::read(map.to_string().as_bytes(), None)
    }

    fn plain() -> serde_json::Value {
        json!({
            "version": 3, "sources": ["a.ts", null], "sourcesContent": ["let x;\n", null], "names": ["total"],
            "mappings": "AAAAA,C,IACE;;ACAF", "sourceRoot": "/src", "ignoreList": [1], "scopes": {"any": 1},
        })
    }

    #[test]
    fn positions_are_found_within_their_line() {
        let map = read(&plain()).unwrap();
        let found = map.locate((0, 0)).unwrap();
        assert_eq!(
            (found.source, found.line, found.column, found.name),
            ("/src/a.ts", 1, 1, Some("total"))
        );
        assert_eq!(map.content(&found).unwrap().get_line(0), Some("let x;"));
        assert_eq!(
            map.locate((0, 2)),
            Err(Unmapped::NoMapping),
            "one field: unmapped on purpose"
        );
        assert_eq!(map.locate((0, 900)).unwrap().line, 2);
        assert_eq!(
            map.locate((1, 0)),
            Err(Unmapped::NoMapping),
            "an empty line"
        );
        assert_eq!(map.locate((9, 0)), Err(Unmapped::NoMapping));
    }

    #[test]
    fn sections_and_a_guard_are_read() {
        let mut inner = plain();
        inner["sourceRoot"] = json!("");
        let indexed = json!({ "version": 3, "sections": [
            { "offset": { "line": 0, "column": 0 }, "map": inner },
            { "offset": { "line": 10, "column": 5 }, "map": inner },
        ] });
        let guarded = format!(")]}}'\n{indexed}");
        let map = ParsedMap::read(guarded.as_bytes(), None).unwrap();
        let found = map.locate((10, 5)).unwrap();
        assert_eq!(
            (found.source, found.line, found.name),
            ("a.ts", 1, Some("total"))
        );
    }

    #[test]
    fn functions_of_metro_are_named() {
        let map = json!({
            "version": 3, "sources": ["a.js"], "names": [], "mappings": "AAAA,CACA",
            "x_facebook_sources": [[{ "names": ["<global>", "checkout"], "mappings": "AAA,CCA" }]],
        });
        let map = read(&map).unwrap();
        assert_eq!(map.locate((0, 1)).unwrap().function, Some("checkout"));
    }

    #[test]
    fn what_is_no_map_is_told() {
        for text in [
            "",
            "[]",
            "{",
            "{\"version\":3,\"sources\":[],\"mappings\":\"!!\"}",
            "<html>",
        ] {
            let error = ParsedMap::read(text.as_bytes(), None).err();
            assert!(
                matches!(error, Some(BadMap::Unreadable(_))),
                "{text}: {error:?}"
            );
        }
        let many = json!({ "version": 3, "sources": [], "mappings": ",".repeat(MAX_MAPPINGS) });
        assert_eq!(read(&many).err(), Some(BadMap::TooLarge));
    }
}
