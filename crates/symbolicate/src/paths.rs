//! URLs of scripts and paths of their sources.

use url::Url;

/// Returns the URL of a frame as SDKs mean it: without what some put before it.
#[must_use]
pub fn frame_url(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("async ").unwrap_or(text)
}

/// Returns the URLs by which an entry may be listed, the best first: as it is, without query and fragment, `~` with
/// path and query, `~` with path.
#[must_use]
pub fn candidates(url: &str) -> Vec<String> {
    let url = url.split('#').next().unwrap_or(url);
    let bare = without_query(url);
    let mut all = vec![url.to_owned(), bare.to_owned()];
    if let Some(path) = path_of(url) {
        all.push(format!("~{path}"));
        all.push(format!("~{}", without_query(path)));
    }
    let mut seen = Vec::with_capacity(all.len());
    for one in all {
        if !one.is_empty() && !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

/// Returns the URL without host, scheme, query and fragment, under which a script is the same wherever it is loaded from.
#[must_use]
pub fn canonical(url: &str) -> &str {
    let bare = without_query(url.split('#').next().unwrap_or(url));
    path_of(bare).unwrap_or(bare)
}

fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// The path of a URL, or the path that it is.
fn path_of(url: &str) -> Option<&str> {
    if let Some(path) = url.strip_prefix('~') {
        return path.starts_with('/').then_some(path);
    }
    if url.starts_with('/') {
        return Some(url);
    }
    let (scheme, rest) = url.split_once("://")?;
    let is_scheme = scheme
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let path = rest.find('/').map(|at| &rest[at..]);
    path.filter(|_| is_scheme)
}

/// Returns what a frame and the image of its script have in common: neither `file://` nor a query matters.
#[must_use]
pub fn image_key(file: &str) -> &str {
    let file = frame_url(file);
    let file = file.split(['?', '#']).next().unwrap_or(file);
    file.strip_prefix("file://").unwrap_or(file)
}

/// Resolves a reference in a script against the script's own URL, which may begin with `~`.
#[must_use]
pub fn resolve(base: &str, reference: &str) -> String {
    const HOST: &str = "http://host.invalid";
    if Url::parse(reference).is_ok() || reference.starts_with('~') {
        return reference.to_owned();
    }
    let (absolute, prefix) = match base.strip_prefix('~') {
        Some(path) => (format!("{HOST}{path}"), "~"),
        None if base.starts_with('/') => (format!("{HOST}{base}"), ""),
        None => match Url::parse(base) {
            Ok(base) => {
                return base
                    .join(reference)
                    .map_or_else(|_| reference.to_owned(), String::from);
            }
            Err(_) => (format!("{HOST}/{base}"), ""),
        },
    };
    let joined = Url::parse(&absolute).and_then(|base| base.join(reference));
    let Ok(joined) = joined else {
        return reference.to_owned();
    };
    let path = joined.as_str().strip_prefix(HOST).unwrap_or(reference);
    let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let is_relative = prefix.is_empty() && !base.starts_with('/');
    let path = if is_relative {
        path.trim_start_matches('/')
    } else {
        &path
    };
    format!("{prefix}{path}")
}

/// Returns the path of an original without what bundlers put before it.
#[must_use]
pub fn original_path(source: &str) -> &str {
    let source = source.trim_start_matches('\0');
    let path = bundler_path(source).unwrap_or(source);
    let mut path = path;
    loop {
        let shorter = path.strip_prefix("./").or_else(|| path.strip_prefix("../"));
        match shorter {
            Some(shorter) => path = shorter,
            None => return if path.is_empty() { source } else { path },
        }
    }
}

fn bundler_path(source: &str) -> Option<&str> {
    let of_webpack = source
        .strip_prefix("webpack-internal://")
        .or_else(|| source.strip_prefix("webpack://"));
    if let Some(rest) = of_webpack {
        let path = rest.split_once('/').map_or(rest, |(_, path)| path);
        // webpack tells modules of one path apart by a hash.
        return Some(without_query(path));
    }
    let rest = source.strip_prefix("turbopack://")?;
    let path = rest.split_once('/').map_or(rest, |(_, path)| path);
    Some(without_query(
        path.strip_prefix("[project]/").unwrap_or(path),
    ))
}

/// Whether an original is the application's own code, by its path.
#[must_use]
pub fn is_in_app(path: &str) -> bool {
    const LIBRARIES: [&str; 5] = ["webpack/", "(webpack)", "vite/", "node:", "~/"];
    let is_library = LIBRARIES.iter().any(|start| path.starts_with(start))
        || path.contains("node_modules/")
        || path.contains("/~/");
    !is_library
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_come_best_first() {
        assert_eq!(
            candidates("https://shop.example:8080/a/b.js?v=3#x"),
            [
                "https://shop.example:8080/a/b.js?v=3",
                "https://shop.example:8080/a/b.js",
                "~/a/b.js?v=3",
                "~/a/b.js"
            ]
        );
        assert_eq!(candidates("app:///b.js"), ["app:///b.js", "~/b.js"]);
        assert_eq!(candidates("/srv/b.js"), ["/srv/b.js", "~/srv/b.js"]);
        assert_eq!(candidates("~/b.js"), ["~/b.js"]);
        assert_eq!(candidates("b.js"), ["b.js"]);
        assert_eq!(canonical("https://cdn.example/a.js?x"), canonical("~/a.js"));
    }

    #[test]
    fn frames_find_their_image() {
        assert_eq!(image_key("async file:///srv/a.mjs?x"), "/srv/a.mjs");
        assert_eq!(
            image_key("https://a.example/b.js?v=3"),
            "https://a.example/b.js"
        );
    }

    #[test]
    fn references_are_relative_to_their_script() {
        for (base, reference, expected) in [
            ("~/static/js/a.js", "a.js.map", "~/static/js/a.js.map"),
            ("~/static/js/a.js", "../maps/a.map", "~/static/maps/a.map"),
            ("~/a.js", "/m/a.map", "~/m/a.map"),
            (
                "https://x.example/s/a.js?v=1",
                "a.js.map",
                "https://x.example/s/a.js.map",
            ),
            (
                "https://x.example/s/a.js",
                "https://y.example/a.map",
                "https://y.example/a.map",
            ),
            ("app:///a.js", "a.js.map", "app:///a.js.map"),
            ("/srv/a.js", "a.js.map", "/srv/a.js.map"),
            ("a b/a.js", "a.js.map", "a b/a.js.map"),
            ("~/a b/[id].js", "[id].js.map", "~/a b/[id].js.map"),
        ] {
            assert_eq!(resolve(base, reference), expected, "{base} {reference}");
        }
    }

    #[test]
    fn bundlers_prefixes_go() {
        for (source, expected) in [
            ("webpack:///./src/a.ts", "src/a.ts"),
            ("webpack://shop/./src/a.ts?1a2b", "src/a.ts"),
            (
                "webpack://_N_E/../node_modules/x/y.js",
                "node_modules/x/y.js",
            ),
            ("webpack:///webpack/bootstrap", "webpack/bootstrap"),
            ("turbopack:///[project]/src/a.tsx", "src/a.tsx"),
            ("../../src/a.ts", "src/a.ts"),
            ("./a.ts", "a.ts"),
            ("\0vite/preload-helper.js", "vite/preload-helper.js"),
            ("/home/ci/a.ts", "/home/ci/a.ts"),
            ("https://x.example/a.ts", "https://x.example/a.ts"),
            ("./", "./"),
        ] {
            assert_eq!(original_path(source), expected);
        }
    }

    #[test]
    fn libraries_are_told_by_their_path() {
        for path in [
            "node_modules/react/index.js",
            "a/node_modules/b.js",
            "webpack/bootstrap",
            "(webpack)/x",
            "vite/x",
            "node:fs",
            "~/x",
            "web/~/x",
        ] {
            assert!(!is_in_app(path), "{path}");
        }
        for path in [
            "src/a.ts",
            "my_node_modules.ts",
            "src/webpack/a.ts",
            "vitest/a.ts",
        ] {
            assert!(is_in_app(path), "{path}");
        }
    }
}
