//! Connection settings: a URL as in libpq.

use percent_encoding::percent_decode_str;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// URL of the database and sizes of the connection pools.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresSettings {
    /// `postgres://user:password@host:port/database?sslmode=...`, as libpq reads it. `sslmode` is
    /// `disable`, `allow`, `prefer` (the default), `require`, `verify-ca` or `verify-full`;
    /// `sslrootcert` is a PEM file or `system`, which stands for the built-in public roots.
    pub url: String,
    /// Maximum connections for reads and manual changes, at least 1.
    pub pool_size: usize,
    /// Maximum connections for recording occurrences, at least 1. The group commit uses one at a time.
    pub writers: usize,
    /// Whether to keep prepared statements. Turn it off behind a PgBouncer before 1.21 in transaction mode:
    /// connections then keep no state.
    pub statement_cache: bool,
}

impl PostgresSettings {
    /// Returns the defaults: 10 connections for reads, 2 for recording, prepared statements.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            pool_size: 10,
            writers: 2,
            statement_cache: true,
        }
    }
}

impl fmt::Debug for PostgresSettings {
    /// Omits the URL, which contains the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresSettings")
            .field("url", &"***")
            .field("pool_size", &self.pool_size)
            .field("writers", &self.writers)
            .field("statement_cache", &self.statement_cache)
            .finish()
    }
}

/// Why a database URL is invalid. Never contains the URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// The scheme is not `postgres` or `postgresql`.
    #[error("the database URL must begin with postgres:// or postgresql://")]
    Scheme,
    /// The `sslmode` is unknown.
    #[error("sslmode must be disable, allow, prefer, require, verify-ca or verify-full, not '{0}'")]
    SslMode(String),
    /// A parameter that affects security and is not supported.
    #[error("the database URL's parameter '{0}' is not supported")]
    Unsupported(String),
    /// Another part of the URL.
    #[error("the database URL cannot be read")]
    Syntax(#[source] tokio_postgres::Error),
}

/// How to verify the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Any certificate: encrypts only.
    Anybody,
    /// Signed by a trusted authority, for any host.
    Authority,
    /// Signed by a trusted authority for this host.
    AuthorityAndHost,
}

/// Trusted certificate authorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    /// Mozilla's roots, built in.
    Public,
    /// Those of a PEM file.
    File(PathBuf),
}

/// A parsed URL.
#[derive(Debug, Clone)]
pub struct Target {
    /// The configuration of tokio-postgres, without TLS.
    pub config: Config,
    /// TLS modes to try, in this order.
    pub attempts: Vec<SslMode>,
    /// How to verify the certificate.
    pub trust: Trust,
    /// Trusted authorities.
    pub roots: Roots,
}

/// Default connection timeout per address.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// libpq's parameters that have no effect here.
const IGNORED: [&str; 6] = [
    "client_encoding",
    "fallback_application_name",
    "gssencmode",
    "gsslib",
    "krbsrvname",
    "sslcompression",
];

/// Parameters that would weaken security if they were ignored.
const UNSUPPORTED: [&str; 9] = [
    "passfile",
    "service",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcrl",
    "sslcrldir",
    "sslkey",
    "sslpassword",
];

impl Target {
    /// Parses a URL.
    pub fn parse(url: &str) -> Result<Self, InvalidUrl> {
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Err(InvalidUrl::Scheme);
        }
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut root, mut rest) = ("prefer".to_owned(), None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "sslmode" => mode = decoded(value),
                "sslrootcert" => root = Some(decoded(value)),
                name if IGNORED.contains(&name) => {}
                name if UNSUPPORTED.contains(&name) => {
                    return Err(InvalidUrl::Unsupported(name.to_owned()));
                }
                _ => rest.push(pair),
            }
        }
        let mut config: Config = format!("{base}?{}", rest.join("&"))
            .parse()
            .map_err(InvalidUrl::Syntax)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name("faultbook");
        }
        let (mut attempts, trust) = meaning(&mode, root.is_some())?;
        if config.get_hosts().iter().all(is_local_socket) {
            attempts = vec![SslMode::Disable];
        }
        let roots = match root {
            Some(path) if path != "system" => Roots::File(path.into()),
            _ => Roots::Public,
        };
        Ok(Self {
            config,
            attempts,
            trust,
            roots,
        })
    }
}

/// Returns the meaning of libpq's `sslmode`. As in libpq, `require` with given authorities means `verify-ca`.
fn meaning(mode: &str, roots_given: bool) -> Result<(Vec<SslMode>, Trust), InvalidUrl> {
    Ok(match mode {
        "disable" => (vec![SslMode::Disable], Trust::Anybody),
        "allow" => (vec![SslMode::Disable, SslMode::Require], Trust::Anybody),
        "prefer" => (vec![SslMode::Prefer, SslMode::Disable], Trust::Anybody),
        "require" if roots_given => (vec![SslMode::Require], Trust::Authority),
        "require" => (vec![SslMode::Require], Trust::Anybody),
        "verify-ca" => (vec![SslMode::Require], Trust::Authority),
        "verify-full" => (vec![SslMode::Require], Trust::AuthorityAndHost),
        other => return Err(InvalidUrl::SslMode(other.to_owned())),
    })
}

fn is_local_socket(host: &Host) -> bool {
    matches!(host, Host::Unix(_))
}

fn decoded(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(query: &str) -> (Vec<SslMode>, Trust) {
        let target = Target::parse(&format!("postgres://u:p@db.example/faults{query}")).unwrap();
        (target.attempts, target.trust)
    }

    #[test]
    fn every_mode_of_libpq_means_what_it_means_there() {
        use SslMode::{Disable, Prefer, Require};
        assert_eq!(mode(""), (vec![Prefer, Disable], Trust::Anybody));
        assert_eq!(mode("?sslmode=disable"), (vec![Disable], Trust::Anybody));
        assert_eq!(
            mode("?sslmode=allow"),
            (vec![Disable, Require], Trust::Anybody)
        );
        assert_eq!(
            mode("?sslmode=prefer"),
            (vec![Prefer, Disable], Trust::Anybody)
        );
        assert_eq!(mode("?sslmode=require"), (vec![Require], Trust::Anybody));
        assert_eq!(
            mode("?sslmode=require&sslrootcert=/ca.pem"),
            (vec![Require], Trust::Authority)
        );
        assert_eq!(
            mode("?sslmode=verify-ca"),
            (vec![Require], Trust::Authority)
        );
        assert_eq!(
            mode("?sslmode=verify-full"),
            (vec![Require], Trust::AuthorityAndHost)
        );
    }

    #[test]
    fn an_unknown_mode_is_refused_by_name() {
        let refused = Target::parse("postgres://db/x?sslmode=maybe").unwrap_err();
        assert!(matches!(refused, InvalidUrl::SslMode(mode) if mode == "maybe"));
    }

    #[test]
    fn authorities_come_from_a_file_or_are_built_in() {
        let roots = |query: &str| {
            Target::parse(&format!("postgres://db/x?sslmode=verify-full{query}"))
                .unwrap()
                .roots
        };
        assert_eq!(roots(""), Roots::Public);
        assert_eq!(roots("&sslrootcert=system"), Roots::Public);
        assert_eq!(
            roots("&sslrootcert=%2Fetc%2Fmy%20ca.pem"),
            Roots::File("/etc/my ca.pem".into())
        );
    }

    #[test]
    fn sockets_passwords_and_other_parameters_are_read_as_libpq_does() {
        let target = Target::parse(
            "postgresql://me:p%40ss@/faults?host=%2Ftmp&port=5433&sslmode=require&gssencmode=disable",
        )
        .unwrap();
        assert_eq!(target.config.get_hosts(), [Host::Unix("/tmp".into())]);
        assert_eq!(target.config.get_ports(), [5433]);
        assert_eq!(target.config.get_password(), Some(&b"p@ss"[..]));
        assert_eq!(target.attempts, [SslMode::Disable], "no TLS on a socket");
    }

    #[test]
    fn what_cannot_be_honoured_is_refused() {
        for parameter in UNSUPPORTED {
            let refused = Target::parse(&format!("postgres://db/x?{parameter}=y")).unwrap_err();
            assert!(matches!(refused, InvalidUrl::Unsupported(name) if name == parameter));
        }
        assert!(matches!(
            Target::parse("mysql://db/x"),
            Err(InvalidUrl::Scheme)
        ));
        assert!(matches!(
            Target::parse("postgres://db/x?nonsense=1"),
            Err(InvalidUrl::Syntax(_))
        ));
    }

    #[test]
    fn nothing_prints_the_password() {
        let settings = PostgresSettings::new("postgres://u:hunter2@db/x");
        assert!(!format!("{settings:?}").contains("hunter2"));
        let target = Target::parse(&settings.url).unwrap();
        assert!(!format!("{target:?}").contains("hunter2"));
    }
}
