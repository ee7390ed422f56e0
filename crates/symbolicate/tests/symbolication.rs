//! Bundles, symbolication and late maps on the store in process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests"
)]

use faultbook_domain::artifacts::{ChunkDigest, Place};
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::errors::{ErrorStore, GroupStore};
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::id::ErrorId;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::ingest::{Ingest, Report};
use faultbook_domain::memory::{MemoryCache, MemoryStore};
use faultbook_domain::scrub::DefaultScrubber;
use faultbook_domain::stack_trace::sent;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::{Bootstrap, Project, Scope, TenantScope};
use faultbook_symbolicate::{
    Assembly, LateMapParts, LateMaps, Progress, Symbolicator, SymbolicatorLimits, UploadLimits,
    UploadStores, Uploads,
};
use flate2::write::DeflateEncoder;
use serde_json::{Map, Value, json};
use sha1::{Digest, Sha1};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

const ID: &str = "85314830-023f-4cf1-a267-535f4e37bb17";
const SCRIPT: &str = "function a(){throw b}a();";
const SOURCE: &str = "// The shop.\nfunction checkout() {\n  throw refusal\n}\n\ncheckout()\n";

/// Everything over one store in process.
struct World {
    store: Arc<MemoryStore>,
    project: Project,
    scope: Scope,
    uploads: Uploads,
    symbolicator: Arc<Symbolicator>,
    late_maps: LateMaps,
    ingest: Ingest,
}

fn retrace(report: &mut Report) {
    let context = report.context.as_ref();
    let exception = context
        .and_then(|context| context.get("exception"))
        .cloned();
    report.exceptions =
        exception.map(|exception| sent::stack_trace(&exception, Some("node")).into_owned());
}

async fn world() -> World {
    let store = Arc::new(MemoryStore::default());
    let (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>) =
        (Arc::new(SystemClock), Arc::new(SystemIds::default()));
    let project = Bootstrap::new(store.clone())
        .default_project()
        .await
        .unwrap();
    let scope = Scope::new(TenantScope::for_tests(project.tenant_id), vec![project.id]);
    let stores = UploadStores {
        chunks: store.clone(),
        artifacts: store.clone(),
        files: store.clone(),
        blobs: store.clone(),
    };
    let uploads = Uploads::new(stores, (clock.clone(), ids), UploadLimits::default());
    let limits = SymbolicatorLimits {
        patience: Duration::from_secs(30),
        ..SymbolicatorLimits::default()
    };
    let symbolicator = Arc::new(Symbolicator::new(
        store.clone(),
        store.clone(),
        clock.clone(),
        limits,
    ));
    let late_maps = LateMaps::new(LateMapParts {
        misses: store.clone(),
        artifacts: store.clone(),
        errors: store.clone(),
        groups: store.clone(),
        rewrites: store.clone(),
        symbolicator: symbolicator.clone(),
        fingerprinter: Arc::new(FingerprinterV1),
        scrubber: Arc::new(DefaultScrubber::default()),
        cache: Arc::new(ReadCache::new(Arc::new(MemoryCache::default()))),
        clock,
        retrace,
    });
    let (ingest, writer) = Ingest::builder(store.clone()).build();
    tokio::spawn(writer.run());
    World {
        store,
        project,
        scope,
        uploads,
        symbolicator,
        late_maps,
        ingest,
    }
}

fn map() -> Value {
    // The names of `a` and `b`; `throw` is in line 3 of the source.
    json!({
        "version": 3, "sources": ["webpack://shop/./src/shop.js"], "sourcesContent": [SOURCE],
        "names": ["checkout", "refusal"], "mappings": "AACA,SAASA,IACP,MAAMC",
    })
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
    for (name, content) in files {
        let (mut entry, config) = archive
            .new_file(name)
            .compression_method(rawzip::CompressionMethod::DEFLATE)
            .start()
            .unwrap();
        let encoder = DeflateEncoder::new(&mut entry, flate2::Compression::default());
        let mut writer = config.wrap(encoder);
        writer.write_all(content).unwrap();
        let (encoder, descriptor) = writer.finish().unwrap();
        encoder.finish().unwrap();
        entry.finish(descriptor).unwrap();
    }
    archive.finish().unwrap();
    bytes
}

fn bundle(map: &Value, by_id: bool) -> Vec<u8> {
    let headers = |other: Value| {
        if by_id {
            json!({ "debug-id": ID })
        } else {
            other
        }
    };
    let manifest = json!({ "files": {
        "files/_/_/shop.js": { "url": "~/shop.js", "type": "minified_source", "headers": headers(json!({ "Sourcemap": "shop.js.map" })) },
        "files/_/_/shop.js.map": { "url": "~/shop.js.map", "type": "source_map", "headers": headers(json!({})) },
    } });
    let (map, manifest) = (map.to_string(), manifest.to_string());
    zip(&[
        ("files/_/_/shop.js", SCRIPT.as_bytes()),
        ("files/_/_/shop.js.map", map.as_bytes()),
        ("manifest.json", manifest.as_bytes()),
    ])
}

fn digest(bytes: &[u8]) -> ChunkDigest {
    ChunkDigest(Sha1::digest(bytes).into())
}

impl World {
    fn place(&self, release: Option<&str>) -> Place {
        Place {
            project_id: self.project.id,
            release: release.map(str::to_owned),
            dist: None,
        }
    }

    /// Uploads a bundle in small chunks, works on it, and returns what became of it.
    async fn upload(&self, bytes: &[u8], release: Option<&str>) -> Progress {
        let tenant = self.scope.tenant_scope();
        let mut chunks = Vec::new();
        for chunk in bytes.chunks(300) {
            chunks.push(digest(chunk));
            self.uploads
                .add_chunk(tenant, digest(chunk), chunk.to_vec())
                .await
                .unwrap();
        }
        let assembly = Assembly {
            checksum: digest(bytes),
            chunks,
            places: vec![self.place(release)],
            uploaded_by: "key".to_owned(),
        };
        let working = async {
            self.uploads.begun().await;
            self.uploads.work().await.unwrap();
            self.symbolicator.forget();
            self.late_maps.tell().await.unwrap();
        };
        let (progress, ()) = tokio::join!(self.uploads.assemble(tenant, &assembly), working);
        progress.unwrap().progress
    }

    /// Reports an error of the script, and returns its id and context.
    async fn report(&self, release: Option<&str>, with_id: bool) -> (ErrorId, Map<String, Value>) {
        let mut context = context(with_id);
        let done = self
            .symbolicator
            .symbolicate(self.project.id, release, &mut context)
            .await;
        let mut report = Report::new("shop", "Error: refused").with_context(context.clone());
        report.release = release.map(str::to_owned);
        retrace(&mut report);
        let prepared = self.ingest.prepare(&self.project, report).unwrap();
        let fingerprint = prepared.1.fingerprint;
        let outcomes = self
            .ingest
            .submit_prepared(vec![prepared], Default::default())
            .await
            .unwrap();
        let stored = outcomes
            .into_iter()
            .next()
            .unwrap()
            .unwrap()
            .stored()
            .unwrap();
        self.late_maps
            .note((self.project.id, fingerprint), &done)
            .await
            .unwrap();
        (stored.recorded.error.id, context)
    }
}

fn context(with_id: bool) -> Map<String, Value> {
    let images = json!([{ "type": "sourcemap", "code_file": "https://shop.example/shop.js?v=1", "debug_id": ID }]);
    let frame = |column: u32| {
        json!({
            "filename": "https://shop.example/shop.js?v=1", "function": "a", "module": "shop", "lineno": 1, "colno": column,
            "in_app": false,
        })
    };
    let frames =
        json!([frame(23), frame(14), { "filename": "node:internal/x", "lineno": 1, "colno": 1 }]);
    let mut context = json!({
        "platform": "javascript",
        "exception": [{ "type": "Error", "value": "refused", "stacktrace": { "frames": frames } }],
    });
    if with_id {
        context["debug_meta"] = json!({ "images": images });
    }
    context.as_object().cloned().unwrap()
}

fn frame(context: &Map<String, Value>, place: usize) -> &Value {
    &context["exception"][0]["stacktrace"]["frames"][place]
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_become_readable_by_debug_id_and_by_url() {
    for by_id in [true, false] {
        let world = world().await;
        let release = (!by_id).then_some("1.0");
        assert_eq!(
            world.upload(&bundle(&map(), by_id), release).await,
            Progress::Stored
        );
        let (_, context) = world.report(release, by_id).await;
        let inner = frame(&context, 1);
        let expected = json!({
            "status": "ok", "by": if by_id { "debug_id" } else { "url" },
            "artifact": inner["symbolication"]["artifact"],
        });
        assert_eq!(inner["symbolication"], expected, "{inner:#}");
        assert_eq!(inner["function"], "checkout");
        assert_eq!(inner["filename"], "src/shop.js");
        assert_eq!((&inner["lineno"], &inner["colno"]), (&json!(3), &json!(3)));
        assert_eq!(inner["context_line"], "  throw refusal");
        assert_eq!(
            inner["pre_context"],
            json!(["// The shop.", "function checkout() {"])
        );
        assert_eq!(inner["in_app"], true);
        assert_eq!(inner["raw"]["function"], "a");
        assert!(inner.get("module").is_none());
        let outside = frame(&context, 2);
        assert!(outside.get("symbolication").is_none(), "{outside}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_says_what_to_do() {
    let world = world().await;
    let of = async |release: Option<&str>, with_id: bool| {
        let (_, context) = world.report(release, with_id).await;
        let done = frame(&context, 1)["symbolication"].clone();
        (
            done["reason"].as_str().unwrap_or("ok").to_owned(),
            done["message"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(of(None, false).await.0, "no_debug_id");
    let (reason, message) = of(None, true).await;
    assert!(reason == "no_artifact" && message.contains(ID), "{message}");
    let (reason, message) = of(Some("1.0"), false).await;
    assert!(
        reason == "no_artifact" && message.contains("1.0"),
        "{message}"
    );
    world.upload(&bundle(&map(), false), Some("1.0")).await;
    let (reason, message) = of(Some("2.0"), false).await;
    assert!(
        reason == "wrong_release" && message.contains("1.0") && message.contains("2.0"),
        "{message}"
    );
    let broken = bundle(
        &json!({ "version": 3, "sources": [], "mappings": "!" }),
        true,
    );
    world.upload(&broken, None).await;
    assert_eq!(of(None, true).await.0, "bad_map");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_refused_whole_and_stored_once() {
    let world = world().await;
    let refused = world.upload(b"no zip", None).await;
    assert!(
        matches!(&refused, Progress::Failed(why) if why.contains("zip")),
        "{refused:?}"
    );
    let good = bundle(&map(), true);
    assert_eq!(world.upload(&good, None).await, Progress::Stored);
    let sum = async || {
        let files: Arc<dyn faultbook_domain::artifacts::FileStore> = world.store.clone();
        files.sum_files(world.scope.tenant_scope()).await.unwrap()
    };
    let before = sum().await;
    // Another bundle of the same files.
    let mut other = b"SYSB\x02\0\0\0".to_vec();
    other.extend(&good);
    assert_eq!(world.upload(&other, Some("2.0")).await, Progress::Stored);
    assert_eq!(sum().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn maps_that_come_late_make_stored_occurrences_readable() {
    let world = world().await;
    let (minified, _) = world.report(None, true).await;
    assert!(!world.late_maps.work().await.unwrap(), "nothing came");
    world.upload(&bundle(&map(), true), None).await;
    assert!(world.late_maps.work().await.unwrap());
    assert!(!world.late_maps.work().await.unwrap(), "it is done");
    let stored = world
        .store
        .get_error(&world.scope, minified)
        .await
        .unwrap()
        .unwrap();
    let context: Map<String, Value> =
        serde_json::from_str(stored.latest.unwrap().context.unwrap().as_str()).unwrap();
    assert_eq!(frame(&context, 1)["function"], "checkout");
    assert_eq!(stored.error.state.count, 1, "nothing was counted");
    let owned = world
        .store
        .list_fingerprints(&world.scope, minified)
        .await
        .unwrap();
    assert_eq!(
        owned.len(),
        2,
        "it has its old fingerprint, and the new one"
    );
    let (next, _) = world.report(None, true).await;
    assert_eq!(next, minified, "the next event is of the same error");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_bundle_is_told_of_at_a_new_place() {
    let world = world().await;
    world.upload(&bundle(&map(), false), Some("1.0")).await;
    let (minified, _) = world.report(Some("2.0"), false).await;
    assert!(!world.late_maps.work().await.unwrap(), "nothing came");
    assert_eq!(
        world.upload(&bundle(&map(), false), Some("2.0")).await,
        Progress::Stored
    );
    assert!(world.late_maps.work().await.unwrap());
    let stored = world.store.get_error(&world.scope, minified).await;
    let latest = stored.unwrap().unwrap().latest.unwrap();
    let context: Map<String, Value> =
        serde_json::from_str(latest.context.unwrap().as_str()).unwrap();
    assert_eq!(frame(&context, 1)["function"], "checkout");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_younger_of_two_errors_of_one_bug_is_merged_into_the_older() {
    let world = world().await;
    let (older, _) = world.report(Some("1.0"), false).await;
    world.upload(&bundle(&map(), false), Some("2.0")).await;
    let (younger, _) = world.report(Some("2.0"), false).await;
    assert_ne!(older, younger);
    world.upload(&bundle(&map(), false), Some("1.0")).await;
    while world.late_maps.work().await.unwrap() {}
    let stored = world
        .store
        .get_error(&world.scope, older)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.error.state.count, 2);
    assert!(
        world
            .store
            .get_error(&world.scope, younger)
            .await
            .unwrap()
            .is_none()
    );
}
