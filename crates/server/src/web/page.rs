//! What handlers of pages answer.

use super::flash;
use crate::http::error::ApiError;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use faultbook_web::Template;
use faultbook_web::shell::Flash;

/// A page, or a part of one.
#[derive(Debug)]
pub struct Page<T> {
    template: T,
    status: StatusCode,
    is_secret: bool,
}

/// An answer of 400 or more that is written already: nothing replaces it.
#[derive(Debug, Clone, Copy)]
pub struct Written;

impl<T: Template> Page<T> {
    /// A page, 200.
    pub const fn new(template: T) -> Self {
        Self {
            template,
            status: StatusCode::OK,
            is_secret: false,
        }
    }

    /// With another status: a form that is shown again with what was wrong.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// Holds a secret: no cache keeps it.
    #[must_use]
    pub fn secret(self) -> Self {
        Self {
            is_secret: true,
            ..self
        }
    }
}

impl<T: Template> Responder for Page<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let html = match self.template.render() {
            Ok(html) => html,
            Err(error) => return ApiError::internal(error).error_response(),
        };
        let caching = if self.is_secret {
            "no-store"
        } else {
            "private, no-cache"
        };
        let mut answer = HttpResponse::build(self.status)
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, caching))
            .body(html);
        answer.extensions_mut().insert(Written);
        // What it says was shown.
        if flash::was_read(request) {
            flash::forget(&mut answer);
        }
        answer
    }
}

/// Sends the browser to another page with GET.
#[must_use]
pub fn see_other(address: impl std::fmt::Display) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, address.to_string()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

/// Sends the browser to another page, which says what was done.
#[must_use]
pub fn see_other_with(
    request: &HttpRequest,
    address: impl std::fmt::Display,
    said: &Flash,
) -> HttpResponse {
    let mut answer = see_other(address);
    flash::keep(request, &mut answer, said);
    answer
}

/// Whether a script asks for a part of a page.
#[must_use]
pub fn is_fragment(request: &HttpRequest) -> bool {
    request.headers().contains_key("hx-request")
}
