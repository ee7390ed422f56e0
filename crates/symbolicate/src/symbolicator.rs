//! Service: makes the frames of reports readable.

use crate::finder::{Build, Finder, Found, Missed};
use crate::frames::{self, Query, ScriptName};
use crate::located::{Located, locate};
use crate::map_cache::{Content, MapCache, Wanted};
use crate::paths::{candidates, canonical, original_path, resolve};
use crate::reason::{Failure, Reason};
use faultbook_domain::artifacts::{BlobStore, EntryStore, MissKey};
use faultbook_domain::clock::Clock;
use faultbook_domain::id::{ArtifactId, ProjectId};
use faultbook_domain::store_error::StoreError;
use futures_util::future::join_all;
use moka::sync::Cache;
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use time::Date;
use tokio::time::{Instant, timeout_at};

/// How long it is believed where a script's map is. What is not there is asked for again each time.
const BELIEVED: Duration = Duration::from_secs(3);
/// Scripts of which that is believed.
const SCRIPTS: u64 = 10_000;

/// Bounds of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SymbolicatorLimits {
    /// Bytes of maps that are kept in memory.
    pub cache: usize,
    /// How long a report waits for its maps.
    pub patience: Duration,
}

impl Default for SymbolicatorLimits {
    fn default() -> Self {
        Self {
            cache: 64 << 20,
            patience: Duration::from_secs(2),
        }
    }
}

/// What became of the frames of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// Whether a frame was rewritten, so that what was made of the frames is to be made again.
    pub changed: bool,
    /// Frames by what became of them: `None` for those that are readable.
    pub frames: Vec<(Option<Reason>, usize)>,
    /// Maps that were kept in memory.
    pub hits: usize,
    /// Maps that had to be read.
    pub reads: usize,
    /// What an upload may bring that was missed.
    pub misses: Vec<MissKey>,
    /// Whether a map was not ready in time, so that it is worth trying again.
    pub ran_out: bool,
    missed: Vec<(Build, ScriptName)>,
}

impl Done {
    fn count(&mut self, reason: Option<Reason>) {
        match self.frames.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => self.frames.push((reason, 1)),
        }
    }

    /// Remembers what a script missed.
    fn miss(&mut self, build: &Build, script: &ScriptName, reason: Reason) {
        self.ran_out |= reason == Reason::Limit;
        if !reason.may_come_late() || self.missed.iter().any(|(_, known)| known == script) {
            return;
        }
        let path = canonical(&script.url);
        let by_path = MissKey::of_path(build.release.as_deref(), build.dist.as_deref(), path);
        let by_id = script.debug_id.map(MissKey::of_debug_id);
        self.misses.extend(by_id.into_iter().chain([by_path]));
        self.missed.push((build.clone(), script.clone()));
    }
}

/// Makes frames readable with the maps that were uploaded for their project.
pub struct Symbolicator {
    finder: Finder,
    /// Where maps were found lately.
    found: Cache<(Build, ScriptName), Found>,
    /// The day on which the use of an artifact was noted last.
    noted: Mutex<HashMap<ArtifactId, Date>>,
    patience: Duration,
    clock: Arc<dyn Clock>,
}

/// A script whose map was read, or why not.
pub(crate) type Loaded = Result<(Found, Arc<Content>), Missed>;

impl Symbolicator {
    /// Creates the service.
    #[must_use]
    pub fn new(
        entries: Arc<dyn EntryStore>,
        blobs: Arc<dyn BlobStore>,
        clock: Arc<dyn Clock>,
        limits: SymbolicatorLimits,
    ) -> Self {
        let maps = MapCache::new(blobs, limits.cache);
        Self {
            finder: Finder { entries, maps },
            found: Cache::builder()
                .max_capacity(SCRIPTS)
                .time_to_live(BELIEVED)
                .build(),
            noted: Mutex::default(),
            patience: limits.patience,
            clock,
        }
    }

    /// Returns the bytes of maps that are kept in memory, about.
    #[must_use]
    pub fn cached_bytes(&self) -> u64 {
        self.finder.maps.bytes()
    }

    /// Looks for maps anew: something was uploaded or removed.
    pub fn forget(&self) {
        self.found.invalidate_all();
    }

    /// Rewrites the frames of a report's context that are JavaScript. Each is marked with what became of it; the others
    /// stay as they are. Never fails: whatever goes wrong is written down at its frame.
    pub async fn symbolicate(
        &self,
        project: ProjectId,
        release: Option<&str>,
        context: &mut Map<String, Value>,
    ) -> Done {
        self.symbolicate_within(self.patience, (project, release), context)
            .await
    }

    /// Does the same within another time.
    pub(crate) async fn symbolicate_within(
        &self,
        patience: Duration,
        (project, release): (ProjectId, Option<&str>),
        context: &mut Map<String, Value>,
    ) -> Done {
        let queries = frames::queries(context);
        if queries.is_empty() {
            return Done::default();
        }
        let build = Build {
            project,
            release: release.map(str::to_owned),
            dist: context
                .get("dist")
                .and_then(Value::as_str)
                .map(str::to_owned),
        };
        let deadline = Instant::now() + patience;
        let mut done = Done::default();
        let scripts = self.load_all(&build, &queries, deadline, &mut done).await;
        let located: Vec<Result<Located<'_>, Missed>> = queries
            .iter()
            .map(|query| locate(query, &scripts))
            .collect();
        let sources = self.load_sources(&located, deadline).await;
        for (place, query) in queries.iter().enumerate() {
            match &located[place] {
                Ok(own) => {
                    let caller = place
                        .checked_sub(1)
                        .filter(|before| queries[*before].calls(query));
                    let caller = caller.and_then(|before| located[before].as_ref().ok());
                    let (rewritten, note) = own.rewritten(caller, &sources);
                    done.changed = true;
                    done.count(note.as_ref().map(|note| note.reason));
                    query.write(
                        context,
                        rewritten,
                        (own.found.by, own.found.artifact),
                        note.as_ref(),
                    );
                }
                Err(missed) => {
                    done.count(Some(missed.failure.reason));
                    done.miss(&build, &query.script, missed.failure.reason);
                    query.fail(context, &missed.failure, missed.found);
                }
            }
        }
        self.note_use(
            located
                .iter()
                .flatten()
                .map(|located| located.found.artifact)
                .collect(),
        );
        done
    }

    /// Whether a map that a report missed is there now.
    pub(crate) async fn has_come(&self, done: &Done) -> bool {
        for (build, script) in &done.missed {
            if matches!(self.finder.find(build, script).await, Ok(Ok(_))) {
                return true;
            }
        }
        false
    }

    async fn load_all(
        &self,
        build: &Build,
        queries: &[Query],
        deadline: Instant,
        done: &mut Done,
    ) -> HashMap<ScriptName, Loaded> {
        let distinct: HashSet<&ScriptName> = queries.iter().map(|query| &query.script).collect();
        let loading = distinct.into_iter().map(|script| async move {
            let loaded = timeout_at(deadline, self.load(build, script)).await;
            let (loaded, kept) =
                loaded.unwrap_or_else(|_| (Err(Failure::limit("its time ran out").into()), None));
            (script.clone(), loaded, kept)
        });
        let mut scripts = HashMap::new();
        for (script, loaded, kept) in join_all(loading).await {
            done.hits += usize::from(kept == Some(true));
            done.reads += usize::from(kept == Some(false));
            scripts.insert(script, loaded);
        }
        scripts
    }

    /// Finds and reads a script's map; whether it was kept in memory.
    async fn load(&self, build: &Build, script: &ScriptName) -> (Loaded, Option<bool>) {
        let key = (build.clone(), script.clone());
        let found = match self.found.get(&key) {
            Some(found) => found,
            None => match self.finder.find(build, script).await {
                Ok(Ok(found)) => {
                    self.found.insert(key, found.clone());
                    found
                }
                Ok(Err(missed)) => return (Err(missed), None),
                Err(error) => return (Err(store_failed(&error)), None),
            },
        };
        let (content, kept) = self.finder.maps.get(&found.wanted).await;
        let loaded = match content {
            Err(error) => Err(store_failed(&error)),
            Ok(content) => match &*content {
                Content::Map(_) => Ok((found, content)),
                Content::Bad(bad) => Err(Missed {
                    failure: Failure::bad_map(&found.map_url, bad),
                    found: Some((found.by, found.artifact)),
                }),
                Content::Reference(_) | Content::Source(_) => {
                    Err(Failure::no_map(&script.url, &found.map_url).into())
                }
            },
        };
        (loaded, Some(kept))
    }

    /// Reads the originals of which the maps have no text.
    async fn load_sources(
        &self,
        located: &[Result<Located<'_>, Missed>],
        deadline: Instant,
    ) -> HashMap<(ArtifactId, String), Arc<Content>> {
        let without = located
            .iter()
            .flatten()
            .filter(|one| one.map.content(&one.original).is_none());
        let wanted: HashSet<(ArtifactId, String, String)> = without
            .map(|one| {
                (
                    one.found.artifact,
                    one.found.map_url.clone(),
                    one.original.source.to_owned(),
                )
            })
            .collect();
        let loading = wanted
            .into_iter()
            .map(|(artifact, map_url, source)| async move {
                let loaded =
                    timeout_at(deadline, self.load_source(artifact, &map_url, &source)).await;
                Some(((artifact, source), loaded.ok()??))
            });
        join_all(loading).await.into_iter().flatten().collect()
    }

    async fn load_source(
        &self,
        artifact: ArtifactId,
        map_url: &str,
        source: &str,
    ) -> Option<Arc<Content>> {
        let mut urls = candidates(&resolve(map_url, source));
        urls.extend(candidates(source));
        urls.push(format!("~/{}", original_path(source)));
        let entries = self.finder.entries.find_in_artifact(artifact, &urls).await;
        let entries = entries
            .inspect_err(|error| tracing::warn!(%error, "a source cannot be found"))
            .ok()?;
        let rank = |url: &String| urls.iter().position(|one| one == url);
        let best = entries
            .into_iter()
            .min_by_key(|entry| rank(&entry.entry.url))?;
        let (content, _) = self.finder.maps.get(&Wanted::Source(best.blob)).await;
        content
            .inspect_err(|error| tracing::warn!(%error, "a source cannot be read"))
            .ok()
    }

    /// Notes that artifacts were used today, once a day and apart from the report.
    fn note_use(&self, used: HashSet<ArtifactId>) {
        if used.is_empty() {
            return;
        }
        let now = self.clock.now();
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let new = used
            .into_iter()
            .filter(|id| noted.get(id) != Some(&now.date()));
        let new: Vec<ArtifactId> = new.collect();
        if new.is_empty() {
            return;
        }
        noted.retain(|_, day| *day == now.date());
        noted.extend(new.iter().map(|id| (*id, now.date())));
        drop(noted);
        let entries = Arc::clone(&self.finder.entries);
        tokio::spawn(async move {
            if let Err(error) = entries.touch_artifacts(&new, now).await {
                tracing::warn!(%error, "the use of artifacts cannot be noted");
            }
        });
    }
}

fn store_failed(error: &StoreError) -> Missed {
    tracing::warn!(%error, "a source map cannot be read");
    Failure::limit("the store did not answer").into()
}
