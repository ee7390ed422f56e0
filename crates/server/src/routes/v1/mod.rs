//! Tenants and access: everything below `/api/v1`.

pub mod audit_entries;
pub mod auth;
pub mod invitations;
pub mod members;
pub mod permissions;
pub mod platform;
pub mod policies;
pub mod roles;
pub mod system_users;
pub mod tenants;

use crate::http::envelope::Success;
use crate::http::error::{ApiError, FieldProblem};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use std::str::FromStr;

/// An id in a path.
///
/// # Errors
/// 422 naming the parameter.
pub fn id_of<T: FromStr>(parameter: &str, text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| {
        ApiError::rules(vec![FieldProblem {
            field: parameter.to_owned(),
            message: "must be a UUID".to_owned(),
        }])
    })
}

/// An answer that holds a secret: no cache keeps it.
pub fn once<T: Serialize>(answer: Success<T>, request: &HttpRequest) -> HttpResponse {
    let mut answer = answer.respond_to(request);
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
