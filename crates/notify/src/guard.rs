//! Where we may connect to: keeps people who set up channels from using this server to reach its
//! inside (server-side request forgery).
//!
//! A name is resolved once, every answer is checked, and the connection goes to a checked address,
//! so that a name cannot change its meaning in between (DNS rebinding). Hosts are read by the URL
//! standard's parser, so that `2130706433`, `0x7f.1` and `0177.0.0.1` are the address they stand
//! for.

use crate::address::is_public;
use async_trait::async_trait;
use faultbook_domain::notifications::NotifyError;
use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use url::{Host, Url};

/// Finds the addresses of a name.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// Every address of the name.
    ///
    /// # Errors
    /// What kept it from being resolved.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The operating system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Why we do not connect to a target.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// Not a URL, or not a host.
    #[error("the address is not a valid URL")]
    Malformed,
    /// Another scheme.
    #[error("only http and https addresses are allowed")]
    Scheme,
    /// `https://user:password@host`: misread by people and programs.
    #[error("the URL must not hold a user name or password")]
    Userinfo,
    /// An address that is not public, or a name that has one.
    #[error("{0} is not a public address, or leads to one that is not")]
    NotPublic(String),
    /// The name has no address.
    #[error("{host} cannot be resolved")]
    Unresolved {
        /// The name.
        host: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl TargetError {
    /// The first such error among an error and its causes.
    pub(crate) fn within<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        causes(error).find_map(<dyn Error>::downcast_ref)
    }
}

/// An error, its cause, the cause of that...
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

impl From<&TargetError> for NotifyError {
    fn from(error: &TargetError) -> Self {
        match error {
            TargetError::Malformed => Self::permanent(error.to_string()),
            TargetError::Scheme | TargetError::Userinfo | TargetError::NotPublic(_) => {
                Self::refused(error.to_string())
            }
            TargetError::Unresolved { source, .. } => Self::transient(format!("{error}: {source}")),
        }
    }
}

/// A URL that [`Guard::check_url`] has passed.
#[derive(Clone)]
pub struct CheckedUrl(Url);

impl CheckedUrl {
    /// The URL.
    #[must_use]
    pub const fn as_url(&self) -> &Url {
        &self.0
    }

    /// Its host, for messages: the rest may hold secrets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The URL with these segments, escaped, behind its path.
    pub(crate) fn with_segments(mut self, segments: &[&str]) -> Self {
        if let Ok(mut path) = self.0.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        self
    }
}

/// Decides where we may connect to.
pub struct Guard {
    resolver: Arc<dyn Resolver>,
    allow_private: bool,
}

impl Guard {
    /// A guard. `allow_private` lets every address pass, for receivers on the own network.
    pub fn new(resolver: Arc<dyn Resolver>, allow_private: bool) -> Self {
        Self {
            resolver,
            allow_private,
        }
    }

    /// Checks what can be told without resolving: to be asked when a channel is set up, and again
    /// before each request (the HTTP client asks no resolver about a host that is an address).
    ///
    /// # Errors
    /// [`TargetError`], except for `Unresolved`.
    pub fn check_url(&self, text: &str) -> Result<CheckedUrl, TargetError> {
        let url = Url::parse(text.trim()).map_err(|_| TargetError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Userinfo);
        }
        match url.host() {
            None => return Err(TargetError::Malformed),
            Some(Host::Domain(_)) => {}
            Some(Host::Ipv4(address)) => self.check_address(address.into())?,
            Some(Host::Ipv6(address)) => self.check_address(address.into())?,
        }
        Ok(CheckedUrl(url))
    }

    /// The addresses of a host that is no part of a URL, each checked.
    ///
    /// # Errors
    /// [`TargetError`].
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, TargetError> {
        if let Ok(address) = host.parse::<IpAddr>() {
            self.check_address(address)?;
            return Ok(vec![address]);
        }
        let literal = match Host::parse(host).map_err(|_| TargetError::Malformed)? {
            Host::Domain(name) => return self.resolve(&name).await,
            Host::Ipv4(address) => IpAddr::from(address),
            Host::Ipv6(address) => IpAddr::from(address),
        };
        self.check_address(literal)?;
        Ok(vec![literal])
    }

    /// One private address among public ones is enough to refuse: nobody could say which of them
    /// the connection would take.
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, TargetError> {
        let unresolved = |source| TargetError::Unresolved {
            host: name.to_owned(),
            source,
        };
        let found = self.resolver.lookup(name).await.map_err(unresolved)?;
        if found.is_empty() {
            return Err(unresolved(io::Error::new(
                io::ErrorKind::NotFound,
                "the name has no address",
            )));
        }
        if !self.allow_private && !found.iter().copied().all(is_public) {
            return Err(TargetError::NotPublic(name.to_owned()));
        }
        Ok(found)
    }

    fn check_address(&self, address: IpAddr) -> Result<(), TargetError> {
        if self.allow_private || is_public(address) {
            Ok(())
        } else {
            Err(TargetError::NotPublic(address.to_string()))
        }
    }
}

/// The guard as the HTTP client's resolver: what it returns is what the client connects to.
pub struct GuardedDns(pub Arc<Guard>);

impl reqwest::dns::Resolve for GuardedDns {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let found = guard.addresses(name.as_str()).await?;
            // Port 0: the client puts the URL's in its place.
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Vec<IpAddr>);

    #[async_trait]
    impl Resolver for Fixed {
        async fn lookup(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
            Ok(self.0.clone())
        }
    }

    fn guard(addresses: &[&str], allow_private: bool) -> Guard {
        let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        Guard::new(Arc::new(Fixed(addresses)), allow_private)
    }

    fn strict() -> Guard {
        guard(&["8.8.8.8"], false)
    }

    #[test]
    fn every_way_to_write_a_private_address_is_seen_through() {
        for url in [
            "http://127.0.0.1/",
            "http://127.0.0.1./",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://017700000001/",
            "http://0/",
            "http://%31%32%37.0.0.1/",
            "http://①②⑦.0.0.1/",
            "http://127。0。0。1/",
            "http://[::1]/",
            "http://[::]:8080/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:a9fe:a9fe]/latest/meta-data/",
            "http://[0:0:0:0:0:ffff:7f00:1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[2002:7f00:1::]/",
            "http:\\\\127.0.0.1\\",
            "http:127.0.0.1",
            " http://169.254.169.254/ ",
            "http://\t10.0.0.1/",
        ] {
            let verdict = strict().check_url(url).map(|url| url.0.to_string());
            assert!(
                matches!(verdict, Err(TargetError::NotPublic(_))),
                "{url}: {verdict:?}"
            );
        }
    }

    #[test]
    fn only_http_without_userinfo_passes() {
        for url in [
            "https://example.com/a?b=c",
            "http://example.com:8080",
            "https://8.8.8.8",
        ] {
            assert!(strict().check_url(url).is_ok(), "{url}");
        }
        for url in [
            "ftp://example.com",
            "file:///etc/passwd",
            "gopher://example.com",
            "data:,x",
        ] {
            assert!(
                matches!(strict().check_url(url), Err(TargetError::Scheme)),
                "{url}"
            );
        }
        for url in [
            "http://hooks.example.com@127.0.0.1/",
            "http://user:pass@example.com/",
            "http://example.com:80@evil.example/",
            "http://127.0.0.1\\@example.com@8.8.8.8/",
        ] {
            assert!(strict().check_url(url).is_err(), "{url}");
        }
        for url in [
            "",
            "example.com/hook",
            "http://",
            "https://[::1",
            "http://exa mple.com/",
        ] {
            assert!(strict().check_url(url).is_err(), "{url}");
        }
    }

    #[tokio::test]
    async fn one_private_address_among_public_ones_refuses_the_name() {
        let mixed = guard(&["8.8.8.8", "10.0.0.1"], false);
        assert!(matches!(
            mixed.addresses("mixed.example").await,
            Err(TargetError::NotPublic(_))
        ));
        let public = guard(&["8.8.8.8", "2606:4700::1"], false);
        assert_eq!(public.addresses("public.example").await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn hosts_outside_urls_are_read_the_same_way() {
        for host in [
            "127.0.0.1",
            "::1",
            "[::1]",
            "0x7f.1",
            "2130706433",
            "0177.0.0.1",
            "::ffff:10.0.0.1",
        ] {
            assert!(
                matches!(
                    strict().addresses(host).await,
                    Err(TargetError::NotPublic(_))
                ),
                "{host}"
            );
        }
        assert!(matches!(
            strict().addresses("mail.example.com\r\nX").await,
            Err(TargetError::Malformed)
        ));
    }

    #[tokio::test]
    async fn private_targets_pass_where_they_are_allowed() {
        let open = guard(&["127.0.0.1"], true);
        assert!(open.check_url("http://[::1]:3000/").is_ok());
        assert!(open.addresses("mattermost.lan").await.is_ok());
        assert!(matches!(
            open.check_url("http://user@localhost/"),
            Err(TargetError::Userinfo)
        ));
    }

    #[tokio::test]
    async fn a_name_without_addresses_may_have_some_later() {
        let error = guard(&[], false)
            .addresses("new.example")
            .await
            .unwrap_err();
        assert!(NotifyError::from(&error).is_transient());
    }
}
