//! The client's address behind trusted proxies, and its user agent.

use actix_web::HttpRequest;
use actix_web::http::header::USER_AGENT;
use ipnet::IpNet;
use std::net::IpAddr;

/// The client's address: the peer's, or what trusted proxies say in `X-Forwarded-For`.
///
/// Read from the right, the first address that is no trusted proxy's is the client's: whatever stands
/// left of it, the client could have written itself.
#[must_use]
pub fn address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = request.peer_addr()?.ip().to_canonical();
    for value in request
        .headers()
        .get_all("x-forwarded-for")
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        for hop in value.to_str().unwrap_or_default().rsplit(',') {
            if !is_trusted(&client) {
                return Some(client);
            }
            let Ok(address) = hop.trim().trim_matches(['[', ']']).parse::<IpAddr>() else {
                return Some(client);
            };
            client = address.to_canonical();
        }
    }
    Some(client)
}

/// The client's `User-Agent`.
#[must_use]
pub fn user_agent(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(USER_AGENT)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
        for value in forwarded {
            request = request.append_header(("X-Forwarded-For", *value));
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        address(&request.to_http_request(), &trusted)
            .unwrap()
            .to_string()
    }

    #[test]
    fn forwarding_counts_only_from_trusted_proxies() {
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", &["1.2.3.4"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", &["9.9.9.9, 1.2.3.4, 10.1.1.1"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", &["9.9.9.9", "1.2.3.4"]), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", &["nonsense"]), "10.0.0.1");
    }
}
