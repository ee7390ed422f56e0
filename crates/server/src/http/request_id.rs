//! Request ids: the client's own, where it is sane, or a new one.

use crate::state::AppState;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderName;
use actix_web::web;

/// The header that carries it, in requests and answers.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request being handled, among its extensions.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The id of a request.
pub fn request_id(request: &ServiceRequest) -> String {
    let sane = |text: &&str| {
        (1..=128).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.:+/=".contains(&b))
    };
    let given = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(sane);
    given.map(str::to_owned).unwrap_or_else(|| {
        request
            .app_data::<web::Data<AppState>>()
            .map(|state| state.ids.next_id(state.clock.now()).to_string())
            .unwrap_or_default()
    })
}
