//! Finds the script and the map of a frame among what was uploaded for its project.

use crate::frames::{By, ScriptName};
use crate::map_cache::{Content, MapCache, Wanted};
use crate::paths::{candidates, resolve};
use crate::reason::Failure;
use crate::script::MAX_SCRIPT;
use faultbook_domain::artifacts::{EntryKind, EntryStore, FoundEntry};
use faultbook_domain::id::{ArtifactId, ProjectId};
use faultbook_domain::store_error::StoreError;
use std::cmp::Reverse;
use std::sync::Arc;

/// What an event says of the build that its scripts are of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Build {
    /// The project.
    pub(crate) project: ProjectId,
    /// The release.
    pub(crate) release: Option<String>,
    /// The distribution.
    pub(crate) dist: Option<String>,
}

/// Where a script's map is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// How it was found.
    pub(crate) by: By,
    /// The bundle that the map came in.
    pub(crate) artifact: ArtifactId,
    /// What is to be read.
    pub(crate) wanted: Wanted,
    /// The URL of the map.
    pub(crate) map_url: String,
}

/// Why a script has no map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missed {
    /// Why.
    pub(crate) failure: Failure,
    /// The bundle that the script alone came in.
    pub(crate) found: Option<(By, ArtifactId)>,
}

impl From<Failure> for Missed {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            found: None,
        }
    }
}

/// Finds maps.
pub(crate) struct Finder {
    pub(crate) entries: Arc<dyn EntryStore>,
    pub(crate) maps: MapCache,
}

impl Finder {
    /// Finds the map of a script.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub(crate) async fn find(
        &self,
        build: &Build,
        script: &ScriptName,
    ) -> Result<Result<Found, Missed>, StoreError> {
        let mut by_id = None;
        if let Some(id) = script.debug_id {
            let entries = self.entries.find_by_debug_ids(build.project, &[id]).await?;
            match by_debug_id(&entries, script) {
                Ok(found) => return Ok(Ok(found)),
                Err(missed) => by_id = Some(missed),
            }
        }
        if by_id.as_ref().is_some_and(|missed| missed.found.is_some())
            || (by_id.is_some() && build.release.is_none())
        {
            return Ok(by_id.map_or_else(|| Err(Failure::no_debug_id(&script.url).into()), Err));
        }
        let by_url = self.find_by_url(build, &script.url).await?;
        Ok(match (by_url, by_id) {
            (Ok(found), _) => Ok(found),
            (Err(_), Some(missed)) => Err(missed),
            (Err(missed), None) => Err(missed),
        })
    }

    async fn find_by_url(
        &self,
        build: &Build,
        url: &str,
    ) -> Result<Result<Found, Missed>, StoreError> {
        let urls = candidates(url);
        let entries = self.entries.find_by_urls(build.project, &urls).await?;
        let scripts = entries
            .iter()
            .filter(|entry| entry.entry.kind != EntryKind::Source);
        let own = scripts
            .clone()
            .filter(|entry| entry.release == build.release && entry.dist == build.dist);
        let rank =
            |entry: &&FoundEntry| Reverse(urls.iter().position(|url| *url == entry.entry.url));
        // Of equal ones the last is taken: the newest is the first.
        let best = own.rev().max_by_key(rank);
        if let Some(script) = best {
            return self.map_of(build, script).await;
        }
        Ok(Err(
            match scripts.clone().find(|entry| entry.release == build.release) {
                Some(other) => {
                    let dists = (other.dist.as_deref(), build.dist.as_deref());
                    Failure::wrong_dist(url, build.release.as_deref(), dists).into()
                }
                None => match scripts.clone().next() {
                    Some(other) => Failure::wrong_release(
                        url,
                        other.release.as_deref(),
                        build.release.as_deref(),
                    )
                    .into(),
                    None if build.release.is_none() => Failure::no_debug_id(url).into(),
                    None => Failure::no_artifact(None, url, build.release.as_deref()).into(),
                },
            },
        ))
    }

    /// Finds the map that a script names.
    async fn map_of(
        &self,
        build: &Build,
        script: &FoundEntry,
    ) -> Result<Result<Found, Missed>, StoreError> {
        let own_url = &script.entry.url;
        let found = |wanted, map_url: &str, artifact| Found {
            by: By::Url,
            artifact,
            wanted,
            map_url: map_url.to_owned(),
        };
        let mut reference = script.entry.source_map.clone();
        if reference.is_none() {
            let wanted = Wanted::Script(script.blob);
            let (content, _) = self.maps.get(&wanted).await;
            match &*content.map_err(|error| StoreError::internal(Shared(error)))? {
                Content::Reference(named) => reference.clone_from(named),
                _ => return Ok(Ok(found(wanted, own_url, script.artifact))),
            }
        }
        let map_url = match reference {
            Some(reference) => resolve(own_url, &reference),
            None => format!(
                "{}.map",
                own_url.split(['?', '#']).next().unwrap_or(own_url)
            ),
        };
        let entries = self
            .entries
            .find_by_urls(build.project, &candidates(&map_url))
            .await?;
        let of_build = |entry: &&FoundEntry| {
            entry.entry.kind == EntryKind::SourceMap
                && entry.release == build.release
                && entry.dist == build.dist
        };
        let mut maps = entries.iter().filter(of_build);
        let beside = maps.clone().find(|map| map.artifact == script.artifact);
        Ok(match beside.or_else(|| maps.next()) {
            Some(map) => Ok(found(
                map_with(map, Some(script)),
                &map.entry.url,
                map.artifact,
            )),
            None => Err(Missed {
                failure: Failure::no_map(own_url, &map_url),
                found: Some((By::Url, script.artifact)),
            }),
        })
    }
}

/// A store error that several waited for.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
struct Shared(Arc<StoreError>);

fn by_debug_id(entries: &[FoundEntry], script: &ScriptName) -> Result<Found, Missed> {
    let of = |kind| entries.iter().filter(move |entry| entry.entry.kind == kind);
    let scripts = of(EntryKind::MinifiedSource);
    let Some(map) = of(EntryKind::SourceMap).next() else {
        return Err(match scripts.clone().next() {
            Some(alone) => Missed {
                failure: Failure::no_map(
                    &alone.entry.url,
                    &format!("with the debug id {}", debug_id(script)),
                ),
                found: Some((By::DebugId, alone.artifact)),
            },
            None => Failure::no_artifact(script.debug_id, &script.url, None).into(),
        });
    };
    let beside = scripts.clone().find(|entry| entry.artifact == map.artifact);
    let own = beside.or_else(|| scripts.clone().next());
    Ok(Found {
        by: By::DebugId,
        artifact: map.artifact,
        wanted: map_with(map, own),
        map_url: map.entry.url.clone(),
    })
}

fn debug_id(script: &ScriptName) -> String {
    script.debug_id.map(|id| id.to_string()).unwrap_or_default()
}

fn map_with(map: &FoundEntry, script: Option<&FoundEntry>) -> Wanted {
    let script =
        script.filter(|script| script.entry.size > 0 && script.entry.size <= MAX_SCRIPT as u64);
    Wanted::Map {
        map: map.blob,
        script: script.map(|script| script.blob),
    }
}
