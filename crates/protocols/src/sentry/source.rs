//! The program that an event is of.

use super::fields::{Object, text};

/// What marks the SDKs of mobile applications in their names.
const MOBILE: [&str; 3] = ["android", "flutter", "react-native"];

/// The source: the tag, else that of the key, else by platform. Stable for each program, as grouping reads it.
pub(super) fn of_event(
    tags: Option<&Object>,
    of_key: Option<&str>,
    platform: Option<&str>,
    sdk: Option<&Object>,
) -> String {
    let tag = tags.and_then(|tags| text(tags, "source"));
    let of_key = of_key.filter(|source| !source.trim().is_empty());
    tag.or(of_key)
        .unwrap_or_else(|| by_platform(platform, sdk))
        .to_owned()
}

fn by_platform(platform: Option<&str>, sdk: Option<&Object>) -> &'static str {
    let sdk = sdk.and_then(|sdk| text(sdk, "name")).unwrap_or_default();
    let mobile = sdk
        .split(['.', '/', ' '])
        .any(|part| MOBILE.contains(&part));
    match platform {
        // Of React Native the platform is javascript too.
        _ if mobile => "mobile",
        Some("cocoa") => "mobile",
        Some("javascript") => "frontend",
        _ => "backend",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_source_is_of_the_tag_the_key_or_the_platform() {
        let cases = [
            (
                json!({ "source": "shop" }),
                Some("key"),
                "javascript",
                "",
                "shop",
            ),
            (
                json!({ "source": " " }),
                Some("key"),
                "javascript",
                "",
                "key",
            ),
            (
                json!({}),
                Some(" "),
                "javascript",
                "sentry.javascript.browser",
                "frontend",
            ),
            (
                json!({}),
                None,
                "javascript",
                "sentry.javascript.react-native",
                "mobile",
            ),
            (json!({}), None, "java", "sentry.java.android", "mobile"),
            (
                json!({}),
                None,
                "java",
                "sentry.java.android.timber",
                "mobile",
            ),
            (json!({}), None, "dart", "sentry.dart.flutter", "mobile"),
            (json!({}), None, "cocoa", "sentry.cocoa", "mobile"),
            (json!({}), None, "java", "sentry.java.spring", "backend"),
            (json!({}), None, "node", "sentry.javascript.node", "backend"),
            (json!({}), None, "other", "", "backend"),
        ];
        for (tags, key, platform, sdk, expected) in cases {
            let sdk = json!({ "name": sdk });
            let source = of_event(tags.as_object(), key, Some(platform), sdk.as_object());
            assert_eq!(source, expected, "{tags} {key:?} {platform} {sdk}");
        }
        assert_eq!(of_event(None, None, None, None), "backend");
    }
}
