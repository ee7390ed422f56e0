//! Origins of web pages that may use a DSN key.

use std::fmt;
use std::str::FromStr;
use url::{Host, Url};

/// Maximum length of an origin in bytes: a host name has at most 253 (RFC 1035, 2.3.4).
const MAX_LENGTH: usize = 300;

/// An origin that may use a DSN key: `https://shop.example`, exactly that scheme, host and port, or
/// `https://*.shop.example`, every host below that one.
///
/// ```
/// use faultbook_domain::tenancy::AllowedOrigin;
///
/// let below: AllowedOrigin = "https://*.shop.example".parse()?;
/// assert!(below.allows("https://pay.shop.example"));
/// assert!(!below.allows("https://shop.example"));
/// assert!(!below.allows("http://pay.shop.example"));
/// # Ok::<(), faultbook_domain::tenancy::InvalidOrigin>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AllowedOrigin {
    is_secure: bool,
    /// Whether every host below `host` is meant, in place of `host` itself.
    below: bool,
    /// Lowercase, international names in Punycode, as browsers send it.
    host: String,
    /// `None` for the scheme's own port.
    port: Option<u16>,
}

/// The text is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin is written https://shop.example, with a port where it has one, or https://*.shop.example"
)]
pub struct InvalidOrigin;

impl AllowedOrigin {
    /// Returns whether a request's `Origin` is this one, or below it. Browsers send `null` for pages without an
    /// origin, which is never allowed.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        let Ok(origin) = origin.parse::<Self>() else {
            return false;
        };
        let is_host = if self.below {
            let above = origin.host.strip_suffix(&self.host);
            above.is_some_and(|above| above.len() > 1 && above.ends_with('.'))
        } else {
            origin.host == self.host
        };
        is_host && !origin.below && (origin.is_secure, origin.port) == (self.is_secure, self.port)
    }
}

impl FromStr for AllowedOrigin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let (scheme, rest) = text.split_once("://").ok_or(InvalidOrigin)?;
        let is_secure = scheme.eq_ignore_ascii_case("https");
        if !is_secure && !scheme.eq_ignore_ascii_case("http") || text.len() > MAX_LENGTH {
            return Err(InvalidOrigin);
        }
        let (below, authority) = match rest.strip_prefix("*.") {
            Some(domain) => (true, domain),
            None => (false, rest),
        };
        // Where the parser would look for another part of a URL, or drop what it does not like.
        let is_foreign = |c: char| c.is_whitespace() || c.is_control() || "/\\?#@*%".contains(c);
        if authority.contains(is_foreign) || authority.ends_with(':') {
            return Err(InvalidOrigin);
        }
        let scheme = if is_secure { "https" } else { "http" };
        let url = Url::parse(&format!("{scheme}://{authority}")).map_err(|_| InvalidOrigin)?;
        let host = match url.host() {
            Some(Host::Domain(domain)) if !domain.split('.').any(str::is_empty) => {
                domain.to_owned()
            }
            Some(address @ (Host::Ipv4(_) | Host::Ipv6(_))) if !below => address.to_string(),
            _ => return Err(InvalidOrigin),
        };
        Ok(Self {
            is_secure,
            below,
            host,
            port: url.port(),
        })
    }
}

impl fmt::Display for AllowedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_secure { "https" } else { "http" };
        let below = if self.below { "*." } else { "" };
        write!(f, "{scheme}://{below}{}", self.host)?;
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> AllowedOrigin {
        text.parse().unwrap()
    }

    #[test]
    fn an_origin_is_allowed_exactly() {
        let shop = origin("https://shop.example");
        for same in ["https://shop.example", "HTTPS://Shop.Example:443"] {
            assert!(shop.allows(same), "{same}");
        }
        for other in [
            "http://shop.example",
            "https://shop.example:8443",
            "https://www.shop.example",
            "https://shop.example.evil.example",
            "https://evilshop.example",
            "https://*.shop.example",
            "null",
            "",
            "https://shop.example/",
            "https://user@shop.example",
        ] {
            assert!(!shop.allows(other), "{other}");
        }
        assert!(origin("http://localhost:3000").allows("http://localhost:3000"));
        assert!(origin("http://[::1]:3000").allows("http://[::1]:3000"));
    }

    #[test]
    fn a_star_stands_for_every_host_below() {
        let shop = origin("https://*.shop.example");
        for below in ["https://www.shop.example", "https://a.b.shop.example"] {
            assert!(shop.allows(below), "{below}");
        }
        for other in [
            "https://shop.example",
            "https://evilshop.example",
            "https://.shop.example",
            "https://*.shop.example",
            "https://www.shop.example:8443",
            "http://www.shop.example",
            "https://www.shop.example.evil.example",
        ] {
            assert!(!shop.allows(other), "{other}");
        }
        assert!(origin("https://*.shop.example:8443").allows("https://www.shop.example:8443"));
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "shop.example",
            "https://",
            "https://*",
            "https://*.",
            "https://a.*.example",
            "https://www*.shop.example",
            "https://shop.example/",
            "https://shop.example/path",
            "https://shop.example?q",
            "https://shop.example#f",
            "https://user:secret@shop.example",
            "https://shop.example:",
            "https://shop.example:99999",
            "https://sh op.example",
            "https://shop..example",
            "https://*.127.0.0.1",
            "ftp://shop.example",
            "javascript://shop.example",
        ] {
            assert_eq!(text.parse::<AllowedOrigin>(), Err(InvalidOrigin), "{text}");
        }
        let long = format!("https://{}.example", "a".repeat(400));
        assert_eq!(long.parse::<AllowedOrigin>(), Err(InvalidOrigin));
    }

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for (text, written) in [
            ("https://shop.example", "https://shop.example"),
            ("https://Shop.Example:443", "https://shop.example"),
            ("http://shop.example:8080", "http://shop.example:8080"),
            ("https://*.shop.example", "https://*.shop.example"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("http://[0:0::1]", "http://[::1]"),
        ] {
            assert_eq!(origin(text).to_string(), written);
            assert_eq!(origin(written), origin(text));
        }
    }
}
