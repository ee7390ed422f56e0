//! A file's name without where it was installed, built or served.

use std::borrow::Cow;

/// Folders that sources, or what is built of them, live under. What comes after the last of them
/// does not depend on the installation.
const SOURCE_ROOTS: &[&str] = &[
    "src",
    "lib",
    "dist",
    "build",
    "out",
    "app",
    "apps",
    "source",
    "sources",
    "javascripts",
    "js",
    "assets",
    "static",
    "server",
    "client",
    "www",
    "public",
    "html",
    "htdocs",
    "scripts",
    "_next",
    "chunks",
    "pages",
    "bin",
    "release",
    "target",
    "esm",
    "cjs",
];

/// Names that say nothing alone: their folder is part of them.
const GENERIC: &[&str] = &[
    "index",
    "main",
    "mod",
    "lib",
    "__init__",
    "__main__",
    "init",
    "page",
    "layout",
    "route",
    "routes",
    "views",
    "models",
    "tasks",
    "handlers",
    "handler",
    "controller",
    "controllers",
    "service",
    "services",
    "utils",
    "helpers",
    "types",
    "api",
    "urls",
    "forms",
    "admin",
    "serializers",
];

/// Endings that builds put between the name and the extension.
const BUILD_ENDINGS: &[&str] = &[
    "min",
    "bundle",
    "chunk",
    "prod",
    "production",
    "development",
    "dev",
];

/// The last path component.
pub(in super::super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The file's name without extension.
pub(in super::super) fn stem(path: &str) -> &str {
    let name = file_name(path);
    name.split_once('.')
        .map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// The module a source file is: its path below the last source root, or its bare name.
/// At most one folder is kept.
pub(in super::super) fn module(path: &str) -> Cow<'_, str> {
    let stem = stem(path);
    let mut parents = path.rsplit(['/', '\\']).skip(1);
    let parent = parents.next().unwrap_or_default();
    let below_root = !is_root(parent) && parents.take(8).any(is_source_root);
    if below_root || GENERIC.contains(&stem) && !is_root(parent) {
        return Cow::Owned(format!("{parent}/{stem}"));
    }
    Cow::Borrowed(stem)
}

/// The module for languages whose packages nest under folders of any name: the bare file name,
/// with its folder when the name says nothing alone.
pub(in super::super) fn bare_module(path: &str) -> Cow<'_, str> {
    let stem = stem(path);
    let parent = path.rsplit(['/', '\\']).nth(1).unwrap_or_default();
    if GENERIC.contains(&stem) && !is_root(parent) {
        return Cow::Owned(format!("{parent}/{stem}"));
    }
    Cow::Borrowed(stem)
}

fn is_source_root(folder: &str) -> bool {
    SOURCE_ROOTS.contains(&folder)
}

/// Whether a folder says nothing about the code: a source root, a version, a hash, a drive, empty.
fn is_root(folder: &str) -> bool {
    folder.is_empty()
        || is_source_root(folder)
        || folder.ends_with(':')
        || folder.bytes().any(|b| b.is_ascii_digit())
        || matches!(
            folder,
            "." | ".." | "opt" | "srv" | "var" | "task" | "home" | "code" | "workspace"
        )
}

/// The name of a bundle without its content hash (`app-QD47KZ2D.js`, `main.8f3c1a9b.chunk.js`).
pub(in super::super) fn bundle(url: &str) -> Cow<'_, str> {
    let name = file_name(url);
    let name = name.split(['?', '#']).next().unwrap_or(name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut parts = stem.split(['.', '-', '_', '~']);
    let Some(first) = parts.next() else {
        return Cow::Borrowed(stem);
    };
    let rest: Vec<&str> = parts.collect();
    let kept = |part: &&str| !is_hash(part) && !BUILD_ENDINGS.contains(part) && !part.is_empty();
    if rest.iter().all(kept) {
        return Cow::Borrowed(stem);
    }
    let mut joined = first.to_owned();
    for part in rest.iter().filter(|part| kept(part)) {
        joined.push('-');
        joined.push_str(part);
    }
    Cow::Owned(joined)
}

/// Whether part of a file's name is a hash or a number given by a bundler.
fn is_hash(part: &str) -> bool {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let upper = part.bytes().filter(u8::is_ascii_uppercase).count();
    let alphanumeric = part.bytes().all(|b| b.is_ascii_alphanumeric());
    let hex = part.bytes().all(|b| b.is_ascii_hexdigit());
    alphanumeric
        && (digits == part.len()
            || hex && part.len() >= 8
            || digits > 0 && part.len() >= 6
            || part.len() == 8 && (2..=8).contains(&upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installations_leave_no_trace_in_a_module() {
        for path in [
            "/opt/shop/dist/orders.js",
            "/home/deploy/shop/releases/412/src/orders.js",
            "D:\\apps\\shop\\dist\\orders.js",
            "file:///usr/src/app/src/orders.js",
            "orders.js",
        ] {
            assert_eq!(module(path), "orders", "{path}");
        }
        assert_eq!(
            module("/opt/shop/src/billing/invoice.ts"),
            "billing/invoice"
        );
        assert_eq!(module("/srv/app/src/billing/index.ts"), "billing/index");
        assert_eq!(
            bare_module("/srv/8f3c1a9/billing/views.py"),
            "billing/views"
        );
    }

    #[test]
    fn content_hashes_leave_no_trace_in_a_bundle() {
        for name in [
            "app-QD47KZ2D.js",
            "app.8f3c1a9b.js",
            "app-DiwrgTda.js",
            "app.min.js",
            "app.js?v=3",
        ] {
            assert_eq!(
                bundle(&format!("https://cdn.example.com/assets/{name}")),
                "app",
                "{name}"
            );
        }
        assert_eq!(bundle("checkout-form.js"), "checkout-form");
        assert_eq!(bundle("12.chunk.js"), "12");
    }
}
