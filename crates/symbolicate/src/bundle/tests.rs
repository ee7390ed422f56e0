use super::*;
use faultbook_domain::artifacts::EntryKind;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

const ID: &str = "85314830-023f-4cf1-a267-535f4e37bb17";

/// Writes a zip by hand, so that it can be as wrong as need be.
#[derive(Default)]
struct Zip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: u16,
}

struct Written<'a> {
    name: &'a str,
    method: u16,
    flags: u16,
    mode: u32,
    crc: u32,
    size: u32,
    data: &'a [u8],
    offset: Option<u32>,
}

fn crc(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

impl Zip {
    fn add(&mut self, name: &str, content: &[u8]) -> &mut Self {
        let data = deflated(content);
        self.write(&Written {
            name,
            method: 8,
            flags: 0,
            mode: 0o100_644,
            crc: crc(content),
            size: content.len() as u32,
            data: &data,
            offset: None,
        })
    }

    fn write(&mut self, entry: &Written<'_>) -> &mut Self {
        let offset = entry.offset.unwrap_or(self.bytes.len() as u32);
        let mut common = Vec::new();
        for number in [20, entry.flags, entry.method, 0, 33] {
            common.extend(number.to_le_bytes());
        }
        for number in [entry.crc, entry.data.len() as u32, entry.size] {
            common.extend(number.to_le_bytes());
        }
        common.extend((entry.name.len() as u16).to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        if entry.offset.is_none() {
            self.bytes.extend(b"PK\x03\x04");
            self.bytes.extend(&common);
            self.bytes.extend(entry.name.as_bytes());
            self.bytes.extend(entry.data);
        }
        self.directory.extend(b"PK\x01\x02");
        self.directory.extend((3_u16 << 8 | 20).to_le_bytes());
        self.directory.extend(&common);
        for number in [0_u16, 0, 0] {
            self.directory.extend(number.to_le_bytes());
        }
        self.directory.extend((entry.mode << 16).to_le_bytes());
        self.directory.extend(offset.to_le_bytes());
        self.directory.extend(entry.name.as_bytes());
        self.entries += 1;
        self
    }

    fn finish(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        let start = bytes.len() as u32;
        bytes.extend(&self.directory);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend((self.directory.len() as u32).to_le_bytes());
        bytes.extend(start.to_le_bytes());
        bytes.extend([0, 0]);
        bytes
    }
}

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

fn inspect_within(bytes: &[u8], limits: BundleLimits) -> Result<Vec<Listed>, Refused> {
    Bundle::open(file_of(bytes), limits)?.inspect()
}

fn inspect(bytes: &[u8]) -> Result<Vec<Listed>, Refused> {
    inspect_within(bytes, BundleLimits::default())
}

fn refusal(bytes: &[u8]) -> String {
    inspect(bytes).err().expect("refused").0
}

fn manifest(files: &Value) -> Vec<u8> {
    json!({ "files": files }).to_string().into_bytes()
}

/// A bundle of one script and its map, as tools write it.
fn usual() -> Zip {
    let mut zip = Zip::default();
    zip.add(
        "files/_/_/a.js",
        format!("a();\n//# debugId={ID}").as_bytes(),
    );
    zip.add(
        "_/_/a.js.map",
        format!("{{\"version\":3,\"debug_id\":\"{ID}\"}}").as_bytes(),
    );
    zip.add("files/unlisted.txt", b"x");
    zip.add("manifest.json", &manifest(&json!({
        "_/_/a.js": { "url": "~/a.js", "type": "minified_source", "headers": { "Sourcemap": "a.js.map" } },
        "_/_/a.js.map": { "url": "~/a.js.map", "type": "source_map" },
    })));
    zip
}

#[test]
fn a_bundle_is_read_with_and_without_what_stands_before_it() {
    let plain = usual().finish();
    let mut marked = b"SYSB\x02\0\0\0".to_vec();
    marked.extend(&plain);
    for bytes in [plain, marked] {
        let bundle = Bundle::open(file_of(&bytes), BundleLimits::default()).unwrap();
        let listed = bundle.inspect().unwrap();
        let [script, map] = &listed[..] else {
            panic!("two files")
        };
        assert_eq!(
            (script.entry.url.as_str(), script.entry.kind),
            ("~/a.js", EntryKind::MinifiedSource)
        );
        assert_eq!(script.entry.source_map.as_deref(), Some("a.js.map"));
        for entry in [&script.entry, &map.entry] {
            assert_eq!(entry.debug_id.map(|id| id.to_string()).as_deref(), Some(ID));
        }
        let mut content = String::new();
        bundle
            .read(script)
            .unwrap()
            .read_to_string(&mut content)
            .unwrap();
        assert_eq!(content.len() as u64, script.entry.size);
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in ["../a", "a/../../b", "/a", "a\\b", "C:a", "a\0b", ""] {
        let mut zip = usual();
        let bytes = zip.add(name, b"x").finish();
        assert!(refusal(&bytes).contains("leads out"), "{name}");
    }
    let mut zip = usual();
    assert!(inspect(&zip.add("pages/[...slug]/a..b.js", b"x").finish()).is_ok());
}

#[test]
fn entries_that_no_tool_writes_are_refused() {
    let plain = Written {
        name: "x",
        method: 0,
        flags: 0,
        mode: 0o100_644,
        crc: crc(b"x"),
        size: 1,
        data: b"x",
        offset: None,
    };
    for (entry, expected) in [
        (Written { flags: 1, ..plain }, "encrypted"),
        (
            Written {
                flags: 64 | 1,
                ..plain
            },
            "encrypted",
        ),
        (
            Written {
                mode: 0o120_777,
                ..plain
            },
            "symbolic link",
        ),
        (
            Written {
                method: 12,
                ..plain
            },
            "neither stored nor deflated",
        ),
        (
            Written {
                name: "files/_/_/a.js",
                ..plain
            },
            "twice",
        ),
        (
            Written {
                offset: Some(0),
                ..plain
            },
            "overlap",
        ),
    ] {
        let bytes = usual().write(&entry).finish();
        assert!(
            refusal(&bytes).contains(expected),
            "{expected}: {}",
            refusal(&bytes)
        );
    }
}

#[test]
fn what_is_claimed_of_sizes_is_not_believed() {
    let zeros = vec![0; 3 << 20];
    let data = deflated(&zeros);
    let manifest = manifest(&json!({ "bomb": { "url": "~/bomb", "type": "source_map" } }));
    let limits = BundleLimits {
        file: 2 << 20,
        ..BundleLimits::default()
    };
    for size in [3 << 20, 10, 0] {
        let bomb = Written {
            name: "bomb",
            method: 8,
            flags: 0,
            mode: 0,
            crc: crc(&zeros),
            size,
            data: &data,
            offset: None,
        };
        let bytes = Zip::default()
            .write(&bomb)
            .add("manifest.json", &manifest)
            .finish();
        let refused = inspect_within(&bytes, limits).err().unwrap().0;
        assert!(refused.contains("bomb"), "{refused}");
        assert!(
            refused.contains("larger than 2 MiB") || refused.contains("cannot be read"),
            "{refused}"
        );
    }
    let whole = Zip::default()
        .add("bomb", &zeros)
        .add("manifest.json", &manifest)
        .finish();
    let limits = BundleLimits {
        inflated: 1 << 20,
        ..BundleLimits::default()
    };
    let refused = inspect_within(&whole, limits).err().unwrap().0;
    assert!(refused.contains("1 MiB"), "{refused}");
    let limits = BundleLimits {
        manifest: 8,
        ..BundleLimits::default()
    };
    assert!(
        inspect_within(&whole, limits)
            .err()
            .unwrap()
            .0
            .contains("manifest.json")
    );
    let limits = BundleLimits {
        files: 1,
        ..BundleLimits::default()
    };
    assert!(inspect_within(&usual().finish(), limits).is_err());
}

#[test]
fn damage_and_gaps_are_told() {
    let mut without = Zip::default();
    assert!(refusal(&without.add("a", b"x").finish()).contains("no manifest.json"));
    let missing = manifest(&json!({ "b": { "url": "~/b" } }));
    assert!(refusal(&Zip::default().add("manifest.json", &missing).finish()).contains("\"b\""));
    let no_url = manifest(&json!({ "b": { "type": "source" } }));
    assert!(
        refusal(
            &Zip::default()
                .add("b", b"")
                .add("manifest.json", &no_url)
                .finish()
        )
        .contains("no url")
    );
    assert!(
        refusal(&Zip::default().add("manifest.json", b"[1]").finish()).contains("manifest.json")
    );
    let mut damaged = usual().finish();
    damaged[60] ^= 0xff;
    assert!(inspect(&damaged).is_err());
    for bytes in [&b""[..], b"PK", b"SYSB\x02\0\0\0", &usual().finish()[..200]] {
        assert!(refusal(bytes).contains("no zip archive"));
    }
}

proptest::proptest! {
    #[test]
    fn any_damage_is_survived(places in proptest::collection::vec((0_usize..600, 0_u8..=255), 1..8)) {
        let mut bytes = usual().finish();
        for (place, value) in places {
            if let Some(byte) = bytes.get_mut(place) {
                *byte = value;
            }
        }
        let _ = inspect(&bytes);
    }
}
