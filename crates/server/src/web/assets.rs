//! Serves stylesheet, scripts and icons as they were packed.

use crate::http::error::{ApiError, ApiResult, Code};
use actix_web::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_web::assets;
use flate2::read::GzDecoder;
use std::io::Read;

/// A year: what an address names never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Serves one asset in the best encoding that the client reads.
///
/// # Errors
/// 404.
pub async fn get_asset(request: HttpRequest, file: Path<String>) -> ApiResult<HttpResponse> {
    let asset = assets::find(&file).ok_or_else(|| ApiError::new(Code::RouteNotFound))?;
    let accepts = |encoding: &str| {
        let mut accepted = request.headers().get_all(ACCEPT_ENCODING);
        accepted.any(|value| value.to_str().is_ok_and(|text| names(text, encoding)))
    };
    let mut answer = HttpResponse::Ok();
    answer
        .content_type(asset.kind.media_type())
        .insert_header((CACHE_CONTROL, FOREVER));
    if accepts("br") {
        answer.insert_header((CONTENT_ENCODING, "br"));
        return Ok(answer.body(asset.brotli));
    }
    if accepts("gzip") {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
        return Ok(answer.body(asset.gzip));
    }
    let mut plain = Vec::new();
    let read = GzDecoder::new(asset.gzip).read_to_end(&mut plain);
    read.map_err(ApiError::internal)?;
    // Compressing it again would be a waste.
    answer.insert_header((CONTENT_ENCODING, "identity"));
    Ok(answer.body(plain))
}

/// Whether an `Accept-Encoding` names an encoding, and does not refuse it.
fn names(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|one| {
        let (name, quality) = one.split_once(';').unwrap_or((one, ""));
        let refused = matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_named_with_or_without_a_quality() {
        assert!(names("gzip, deflate, br;q=0.9", "br"));
        assert!(names("GZIP", "gzip"));
        assert!(!names("gzip;q=0", "gzip"));
        assert!(!names("brotli", "br"));
    }
}
