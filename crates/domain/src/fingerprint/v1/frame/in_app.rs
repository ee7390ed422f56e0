//! Tells application code from library code.

use super::libraries;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::sync::LazyLock;

pub(in super::super) use super::libraries::{
    APPLE_IMAGES, DOTNET, ELIXIR, GO_LIBRARIES, GO_STANDARD, JAVA, NATIVE, NATIVE_FUNCTIONS,
    RUST_CRATES,
};

/// All of [`libraries::LIBRARY_PATHS`] at once.
static LIBRARIES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build(libraries::LIBRARY_PATHS)
        .ok()
});

/// Whether the path leads to a library.
pub(in super::super) fn is_library_path(path: &str) -> bool {
    let Some(libraries) = &*LIBRARIES else {
        return false;
    };
    if path.contains('\\') {
        return libraries.is_match(&path.replace('\\', "/"));
    }
    libraries.is_match(path)
}

/// Whether the bundle of this name holds libraries.
pub(in super::super) fn is_library_bundle(name: &str) -> bool {
    libraries::LIBRARY_BUNDLES.iter().any(|bundle| {
        name.strip_prefix(bundle)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '.', '~', '_']))
    })
}

/// Whether the qualified name starts as one of the table's entries. The table is sorted, and none
/// of its entries starts with another: only the last one that is not greater can be meant.
pub(in super::super) fn starts_among(table: &[&str], name: &str) -> bool {
    let after = table.partition_point(|start| *start <= name);
    after > 0 && name.starts_with(table[after - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_beginnings_are_sorted_and_free_of_each_other() {
        for table in [JAVA, DOTNET, GO_LIBRARIES, NATIVE] {
            for pair in table.windows(2) {
                assert!(
                    pair[0] < pair[1] && !pair[1].starts_with(pair[0]),
                    "{pair:?}"
                );
            }
        }
    }

    #[test]
    fn libraries_are_known_by_their_paths() {
        for path in [
            "/srv/app/node_modules/express/lib/router.js",
            "C:\\app\\node_modules\\x.js",
            "/usr/lib/python3.11/asyncio/runners.py",
            "node:internal/timers",
        ] {
            assert!(is_library_path(path), "{path}");
        }
        assert!(!is_library_path("/srv/app/src/orders.js"));
    }
}
