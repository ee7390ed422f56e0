//! Credentials of requests: the public key of a DSN.

use super::dsn::Dsn;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Who a request says to be from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// The public key; never empty.
    pub key: String,
    /// The client with its version (`sentry.python/2.75.0`).
    pub client: Option<String>,
}

impl Auth {
    /// Reads the value of `X-Sentry-Auth` or `Authorization`: `Sentry sentry_key=..., ...` or `Basic base64(key:)`.
    /// Schemes in any case, spaces and quotes around pairs, unknown pairs and the secret of old DSNs are let pass.
    ///
    /// `None` for any other scheme, and when there is no key.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let header = header.trim();
        let (scheme, rest) = header
            .split_once(char::is_whitespace)
            .unwrap_or((header, ""));
        if scheme.eq_ignore_ascii_case("sentry") {
            Self::of_pairs(rest)
        } else if scheme.eq_ignore_ascii_case("basic") {
            let decoded = STANDARD.decode(rest.trim()).ok()?;
            let text = String::from_utf8(decoded).ok()?;
            let key = text.split(':').next().unwrap_or_default();
            Self::of_key(key)
        } else if scheme.contains('=') {
            Self::of_pairs(header)
        } else {
            None
        }
    }

    /// Reads the query of a request's URL, without its question mark.
    #[must_use]
    pub fn of_query(query: &str) -> Option<Self> {
        let mut auth = None;
        let mut client = None;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "sentry_key" if auth.is_none() => auth = Self::of_key(&value),
                "sentry_client" => client = Some(value.into_owned()),
                _ => {}
            }
        }
        auth.map(|auth| Self { client, ..auth })
    }

    /// Reads a DSN, such as that of an envelope's header.
    #[must_use]
    pub fn of_dsn(dsn: &str) -> Option<Self> {
        Self::of_key(&Dsn::parse(dsn)?.public_key)
    }

    fn of_pairs(pairs: &str) -> Option<Self> {
        let mut auth = None;
        let mut client = None;
        for pair in pairs.split(',') {
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            match unquoted(name) {
                "sentry_key" if auth.is_none() => auth = Self::of_key(unquoted(value)),
                "sentry_client" => client = Some(unquoted(value).to_owned()),
                _ => {}
            }
        }
        auth.map(|auth| Self { client, ..auth })
    }

    fn of_key(key: &str) -> Option<Self> {
        let key = unquoted(key);
        (!key.is_empty()).then(|| Self {
            key: key.to_owned(),
            client: None,
        })
    }
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn key_of(header: &str) -> Option<String> {
        Auth::parse(header).map(|auth| auth.key)
    }

    #[test]
    fn headers_are_read_in_every_form() {
        for header in [
            "Sentry sentry_key={}, sentry_version=7, sentry_client=sentry.python/2.75.0",
            "sentry sentry_version=7,sentry_key={}",
            "SENTRY  sentry_secret=x , sentry_key = \"{}\" , other",
            "Sentry sentry_version=\"7\", \"sentry_key\"='{}'",
            "  Sentry\tsentry_timestamp=1.5, sentry_key={},",
            "sentry_key={}, sentry_version=7",
        ] {
            let header = header.replace("{}", KEY);
            assert_eq!(key_of(&header).as_deref(), Some(KEY), "{header}");
        }
        for user in [format!("{KEY}:"), format!("{KEY}:secret"), KEY.to_owned()] {
            let header = format!("basic {}", STANDARD.encode(&user));
            assert_eq!(key_of(&header).as_deref(), Some(KEY), "{user}");
        }
        let auth = Auth::parse("Sentry sentry_key=k, sentry_client=raven-js/3.27").unwrap();
        assert_eq!(auth.client.as_deref(), Some("raven-js/3.27"));
    }

    #[test]
    fn what_holds_no_key_is_none() {
        for header in [
            "",
            "Sentry",
            "Sentry sentry_version=7",
            "Sentry sentry_key=",
            "Bearer abc",
            "Basic ???",
            "Basic Og==",
            KEY,
        ] {
            assert_eq!(key_of(header), None, "{header}");
        }
    }

    #[test]
    fn queries_and_dsns_are_read() {
        let auth = Auth::of_query(
            "sentry_version=7&sentry_key=abc&sentry_client=sentry.javascript.browser%2F8.0.0",
        );
        let auth = auth.unwrap();
        assert_eq!(
            (auth.key.as_str(), auth.client.as_deref()),
            ("abc", Some("sentry.javascript.browser/8.0.0"))
        );
        assert_eq!(Auth::of_query("sentry_key=&a=b"), None);
        assert_eq!(
            Auth::of_dsn("https://abc@errors.example/7").unwrap().key,
            "abc"
        );
        assert_eq!(Auth::of_dsn("https://errors.example/7"), None);
    }
}
