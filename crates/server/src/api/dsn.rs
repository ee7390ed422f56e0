//! DSNs: the addresses that SDKs are given.

use crate::http::error::{ApiError, ApiResult, Code};
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use std::future::{Ready, ready};
use url::Url;

/// Where SDKs reach this server, as far as the settings say: a service of [`DsnAddress`].
pub struct PublicAddress(Option<DsnAddress>);

impl PublicAddress {
    /// Takes the setting `notifications.public_url`, which may be empty.
    #[must_use]
    pub fn new(public_url: &str) -> Self {
        Self(DsnAddress::parse(public_url))
    }
}

/// Where SDKs reach this server: what a DSN is made of apart from its key and its project's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DsnAddress {
    scheme: String,
    /// Host, port and a proxy's prefix.
    place: String,
}

impl DsnAddress {
    /// Takes host, port and path of an HTTP URL; what stands before them are credentials of nobody's business.
    fn parse(url: &str) -> Option<Self> {
        let url = Url::parse(url).ok()?;
        let is_web = matches!(url.scheme(), "http" | "https");
        let host = url.host_str().filter(|_| is_web)?;
        let port = url.port().map(|port| format!(":{port}"));
        let prefix = url.path().trim_end_matches('/');
        Some(Self {
            scheme: url.scheme().to_owned(),
            place: format!("{host}{}{prefix}", port.unwrap_or_default()),
        })
    }

    /// The beginning of URLs that lead to this server.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("{}://{}", self.scheme, self.place)
    }

    /// The address of a page of this server.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        let Self { scheme, place } = self;
        format!("{scheme}://{place}{path}")
    }

    /// The DSN of a key.
    #[must_use]
    pub fn dsn(&self, public_key: &str, project_number: i64) -> String {
        let Self { scheme, place } = self;
        format!("{scheme}://{public_key}@{place}/{project_number}")
    }
}

impl FromRequest for DsnAddress {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    /// Without the setting, where the client itself reached this server, or the proxy in front of it.
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let configured = request.app_data::<Data<PublicAddress>>();
        let configured = configured.and_then(|address| address.0.clone());
        let address = configured.or_else(|| {
            let reached = request.connection_info();
            let at = |host: &str| Self::parse(&format!("{}://{host}", reached.scheme()));
            at(reached.host()).or_else(|| at(request.app_config().host()))
        });
        let unclear = || ApiError::new(Code::BadRequest);
        ready(address.ok_or_else(unclear))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn dsn(public_url: &str, request: TestRequest) -> Option<String> {
        let request = request.app_data(Data::new(PublicAddress::new(public_url)));
        let address = DsnAddress::from_request(&request.to_http_request(), &mut Payload::None);
        Some(address.into_inner().ok()?.dsn("k", 7))
    }

    #[test]
    fn the_setting_comes_before_the_request() {
        for (public_url, expected) in [
            ("https://faults.example", "https://k@faults.example/7"),
            ("https://faults.example/", "https://k@faults.example/7"),
            (
                "http://faults.example:8080/a/b/",
                "http://k@faults.example:8080/a/b/7",
            ),
            (
                "https://user:secret@faults.example",
                "https://k@faults.example/7",
            ),
            ("", "http://k@here.example:81/7"),
            ("faults.example", "http://k@here.example:81/7"),
        ] {
            let request = TestRequest::default().insert_header(("Host", "here.example:81"));
            assert_eq!(dsn(public_url, request).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_proxy_says_how_it_was_reached() {
        let request = TestRequest::default()
            .insert_header(("Host", "faults.example"))
            .insert_header(("X-Forwarded-Proto", "https"));
        let expected = "https://k@faults.example/7";
        assert_eq!(dsn("", request).as_deref(), Some(expected));
    }

    #[test]
    fn a_host_that_is_none_is_not_repeated() {
        for host in ["a b", "[::1", "x:99999", ""] {
            let request = TestRequest::default().insert_header(("Host", host));
            let expected = "http://k@localhost:8080/7";
            assert_eq!(dsn("", request).as_deref(), Some(expected), "{host}");
        }
    }
}
