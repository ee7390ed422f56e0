//! Contract of `ChunkStore` and `BlobStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::artifacts::{at, place};
use crate::builder::new_id;
use crate::world::{World, new_tenant};
use faultbook_domain::artifacts::{ArtifactState, ChunkDigest, KnownBlob};
use faultbook_domain::id::BlobId;

fn chunk(number: u8) -> KnownBlob<ChunkDigest> {
    KnownBlob {
        digest: ChunkDigest([number; 20]),
        blob: BlobId(new_id()),
        size: 10,
        stored: 10,
    }
}

pub async fn a_chunk_is_kept_once_by_its_tenant(stores: Stores) {
    let world = World::new(stores).await;
    let (tenant, chunks) = (world.scope.tenant_scope(), &world.stores.chunks);
    let (first, again) = (chunk(1), chunk(1));
    assert!(chunks.add_chunk(tenant, first, at(0)).await.unwrap());
    assert!(!chunks.add_chunk(tenant, again, at(50)).await.unwrap());
    let wanted = [ChunkDigest([1; 20]), ChunkDigest([2; 20])];
    assert_eq!(chunks.find_chunks(tenant, &wanted).await.unwrap(), [first]);
    let (foreign, _) = new_tenant(&world.stores).await;
    assert_eq!(
        chunks
            .find_chunks(foreign.tenant_scope(), &wanted)
            .await
            .unwrap(),
        []
    );
    assert!(
        chunks
            .add_chunk(foreign.tenant_scope(), chunk(1), at(0))
            .await
            .unwrap()
    );

    // The second upload made it young.
    let removed = chunks.remove_old_chunks(at(40), 10).await.unwrap();
    assert!(
        !removed.contains(&first.blob) && removed.len() == 1,
        "{removed:?}"
    );
    let removed = chunks.remove_old_chunks(at(51), 10).await.unwrap();
    assert_eq!(removed, [first.blob]);
    assert_eq!(chunks.find_chunks(tenant, &wanted).await.unwrap(), []);
}

pub async fn chunks_stay_while_their_bundle_is_worked_on(stores: Stores) {
    let world = World::new(stores).await;
    let tenant = world.scope.tenant_scope();
    let (first, second) = (chunk(1), chunk(2));
    for chunk in [first, second] {
        world
            .stores
            .chunks
            .add_chunk(tenant, chunk, at(0))
            .await
            .unwrap();
    }
    let new = world.new_artifact(9, vec![place(world.project, None)], 1);
    let begun = world.stores.artifacts.begin_artifact(&new).await.unwrap();
    assert_eq!((begun.size, &begun.state), (20, &ArtifactState::Created));
    let remove = async || {
        world
            .stores
            .chunks
            .remove_old_chunks(at(100), 10)
            .await
            .unwrap()
    };
    assert_eq!(remove().await, []);
    let node = new_id();
    let claimed = world
        .stores
        .artifacts
        .claim_artifact(node, at(2), at(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(claimed.chunks, new.chunks);
    let failed = Err("It is no zip".to_owned());
    assert!(
        world
            .stores
            .artifacts
            .finish_artifact(&claimed.artifact, node, failed)
            .await
            .unwrap()
    );
    assert_eq!(remove().await.len(), 2);
}

pub async fn pieces_are_written_replaced_and_removed(stores: Stores) {
    let (blobs, blob, other) = (&stores.blobs, BlobId(new_id()), BlobId(new_id()));
    assert_eq!(blobs.read_piece(blob, 0).await.unwrap(), None);
    for bytes in [vec![0, 255, 1], vec![7; 1 << 20]] {
        blobs.write_piece(blob, 0, bytes.clone()).await.unwrap();
        assert_eq!(blobs.read_piece(blob, 0).await.unwrap(), Some(bytes));
    }
    blobs.write_piece(blob, 1, vec![2]).await.unwrap();
    blobs.write_piece(other, 0, vec![3]).await.unwrap();
    blobs.remove_blobs(&[blob, BlobId(new_id())]).await.unwrap();
    for (blob, place, expected) in [(blob, 0, None), (blob, 1, None), (other, 0, Some(vec![3]))] {
        assert_eq!(blobs.read_piece(blob, place).await.unwrap(), expected);
    }
}

pub async fn chunks_of_a_tenant_are_summed_up(stores: Stores) {
    let world = World::new(stores).await;
    let (tenant, chunks) = (world.scope.tenant_scope(), &world.stores.chunks);
    let (foreign, _) = new_tenant(&world.stores).await;
    assert_eq!(chunks.sum_chunks(tenant).await.unwrap(), 0);
    for number in [1, 2, 2] {
        chunks
            .add_chunk(tenant, chunk(number), at(0))
            .await
            .unwrap();
    }
    let other = foreign.tenant_scope();
    chunks.add_chunk(other, chunk(3), at(0)).await.unwrap();
    assert_eq!(chunks.sum_chunks(tenant).await.unwrap(), 20);
}
