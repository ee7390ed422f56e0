//! Service: makes stored occurrences readable whose source maps came after them.

use crate::frames;
use crate::paths::canonical;
use crate::symbolicator::{Done, Symbolicator};
use faultbook_domain::artifacts::{
    Artifact, ArtifactStore, DueMiss, Entry, EntryKind, MissKey, MissStore, NewMisses,
};
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::errors::{
    Actor, ErrorStore, GroupStore, JsonText, Occurrence, Rewrite, RewriteStore,
};
use faultbook_domain::fingerprint::{Fingerprint, FingerprintInput, Fingerprinter};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::ingest::Report;
use faultbook_domain::page::Cursor;
use faultbook_domain::scrub::Scrubber;
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use moka::sync::Cache;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Misses that a project may have.
const MOST: u32 = 10_000;
/// How long misses are remembered.
const REMEMBERED: time::Duration = time::Duration::days(7);
/// Occurrences of an error that are made readable: the newest.
const OCCURRENCES: usize = 1_000;
/// Occurrences of a page.
const PAGE: u32 = 50;
/// How long a node may work on the occurrences of a fingerprint before another does.
const TURN: time::Duration = time::Duration::minutes(5);
/// How long a node knows that it noted a miss.
const NOTED: Duration = Duration::from_secs(3_600);
/// How long an occurrence waits for its maps in the background.
const PATIENCE: Duration = Duration::from_secs(60);
/// Artifacts that are told of at once.
const ARTIFACTS: u32 = 50;
/// Entries of an artifact that are read at once.
const ENTRIES: u32 = 1_000;
/// Records that are removed in one step.
const STEP: u32 = 500;

/// What the service needs.
pub struct LateMapParts {
    /// Misses.
    pub misses: Arc<dyn MissStore>,
    /// Artifacts.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Errors.
    pub errors: Arc<dyn ErrorStore>,
    /// Merges errors.
    pub groups: Arc<dyn GroupStore>,
    /// Rewrites occurrences.
    pub rewrites: Arc<dyn RewriteStore>,
    /// Makes frames readable.
    pub symbolicator: Arc<Symbolicator>,
    /// Groups.
    pub fingerprinter: Arc<dyn Fingerprinter>,
    /// Removes secrets from source lines.
    pub scrubber: Arc<dyn Scrubber>,
    /// Told of what changes.
    pub cache: Arc<ReadCache>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes what is told of a report's frames out of its context again.
    pub retrace: fn(&mut Report),
}

/// Remembers which maps were missed, and works on the occurrences when they come.
pub struct LateMaps {
    parts: LateMapParts,
    noted: Cache<(ProjectId, Fingerprint, MissKey), ()>,
}

impl LateMaps {
    /// Creates the service.
    #[must_use]
    pub fn new(parts: LateMapParts) -> Self {
        let noted = Cache::builder()
            .max_capacity(50_000)
            .time_to_live(NOTED)
            .build();
        Self { parts, noted }
    }

    /// Remembers what the frames of a stored occurrence missed. What was uploaded meanwhile is found by the work.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn note(
        &self,
        (project, fingerprint): (ProjectId, Fingerprint),
        done: &Done,
    ) -> Result<(), StoreError> {
        let known = |key: &MissKey| self.noted.contains_key(&(project, fingerprint, *key));
        let new: Vec<MissKey> = done
            .misses
            .iter()
            .filter(|key| !known(key))
            .copied()
            .collect();
        let is_due = done.ran_out;
        if new.is_empty() && !is_due {
            return Ok(());
        }
        let now = self.parts.clock.now();
        let keys = if new.is_empty() {
            vec![MissKey::NONE]
        } else {
            new.clone()
        };
        let misses = &self.parts.misses;
        let noted = NewMisses {
            project_id: project,
            fingerprint,
            keys,
            at: now,
            is_due,
        };
        misses.note_misses(&noted, MOST).await?;
        for key in &new {
            self.noted.insert((project, fingerprint, *key), ());
        }
        // Whoever uploaded between the look and this note did not see the note.
        if !is_due && self.parts.symbolicator.has_come(done).await {
            misses.raise_misses(project, &new, now).await?;
        }
        Ok(())
    }

    /// Has all occurrences of an error worked on.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn request(&self, scope: &Scope, error: ErrorId) -> Result<bool, StoreError> {
        let Some(found) = self.parts.errors.get_error(scope, error).await? else {
            return Ok(false);
        };
        let project_id = found.error.project_id;
        let now = self.parts.clock.now();
        for (fingerprint, _) in self.parts.groups.list_fingerprints(scope, error).await? {
            let work = NewMisses {
                project_id,
                fingerprint,
                keys: vec![MissKey::NONE],
                at: now,
                is_due: true,
            };
            self.parts.misses.note_misses(&work, u32::MAX).await?;
        }
        Ok(true)
    }

    /// Makes what waits for stored artifacts due, once for each place of theirs.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; it is done again later.
    pub async fn tell(&self) -> Result<(), StoreError> {
        let artifacts = &self.parts.artifacts;
        loop {
            let untold = artifacts.list_untold(ARTIFACTS).await?;
            for artifact in &untold {
                self.raise(artifact).await?;
                artifacts.note_told(artifact).await?;
            }
            if untold.len() < ARTIFACTS as usize {
                return Ok(());
            }
        }
    }

    /// Makes what waits for an artifact due.
    async fn raise(&self, artifact: &Artifact) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        let mut from = 0;
        loop {
            let listed = self
                .parts
                .artifacts
                .list_entries(artifact.id, from, ENTRIES);
            let entries = listed.await?;
            for place in &artifact.places {
                let (release, dist) = (place.release.as_deref(), place.dist.as_deref());
                let keys = entries
                    .iter()
                    .flat_map(|entry| keys_of(entry, release, dist));
                let keys: Vec<MissKey> = keys.collect::<BTreeSet<_>>().into_iter().collect();
                self.parts
                    .misses
                    .raise_misses(place.project_id, &keys, now)
                    .await?;
            }
            if entries.len() < ENTRIES as usize {
                return Ok(());
            }
            from += ENTRIES;
        }
    }

    /// Works on the occurrences of one fingerprint whose maps have come; returns whether there were any.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails; the work is done again later.
    pub async fn work(&self) -> Result<bool, StoreError> {
        let now = self.parts.clock.now();
        let Some(due) = self.parts.misses.claim_miss(now, now + TURN).await? else {
            return Ok(false);
        };
        let error = self
            .parts
            .rewrites
            .find_error_of(due.project_id, due.fingerprint)
            .await?;
        let mut missed = BTreeMap::new();
        if let Some(error) = error {
            missed = self.rewrite_error(&due, error).await?;
            self.parts.cache.advance(&[due.tenant_id]).await;
        }
        self.parts.misses.finish_miss(&due).await?;
        for (fingerprint, done) in missed {
            for key in &done.misses {
                self.noted.invalidate(&(due.project_id, fingerprint, *key));
            }
            self.note((due.project_id, fingerprint), &done).await?;
        }
        Ok(true)
    }

    /// Forgets misses of over a week ago.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn forget(&self) -> Result<(), StoreError> {
        let before = self.parts.clock.now() - REMEMBERED;
        while self.parts.misses.remove_old_misses(before, STEP).await? > 0 {}
        Ok(())
    }

    /// Rewrites the newest occurrences of an error, and has it take up the fingerprint that they have in common. Returns
    /// what is still missed.
    async fn rewrite_error(
        &self,
        due: &DueMiss,
        error: ErrorId,
    ) -> Result<BTreeMap<Fingerprint, Done>, StoreError> {
        let scope = due.scope();
        let (mut missed, mut fingerprints) = (BTreeMap::new(), BTreeSet::new());
        let (mut after, mut seen): (Option<Cursor>, usize) = (None, 0);
        loop {
            let page = self
                .parts
                .errors
                .list_occurrences(&scope, error, after, PAGE)
                .await?;
            let Some(page) = page else { return Ok(missed) };
            for occurrence in page.items {
                seen += 1;
                let stored = occurrence.fingerprint;
                let (done, fingerprint) = self.rewrite(occurrence).await?;
                fingerprints.extend(fingerprint);
                if !done.misses.is_empty() {
                    missed.entry(stored).or_insert(done);
                }
            }
            after = page.next.filter(|_| seen < OCCURRENCES);
            if after.is_none() {
                break;
            }
        }
        let mut fingerprints = fingerprints.into_iter();
        if let (Some(only), None) = (fingerprints.next(), fingerprints.next()) {
            self.regroup(&scope, (due.project_id, error), only).await?;
        }
        Ok(missed)
    }

    /// Rewrites an occurrence. Returns what it misses, and the fingerprint that it has when its frames are readable.
    async fn rewrite(
        &self,
        occurrence: Occurrence,
    ) -> Result<(Done, Option<Fingerprint>), StoreError> {
        let none = (Done::default(), None);
        let Some(context) = occurrence
            .context
            .as_ref()
            .filter(|context| frames::may_be_marked(context.as_str()))
        else {
            return Ok(none);
        };
        let Ok(mut context) = serde_json::from_str::<Map<String, Value>>(context.as_str()) else {
            return Ok(none);
        };
        let release = occurrence.summary.release.as_deref();
        let project = occurrence.project_id;
        let of_build = (project, release);
        let symbolicator = &self.parts.symbolicator;
        let mut done = symbolicator
            .symbolicate_within(PATIENCE, of_build, &mut context)
            .await;
        // What takes longer even now is not tried again.
        done.ran_out = false;
        let is_readable = done.changed || frames::has_readable(&context);
        let mut report = Report::new(&occurrence.summary.source, &occurrence.summary.message);
        report.context = Some(context);
        (self.parts.retrace)(&mut report);
        if done.changed || !done.frames.is_empty() {
            let mut context = Value::Object(report.context.take().unwrap_or_default());
            self.parts.scrubber.scrub_json(&mut context);
            let rewrite = Rewrite {
                stack_trace: report.stack_trace.as_ref().map(|text| self.clean(text)),
                context: JsonText::of(&context),
            };
            let rewrites = &self.parts.rewrites;
            rewrites
                .rewrite_occurrence(project, occurrence.id, &rewrite)
                .await?;
        }
        let fingerprint = is_readable.then(|| self.fingerprint(&occurrence, &report));
        Ok((done, fingerprint))
    }

    fn clean(&self, text: &str) -> String {
        let text = text.replace('\0', "\u{FFFD}");
        self.parts.scrubber.scrub_text(&text).unwrap_or(text)
    }

    fn fingerprint(&self, occurrence: &Occurrence, report: &Report) -> Fingerprint {
        let custom = occurrence.custom_fingerprint.as_ref();
        let custom =
            custom.and_then(|parts| serde_json::from_str::<Vec<String>>(parts.as_str()).ok());
        self.parts.fingerprinter.fingerprint(&FingerprintInput {
            source: &occurrence.summary.source,
            message: &occurrence.summary.message,
            stack_trace: report.stack_trace.as_deref(),
            exceptions: report.exceptions.as_ref(),
            custom: custom.as_deref(),
            ..FingerprintInput::default()
        })
    }

    /// Has an error take up a fingerprint; merges the younger into the older where another error has it.
    async fn regroup(
        &self,
        scope: &Scope,
        (project, error): (ProjectId, ErrorId),
        fingerprint: Fingerprint,
    ) -> Result<(), StoreError> {
        let version = self.parts.fingerprinter.version();
        let holder = self
            .parts
            .rewrites
            .adopt_fingerprint(project, error, (fingerprint, version))
            .await?;
        let Some(other) = holder.filter(|holder| *holder != error) else {
            return Ok(());
        };
        let errors = &self.parts.errors;
        let (Some(own), Some(theirs)) = (
            errors.get_error(scope, error).await?,
            errors.get_error(scope, other).await?,
        ) else {
            return Ok(());
        };
        let age = |created, id: ErrorId| (created, id);
        let is_older =
            age(own.error.state.created_at, error) < age(theirs.error.state.created_at, other);
        let (from, into) = if is_older {
            (other, error)
        } else {
            (error, other)
        };
        let now = self.parts.clock.now();
        self.parts
            .groups
            .merge_errors(scope, from, into, Actor::System, now)
            .await?;
        Ok(())
    }
}

/// The keys under which an entry was missed, in one place of use.
fn keys_of(entry: &Entry, release: Option<&str>, dist: Option<&str>) -> Vec<MissKey> {
    let mut keys: Vec<MissKey> = entry
        .debug_id
        .map(MissKey::of_debug_id)
        .into_iter()
        .collect();
    if matches!(entry.kind, EntryKind::MinifiedSource | EntryKind::SourceMap) {
        let path = canonical(&entry.url);
        keys.push(MissKey::of_path(release, dist, path));
        // A map that comes alone belongs to a script that is there.
        if let Some(script) = path.strip_suffix(".map") {
            keys.push(MissKey::of_path(release, dist, script));
        }
    }
    keys
}
