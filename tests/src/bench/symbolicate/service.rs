//! Symbolication in this process: cold and warm times, and memory.

use super::built::Built;
use anyhow::{Context, ensure};
use e2e::bundle::{CHUNK, bundle_of};
use faultbook_domain::artifacts::{ChunkDigest, Place};
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::store::Store;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::{Bootstrap, Project, Scope, TenantScope};
use faultbook_symbolicate::{
    Assembly, Progress, Symbolicator, SymbolicatorLimits, UploadLimits, UploadStores, Uploads,
};
use sha1::{Digest, Sha1};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Other maps that are read to fill the cache.
const OTHERS: usize = 12;

/// A store with a project.
pub struct Service {
    store: Arc<dyn Store>,
    project: Project,
    uploads: Uploads,
}

/// What was measured.
pub struct Figures {
    /// Taking the bundle apart and storing it.
    pub upload: Duration,
    /// One frame whose map was not read yet.
    pub cold: Vec<Duration>,
    /// One frame whose map is in memory.
    pub one: Vec<Duration>,
    /// Fifty of them.
    pub fifty: Vec<Duration>,
    /// Memory of this process in MiB: before, with the one map, after many more.
    pub memory: [u64; 3],
    /// What the cache says that it holds after many, in MiB.
    pub cached: u64,
}

fn digest(bytes: &[u8]) -> ChunkDigest {
    ChunkDigest(Sha1::digest(bytes).into())
}

/// The memory of this process, in MiB.
fn memory() -> anyhow::Result<u64> {
    let status = procfs::process::Process::myself()?.status()?;
    Ok(status.vmrss.context("no VmRSS")? >> 10)
}

impl Service {
    /// Makes one over an empty store.
    pub async fn new(store: Arc<dyn Store>) -> anyhow::Result<Self> {
        let project = Bootstrap::new(store.clone()).default_project().await?;
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>) =
            (Arc::new(SystemClock), Arc::new(SystemIds::default()));
        let stores = UploadStores {
            chunks: store.clone(),
            artifacts: store.clone(),
            files: store.clone(),
            blobs: store.clone(),
        };
        Ok(Self {
            uploads: Uploads::new(stores, (clock, ids), UploadLimits::default()),
            project,
            store,
        })
    }

    fn symbolicator(&self) -> Symbolicator {
        let limits = SymbolicatorLimits {
            patience: Duration::from_secs(60),
            ..SymbolicatorLimits::default()
        };
        let store = &self.store;
        Symbolicator::new(store.clone(), store.clone(), Arc::new(SystemClock), limits)
    }

    async fn upload(&self, built: &Built, debug_id: &str) -> anyhow::Result<Duration> {
        let bundle = bundle_of(debug_id, &built.script, &built.map);
        let scope = Scope::new(
            TenantScope::for_tests(self.project.tenant_id),
            vec![self.project.id],
        );
        let tenant = scope.tenant_scope();
        for chunk in bundle.chunks(CHUNK) {
            let bytes = chunk.to_vec();
            self.uploads.add_chunk(tenant, digest(chunk), bytes).await?;
        }
        let assembly = Assembly {
            checksum: digest(&bundle),
            chunks: bundle.chunks(CHUNK).map(digest).collect(),
            places: vec![Place {
                project_id: self.project.id,
                release: None,
                dist: None,
            }],
            uploaded_by: "bench".to_owned(),
        };
        let started = Instant::now();
        let working = async {
            self.uploads.begun().await;
            self.uploads.work().await
        };
        let (_, worked) = tokio::join!(self.uploads.assemble(tenant, &assembly), working);
        worked?;
        let elapsed = started.elapsed();
        let state = self.uploads.assemble(tenant, &assembly).await?.progress;
        ensure!(
            state == Progress::Stored,
            "the bundle was not stored: {state:?}"
        );
        Ok(elapsed)
    }

    /// How long the frames of an event take.
    async fn time(
        &self,
        symbolicator: &Symbolicator,
        (built, debug_id): (&Built, &str),
        frames: usize,
    ) -> anyhow::Result<Duration> {
        let mut context = built.context(debug_id, frames);
        let started = Instant::now();
        let done = symbolicator
            .symbolicate(self.project.id, None, &mut context)
            .await;
        let elapsed = started.elapsed();
        ensure!(done.frames == [(None, frames)], "{:?}", done.frames);
        Ok(elapsed)
    }

    /// Measures with a map of so many MiB.
    pub async fn measure(&self, mib: usize, times: usize) -> anyhow::Result<Figures> {
        let id = |number: usize| format!("00000000-0000-4000-8000-{number:012}");
        let built = Built::new(mib << 20, 0);
        let upload = self.upload(&built, &id(1)).await?;
        let before = memory()?;
        let mut cold = Vec::new();
        for _ in 0..10 {
            let fresh = self.symbolicator();
            cold.push(self.time(&fresh, (&built, &id(1)), 1).await?);
        }
        let symbolicator = self.symbolicator();
        let own = id(1);
        let own = (&built, own.as_str());
        self.time(&symbolicator, own, 1).await?;
        let with_one = memory()?;
        let (mut one, mut fifty) = (Vec::new(), Vec::new());
        for _ in 0..times {
            one.push(self.time(&symbolicator, own, 1).await?);
            fifty.push(self.time(&symbolicator, own, 50).await?);
        }
        for other in 2..2 + OTHERS {
            let built = Built::new(mib << 20, other);
            self.upload(&built, &id(other)).await?;
            let theirs = id(other);
            self.time(&symbolicator, (&built, &theirs), 50).await?;
        }
        for figures in [&mut cold, &mut one, &mut fifty] {
            figures.sort_unstable();
        }
        Ok(Figures {
            upload,
            cold,
            one,
            fifty,
            memory: [before, with_one, memory()?],
            cached: symbolicator.cached_bytes() >> 20,
        })
    }
}
