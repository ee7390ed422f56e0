//! Stylesheet, scripts and icons as they are served: packed once, when the crate is built.

/// What an asset is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A stylesheet.
    Style,
    /// A script.
    Script,
    /// An SVG image.
    Image,
}

impl Kind {
    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Style => "text/css; charset=utf-8",
            Self::Script => "text/javascript; charset=utf-8",
            Self::Image => "image/svg+xml",
        }
    }
}

/// An asset. Its name holds a digest of its content, so that whoever has it never needs to ask for it again.
#[derive(Debug)]
pub struct Asset {
    /// The last part of its address.
    pub file: &'static str,
    /// What it is.
    pub kind: Kind,
    /// The content, packed with brotli.
    pub brotli: &'static [u8],
    /// The content, packed with gzip.
    pub gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Finds an asset by the last part of its address.
#[must_use]
pub fn find(file: &str) -> Option<&'static Asset> {
    ALL.iter().find(|asset| asset.file == file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn each_is_found_by_its_address() {
        for address in [UI_CSS, UI_JS, HTMX, ICONS] {
            let file = address.strip_prefix("/assets/").unwrap();
            assert_eq!(find(file).unwrap().file, file);
        }
        assert!(find("ui.css").is_none());
    }

    #[test]
    fn they_are_small_enough() {
        for (address, most) in [
            (UI_CSS, 12_000),
            (UI_JS, 6_000),
            (HTMX, 17_000),
            (ICONS, 4_000),
        ] {
            let asset = find(address.strip_prefix("/assets/").unwrap()).unwrap();
            assert!(
                asset.brotli.len() < most,
                "{address}: {}",
                asset.brotli.len()
            );
        }
    }

    #[test]
    fn what_is_vendored_is_what_was_checked() {
        let script = include_bytes!("../assets/vendor/htmx.min.js");
        let digest: String = Sha256::digest(script)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let told = include_str!("../assets/vendor/README.md");
        assert!(told.contains(&digest), "{digest}");
    }
}
