//! Bundles of scripts and source maps, uploaded by hand: as build tools do it, and as none would.

use crate::{Answer, Client};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use std::io::Write;

/// The size of the chunks that the server asks for.
pub const CHUNK: usize = 512 << 10;

/// A zip archive that can be as wrong as need be.
#[derive(Debug, Default)]
pub struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

/// Compresses with deflate, as zip archives hold it.
///
/// # Panics
/// Never: it is written into memory.
#[must_use]
pub fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Compresses with gzip.
///
/// # Panics
/// Never: it is written into memory.
#[must_use]
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

impl Zip {
    /// Adds a file, whose true size the headers tell.
    #[must_use]
    pub fn with(self, name: &str, content: &[u8]) -> Self {
        let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
        self.claiming(name, content, size)
    }

    /// Adds a file of which the headers tell another size.
    ///
    /// # Panics
    /// When it is larger than a zip archive without extensions can be.
    #[must_use]
    pub fn claiming(mut self, name: &str, content: &[u8], size: u32) -> Self {
        let data = deflated(content);
        let mut sum = flate2::Crc::new();
        sum.update(content);
        let offset = u32::try_from(self.bytes.len()).unwrap();
        let mut header = Vec::new();
        for number in [20_u16, 0, 8, 0, 33] {
            header.extend(number.to_le_bytes());
        }
        for number in [sum.sum(), u32::try_from(data.len()).unwrap(), size] {
            header.extend(number.to_le_bytes());
        }
        header.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        header.extend(0_u16.to_le_bytes());
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&header);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(&data);
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend((3_u16 << 8 | 20).to_le_bytes());
        self.directory.extend(&header);
        self.directory.extend([0; 6]);
        self.directory.extend((0o100_644_u32 << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries += 1;
        self
    }

    /// The archive.
    ///
    /// # Panics
    /// When it is larger than a zip archive without extensions can be.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut bytes = self.bytes;
        let start = u32::try_from(bytes.len()).unwrap();
        bytes.extend(&self.directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend(u32::try_from(self.directory.len()).unwrap().to_le_bytes());
        bytes.extend(start.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }
}

/// Bytes that cannot be compressed, the same for the same seed.
#[must_use]
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

/// The SHA-1 of bytes, in hexadecimal digits.
#[must_use]
pub fn sha1(bytes: &[u8]) -> String {
    let digest = Sha1::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A multipart body with one part.
fn multipart(part: &str, file_name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"{file_name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )
    .into_bytes();
    body.extend(bytes);
    body.extend(b"\r\n--edge--\r\n");
    body
}

/// Uploads to an organization.
pub struct Uploader<'a> {
    client: &'a Client,
    org: String,
}

impl<'a> Uploader<'a> {
    /// With a client's credential, to the organization of this name.
    #[must_use]
    pub fn new(client: &'a Client, org: &str) -> Self {
        Self {
            client,
            org: org.to_owned(),
        }
    }

    /// Calls a route below the organization's.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let path = format!("/api/0/organizations/{}/{path}", self.org);
        let request = self.client.request(method, &path);
        Answer::to(match body {
            Some(body) => request
                .header("Content-Type", "application/json")
                .body(body.to_string()),
            None => request,
        })
        .await
    }

    /// Sends bytes as the chunk of that SHA-1.
    pub async fn send_chunk(&self, part: &str, file_name: &str, bytes: &[u8]) -> Answer {
        let path = format!("/api/0/organizations/{}/chunk-upload/", self.org);
        let request = self.client.request(Method::POST, &path);
        let request = request.header("Content-Type", "multipart/form-data; boundary=edge");
        Answer::to(request.body(multipart(part, file_name, bytes))).await
    }

    /// What the server is asked to put together of a bundle.
    #[must_use]
    pub fn assembly(bundle: &[u8]) -> Value {
        let chunks: Vec<String> = bundle.chunks(CHUNK).map(sha1).collect();
        json!({ "checksum": sha1(bundle), "chunks": chunks, "projects": ["default"] })
    }

    /// Asks how far a bundle is, with more fields.
    ///
    /// # Panics
    /// When the answer is not 200.
    pub async fn assemble(&self, bundle: &[u8], more: &Value) -> Value {
        let mut body = Self::assembly(bundle);
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let answer = self
            .call(Method::POST, "artifactbundle/assemble/", Some(&body))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Uploads a bundle whole, and returns how far it came.
    ///
    /// # Panics
    /// When a chunk is refused, or the bundle is neither stored nor refused in time.
    pub async fn upload(&self, bundle: &[u8], more: &Value) -> Value {
        for chunk in bundle.chunks(CHUNK) {
            let sent = self
                .send_chunk("file_gzip", &sha1(chunk), &gzipped(chunk))
                .await;
            assert_eq!((sent.status, sent.text().as_str()), (200, ""));
        }
        for _ in 0..30 {
            let state = self.assemble(bundle, more).await;
            if state["state"] != "created" {
                return state;
            }
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
        panic!("the bundle was never worked on");
    }
}

/// A manifest of a script and its map with a debug id, and the zip of both.
#[must_use]
pub fn bundle_of(debug_id: &str, script: &str, map: &Value) -> Vec<u8> {
    let headers = json!({ "debug-id": debug_id, "sourcemap": "shop.js.map" });
    let manifest = json!({ "files": {
        "files/_/_/shop.js": { "url": "~/shop.js", "type": "minified_source", "headers": headers },
        "files/_/_/shop.js.map": { "url": "~/shop.js.map", "type": "source_map", "headers": { "debug-id": debug_id } },
    } });
    Zip::default()
        .with("files/_/_/shop.js", script.as_bytes())
        .with("files/_/_/shop.js.map", map.to_string().as_bytes())
        .with("manifest.json", manifest.to_string().as_bytes())
        .finish()
}
