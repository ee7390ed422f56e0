//! Text that is never printed, and URLs without what is secret in them.

use std::fmt;

/// A password, token or URL that holds one. Prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(String);

impl SecretText {
    /// Hides this text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Parameters of a database's or Redis's URL that are no secrets. Any other value is hidden, so that a
/// parameter nobody thought of is too.
const OPEN_PARAMETERS: [&str; 25] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "db",
    "dbname",
    "fallback_application_name",
    "gssencmode",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "mode",
    "port",
    "protocol",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
    "username",
];

/// Replaces what is secret in a URL by `***`: the password before the host, values of parameters that are
/// not known to be open, and the fragment. Text without a scheme is returned as it is.
#[must_use]
pub fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let is_file = scheme.eq_ignore_ascii_case("sqlite");
    if tail.contains('@') && !is_file {
        // Readers differ in where such a URL's password ends.
        return format!("{scheme}://***");
    }
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) if !is_file => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{user}:***@{host}")
        }
        _ => authority.to_owned(),
    };
    let (tail, fragment) = match tail.split_once('#') {
        Some((tail, _)) if !is_file => (tail, "#***"),
        _ => (tail, ""),
    };
    let shown = match tail.split_once('?') {
        Some((path, query)) => {
            let pairs: Vec<String> = query.split('&').map(open_pair).collect();
            format!("{path}?{}", pairs.join("&"))
        }
        None => tail.to_owned(),
    };
    format!("{scheme}://{authority}{shown}{fragment}")
}

fn open_pair(pair: &str) -> String {
    let Some((name, value)) = pair.split_once('=') else {
        // A value that lost its name, if anything.
        return if pair.is_empty() { "" } else { "***" }.to_owned();
    };
    let is_open = OPEN_PARAMETERS.contains(&name.to_ascii_lowercase().as_str());
    format!("{name}={}", if is_open { value } else { "***" })
}

/// Leaves of a URL what tells where it leads: scheme, host and port. Everything else may be a token.
#[must_use]
pub fn host_alone(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "***".to_owned();
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    if tail.contains('@') {
        return format!("{scheme}://***");
    }
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}/***")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_urls_are_hidden_and_the_rest_stays() {
        for (url, shown) in [
            (
                "postgres://me:hunter2@db:5432/x?sslmode=require",
                "postgres://me:***@db:5432/x?sslmode=require",
            ),
            (
                "postgres://db/x?password=hunter2&user=me",
                "postgres://db/x?password=***&user=me",
            ),
            (
                "postgres://db/x?PassWord=hunter2&sslpassword=hunter2",
                "postgres://db/x?PassWord=***&sslpassword=***",
            ),
            (
                "postgres://db/x?p%61ssword=hunter2",
                "postgres://db/x?p%61ssword=***",
            ),
            (
                "postgres://db?options=-c%20x=hunter2",
                "postgres://db?options=***",
            ),
            ("postgres://me:hunt@er2@db/x", "postgres://me:***@db/x"),
            ("postgres://me:hunter2/hunter2@db/x", "postgres://***"),
            ("postgres://me:hunter2?hunter2@db/x", "postgres://***"),
            ("redis://:hunter2@cache:6379/1", "redis://:***@cache:6379/1"),
            ("redis://cache/1#hunter2", "redis://cache/1#***"),
            (
                "redis+unix:///run/redis.sock?db=1&pass=hunter2",
                "redis+unix:///run/redis.sock?db=1&pass=***",
            ),
            (
                "sqlite:///srv/a@b/faultbook.db",
                "sqlite:///srv/a@b/faultbook.db",
            ),
            ("127.0.0.1:9464", "127.0.0.1:9464"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[test]
    fn a_hook_shows_its_host_alone() {
        for (url, shown) in [
            (
                "https://hooks.example:8443/hunter2?t=hunter2#hunter2",
                "https://hooks.example:8443/***",
            ),
            (
                "https://me:hunter2@hooks.example",
                "https://hooks.example/***",
            ),
            ("https://me:hunter2/x@hooks.example", "https://***"),
            ("hunter2", "***"),
        ] {
            assert_eq!(host_alone(url), shown);
        }
    }
}
