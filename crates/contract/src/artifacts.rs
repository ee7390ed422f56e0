//! Contract of `FileStore`, `ArtifactStore` and `EntryStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, new_id};
use crate::world::{World, new_tenant};
use faultbook_domain::artifacts::{
    Artifact, ArtifactFilter, ArtifactState, ChunkDigest, Entry, EntryKind, FileDigest, KnownBlob,
    NewArtifact, Place,
};
use faultbook_domain::id::{ArtifactId, BlobId, ProjectId};
use faultbook_domain::page::Cursor;
use faultbook_domain::tenancy::Scope;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(crate) fn at(seconds: i64) -> OffsetDateTime {
    NOON + Duration::seconds(seconds)
}

fn file(number: u8) -> KnownBlob<FileDigest> {
    KnownBlob {
        digest: FileDigest([number; 32]),
        blob: BlobId(new_id()),
        size: 100,
        stored: 40,
    }
}

pub(crate) fn place(project_id: ProjectId, release: Option<&str>) -> Place {
    Place {
        project_id,
        release: release.map(str::to_owned),
        dist: None,
    }
}

fn entry(url: &str, kind: EntryKind, debug_id: Option<u128>, file: u8) -> Entry {
    Entry {
        url: url.to_owned(),
        kind,
        debug_id: debug_id.map(Uuid::from_u128),
        digest: FileDigest([file; 32]),
        size: 100,
        source_map: Some("a.js.map".to_owned()),
    }
}

impl World {
    pub(crate) fn new_artifact(
        &self,
        checksum: u8,
        places: Vec<Place>,
        seconds: i64,
    ) -> NewArtifact {
        NewArtifact {
            id: ArtifactId(new_id()),
            tenant_id: self.scope.tenant(),
            checksum: ChunkDigest([checksum; 20]),
            chunks: vec![ChunkDigest([1; 20]), ChunkDigest([2; 20])],
            places,
            uploaded_by: "key:1".to_owned(),
            at: at(seconds),
        }
    }

    /// An artifact whose files are stored.
    async fn stored_artifact(
        &self,
        checksum: u8,
        release: Option<&str>,
        entries: &[Entry],
        seconds: i64,
    ) -> Artifact {
        let (stores, tenant) = (&self.stores, self.scope.tenant_scope());
        for entry in entries {
            let file = file(entry.digest.0[0]);
            stores
                .files
                .add_file(tenant, file, at(seconds))
                .await
                .unwrap();
        }
        let new = self.new_artifact(checksum, vec![place(self.project, release)], seconds);
        stores.artifacts.begin_artifact(&new).await.unwrap();
        let node = new_id();
        let claimed = stores
            .artifacts
            .claim_artifact(node, at(seconds), at(seconds + 60))
            .await
            .unwrap()
            .unwrap();
        let done = stores
            .artifacts
            .finish_artifact(&claimed.artifact, node, Ok(entries.to_vec()))
            .await;
        assert!(done.unwrap());
        let found = stores
            .artifacts
            .find_artifact(tenant, new.checksum)
            .await
            .unwrap();
        found.unwrap()
    }

    async fn listed(&self, scope: &Scope, filter: &ArtifactFilter) -> Vec<ArtifactId> {
        let page = self
            .stores
            .artifacts
            .list_artifacts(scope, filter, None, 100)
            .await
            .unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        page.items.iter().map(|artifact| artifact.id).collect()
    }
}

pub async fn a_bundle_is_worked_on_by_one_node(stores: Stores) {
    let world = World::new(stores).await;
    let artifacts = &world.stores.artifacts;
    let new = world.new_artifact(9, vec![place(world.project, None)], 0);
    artifacts.begin_artifact(&new).await.unwrap();
    let (one, other) = (new_id(), new_id());
    let claimed = artifacts
        .claim_artifact(one, at(0), at(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        artifacts
            .claim_artifact(other, at(59), at(99))
            .await
            .unwrap(),
        None
    );
    let again = artifacts
        .claim_artifact(other, at(60), at(120))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(again.artifact.id, claimed.artifact.id);
    let finish = async |node| {
        let outcome = Ok(Vec::new());
        artifacts
            .finish_artifact(&claimed.artifact, node, outcome)
            .await
            .unwrap()
    };
    assert!(!finish(one).await, "it was given to another");
    assert!(finish(other).await);
    assert!(!finish(other).await, "it is done");
    assert_eq!(
        artifacts
            .claim_artifact(one, at(999), at(1_000))
            .await
            .unwrap(),
        None
    );
}

pub async fn a_bundle_uploaded_again_is_the_same(stores: Stores) {
    let world = World::new(stores).await;
    let entries = [entry("~/a.js", EntryKind::MinifiedSource, Some(7), 1)];
    let first = world.stored_artifact(9, Some("1.0"), &entries, 0).await;
    assert_eq!(
        (&first.state, first.files, first.debug_ids),
        (&ArtifactState::Stored, 1, 1)
    );
    let more = vec![
        place(world.project, Some("2.0")),
        place(world.project, Some("1.0")),
    ];
    let new = world.new_artifact(9, more.clone(), 70);
    let again = world.stores.artifacts.begin_artifact(&new).await.unwrap();
    assert_eq!(
        (again.id, &again.state, again.uploaded_at),
        (first.id, &ArtifactState::Stored, at(70))
    );
    assert_eq!(
        again.places,
        [
            place(world.project, Some("1.0")),
            place(world.project, Some("2.0"))
        ]
    );

    // One that failed is worked on again.
    let new = world.new_artifact(8, more, 80);
    let begun = world.stores.artifacts.begin_artifact(&new).await.unwrap();
    let node = new_id();
    world
        .stores
        .artifacts
        .claim_artifact(node, at(80), at(90))
        .await
        .unwrap()
        .unwrap();
    let failure = Err("Why".to_owned());
    world
        .stores
        .artifacts
        .finish_artifact(&begun, node, failure)
        .await
        .unwrap();
    let tenant = world.scope.tenant_scope();
    let failed = world
        .stores
        .artifacts
        .find_artifact(tenant, new.checksum)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(failed.state, ArtifactState::Failed("Why".to_owned()));
    let again = world.stores.artifacts.begin_artifact(&new).await.unwrap();
    assert_eq!((again.id, again.state), (begun.id, ArtifactState::Created));
}

pub async fn entries_are_found_in_their_project_alone(stores: Stores) {
    let world = World::new(stores).await;
    let entries = [
        entry("~/a.js", EntryKind::MinifiedSource, Some(7), 1),
        entry("~/a.js.map", EntryKind::SourceMap, Some(7), 2),
        entry("~/src/a.ts", EntryKind::Source, None, 3),
    ];
    let older = world.stored_artifact(1, Some("1.0"), &entries, 0).await;
    let newer = world.stored_artifact(2, Some("2.0"), &entries, 10).await;
    let store = &world.stores.entries;
    let by_id = store
        .find_by_debug_ids(world.project, &[Uuid::from_u128(7)])
        .await
        .unwrap();
    let artifacts: Vec<ArtifactId> = by_id.iter().map(|found| found.artifact).collect();
    assert_eq!(
        artifacts,
        [newer.id, newer.id, older.id, older.id],
        "of the newest upload first"
    );
    assert_eq!(by_id[0].release.as_deref(), Some("2.0"));
    assert_eq!(by_id[0].entry.source_map.as_deref(), Some("a.js.map"));
    let urls = ["~/a.js".to_owned(), "~/b.js".to_owned()];
    let by_url = store.find_by_urls(world.project, &urls).await.unwrap();
    let releases: Vec<Option<&str>> = by_url
        .iter()
        .map(|found| found.release.as_deref())
        .collect();
    assert_eq!(releases, [Some("2.0"), Some("1.0")]);
    let source = store
        .find_in_artifact(older.id, &["~/src/a.ts".to_owned()])
        .await
        .unwrap();
    assert_eq!(source[0].entry, entries[2]);

    let other = world.patient_project().await.id;
    assert_eq!(
        store
            .find_by_debug_ids(other, &[Uuid::from_u128(7)])
            .await
            .unwrap(),
        []
    );
    assert_eq!(store.find_by_urls(other, &urls).await.unwrap(), []);
    let (_, foreign) = new_tenant(&world.stores).await;
    assert_eq!(
        store
            .find_by_debug_ids(foreign, &[Uuid::from_u128(7)])
            .await
            .unwrap(),
        []
    );
}

pub async fn artifacts_are_listed_filtered_and_removed(stores: Stores) {
    let world = World::new(stores).await;
    let entries = [entry("~/a.js", EntryKind::MinifiedSource, Some(7), 1)];
    let one = world.stored_artifact(1, Some("1.0"), &entries, 0).await;
    let two = world.stored_artifact(2, None, &[], 10).await;
    let (all, scope) = (ArtifactFilter::default(), &world.scope);
    assert_eq!(world.listed(scope, &all).await, [two.id, one.id]);
    for filter in [
        ArtifactFilter {
            release: Some("1.0".to_owned()),
            ..all.clone()
        },
        ArtifactFilter {
            debug_id: Some(Uuid::from_u128(7)),
            ..all.clone()
        },
        ArtifactFilter {
            url: Some("~/a.js".to_owned()),
            ..all.clone()
        },
    ] {
        assert_eq!(world.listed(scope, &filter).await, [one.id], "{filter:?}");
    }
    let none = ArtifactFilter {
        dist: Some("x".to_owned()),
        ..all.clone()
    };
    assert_eq!(world.listed(scope, &none).await, []);
    let store = &world.stores.artifacts;
    let page = store.list_artifacts(scope, &all, None, 1).await.unwrap();
    assert_eq!((page.total, page.items[0].id), (2, two.id));
    let next: Cursor = page.next.unwrap();
    let page = store
        .list_artifacts(scope, &all, Some(next), 1)
        .await
        .unwrap();
    assert_eq!((page.items[0].id, page.next), (one.id, None));
    assert_eq!(store.list_entries(one.id, 0, 10).await.unwrap(), entries);
    assert_eq!(store.list_entries(one.id, 1, 10).await.unwrap(), []);

    let (foreign, _) = new_tenant(&world.stores).await;
    assert_eq!(world.listed(&foreign, &all).await, []);
    assert_eq!(store.get_artifact(&foreign, one.id).await.unwrap(), None);
    assert!(!store.remove_artifact(&foreign, one.id).await.unwrap());
    assert_eq!(
        store.get_artifact(scope, one.id).await.unwrap().as_ref(),
        Some(&one)
    );
    store
        .remove_artifacts_of_release(scope, world.project, "1.0")
        .await
        .unwrap();
    assert_eq!(world.listed(scope, &all).await, [two.id]);
    assert!(store.remove_artifact(scope, two.id).await.unwrap());
    assert!(!store.remove_artifact(scope, two.id).await.unwrap());
}

pub async fn a_bound_caller_removes_its_own_use_alone(stores: Stores) {
    let world = World::new(stores).await;
    let other = world.patient_project().await.id;
    let one = world.stored_artifact(1, None, &[], 0).await;
    let new = world.new_artifact(1, vec![place(other, None)], 5);
    world.stores.artifacts.begin_artifact(&new).await.unwrap();
    let both = Scope::new(world.scope.tenant_scope(), vec![world.project, other]);
    let bound = both.narrowed_to(other);
    let seen = world
        .stores
        .artifacts
        .get_artifact(&bound, one.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        seen.places,
        [place(other, None)],
        "it sees its own places alone"
    );
    assert!(
        world
            .stores
            .artifacts
            .remove_artifact(&bound, one.id)
            .await
            .unwrap()
    );
    assert_eq!(
        world.listed(&both, &ArtifactFilter::default()).await,
        [one.id]
    );
    assert_eq!(world.listed(&bound, &ArtifactFilter::default()).await, []);
}

pub async fn what_is_neither_used_nor_uploaded_goes(stores: Stores) {
    let world = World::new(stores).await;
    let (tenant, store) = (world.scope.tenant_scope(), &world.stores.artifacts);
    let used = world
        .stored_artifact(
            1,
            None,
            &[entry("~/a.js", EntryKind::SourceMap, None, 1)],
            0,
        )
        .await;
    world
        .stored_artifact(
            2,
            None,
            &[entry("~/b.js", EntryKind::SourceMap, None, 2)],
            0,
        )
        .await;
    world
        .stores
        .entries
        .touch_artifacts(&[used.id], at(50))
        .await
        .unwrap();
    world
        .stores
        .entries
        .touch_artifacts(&[used.id], at(40))
        .await
        .unwrap();
    let seen = store
        .get_artifact(&world.scope, used.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(seen.last_used, Some(at(50)), "it does not move back");
    assert_eq!(world.stores.files.sum_files(tenant).await.unwrap(), 80);
    while store.remove_old_artifacts(at(45), 10).await.unwrap() > 0 {}
    assert_eq!(
        world.listed(&world.scope, &ArtifactFilter::default()).await,
        [used.id]
    );

    let files = &world.stores.files;
    let claimed = files
        .claim_files(tenant, &[FileDigest([2; 32]), FileDigest([9; 32])], at(60))
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    assert!(
        files
            .remove_unused_files(at(55), 10)
            .await
            .unwrap()
            .is_empty(),
        "it was claimed"
    );
    let removed = files.remove_unused_files(at(61), 10).await.unwrap();
    assert_eq!(removed, [claimed[0].blob], "what an artifact has stays");
    assert_eq!(files.sum_files(tenant).await.unwrap(), 40);
}

pub async fn what_waits_for_a_bundle_is_told_of_each_place(stores: Stores) {
    let world = World::new(stores).await;
    let artifacts = &world.stores.artifacts;
    let untold = async || artifacts.list_untold(10).await.unwrap();
    let new = world.new_artifact(7, vec![place(world.project, None)], 0);
    artifacts.begin_artifact(&new).await.unwrap();
    assert_eq!(untold().await, [], "it is not stored yet");
    let entries = [entry("~/a.js", EntryKind::SourceMap, None, 1)];
    let stored = world.stored_artifact(7, None, &entries, 0).await;
    assert_eq!(untold().await, vec![stored.clone()]);
    artifacts.note_told(&stored).await.unwrap();
    assert_eq!(untold().await, []);

    let again = world.new_artifact(7, vec![place(world.project, None)], 5);
    artifacts.begin_artifact(&again).await.unwrap();
    assert_eq!(untold().await, [], "the place is known");
    let more = world.new_artifact(7, vec![place(world.project, Some("2.0"))], 9);
    let more = artifacts.begin_artifact(&more).await.unwrap();
    artifacts.note_told(&stored).await.unwrap();
    assert_eq!(untold().await, vec![more.clone()], "a place came after it");
    artifacts.note_told(&more).await.unwrap();
    assert_eq!(untold().await, []);
}
