//! Maps and sources that were read, kept within a number of bytes. Nothing is read twice at once.

use crate::source_map::{BadMap, ParsedMap, source_view};
use faultbook_domain::artifacts::BlobStore;
use faultbook_domain::id::BlobId;
use faultbook_domain::store_error::StoreError;
use moka::sync::Cache;
use sourcemap::SourceView;
use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Semaphore, watch};

/// Maps that are read at once: each takes memory.
const AT_ONCE: usize = 2;
/// The largest map, script or source that is read, in bytes.
const MOST: u64 = 256 << 20;
/// What an entry takes beside its content, in bytes.
const ENTRY: usize = 256;

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Wanted {
    /// A map, with the script that it is of.
    Map {
        /// The map.
        map: BlobId,
        /// Its script.
        script: Option<BlobId>,
    },
    /// The map that a script holds itself, or the reference to it.
    Script(BlobId),
    /// A file of the original source.
    Source(BlobId),
}

/// What was read.
pub(crate) enum Content {
    /// A map.
    Map(Box<ParsedMap>),
    /// Where a script says that its map is.
    Reference(Option<String>),
    /// A source.
    Source(SourceView),
    /// A map that cannot be used.
    Bad(BadMap),
}

impl Content {
    fn weight(&self) -> usize {
        ENTRY
            + match self {
                Self::Map(map) => map.weight(),
                Self::Reference(reference) => reference.as_ref().map_or(0, String::len),
                Self::Source(view) => view.source().len(),
                Self::Bad(_) => 0,
            }
    }
}

type Outcome = Result<Arc<Content>, Arc<StoreError>>;
type Waiting = watch::Receiver<Option<Outcome>>;

/// Reads and keeps maps.
#[derive(Clone)]
pub(crate) struct MapCache(Arc<Shared>);

struct Shared {
    blobs: Arc<dyn BlobStore>,
    ready: Cache<Wanted, Arc<Content>>,
    /// The most bytes of one entry.
    largest: usize,
    reading: Mutex<HashMap<Wanted, Waiting>>,
    turns: Semaphore,
}

impl MapCache {
    /// Keeps at most so many bytes.
    pub(crate) fn new(blobs: Arc<dyn BlobStore>, bytes: usize) -> Self {
        let ready = Cache::builder()
            .max_capacity(bytes as u64)
            .weigher(|_, content: &Arc<Content>| {
                u32::try_from(content.weight()).unwrap_or(u32::MAX)
            })
            .eviction_policy(moka::policy::EvictionPolicy::lru())
            .build();
        Self(Arc::new(Shared {
            blobs,
            ready,
            largest: bytes / 2,
            reading: Mutex::default(),
            turns: Semaphore::new(AT_ONCE),
        }))
    }

    /// Returns the bytes that are kept, about.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.ready.weighted_size()
    }

    /// Returns what is wanted, and whether it was kept. Who gives up waiting does not end the reading.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub(crate) async fn get(&self, wanted: &Wanted) -> (Outcome, bool) {
        if let Some(content) = self.0.ready.get(wanted) {
            return (Ok(content), true);
        }
        let mut waiting = self.begin(wanted);
        let outcome = match waiting.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone(),
            Err(_) => None,
        };
        let gone = || {
            Err(Arc::new(StoreError::unavailable(
                "the reading of a map ended early",
            )))
        };
        (outcome.unwrap_or_else(gone), false)
    }

    fn reading(&self) -> MutexGuard<'_, HashMap<Wanted, Waiting>> {
        self.0
            .reading
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins whoever reads it, or begins to.
    fn begin(&self, wanted: &Wanted) -> Waiting {
        let mut reading = self.reading();
        if let Some(waiting) = reading.get(wanted) {
            return waiting.clone();
        }
        let (done, waiting) = watch::channel(None);
        reading.insert(wanted.clone(), waiting.clone());
        let (cache, wanted) = (self.clone(), wanted.clone());
        tokio::spawn(async move {
            let forget = Forget(&cache, &wanted);
            let outcome = cache.read(&wanted).await.map(Arc::new).map_err(Arc::new);
            if let Ok(content) = &outcome
                && content.weight() <= cache.0.largest
            {
                cache.0.ready.insert(wanted.clone(), Arc::clone(content));
            }
            drop(forget);
            // Nobody waits any more where everybody gave up.
            let _ = done.send(Some(outcome));
        });
        waiting
    }

    async fn read(&self, wanted: &Wanted) -> Result<Content, StoreError> {
        let _turn = self.0.turns.acquire().await.map_err(StoreError::internal)?;
        match wanted {
            Wanted::Map { map, script } => {
                let map = self.load(*map).await?;
                let script = match script {
                    Some(script) => Some(self.load(*script).await?),
                    None => None,
                };
                in_background(move || {
                    let script = script.map(|script| inflate(&script)).transpose()?;
                    Ok(parsed(&inflate(&map)?, script.as_deref()))
                })
                .await
            }
            Wanted::Script(script) => {
                let script = self.load(*script).await?;
                in_background(move || {
                    let script = inflate(&script)?;
                    Ok(match reference(&script) {
                        Some(url) if url.starts_with("data:") => match inline_map(&url) {
                            Ok(map) => parsed(&map, Some(&script)),
                            Err(bad) => Content::Bad(bad),
                        },
                        other => Content::Reference(other),
                    })
                })
                .await
            }
            Wanted::Source(source) => {
                let source = self.load(*source).await?;
                in_background(move || Ok(Content::Source(source_view(&inflate(&source)?)))).await
            }
        }
    }

    /// Loads a blob, compressed.
    async fn load(&self, blob: BlobId) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        for place in 0.. {
            match self.0.blobs.read_piece(blob, place).await? {
                Some(piece) => bytes.extend(piece),
                None => break,
            }
        }
        Ok(bytes)
    }
}

/// Lets others begin again, also after a panic.
struct Forget<'a>(&'a MapCache, &'a Wanted);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.reading().remove(self.1);
    }
}

async fn in_background(
    work: impl FnOnce() -> io::Result<Content> + Send + 'static,
) -> Result<Content, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(StoreError::internal)?
        .map_err(StoreError::internal)
}

fn inflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut inflated = Vec::new();
    zstd::stream::read::Decoder::new(bytes)?
        .take(MOST)
        .read_to_end(&mut inflated)?;
    Ok(inflated)
}

fn parsed(map: &[u8], script: Option<&[u8]>) -> Content {
    match ParsedMap::read(map, script) {
        Ok(map) => Content::Map(Box::new(map)),
        Err(bad) => Content::Bad(bad),
    }
}

/// Finds the last `sourceMappingURL` of a script.
fn reference(script: &[u8]) -> Option<String> {
    const NAME: &[u8] = b"sourceMappingURL=";
    let at = script
        .windows(NAME.len())
        .rposition(|window| window == NAME)?;
    let after = &script[at + NAME.len()..];
    let end = after
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'*' | b'"' | b'\''));
    let url = &after[..end.unwrap_or(after.len())];
    Some(String::from_utf8_lossy(url).into_owned()).filter(|url| !url.is_empty())
}

fn inline_map(url: &str) -> Result<Vec<u8>, BadMap> {
    use base64::Engine;
    let bad = |problem: &str| BadMap::Unreadable(format!("the data: URL {problem}"));
    let (head, data) = url.split_once(',').ok_or_else(|| bad("has no data"))?;
    if head.ends_with(";base64") {
        let decoded = base64::engine::general_purpose::STANDARD.decode(data);
        return decoded.map_err(|error| bad(&format!("is no base64: {error}")));
    }
    Ok(percent_encoding::percent_decode_str(data).collect())
}
