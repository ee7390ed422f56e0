//! The web request during which an event happened.

use super::fields::{Object, cut, object, scalar, take_object, take_pairs, text};
use serde_json::Value;
use url::form_urlencoded::Serializer;

/// The longest URL or user agent, in characters.
pub(super) const MAX_URL: usize = 2_048;

/// What an event says of a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Request {
    /// Where it went.
    pub(super) url: Option<String>,
    /// Its header `User-Agent`.
    pub(super) user_agent: Option<String>,
    /// Where it came from, as the web server says.
    pub(super) remote_address: Option<String>,
    /// All of it, with lists of pairs as objects.
    pub(super) sent: Option<Object>,
}

impl Request {
    /// Takes `request` out of an event.
    pub(super) fn take(event: &mut Object) -> Self {
        let Some(mut request) = take_object(event, "request") else {
            return Self::default();
        };
        let url = url_of(&request);
        for field in ["headers", "query_string", "cookies", "env"] {
            if matches!(request.get(field), Some(Value::Array(_)))
                && let Some(pairs) = take_pairs(&mut request, field)
            {
                request.insert(field.to_owned(), Value::Object(pairs));
            }
        }
        Self {
            url,
            user_agent: object(&request, "headers").and_then(user_agent_of),
            remote_address: object(&request, "env")
                .and_then(|env| text(env, "REMOTE_ADDR"))
                .map(str::to_owned),
            sent: Some(request),
        }
    }
}

fn user_agent_of(headers: &Object) -> Option<String> {
    let (_, value) = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("user-agent"))?;
    let value = match value {
        Value::Array(values) => values.first()?,
        value => value,
    };
    let agent = value.as_str().filter(|agent| !agent.trim().is_empty())?;
    Some(cut(agent.to_owned(), MAX_URL))
}

fn url_of(request: &Object) -> Option<String> {
    let mut url = without_userinfo(text(request, "url")?);
    if !url.contains('?')
        && let Some(query) = request.get("query_string").and_then(query_of)
    {
        let at = url.find('#').unwrap_or(url.len());
        url.insert_str(at, &format!("?{query}"));
    }
    Some(cut(url, MAX_URL))
}

/// Removes name and password: `https://user:password@host/` is `https://host/`.
pub(super) fn without_userinfo(url: &str) -> String {
    let Some(start) = url.find("://").map(|at| at + 3) else {
        return url.to_owned();
    };
    let end = url[start..]
        .find(['/', '?', '#', '\\'])
        .map_or(url.len(), |end| start + end);
    match url[start..end].rfind('@') {
        Some(sign) => format!("{}{}", &url[..start], &url[start + sign + 1..]),
        None => url.to_owned(),
    }
}

/// The text of a query that is a text, an object, or a list of pairs.
fn query_of(query: &Value) -> Option<String> {
    let mut form = Serializer::new(String::new());
    match query {
        Value::String(query) => {
            let query = query.trim_start_matches('?');
            return (!query.is_empty()).then(|| query.to_owned());
        }
        Value::Object(pairs) => {
            for (name, value) in pairs {
                append(&mut form, name, value);
            }
        }
        Value::Array(pairs) => {
            for pair in pairs {
                if let (Some(name), Some(value)) = (pair.get(0).and_then(scalar), pair.get(1)) {
                    append(&mut form, &name, value);
                }
            }
        }
        _ => return None,
    }
    Some(form.finish()).filter(|query| !query.is_empty())
}

fn append(form: &mut Serializer<'_, String>, name: &str, value: &Value) {
    match value {
        Value::Array(values) => {
            for value in values.iter().filter_map(scalar) {
                form.append_pair(name, &value);
            }
        }
        value => {
            if let Some(value) = scalar(value) {
                form.append_pair(name, &value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn taken(request: &Value) -> Request {
        Request::take(json!({ "request": request }).as_object_mut().unwrap())
    }

    #[test]
    fn urls_get_their_query_and_lose_their_userinfo() {
        let cases = [
            (json!({ "url": "https://a/b" }), Some("https://a/b")),
            (
                json!({ "url": "https://a/b?x=1", "query_string": "y=2" }),
                Some("https://a/b?x=1"),
            ),
            (
                json!({ "url": "https://a/b", "query_string": "?y=2" }),
                Some("https://a/b?y=2"),
            ),
            (
                json!({ "url": "https://a/b#c", "query_string": "y=2" }),
                Some("https://a/b?y=2#c"),
            ),
            (
                json!({ "url": "https://a/b", "query_string": "" }),
                Some("https://a/b"),
            ),
            (
                json!({ "url": "https://a/b", "query_string": { "y": "2 3", "z": [1, true] } }),
                Some("https://a/b?y=2+3&z=1&z=true"),
            ),
            (
                json!({ "url": "https://a/b", "query_string": [["y", "2"], ["y", "3"], 5] }),
                Some("https://a/b?y=2&y=3"),
            ),
            (
                json!({ "url": "https://ada:pw@a:8080/b@c" }),
                Some("https://a:8080/b@c"),
            ),
            (
                json!({ "url": "https://a/b?c=d@e" }),
                Some("https://a/b?c=d@e"),
            ),
            (json!({ "url": "/path" }), Some("/path")),
            (json!({ "url": 5 }), None),
            (json!("https://a"), None),
        ];
        for (request, expected) in cases {
            assert_eq!(taken(&request).url.as_deref(), expected, "{request}");
        }
        let long = taken(&json!({ "url": format!("https://a/{}", "b".repeat(5_000)) }));
        assert_eq!(long.url.unwrap().len(), MAX_URL);
    }

    #[test]
    fn headers_are_objects_or_pairs() {
        for headers in [
            json!({ "user-agent": "Firefox" }),
            json!({ "USER-AGENT": ["Firefox"] }),
            json!([["Host", "a"], ["User-Agent", "Firefox"]]),
        ] {
            let request =
                taken(&json!({ "headers": headers, "env": { "REMOTE_ADDR": "10.0.0.1" } }));
            assert_eq!(request.user_agent.as_deref(), Some("Firefox"), "{headers}");
            assert_eq!(request.remote_address.as_deref(), Some("10.0.0.1"));
            assert!(request.sent.unwrap()["headers"].is_object());
        }
        assert_eq!(
            taken(&json!({ "headers": "User-Agent: x" })).user_agent,
            None
        );
    }
}
