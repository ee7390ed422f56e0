//! What the documentation page needs beside its files: a policy that allows what it does, and plain files for clients
//! that do not accept gzip.

use actix_web::body::{self, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HeaderValue,
};
use actix_web::middleware::Next;
use actix_web::{Error, error};
use flate2::read::GzDecoder;
use std::io::Read;

/// What the page may load: Swagger UI writes its styles inline and shows its icons out of `data:` addresses.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Wraps what serves the page.
///
/// # Errors
/// Those of the request, or when what is kept cannot be decompressed.
pub async fn readable(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let reads_gzip = request.headers().get_all(ACCEPT_ENCODING).any(|value| {
        value
            .to_str()
            .is_ok_and(|text| text.contains("gzip") || text.contains('*'))
    });
    let mut answer = next.call(request).await?.map_into_boxed_body();
    let policy = HeaderValue::from_static(POLICY);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    let gzip = HeaderValue::from_static("gzip");
    if reads_gzip || answer.headers().get(CONTENT_ENCODING) != Some(&gzip) {
        return Ok(answer);
    }
    let (request, mut answer) = answer.into_parts();
    answer.headers_mut().remove(CONTENT_ENCODING);
    let (answer, packed) = answer.into_parts();
    let packed = body::to_bytes(packed)
        .await
        .map_err(error::ErrorInternalServerError)?;
    let mut plain = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut plain)?;
    Ok(ServiceResponse::new(
        request,
        answer.set_body(BoxBody::new(plain)),
    ))
}
