//! `openapi.json` as the binary carries and serves it.

use serde_json::Value;
use std::io::{self, Read};

/// `openapi.json`, minified and packed by the build script.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"));

/// The document as it is served.
///
/// # Errors
/// When it cannot be unpacked, which a test rules out.
pub fn text() -> io::Result<String> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(PACKED).read_to_string(&mut text)?;
    Ok(text)
}

/// The document for people, an item a line.
///
/// # Errors
/// As [`text`].
pub fn pretty_text() -> io::Result<String> {
    let document: Value = serde_json::from_str(&text()?)?;
    Ok(format!("{document:#}\n"))
}
