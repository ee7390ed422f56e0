//! Forms: what handlers that change something take.

use super::visitor::Visitor;
use crate::http::body::{self, BodyLimits, Origin};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::session_cookie;
use crate::state::AppState;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use std::ops::Deref;
use std::sync::Arc;
use url::Url;

/// The name of the field that holds the token.
const CSRF: &str = "csrf";

/// The fields of a form, in order. Texts are as they were sent; NUL, which no text that is stored holds, is replaced.
#[derive(Debug, Clone, Default)]
pub struct FormFields(Vec<(String, String)>);

impl FormFields {
    fn parse(bytes: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(bytes).into_owned();
        Self(
            pairs
                .map(|(name, value)| (name, value.replace('\0', "\u{FFFD}")))
                .collect(),
        )
    }

    /// A field without the space around it; empty without one.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// A field as it was sent; empty without one.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// A field that is not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|text| !text.is_empty())
    }

    /// Every value of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.0.iter().filter(move |(known, _)| known == name);
        own.map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// All fields.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

/// A form that somebody who is signed in sent, with the token of their session.
pub struct Form {
    /// Who sent it.
    pub visitor: Visitor,
    fields: FormFields,
}

impl Deref for Form {
    type Target = FormFields;

    fn deref(&self) -> &FormFields {
        &self.fields
    }
}

impl FromRequest for Form {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            if request.cookie(session_cookie::SESSION_COOKIE).is_none() {
                let refused = ApiError::new(Code::NoSession);
                return Err(body::refuse(refused, &mut payload).await);
            }
            let state = AppState::of(&request)?;
            let limit = state.limits.max_body;
            let fields = read(&request, &mut payload, (limit, Origin::Known)).await?;
            let sent = match fields.raw(CSRF) {
                "" => session_cookie::sent_token(&request),
                token => token,
            };
            let visitor = Visitor::identify(&request, sent).await?;
            Ok(Self { visitor, fields })
        })
    }
}

/// A form of somebody who need not be signed in, sent by a page of ours.
pub struct OpenForm(FormFields);

impl Deref for OpenForm {
    type Target = FormFields;

    fn deref(&self) -> &FormFields {
        &self.0
    }
}

impl FromRequest for OpenForm {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            if !is_of_own_page(request.headers()) {
                let refused = ApiError::new(Code::CsrfFailed);
                return Err(body::refuse(refused, &mut payload).await);
            }
            let limit = AppState::of(&request)?.limits.max_anonymous_body;
            let fields = read(&request, &mut payload, (limit, Origin::Anonymous)).await?;
            Ok(Self(fields))
        })
    }
}

async fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    (bytes, origin): (usize, Origin),
) -> ApiResult<FormFields> {
    let state = AppState::of(request)?;
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let limits = BodyLimits::decoded(bytes, state.http.body_timeout);
    let lease = Arc::clone(&state.bodies).lease(origin);
    let body = body::read(request, payload, limits, lease).await?;
    if !is_form && !body.bytes.is_empty() {
        return Err(ApiError::new(Code::UnsupportedMediaType));
    }
    Ok(FormFields::parse(&body.bytes))
}

/// Whether a browser sent this from a page of ours, as far as it says: a form without a session has no token that
/// another site could not know.
fn is_of_own_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(ORIGIN.as_str()) else {
        return !headers.contains_key(ORIGIN);
    };
    let host = text(HOST.as_str()).unwrap_or_default();
    let url = Url::parse(origin).ok();
    let origin = url.and_then(|url| Some(url.authority().to_owned()).filter(|one| !one.is_empty()));
    origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn own(headers: &[(&str, &str)]) -> bool {
        let request = headers
            .iter()
            .fold(TestRequest::default(), |request, header| {
                request.insert_header(*header)
            });
        is_of_own_page(request.to_http_request().headers())
    }

    #[test]
    fn other_sites_cannot_sign_anybody_in() {
        assert!(own(&[("sec-fetch-site", "same-origin")]));
        assert!(own(&[
            ("origin", "http://a.example:8080"),
            ("host", "a.example:8080")
        ]));
        assert!(own(&[]), "no browser");
        for headers in [
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://a"),
                ("host", "a"),
            ][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "http://evil.example"), ("host", "a.example")],
            &[("origin", "null"), ("host", "a.example")],
        ] {
            assert!(!own(headers), "{headers:?}");
        }
    }

    #[test]
    fn fields_may_repeat() {
        let fields = FormFields::parse(b"id=1&id=2&text=+a%00b+&empty=");
        assert_eq!(fields.all("id").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.get("text"), "a\u{FFFD}b");
        assert_eq!(fields.text("empty"), None);
        assert!(!fields.has("missing"));
    }
}
