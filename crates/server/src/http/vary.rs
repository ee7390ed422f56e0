//! `Vary`: which headers of a request its answer depends on.

use actix_web::http::header::{HeaderMap, HeaderValue, VARY};

/// What every answer may depend on: who calls, for whom, from which page, and what they can decompress.
const ALWAYS: [&str; 6] = [
    "X-API-Key",
    "Authorization",
    "Cookie",
    "X-Tenant",
    "Accept-Encoding",
    "Origin",
];

/// Names, in one header, what every answer depends on and what inner layers named.
pub fn complete(headers: &mut HeaderMap) {
    let mut names: Vec<String> = ALWAYS.map(str::to_owned).to_vec();
    let named = headers
        .get_all(VARY)
        .filter_map(|value| value.to_str().ok());
    for name in named.flat_map(|value| value.split(',')).map(str::trim) {
        let is_known = names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !name.is_empty() && !is_known {
            names.push(name.to_owned());
        }
    }
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        headers.insert(VARY, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_joined_once_each() {
        let mut headers = HeaderMap::new();
        for value in ["origin, Access-Control-Request-Method", "accept-encoding"] {
            headers.append(VARY, HeaderValue::from_static(value));
        }
        complete(&mut headers);
        let all: Vec<_> = headers.get_all(VARY).collect();
        assert_eq!(
            all,
            [
                "X-API-Key, Authorization, Cookie, X-Tenant, Accept-Encoding, Origin, Access-Control-Request-Method"
            ]
        );
    }
}
