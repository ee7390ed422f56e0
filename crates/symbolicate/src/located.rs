//! Originals of frames: where a map says that they are, and what becomes of the frame.

use crate::context_lines;
use crate::finder::{Found, Missed};
use crate::frames::{Query, Rewritten, ScriptName};
use crate::map_cache::Content;
use crate::paths::{is_in_app, original_path, resolve};
use crate::reason::Failure;
use crate::source_map::{Original, ParsedMap, Unmapped};
use crate::symbolicator::Loaded;
use faultbook_domain::id::ArtifactId;
use std::collections::HashMap;
use std::sync::Arc;

/// A frame whose original is known.
pub(crate) struct Located<'a> {
    pub(crate) found: &'a Found,
    pub(crate) map: &'a ParsedMap,
    script_url: &'a str,
    pub(crate) original: Original<'a>,
}

/// Looks up the original of a frame in the map of its script.
pub(crate) fn locate<'a>(
    query: &'a Query,
    scripts: &'a HashMap<ScriptName, Loaded>,
) -> Result<Located<'a>, Missed> {
    let (found, content) = match scripts.get(&query.script) {
        Some(Ok((found, content))) => (found, &**content),
        Some(Err(missed)) => return Err(missed.clone()),
        None => return Err(Failure::limit("it was not looked for").into()),
    };
    let url = &query.script.url;
    let missed = |failure| Missed {
        failure,
        found: Some((found.by, found.artifact)),
    };
    let Content::Map(map) = content else {
        return Err(missed(Failure::no_map(url, &found.map_url)));
    };
    let Some(position) = query.position else {
        return Err(missed(Failure::no_position(url, None)));
    };
    let original = map.locate(position).map_err(|unmapped| {
        missed(match unmapped {
            Unmapped::NoPosition => Failure::no_position(url, Some(position)),
            Unmapped::NoMapping => Failure::no_mapping(url, position),
        })
    })?;
    Ok(Located {
        found,
        map,
        script_url: url,
        original,
    })
}

impl Located<'_> {
    /// What the frame becomes, and what is missing of it.
    pub(crate) fn rewritten(
        &self,
        caller: Option<&Self>,
        sources: &HashMap<(ArtifactId, String), Arc<Content>>,
    ) -> (Rewritten, Option<Failure>) {
        let original = &self.original;
        let path = original_path(original.source);
        let function = original
            .function
            .or_else(|| caller.and_then(|caller| caller.original.name));
        let mut rewritten = Rewritten {
            function: function.map(str::to_owned),
            file: path.to_owned(),
            absolute_path: self.absolute_path(path),
            line: original.line,
            column: original.column,
            in_app: !original.ignored && is_in_app(path),
            ..Rewritten::default()
        };
        let beside = || match &**sources.get(&(self.found.artifact, original.source.to_owned()))? {
            Content::Source(view) => Some(view),
            _ => None,
        };
        let view = self.map.content(original).or_else(beside);
        let has_lines = view.is_some_and(|view| context_lines::put(view, &mut rewritten));
        let note = (!has_lines).then(|| Failure::no_source(path));
        (rewritten, note)
    }

    /// The source as the map names it, where that is a whole URL or path, else beside the script.
    fn absolute_path(&self, path: &str) -> String {
        let source = self.original.source;
        if source.contains("://") || source.starts_with('/') {
            return source.to_owned();
        }
        if self.script_url.contains('/') {
            resolve(self.script_url, source)
        } else {
            path.to_owned()
        }
    }
}
