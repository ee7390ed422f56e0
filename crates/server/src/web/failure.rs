//! What a reader sees of a request that failed: a page, a note beside the page that stays, or the way to sign in.

use super::page::is_fragment;
use super::visitor::theme;
use crate::http::error::{ApiError, Code};
use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, LOCATION, REFERER};
use actix_web::http::{Method, StatusCode};
use faultbook_web::Template;
use faultbook_web::link::Address;
use faultbook_web::problem::{Failure, Problem};
use url::Url;

/// Where htmx goes, in place of showing an answer.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// Whether a browser asks for a page where there is no route at all.
#[must_use]
pub fn is_for_readers(request: &HttpRequest, error: &ApiError) -> bool {
    let accepted = request.headers().get(ACCEPT);
    let accepted = accepted
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    error.code() == Code::RouteNotFound
        && request.match_pattern().is_none()
        && accepted.contains("text/html")
}

/// Writes a failed answer for a reader.
pub fn answer(
    answer: ServiceResponse<BoxBody>,
    error: &ApiError,
    id: &str,
) -> ServiceResponse<BoxBody> {
    let (request, old) = answer.into_parts();
    let mut response = match error.code().status() {
        StatusCode::UNAUTHORIZED => to_login(&request, error),
        status => shown(&request, error, (status, id)),
    };
    for (name, value) in old.headers() {
        if *name != CONTENT_TYPE {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    if error.closes() {
        response
            .head_mut()
            .set_connection_type(actix_web::http::ConnectionType::Close);
    }
    ServiceResponse::new(request, response)
}

fn shown(
    request: &HttpRequest,
    error: &ApiError,
    (status, id): (StatusCode, &str),
) -> HttpResponse {
    let sentence = sentence(error);
    let html = if is_fragment(request) {
        let request_id = id.to_owned();
        Failure {
            sentence,
            request_id,
        }
        .render()
    } else {
        let page = Problem::new(status.as_u16(), &sentence, id);
        page.with_theme(theme(request)).render()
    };
    HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/html; charset=utf-8")
        // Templates of plain texts have nothing that can fail.
        .body(html.unwrap_or(sentence_alone(error)))
}

fn sentence_alone(error: &ApiError) -> String {
    error.sentence().to_owned()
}

/// The sentence of the error table, as pages say it.
fn sentence(error: &ApiError) -> String {
    match error.code() {
        Code::CsrfFailed => {
            "The form was not sent by a page of this session. Reload the page and send it again."
        }
        Code::RouteNotFound => "There is no such page.",
        _ => error.sentence(),
    }
    .to_owned()
}

/// Sends the browser to sign in, and back afterwards to where it was.
fn to_login(request: &HttpRequest, error: &ApiError) -> HttpResponse {
    let next = match *request.method() {
        Method::GET | Method::HEAD if !is_fragment(request) => {
            let target = request.uri().path_and_query();
            target.map(ToString::to_string).unwrap_or_default()
        }
        _ => came_from(request).unwrap_or_default(),
    };
    let ended = match error.code() {
        Code::NoSession => "",
        _ => "ended",
    };
    let next = if next == "/" { "" } else { next.as_str() };
    let login = Address::new("/login")
        .with("note", ended)
        .with("next", next);
    if is_fragment(request) {
        return HttpResponse::Unauthorized()
            .insert_header((HX_REDIRECT, login.to_string()))
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish();
    }
    HttpResponse::SeeOther()
        .insert_header((LOCATION, login.to_string()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

/// The page of ours that a request was sent from.
#[must_use]
pub fn came_from(request: &HttpRequest) -> Option<String> {
    let text = |name: &HeaderName| request.headers().get(name)?.to_str().ok();
    let current = request.headers().get("hx-current-url");
    let current = current.and_then(|value| value.to_str().ok());
    let url = Url::parse(current.or_else(|| text(&REFERER))?).ok()?;
    let host = request.connection_info().host().to_owned();
    if !url.authority().eq_ignore_ascii_case(&host) {
        return None;
    }
    let query = url.query().map(|query| format!("?{query}"));
    Some(format!("{}{}", url.path(), query.unwrap_or_default()))
}
