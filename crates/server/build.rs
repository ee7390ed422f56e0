//! Packs the OpenAPI document, half a megabyte of text, for the binary.

use flate2::{Compression, write::GzEncoder};
use std::error::Error;
use std::path::Path;
use std::{env, fs, io::Write};

const DOCUMENT: &str = "openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    let document: serde_json::Value = serde_json::from_slice(&fs::read(DOCUMENT)?)?;
    let packed = Path::new(&env::var("OUT_DIR")?).join("openapi.json.gz");
    let mut encoder = GzEncoder::new(fs::File::create(packed)?, Compression::best());
    encoder.write_all(&serde_json::to_vec(&document)?)?;
    encoder.finish()?;
    Ok(())
}
