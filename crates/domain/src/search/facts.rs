//! What of an occurrence is found and counted: tags, user, texts.

use super::key::is_of_key;
use super::trace_facts::{TraceMemo, distinct};
use crate::errors::{EventSummary, JsonMembers, JsonText, Occurrence, written_out};
use crate::fingerprint::v1;
use crate::stack_trace::Sent;
use crate::text::start;
use serde_json::Value;
use std::collections::BTreeMap;

/// Maximum number of a report's own tags that are found: the first by key.
pub const MAX_TAGS: usize = 100;

/// Maximum characters of a tag's key: longer ones are not found.
pub const MAX_TAG_KEY: usize = 64;

/// Maximum characters of a tag's value that are found.
pub const MAX_TAG_VALUE: usize = 200;

/// Keys of tags that are filled from other fields of a report.
pub const BUILT_IN_TAGS: [&str; 13] = [
    "environment",
    "release",
    "source",
    "level",
    "user",
    "url",
    "server_name",
    "transaction",
    "handled",
    "browser",
    "os",
    "runtime",
    "device",
];

/// What precedes the key of a report's tag that is named like a built-in one.
pub(super) const OWN_TAG: &str = "tag.";

/// What of one occurrence is found and counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The tags, by key, each key once: the built-in ones and the report's own. A report's tag that is named like a
    /// built-in key fills it where it has no value, else its key is `tag.NAME`.
    pub tags: Vec<(String, String)>,
    /// The affected user: `id` of `user`, else `email`, else `username`, else `ip_address`.
    pub user: Option<String>,
    /// The texts by which the user is found: `id`, `email`, `username` and `ip_address`, each text once, cut to
    /// [`MAX_TAG_VALUE`].
    pub user_fields: Vec<String>,
    /// The message.
    pub message: String,
    /// The type of the reported exception; without one, that which the message begins with.
    pub exception_type: Option<String>,
    /// The types of all exceptions, the reported one first, each once.
    pub exception_types: Vec<String>,
    /// What all exceptions say, the reported one first, each text once.
    pub exception_values: Vec<String>,
    /// The innermost frame of the application's own code, as `function (file:line)`.
    pub culprit: Option<String>,
}

impl Facts {
    /// Collects the facts of an occurrence. Takes time linear in its size.
    #[must_use]
    pub fn of(occurrence: &Occurrence) -> Self {
        Self::with(occurrence, &mut TraceMemo::default())
    }

    /// Collects the facts of one of several occurrences, whose traces are often the same.
    #[must_use]
    pub fn with(occurrence: &Occurrence, traces: &mut TraceMemo) -> Self {
        let context = members(occurrence.context.as_ref());
        let user = User::read(&members(occurrence.user.as_ref()));
        let sent = Sent::read(&context);
        let trace = traces.facts(sent.as_ref(), occurrence.stack_trace.as_deref());
        let in_message = || v1::type_in_message(&occurrence.summary.message);
        let exception_type = trace.reported_type.as_deref().or_else(in_message);
        let types = trace.types.iter().map(String::as_str);
        let mut tags = built_in(&occurrence.summary, &context);
        if let Some(name) = user.name() {
            tags.insert("user".to_owned(), cut(name));
        }
        add_own(&mut tags, &members(occurrence.tags.as_ref()));
        Self {
            tags: tags.into_iter().collect(),
            user: user.name().map(str::to_owned),
            user_fields: distinct(user.fields().map(|text| start(text, MAX_TAG_VALUE))),
            message: occurrence.summary.message.clone(),
            exception_types: distinct(exception_type.into_iter().chain(types)),
            exception_type: exception_type.map(str::to_owned),
            exception_values: trace.values.clone(),
            culprit: trace.culprit.clone(),
        }
    }

    /// Returns the value of a tag.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        let found = self.tags.binary_search_by(|(own, _)| own.as_str().cmp(key));
        found.ok().map(|at| self.tags[at].1.as_str())
    }

    /// Returns the texts that words are looked for in: message, exception types and values, culprit.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let exceptions = self.exception_types.iter().chain(&self.exception_values);
        let all = std::iter::once(&self.message).chain(exceptions);
        all.chain(&self.culprit).map(String::as_str)
    }
}

fn members(json: Option<&JsonText>) -> JsonMembers<'_> {
    json.map(JsonText::members).unwrap_or_default()
}

fn cut(text: &str) -> String {
    start(text, MAX_TAG_VALUE).to_owned()
}

/// Collects the built-in tags except `user`.
fn built_in(summary: &EventSummary, context: &JsonMembers<'_>) -> BTreeMap<String, String> {
    let contexts = context.object("contexts");
    let handled = context.value("handled").and_then(|value| value.as_bool());
    let named = |name: &str| name_and_version(&contexts.object(name));
    let values = [
        ("environment", Some(summary.environment.clone())),
        ("release", summary.release.clone()),
        ("source", Some(summary.source.clone())),
        ("level", Some(summary.level.as_str().to_owned())),
        ("url", summary.url.as_deref().map(page).map(str::to_owned)),
        ("server_name", context.text("server_name")),
        ("transaction", context.text("transaction")),
        ("handled", handled.map(|handled| handled.to_string())),
        ("browser", named("browser")),
        ("os", named("os")),
        ("runtime", named("runtime")),
        ("device", contexts.object("device").text("model")),
    ];
    let filled = values.into_iter().filter_map(|(key, value)| {
        let value = value.filter(|value| !value.trim().is_empty())?;
        Some((key.to_owned(), cut(&value)))
    });
    filled.collect()
}

fn name_and_version(member: &JsonMembers<'_>) -> Option<String> {
    let name = member.text("name")?;
    Some(match member.text("version") {
        Some(version) => format!("{name} {version}"),
        None => name,
    })
}

/// Returns a URL without query and fragment.
fn page(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    &url[..end]
}

/// Adds the report's own tags.
fn add_own(tags: &mut BTreeMap<String, String>, own: &JsonMembers<'_>) {
    let mut keys: Vec<&str> = own.names().filter(|key| is_tag_key(key)).collect();
    keys.sort_unstable();
    for key in keys.into_iter().take(MAX_TAGS) {
        // Tags of reports are strings.
        let Some(Value::String(value)) = own.value(key) else {
            continue;
        };
        let taken = BUILT_IN_TAGS.contains(&key) && tags.contains_key(key);
        let key = if taken {
            format!("{OWN_TAG}{key}")
        } else {
            key.to_owned()
        };
        tags.insert(key, cut(&value));
    }
}

/// Whether tags of this key are found.
fn is_tag_key(key: &str) -> bool {
    (1..=MAX_TAG_KEY).contains(&key.len()) && key.chars().all(is_of_key)
}

/// Returns the text that names the affected user: the first of `id`, `email`, `username` and `ip_address` that is there
/// and not blank.
#[must_use]
pub fn person(user: &JsonText) -> Option<String> {
    User::read(&user.members()).name().map(str::to_owned)
}

/// The affected user: id, e-mail, name and address.
struct User([Option<String>; 4]);

impl User {
    fn read(user: &JsonMembers<'_>) -> Self {
        let id = match user.value("id") {
            Some(Value::Number(number)) => Some(written_out(&number.to_string())),
            Some(Value::Bool(flag)) => Some(flag.to_string()),
            _ => user.text("id"),
        };
        let [email, username, address] =
            ["email", "username", "ip_address"].map(|name| user.text(name));
        Self([id, email, username, address])
    }

    fn fields(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(String::as_str)
    }

    fn name(&self) -> Option<&str> {
        self.fields().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::{Level, Severity};
    use crate::fingerprint::{Fingerprint, FingerprintVersion};
    use crate::id::{OccurrenceId, ProjectId};
    use serde_json::json;
    use time::OffsetDateTime;
    use uuid::Uuid;

    fn occurrence() -> Occurrence {
        Occurrence {
            id: OccurrenceId(Uuid::nil()),
            project_id: ProjectId(Uuid::nil()),
            event_id: Uuid::nil(),
            fingerprint: Fingerprint::from_bytes([0; 16]),
            fingerprint_version: FingerprintVersion(1),
            timestamp: OffsetDateTime::UNIX_EPOCH,
            received_at: OffsetDateTime::UNIX_EPOCH,
            summary: EventSummary {
                level: Level::Warning,
                severity: Severity::Medium,
                message: "no price for tea".to_owned(),
                source: "shop".to_owned(),
                environment: "production".to_owned(),
                url: Some("https://shop.example/cart?id=7#top".to_owned()),
                user_agent: None,
                ip_address: Some("192.0.2.1".to_owned()),
                release: Some("shop@1.2.3".to_owned()),
            },
            stack_trace: None,
            context: None,
            tags: None,
            user: None,
            custom_fingerprint: None,
            feedback: Vec::new(),
        }
    }

    fn tags(occurrence: &Occurrence) -> Vec<(String, String)> {
        Facts::of(occurrence).tags
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        expected.iter().map(own).collect()
    }

    #[test]
    fn built_in_tags_are_of_fields_and_context() {
        let mut reported = occurrence();
        reported.user = Some(JsonText::of(&json!({ "id": 7e0, "email": "a@b.example" })));
        reported.context = Some(JsonText::of(&json!({
            "server_name": "web-1", "transaction": "GET /cart", "handled": false,
            "contexts": {
                "browser": { "name": "Firefox", "version": "140.0" }, "os": { "name": "Linux" },
                "runtime": { "version": "3" }, "device": { "model": "Pixel 9", "name": "mine" },
            },
        })));
        let expected = [
            ("browser", "Firefox 140.0"),
            ("device", "Pixel 9"),
            ("environment", "production"),
            ("handled", "false"),
            ("level", "warning"),
            ("os", "Linux"),
            ("release", "shop@1.2.3"),
            ("server_name", "web-1"),
            ("source", "shop"),
            ("transaction", "GET /cart"),
            ("url", "https://shop.example/cart"),
            ("user", "7.0"),
        ];
        assert_eq!(tags(&reported), pairs(&expected));
        assert_eq!(Facts::of(&reported).tag("os"), Some("Linux"));
        assert_eq!(Facts::of(&reported).tag("runtime"), None);
    }

    #[test]
    fn own_tags_fill_built_in_keys_or_stand_beside_them() {
        let mut reported = occurrence();
        reported.summary.release = None;
        reported.tags = Some(JsonText::of(&json!({
            "release": "9", "source": "till", "browser": "Lynx", "customer": "a/b", "message": "m", "empty": "",
            "with space": "x", "": "y", "k".repeat(65): "z",
        })));
        let expected = [
            ("browser", "Lynx"),
            ("customer", "a/b"),
            ("empty", ""),
            ("environment", "production"),
            ("level", "warning"),
            ("message", "m"),
            ("release", "9"),
            ("source", "shop"),
            ("tag.source", "till"),
            ("url", "https://shop.example/cart"),
        ];
        assert_eq!(tags(&reported), pairs(&expected));
    }

    #[test]
    fn tags_are_bounded() {
        let mut reported = occurrence();
        let many = (0..150).map(|n| (format!("t{n:03}"), json!("ü".repeat(300))));
        reported.tags = Some(JsonText::of(&many.collect()));
        let own = tags(&reported);
        let own: Vec<_> = own
            .iter()
            .filter(|(key, _)| key.starts_with("t0"))
            .collect();
        assert_eq!(own.len(), MAX_TAGS);
        assert_eq!(own[99].0, "t099");
        assert_eq!(own[0].1.chars().count(), MAX_TAG_VALUE);
    }

    #[test]
    fn a_user_is_the_first_of_id_email_name_and_address() {
        let of = |user: Value| {
            let mut reported = occurrence();
            reported.user = Some(JsonText::of(&user));
            let facts = Facts::of(&reported);
            assert_eq!(facts.tag("user"), facts.user.as_deref());
            (facts.user, facts.user_fields.join(" "))
        };
        for (user, name, fields) in [
            (
                json!({ "id": "7", "email": "e", "username": "7", "ip_address": "::1" }),
                Some("7"),
                "7 e ::1",
            ),
            (json!({ "id": 15, "email": "e" }), Some("15"), "15 e"),
            (json!({ "id": null, "email": "e" }), Some("e"), "e"),
            (json!({ "id": " ", "username": "u" }), Some("u"), "u"),
            (json!({ "ip_address": "::1" }), Some("::1"), "::1"),
            (json!({ "id": {}, "name": "n" }), None, ""),
        ] {
            assert_eq!(of(user), (name.map(str::to_owned), fields.to_owned()));
        }
        assert_eq!(Facts::of(&occurrence()).user, None);
    }

    const TRACEBACK: &str = "Traceback (most recent call last):\n  File \"/app/shop/cart.py\", line 14, in total\n    return sum(prices)\n  File \"/usr/lib/python3.12/json/decoder.py\", line 3, in decode\n    raise KeyError(name)\nKeyError: 'tea'";

    #[test]
    fn texts_are_of_message_exceptions_and_culprit() {
        let mut reported = occurrence();
        reported.stack_trace = Some(TRACEBACK.to_owned());
        let facts = Facts::of(&reported);
        let culprit = "total (/app/shop/cart.py:14)";
        let texts: Vec<&str> = facts.texts().collect();
        assert_eq!(texts, ["no price for tea", "KeyError", "'tea'", culprit]);
        assert_eq!(facts.exception_type.as_deref(), Some("KeyError"));

        reported.context = Some(JsonText::of(&json!({ "platform": "python", "exception": [
            { "type": "ValueError", "value": "v", "stacktrace": { "frames": [
                { "function": "inner", "filename": "shop/a.py", "lineno": 3, "in_app": true },
                { "function": "lib", "filename": "flask/app.py", "lineno": 1, "in_app": false },
            ] } },
            { "type": "OrderError", "value": "v" },
        ] })));
        let facts = Facts::of(&reported);
        assert_eq!(facts.exception_types, ["OrderError", "ValueError"]);
        assert_eq!(facts.exception_values, ["v"]);
        assert_eq!(facts.exception_type.as_deref(), Some("OrderError"));
        assert_eq!(facts.culprit.as_deref(), Some("inner (shop/a.py:3)"));
    }

    #[test]
    fn without_a_trace_the_message_names_the_type() {
        let of = |message: &str| {
            let mut reported = occurrence();
            reported.summary.message = message.to_owned();
            Facts::of(&reported)
        };
        let facts = of("TypeError: x is undefined");
        assert_eq!(facts.exception_type.as_deref(), Some("TypeError"));
        assert_eq!(facts.exception_types, ["TypeError"]);
        for message in ["Timeout: 5 s", "no price", "", "Error"] {
            let named = of(message).exception_type;
            assert_eq!(named.is_some(), message == "Error", "{message}");
        }
        assert_eq!(of("no price").culprit, None);
    }
}
