//! Zip archives with a manifest.

use super::debug_ids::{self, TAIL};
use super::manifest::{self, Described};
use super::{BundleLimits, Refused, bytes_text};
use faultbook_domain::artifacts::{Entry, EntryKind, FileDigest};
use flate2::read::DeflateDecoder;
use rawzip::{
    CompressionMethod, FileReader, RECOMMENDED_BUFFER_SIZE, ZipArchive, ZipArchiveEntryWayfinder,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};

const MANIFEST: &str = "manifest.json";
/// A zip record has at most this much of name, comment and fields.
const BUFFER: usize = 256 << 10;

/// A bundle whose directory was checked.
pub struct Bundle {
    archive: ZipArchive<FileReader>,
    limits: BundleLimits,
    entries: HashMap<String, Located>,
}

/// Where an entry is.
#[derive(Clone, Copy)]
struct Located {
    place: ZipArchiveEntryWayfinder,
    deflated: bool,
}

/// A file that the manifest lists.
pub struct Listed {
    /// What is known of it.
    pub entry: Entry,
    name: String,
    located: Located,
}

impl Bundle {
    /// Opens a bundle and checks its directory.
    ///
    /// # Errors
    /// [`Refused`] for what is no archive, or for one with entries that no build tool writes: encrypted, overlapping or
    /// doubled ones, symbolic links, names that lead elsewhere.
    pub fn open(file: File, limits: BundleLimits) -> Result<Self, Refused> {
        let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE.max(BUFFER)];
        let archive =
            ZipArchive::from_file(file, &mut buffer).map_err(|error| no_archive(&error))?;
        let mut entries = HashMap::new();
        let mut ranges = Vec::new();
        let mut records = archive.entries(&mut buffer);
        while let Some(record) = records.next_entry().map_err(|error| no_archive(&error))? {
            if ranges.len() > limits.files {
                return Err(Refused(format!(
                    "The bundle has more than {} files",
                    limits.files
                )));
            }
            let name = record.file_path();
            let name = std::str::from_utf8(name.as_bytes()).map_err(|_| {
                Refused("A file of the bundle has a name that is not UTF-8".to_owned())
            })?;
            check_name(name)?;
            let flags = record.flags();
            if flags.is_encrypted() || flags.has_strong_encryption() {
                return Err(Refused::entry(name, "is encrypted"));
            }
            if record.mode().is_symlink() {
                return Err(Refused::entry(name, "is a symbolic link"));
            }
            let deflated = match record.compression_method() {
                CompressionMethod::STORE => false,
                CompressionMethod::DEFLATE => true,
                _ => return Err(Refused::entry(name, "is neither stored nor deflated")),
            };
            let place = record.wayfinder();
            let start = record.local_header_offset();
            let located = Located { place, deflated };
            ranges.push((start, place));
            if !record.is_dir() && entries.insert(name.to_owned(), located).is_some() {
                return Err(Refused::entry(name, "is in the bundle twice"));
            }
        }
        let bundle = Self {
            archive,
            limits,
            entries,
        };
        bundle.check_ranges(ranges)?;
        Ok(bundle)
    }

    fn check_ranges(&self, places: Vec<(u64, ZipArchiveEntryWayfinder)>) -> Result<(), Refused> {
        let mut ranges = Vec::with_capacity(places.len());
        for (start, place) in places {
            let entry = self
                .archive
                .get_entry(place)
                .map_err(|error| no_archive(&error))?;
            let (_, end) = entry.compressed_data_range();
            ranges.push((start, end));
        }
        ranges.sort_unstable();
        let overlaps = ranges.windows(2).any(|pair| pair[1].0 < pair[0].1);
        let beyond = ranges
            .last()
            .is_some_and(|(_, end)| *end > self.archive.eocd_offset());
        if overlaps || beyond {
            return Err(Refused("Files of the bundle overlap".to_owned()));
        }
        Ok(())
    }

    /// Reads all files that the manifest lists, and describes them in its order. What is in the archive besides is
    /// ignored.
    ///
    /// # Errors
    /// [`Refused`]: there is no manifest, a file of it is missing, damaged or too large.
    pub fn inspect(&self) -> Result<Vec<Listed>, Refused> {
        let located = self.entries.get(MANIFEST);
        let located = located.ok_or_else(|| Refused(format!("The bundle has no {MANIFEST}")))?;
        let mut manifest = Vec::new();
        let mut reader = self.reader(MANIFEST, *located, self.limits.manifest)?;
        reader
            .read_to_end(&mut manifest)
            .map_err(|error| unreadable(MANIFEST, &error))?;
        let described = manifest::read(&manifest, self.limits.files)
            .map_err(|problem| Refused(format!("{MANIFEST} {problem}")))?;
        drop(manifest);
        let mut listed = Vec::with_capacity(described.len());
        let mut left = self.limits.inflated;
        for file in described {
            let listing = self.inspect_file(file, left)?;
            left -= listing.entry.size;
            listed.push(listing);
        }
        Ok(listed)
    }

    fn inspect_file(&self, file: Described, left: u64) -> Result<Listed, Refused> {
        let prefixed = || self.entries.get(&format!("files/{}", file.name));
        let located = self.entries.get(&file.name).or_else(prefixed);
        let Some(located) = located.copied() else {
            return Err(Refused::entry(
                &file.name,
                format!("is listed in {MANIFEST} and not in the bundle"),
            ));
        };
        let Some(url) = file.url else {
            return Err(Refused::entry(
                &file.name,
                format!("has no url in {MANIFEST}"),
            ));
        };
        let exhausted = || {
            let most = bytes_text(self.limits.inflated);
            Refused(format!(
                "The bundle has more than {most} of files, which the file {:?} exceeds",
                file.name
            ))
        };
        if left < located.place.uncompressed_size_hint().min(self.limits.file) {
            return Err(exhausted());
        }
        let reader = self.reader(&file.name, located, left.min(self.limits.file))?;
        let mut summed = Summed::of(reader);
        let found = match (file.debug_id, file.kind) {
            (None, EntryKind::SourceMap) => debug_ids::of_map(&mut summed),
            _ => None,
        };
        io::copy(&mut summed, &mut io::sink()).map_err(|error| {
            if left < self.limits.file && is_too_large(&error) {
                return exhausted();
            }
            unreadable(&file.name, &error)
        })?;
        let of_script = || {
            debug_ids::of_script(&summed.tail).filter(|_| file.kind == EntryKind::MinifiedSource)
        };
        let entry = Entry {
            url,
            kind: file.kind,
            debug_id: file.debug_id.or(found).or_else(of_script),
            digest: FileDigest(summed.digest.finalize().into()),
            size: summed.size,
            source_map: file.source_map,
        };
        Ok(Listed {
            entry,
            name: file.name,
            located,
        })
    }

    /// Reads a listed file again, uncompressed.
    ///
    /// # Errors
    /// [`Refused`] when it cannot be read any more.
    pub fn read(&self, listed: &Listed) -> Result<impl Read + '_, Refused> {
        self.reader(&listed.name, listed.located, listed.entry.size)
    }

    /// Inflates an entry, of which at most so many bytes are read, whatever its header says, and checks its sum.
    fn reader(
        &self,
        name: &str,
        located: Located,
        most: u64,
    ) -> Result<Box<dyn Read + '_>, Refused> {
        let entry = self
            .archive
            .get_entry(located.place)
            .map_err(|error| no_archive(&error))?;
        let raw = entry.reader();
        let reader: Box<dyn Read> = if located.deflated {
            Box::new(entry.verifying_reader(Bounded::of(DeflateDecoder::new(raw), most)))
        } else {
            Box::new(entry.verifying_reader(Bounded::of(raw, most)))
        };
        let claimed = located.place.uncompressed_size_hint();
        if claimed > most {
            return Err(too_large(name, most));
        }
        Ok(reader)
    }
}

fn check_name(name: &str) -> Result<(), Refused> {
    let has_drive =
        name.as_bytes().get(1) == Some(&b':') && name.as_bytes()[0].is_ascii_alphabetic();
    let leads_elsewhere = name.is_empty()
        || name.starts_with('/')
        || has_drive
        || name.contains(['\\', '\0'])
        || name.split('/').any(|part| part == "..");
    if leads_elsewhere {
        return Err(Refused::entry(
            name,
            "has a name that leads out of the bundle",
        ));
    }
    Ok(())
}

fn no_archive(error: &rawzip::Error) -> Refused {
    Refused(format!(
        "The bundle is no zip archive that can be read: {error}"
    ))
}

fn too_large(name: &str, most: u64) -> Refused {
    Refused::entry(name, format!("is larger than {}", bytes_text(most)))
}

fn unreadable(name: &str, error: &io::Error) -> Refused {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<TooLarge>())
    {
        Some(TooLarge(most)) => too_large(name, *most),
        None => Refused::entry(name, format!("cannot be read: {error}")),
    }
}

fn is_too_large(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLarge>())
}

/// More bytes came than are read.
#[derive(Debug, thiserror::Error)]
#[error("it is too large")]
struct TooLarge(u64);

/// Reads so many bytes, and fails where there are more.
struct Bounded<R> {
    inner: R,
    most: u64,
    left: u64,
}

impl<R> Bounded<R> {
    const fn of(inner: R, most: u64) -> Self {
        Self {
            inner,
            most,
            left: most,
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(TooLarge(self.most))),
        }
        Ok(read)
    }
}

/// Sums up what is read.
struct Summed<R> {
    inner: R,
    digest: Sha256,
    size: u64,
    tail: Vec<u8>,
}

impl<R> Summed<R> {
    fn of(inner: R) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            size: 0,
            tail: Vec::new(),
        }
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let bytes = &buffer[..read];
        self.digest.update(bytes);
        self.size += read as u64;
        self.tail
            .extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL)..]);
        if self.tail.len() > 2 * TAIL {
            self.tail.drain(..self.tail.len() - TAIL);
        }
        Ok(read)
    }
}
