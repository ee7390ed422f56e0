//! Manifests of bundles.

use faultbook_domain::artifacts::EntryKind;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;
use uuid::Uuid;

/// What a manifest says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    /// The name of its entry, with or without `files/`.
    pub(super) name: String,
    pub(super) url: Option<String>,
    pub(super) kind: EntryKind,
    pub(super) debug_id: Option<Uuid>,
    pub(super) source_map: Option<String>,
}

/// Reads a manifest of at most so many files. What it says of organization, project, release and distribution decides
/// nothing: the request does.
///
/// # Errors
/// A sentence about what is wrong.
pub(super) fn read(bytes: &[u8], most: usize) -> Result<Vec<Described>, String> {
    let manifest: Manifest =
        serde_json::from_slice(bytes).map_err(|error| format!("cannot be read: {error}"))?;
    let files = manifest.files.0;
    if files.len() > most {
        return Err(format!("lists more than {most} files"));
    }
    Ok(files
        .into_iter()
        .map(|(name, file)| file.described(name))
        .collect())
}

#[derive(Deserialize)]
struct Manifest {
    files: Pairs<File>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    url: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    headers: Option<Pairs<Text>>,
}

impl File {
    fn described(self, name: String) -> Described {
        let (mut debug_id, mut source_map) = (None, None);
        for (header, Text(value)) in self.headers.map(|pairs| pairs.0).unwrap_or_default() {
            if header.eq_ignore_ascii_case("debug-id") {
                debug_id = value.as_deref().and_then(debug_id_of);
            } else if header.eq_ignore_ascii_case("sourcemap")
                || header.eq_ignore_ascii_case("x-sourcemap")
            {
                source_map = value;
            }
        }
        let kind = self.kind.as_deref().unwrap_or_default();
        Described {
            name,
            url: self.url.filter(|url| !url.is_empty()),
            kind: kind.parse().unwrap_or(EntryKind::Other),
            debug_id,
            // An inline map stands in the script itself.
            source_map: source_map.filter(|url| !url.is_empty() && !url.starts_with("data:")),
        }
    }
}

/// Reads a debug id: a UUID, which may be followed by an age.
pub(super) fn debug_id_of(text: &str) -> Option<Uuid> {
    let text = text.trim();
    let whole = || Uuid::try_parse(text).ok();
    let without_age = || {
        text.rsplit_once('-')
            .and_then(|(id, _)| Uuid::try_parse(id).ok())
    };
    whole().or_else(without_age).filter(|id| !id.is_nil())
}

/// A text; nothing where another value stands.
struct Text(Option<String>);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Text(String),
            Other(IgnoredAny),
        }
        Ok(Self(match Any::deserialize(deserializer)? {
            Any::Text(text) => Some(text),
            Any::Other(_) => None,
        }))
    }
}

/// The members of an object, in order.
struct Pairs<T>(Vec<(String, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = members.next_entry()? {
                    pairs.push(pair);
                    if pairs.len() > MOST {
                        return Err(A::Error::custom("an object has too many members"));
                    }
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// The most members of an object that are read.
const MOST: usize = 200_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_in_any_case_and_other_fields_ignored() {
        let manifest = br#"{"org":"x","files":{
            "files/_/_/a.js":{"url":"~/a.js","type":"minified_source","headers":{"Debug-Id":"85314830-023f-4cf1-a267-535f4e37bb17","SourceMap":"a.js.map"}},
            "_/_/a.js.map":{"url":"~/a.js.map","type":"source_map","headers":{"debug-id":"85314830023f4cf1a267535f4e37bb17","sourcemap":7},"x":[{}]},
            "b":{"url":"~/b","type":"new_kind","headers":{"sourcemap":"data:application/json;base64,e30=","debug-id":"?"}},
            "c":{}
        }}"#;
        let files = read(manifest, 4).unwrap();
        let id = Uuid::from_u128(0x85314830_023f_4cf1_a267_535f4e37bb17);
        let found: Vec<_> = files
            .iter()
            .map(|file| (file.kind, file.debug_id, file.source_map.as_deref()))
            .collect();
        let expected = [
            (EntryKind::MinifiedSource, Some(id), Some("a.js.map")),
            (EntryKind::SourceMap, Some(id), None),
            (EntryKind::Other, None, None),
            (EntryKind::Other, None, None),
        ];
        assert_eq!(found, expected);
        assert_eq!(files[3].url, None);
        assert!(read(manifest, 3).unwrap_err().contains("more than 3"));
    }

    #[test]
    fn an_age_is_left_out_and_nil_is_no_id() {
        assert!(debug_id_of("85314830-023f-4cf1-a267-535f4e37bb17-0").is_some());
        assert_eq!(debug_id_of("00000000-0000-0000-0000-000000000000"), None);
    }

    #[test]
    fn what_is_no_manifest_is_told() {
        for text in ["", "[]", "{}", "{\"files\":[]}", "{\"files\":{\"a\":5}}"] {
            assert!(read(text.as_bytes(), 10).is_err(), "{text}");
        }
    }
}
