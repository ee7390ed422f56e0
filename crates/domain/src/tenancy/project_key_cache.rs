//! What a node remembers of DSN keys.

use super::project_key::ActiveKey;
use super::project_key_store::ProjectKeyStore;
use crate::id::ProjectKeyId;
use crate::keyed_semaphore::KeyedSemaphore;
use crate::store_error::StoreError;
use crate::sync::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};

/// How long a node believes what it looked up. A change must reach every node within 5 seconds.
const CACHED_FOR: Duration = Duration::seconds(3);

/// How long a node keeps accepting a known key while the store is unreachable: nothing can be changed meanwhile, and
/// reports must still be accepted.
const GRACE: Duration = Duration::hours(1);

/// Maximum number of remembered keys, known and unknown ones each; either is cleared beyond it.
const CAPACITY: usize = 10_000;

/// How often a key's last use is stored at most.
const USE_INTERVAL: Duration = Duration::MINUTE;

/// A key as it was looked up.
#[derive(Clone)]
struct CachedKey {
    key: Arc<ActiveKey>,
    /// Time of the lookup.
    since: OffsetDateTime,
    /// Time of the next lookup.
    until: OffsetDateTime,
}

/// A key's uses.
#[derive(Default)]
struct Used {
    /// The last use, unless it is stored.
    pending: Option<OffsetDateTime>,
    /// When a use was stored last.
    stored_at: Option<OffsetDateTime>,
}

impl Used {
    /// Returns whether a use was stored within the interval.
    fn is_recent(&self, now: OffsetDateTime) -> bool {
        self.stored_at.is_some_and(|at| now < at + USE_INTERVAL)
    }
}

/// Looks DSN keys up, and remembers for a few seconds what it found.
pub(super) struct ProjectKeyCache {
    known: Mutex<HashMap<String, CachedKey>>,
    /// Keys that do not exist, or are not accepted, and until when that is believed.
    unknown: Mutex<HashMap<String, OffsetDateTime>>,
    used: Mutex<HashMap<ProjectKeyId, Used>>,
    looking_up: KeyedSemaphore<String>,
}

impl ProjectKeyCache {
    pub(super) fn new() -> Self {
        Self {
            known: Mutex::default(),
            unknown: Mutex::default(),
            used: Mutex::default(),
            looking_up: KeyedSemaphore::new(1),
        }
    }

    /// Finds an accepted key, and notes its use.
    pub(super) async fn find(
        &self,
        store: &dyn ProjectKeyStore,
        public_key: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<ActiveKey>>, StoreError> {
        if !is_well_formed(public_key) {
            return Ok(None);
        }
        let found = match self.remembered(public_key, now) {
            Some(remembered) => remembered,
            None => {
                // One lookup a key at a time: the others find what it has found.
                let _turn = self.looking_up.one(public_key.to_owned()).await;
                match self.remembered(public_key, now) {
                    Some(remembered) => remembered,
                    None => self.look_up(store, public_key, now).await?,
                }
            }
        };
        if let Some(active) = &found {
            self.note_use(active.key.id, now);
        }
        Ok(found)
    }

    fn remembered(&self, public_key: &str, now: OffsetDateTime) -> Option<Option<Arc<ActiveKey>>> {
        if let Some(cached) = lock(&self.known).get(public_key)
            && now < cached.until
        {
            return Some(Some(Arc::clone(&cached.key)));
        }
        let unknown = lock(&self.unknown);
        let until = unknown.get(public_key)?;
        (now < *until).then_some(None)
    }

    async fn look_up(
        &self,
        store: &dyn ProjectKeyStore,
        public_key: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Arc<ActiveKey>>, StoreError> {
        let previous = lock(&self.known).get(public_key).cloned();
        match (store.find_project_key(public_key).await, previous) {
            (Ok(Some(found)), _) => {
                let found = Arc::new(found);
                self.remember(public_key, &found, now, now);
                Ok(Some(found))
            }
            (Ok(None), _) => {
                lock(&self.known).remove(public_key);
                let mut unknown = lock(&self.unknown);
                make_room(&mut unknown);
                unknown.insert(public_key.to_owned(), now + CACHED_FOR);
                Ok(None)
            }
            (Err(StoreError::Unavailable(_)), Some(cached)) if now < cached.since + GRACE => {
                self.remember(public_key, &cached.key, cached.since, now);
                Ok(Some(cached.key))
            }
            (Err(error), _) => Err(error),
        }
    }

    fn remember(
        &self,
        public_key: &str,
        key: &Arc<ActiveKey>,
        since: OffsetDateTime,
        now: OffsetDateTime,
    ) {
        lock(&self.unknown).remove(public_key);
        let mut known = lock(&self.known);
        make_room(&mut known);
        let cached = CachedKey {
            key: Arc::clone(key),
            since,
            until: now + CACHED_FOR,
        };
        known.insert(public_key.to_owned(), cached);
    }

    /// Forgets what was looked up. Call it after every change.
    pub(super) fn forget(&self) {
        lock(&self.known).clear();
        lock(&self.unknown).clear();
    }

    fn note_use(&self, id: ProjectKeyId, now: OffsetDateTime) {
        let mut used = lock(&self.used);
        let one = used.entry(id).or_default();
        one.pending = one.pending.max(Some(now));
    }

    /// Stores the last use of each key that was used since, a key's at most once a minute.
    pub(super) async fn store_usage(
        &self,
        store: &dyn ProjectKeyStore,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let due: Vec<(ProjectKeyId, OffsetDateTime)> = {
            let mut used = lock(&self.used);
            // Keys that are not used any more take no room.
            used.retain(|_, one| one.pending.is_some() || one.is_recent(now));
            let due = used.iter().filter(|(_, one)| !one.is_recent(now));
            due.filter_map(|(id, one)| Some((*id, one.pending?)))
                .collect()
        };
        if due.is_empty() {
            return Ok(());
        }
        store.touch_project_keys(&due).await?;
        let mut used = lock(&self.used);
        for (id, at) in due {
            if let Some(one) = used.get_mut(&id) {
                one.pending = one.pending.filter(|last| *last > at);
                one.stored_at = Some(now);
            }
        }
        Ok(())
    }
}

fn make_room<V>(entries: &mut HashMap<String, V>) {
    if entries.len() >= CAPACITY {
        entries.clear();
    }
}

/// Returns whether a text can be a public key: only such are looked up.
fn is_well_formed(public_key: &str) -> bool {
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    public_key.len() == 32 && public_key.bytes().all(is_digit)
}
