//! Removes from file names the folder they were installed to, built in or served from.

use std::borrow::Cow;

/// Folders that sources, or what is built of them, live under. What comes after the last of them
/// does not depend on the installation.
const SOURCE_ROOTS: &[&str] = &[
    "src", "lib", "dist", "source", "sources", "out", "build", "esm", "cjs", "target",
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

/// The module a source file is: its name, with its folder when both are below a source root.
/// Without a source root a folder may be where the program was installed.
pub(in super::super) fn module(path: &str) -> Cow<'_, str> {
    let stem = stem(path);
    if stem == "index"
        && let Some(package) = package(path)
    {
        return Cow::Owned(format!("{package}/{stem}"));
    }
    let mut folders = path.rsplit(['/', '\\']).skip(1).take(8).peekable();
    let Some(parent) = folders.next() else {
        return Cow::Borrowed(stem);
    };
    let mut below_root = false;
    while let Some(folder) = folders.next() {
        // `/src/...` and `/usr/src/...` are places to install to; a relative path begins at the project's root.
        let installed = matches!(folders.peek(), Some(&("" | "usr")))
            || folders
                .peek()
                .is_some_and(|outer| outer.ends_with(':') && outer.len() == 2);
        below_root |= SOURCE_ROOTS.contains(&folder) && !installed;
    }
    if below_root && !SOURCE_ROOTS.contains(&parent) && !is_varying(parent) {
        return Cow::Owned(format!("{parent}/{stem}"));
    }
    Cow::Borrowed(stem)
}

/// The package whose file this is. Every package of Node.js may have an `index.js` that stands for the whole of it.
fn package(path: &str) -> Option<&str> {
    const FOLDER: &str = "node_modules";
    let inside = &path[path.rfind(FOLDER)? + FOLDER.len()..];
    let inside = inside.strip_prefix(['/', '\\'])?;
    let mut ends = inside.match_indices(['/', '\\']).map(|(at, _)| at);
    let first = ends.next()?;
    let end = if inside.starts_with('@') {
        ends.next()?
    } else {
        first
    };
    Some(&inside[..end])
}

/// The module for Python, whose packages nest under folders of any name: the file's name, or its
/// folder's when the file stands for the folder.
pub(in super::super) fn package_module(path: &str) -> &str {
    match stem(path) {
        "__init__" | "__main__" => path.rsplit(['/', '\\']).nth(1).unwrap_or_default(),
        stem => stem,
    }
}

/// Whether the folder's name varies between builds: a version, a hash.
fn is_varying(folder: &str) -> bool {
    folder.bytes().any(|b| b.is_ascii_digit())
}

/// What Next.js's routers call the files of every route; the folder names the route. See "File-system conventions" in its
/// documentation.
const ROUTE_FILES: &[&str] = &[
    "page",
    "layout",
    "route",
    "template",
    "loading",
    "error",
    "default",
    "not-found",
];

/// The name of a bundle without its content hash (`app-QD47KZ2D.js`, `main.8f3c1a9b.chunk.js`), with its folder where
/// every folder has a file of that name.
pub(in super::super) fn bundle(url: &str) -> Cow<'_, str> {
    let url = url.split(['?', '#']).next().unwrap_or(url);
    let name = without_hash(file_name(url));
    let mut outward = url.rsplit(['/', '\\']).skip(1);
    match outward.next() {
        Some(folder) if ROUTE_FILES.contains(&name.as_ref()) && !is_host(outward) => {
            Cow::Owned(format!("{folder}/{name}"))
        }
        _ => name,
    }
}

/// Whether what comes before a component is the `https://` of a URL.
fn is_host<'a>(mut outward: impl Iterator<Item = &'a str>) -> bool {
    outward.next() == Some("") && outward.next().is_some_and(|scheme| scheme.ends_with(':'))
}

/// The name of a file without extension, content hash and what builds put before the extension.
fn without_hash(name: &str) -> Cow<'_, str> {
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
        for path in [
            "/opt/shop/src/billing/invoice.ts",
            "/usr/src/app/dist/billing/invoice.js",
            "webpack://shop/./src/billing/invoice.ts",
            "src/billing/invoice.ts",
        ] {
            assert_eq!(module(path), "billing/invoice", "{path}");
        }
        for path in [
            "/opt/shop/billing/x.js",
            "/src/billing/x.js",
            "/usr/src/app/billing/x.js",
            "C:\\src\\billing\\x.js",
        ] {
            assert_eq!(module(path), "x", "{path}");
        }
        assert_eq!(package_module("/srv/8f3c1a9/billing/views.py"), "views");
        assert_eq!(
            package_module("/srv/8f3c1a9/billing/__init__.py"),
            "billing"
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
        assert_eq!(
            bundle(
                "https://shop.example/_next/static/chunks/app/(till)/cart/page-1a2b3c4d5e6f7081.js"
            ),
            "cart/page"
        );
        assert_eq!(bundle("http://127.0.0.1:45109/page.js"), "page");
        assert_eq!(bundle("12.chunk.js"), "12");
    }
}
