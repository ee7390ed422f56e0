//! Tells application code from library code.

use super::{Origin, libraries};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::borrow::Cow;
use std::sync::LazyLock;

pub(in super::super) use super::libraries::{
    APPLE_IMAGES, DOTNET, DOTNET_RUNTIME, ELIXIR, ELIXIR_RUNTIME, GO_LIBRARIES, GO_STANDARD, JAVA,
    JAVA_RUNTIME, NATIVE, NATIVE_FUNCTIONS, PHP, RUST_CRATES, RUST_RUNTIME,
};

/// All of [`libraries::LIBRARY_PATHS`] at once.
static LIBRARIES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| automaton(libraries::LIBRARY_PATHS));
/// All of [`libraries::RUNTIME_PATHS`] at once.
static RUNTIMES: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| automaton(libraries::RUNTIME_PATHS));

fn automaton(parts: &[&str]) -> Option<AhoCorasick> {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .build(parts)
        .ok()
}

/// Whose code the path leads to. A library may be installed below the run time's folder.
pub(in super::super) fn of_path(path: &str) -> Origin {
    let path = if memchr::memchr(b'\\', path.as_bytes()).is_some() {
        Cow::Owned(path.replace('\\', "/"))
    } else {
        Cow::Borrowed(path)
    };
    let within = |automaton: &Option<AhoCorasick>| {
        automaton
            .as_ref()
            .is_some_and(|parts| parts.is_match(path.as_ref()))
    };
    if within(&LIBRARIES) {
        Origin::Library
    } else if within(&RUNTIMES) {
        Origin::Runtime
    } else {
        Origin::Own
    }
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
        for table in [
            JAVA,
            JAVA_RUNTIME,
            DOTNET,
            DOTNET_RUNTIME,
            GO_LIBRARIES,
            NATIVE,
        ] {
            for pair in table.windows(2) {
                assert!(
                    pair[0] < pair[1] && !pair[1].starts_with(pair[0]),
                    "{pair:?}"
                );
            }
        }
    }

    #[test]
    fn libraries_and_run_times_are_known_by_their_paths() {
        for path in [
            "/srv/app/node_modules/express/lib/router.js",
            "C:\\app\\node_modules\\x.js",
            "/usr/lib/python3.11/site-packages/flask/app.py",
            "/usr/lib/ruby/gems/3.2.0/gems/rack-3.0/lib/rack.rb",
        ] {
            assert_eq!(of_path(path), Origin::Library, "{path}");
        }
        for path in [
            "/usr/lib/python3.11/asyncio/runners.py",
            "node:internal/timers",
            "C:/Program Files/Go/src/net/http/server.go",
        ] {
            assert_eq!(of_path(path), Origin::Runtime, "{path}");
        }
        assert_eq!(of_path("/srv/app/src/orders.js"), Origin::Own);
    }
}
