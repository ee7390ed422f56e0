//! Blobs as files of a directory, which several nodes may share.

use async_trait::async_trait;
use faultbook_domain::artifacts::BlobStore;
use faultbook_domain::id::BlobId;
use faultbook_domain::store_error::StoreError;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A directory with a folder for each blob, and a file in it for each piece: `1f/<id>/0`. Nothing of a name comes from a
/// client.
#[derive(Debug, Clone)]
pub struct BlobDirectory(PathBuf);

impl BlobDirectory {
    /// Opens the directory, and makes it where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self(path.to_path_buf()))
    }

    fn folder(&self, blob: BlobId) -> PathBuf {
        let name = blob.0.simple().to_string();
        // The last digits are random, the first ones a time.
        let (_, shelf) = name.split_at(30);
        self.0.join(shelf).join(&name)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let own = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&own)).await;
        let done = done.map_err(StoreError::internal)?;
        done.map_err(|error| StoreError::unavailable(format!("artifacts.dir: {error}")))
    }

    /// Writes a piece beside its place and moves it there, so that nobody sees a part of it.
    fn write(&self, blob: BlobId, place: u32, bytes: &[u8]) -> io::Result<()> {
        let folder = self.folder(blob);
        fs::create_dir_all(&folder)?;
        let beside = folder.join(format!("{place}.part"));
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, folder.join(place.to_string()))?;
        File::open(&folder)?.sync_all()
    }

    fn read(&self, blob: BlobId, place: u32) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.folder(blob).join(place.to_string())) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn remove(&self, blob: BlobId) -> io::Result<()> {
        match fs::remove_dir_all(self.folder(blob)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl BlobStore for BlobDirectory {
    async fn write_piece(
        &self,
        blob: BlobId,
        place: u32,
        bytes: Vec<u8>,
    ) -> Result<(), StoreError> {
        self.run(move |own| own.write(blob, place, &bytes)).await
    }

    async fn read_piece(&self, blob: BlobId, place: u32) -> Result<Option<Vec<u8>>, StoreError> {
        self.run(move |own| own.read(blob, place)).await
    }

    async fn remove_blobs(&self, blobs: &[BlobId]) -> Result<(), StoreError> {
        let blobs = blobs.to_vec();
        self.run(move |own| blobs.into_iter().try_for_each(|blob| own.remove(blob)))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[tokio::test]
    async fn pieces_are_written_replaced_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = BlobDirectory::open(&folder.path().join("a/b")).unwrap();
        let blob = BlobId(Uuid::from_u128(7));
        assert_eq!(store.read_piece(blob, 0).await.unwrap(), None);
        for bytes in [b"one".to_vec(), b"other".to_vec()] {
            store.write_piece(blob, 0, bytes.clone()).await.unwrap();
            assert_eq!(store.read_piece(blob, 0).await.unwrap(), Some(bytes));
        }
        assert_eq!(store.read_piece(blob, 1).await.unwrap(), None);
        store
            .remove_blobs(&[blob, BlobId(Uuid::nil())])
            .await
            .unwrap();
        assert_eq!(store.read_piece(blob, 0).await.unwrap(), None);
    }
}
