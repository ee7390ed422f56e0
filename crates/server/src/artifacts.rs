//! Wires uploads of source maps and what they are for.

use crate::adapters;
use crate::settings::Settings;
use anyhow::Context;
use faultbook_domain::artifacts::BlobStore;
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::scrub::DefaultScrubber;
use faultbook_domain::store::Store;
use faultbook_domain::store_error::StoreError;
use faultbook_protocols::sentry::retrace;
use faultbook_symbolicate::{
    LateMapParts, LateMaps, Symbolicator, SymbolicatorLimits, UploadLimits, UploadStores, Uploads,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often it is looked for occurrences whose maps have come: they are readable within a minute.
const LATE: Duration = Duration::from_secs(1);
/// How long work is left alone when the store is away.
const AWAY: Duration = Duration::from_secs(2);

/// Uploads and symbolication, with their workers.
pub struct Artifacts {
    /// Takes bundles.
    pub uploads: Arc<Uploads>,
    /// Makes frames readable.
    pub symbolicator: Arc<Symbolicator>,
    /// Makes occurrences readable whose maps come late.
    pub late_maps: Arc<LateMaps>,
    /// Work on bundles and on what waits for them.
    pub workers: Vec<JoinHandle<()>>,
}

/// Wires them and starts their workers.
///
/// # Errors
/// When the folder of the settings cannot be used.
pub fn start(
    settings: &Settings,
    (store, cache): (&Arc<dyn Store>, &Arc<ReadCache>),
    (clock, ids): (&Arc<dyn Clock>, &Arc<dyn IdSource>),
) -> anyhow::Result<Artifacts> {
    let blobs: Arc<dyn BlobStore> =
        adapters::blobs(settings, store).context("the folder of artifacts.dir cannot be used")?;
    let own = &settings.artifacts;
    let stores = UploadStores {
        chunks: store.clone(),
        artifacts: store.clone(),
        files: store.clone(),
        blobs: Arc::clone(&blobs),
    };
    let limits = UploadLimits {
        bundle: own.bundle,
        quota: own.quota,
        keep_days: own.keep_days,
        folder: own.directory.clone(),
    };
    let uploads = Arc::new(Uploads::new(
        stores,
        (Arc::clone(clock), Arc::clone(ids)),
        limits,
    ));
    let symbolicator = Arc::new(Symbolicator::new(
        store.clone(),
        blobs,
        Arc::clone(clock),
        SymbolicatorLimits {
            cache: own.cache,
            ..SymbolicatorLimits::default()
        },
    ));
    let late_maps = Arc::new(LateMaps::new(LateMapParts {
        misses: store.clone(),
        artifacts: store.clone(),
        errors: store.clone(),
        groups: store.clone(),
        rewrites: store.clone(),
        symbolicator: Arc::clone(&symbolicator),
        fingerprinter: Arc::new(FingerprinterV1),
        scrubber: Arc::new(DefaultScrubber::new(&settings.scrub_keys)),
        cache: Arc::clone(cache),
        clock: Arc::clone(clock),
        retrace,
    }));
    let workers = vec![
        unpack(
            Arc::clone(&uploads),
            Arc::clone(&symbolicator),
            Arc::clone(&late_maps),
        ),
        rewrite(Arc::clone(&late_maps)),
    ];
    Ok(Artifacts {
        uploads,
        symbolicator,
        late_maps,
        workers,
    })
}

/// Works on bundles, one after the other, and has what waits for them worked on.
fn unpack(
    uploads: Arc<Uploads>,
    symbolicator: Arc<Symbolicator>,
    late_maps: Arc<LateMaps>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let worked = async {
                let has_worked = uploads.work().await?;
                symbolicator.forget();
                late_maps.tell().await?;
                Ok::<bool, StoreError>(has_worked)
            };
            match worked.await {
                Ok(true) => {}
                Ok(false) => uploads.begun().await,
                Err(error) => {
                    tracing::warn!(%error, "a bundle is worked on later");
                    tokio::time::sleep(AWAY).await;
                }
            }
        }
    })
}

/// Works on occurrences whose maps came late.
fn rewrite(late_maps: Arc<LateMaps>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let pause = match late_maps.work().await {
                Ok(true) => continue,
                Ok(false) => LATE,
                Err(error) => {
                    tracing::warn!(%error, "late source maps are applied later");
                    AWAY
                }
            };
            tokio::time::sleep(pause).await;
        }
    })
}
