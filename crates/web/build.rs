//! Joins, hashes and packs the assets, so that the binary serves them ready-made.

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io::Write};

/// The parts of the stylesheet, in order.
const STYLES: [&str; 12] = [
    "tokens", "base", "shell", "controls", "marks", "surfaces", "charts", "errors", "error",
    "pages", "forms", "small",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=askama.toml");
    let mut styles = String::new();
    for part in STYLES {
        let text = fs::read_to_string(format!("assets/css/{part}.css"))?;
        styles.push_str(&tight(&text));
    }
    let assets = [
        ("UI_CSS", "ui", "css", styles.into_bytes()),
        ("UI_JS", "ui", "js", fs::read("assets/ui.js")?),
        ("HTMX", "htmx", "js", fs::read("assets/vendor/htmx.min.js")?),
        ("ICONS", "icons", "svg", fs::read("assets/icons.svg")?),
    ];
    let out = env::var("OUT_DIR")?;
    let (mut names, mut all) = (String::new(), String::new());
    for (constant, name, kind, bytes) in &assets {
        let digest = Sha256::digest(bytes);
        let hash: String = digest[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let file = format!("{name}.{hash}.{kind}");
        fs::write(
            Path::new(&out).join(format!("{name}.{kind}.br")),
            brotli(bytes)?,
        )?;
        fs::write(
            Path::new(&out).join(format!("{name}.{kind}.gz")),
            gzip(bytes)?,
        )?;
        writeln!(
            names,
            "/// The address of `{name}.{kind}`.\npub const {constant}: &str = \"/assets/{file}\";"
        )?;
        writeln!(
            all,
            "    Asset {{ file: \"{file}\", kind: Kind::{}, brotli: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.{kind}.br\")), \
             gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.{kind}.gz\")) }},",
            match *kind {
                "css" => "Style",
                "js" => "Script",
                _ => "Image",
            },
        )?;
    }
    let source = format!("{names}\n/// Every asset.\nconst ALL: &[Asset] = &[\n{all}];\n");
    fs::write(Path::new(&out).join("assets.rs"), source)?;
    Ok(())
}

/// Drops comments and what indents.
fn tight(styles: &str) -> String {
    let mut tight = String::with_capacity(styles.len());
    let mut rest = styles;
    while let Some((before, behind)) = rest.split_once("/*") {
        tight.push_str(before);
        rest = behind.split_once("*/").map_or("", |(_, behind)| behind);
    }
    tight.push_str(rest);
    let lines = tight.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(String::new(), |mut all, line| {
        all.push_str(line);
        // A line that ends a declaration or a rule needs no break behind it; others, as in selectors, may need a space.
        if !line.ends_with([';', '{', '}', ',']) {
            all.push('\n');
        }
        all
    })
}

fn brotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 4_096, 11, 22);
    writer.write_all(bytes)?;
    drop(writer);
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(bytes)?;
    writer.finish()
}
