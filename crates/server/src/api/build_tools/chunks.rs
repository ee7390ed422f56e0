//! Chunks of bundles.

use super::Uploader;
use crate::api::dsn::DsnAddress;
use crate::http::audit;
use crate::http::body::{self, BodyLimits};
use crate::http::caller::AuthenticatedBody;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::state::AppState;
use actix_multipart::Multipart;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::artifacts::ChunkDigest;
use faultbook_domain::store_error::StoreError;
use faultbook_symbolicate::{CHUNK, UploadError, Uploads};
use flate2::read::GzDecoder;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use std::io::Read;
use std::sync::Arc;
use utoipa::ToSchema;

/// Room for what is around the chunks of a body, and for what compression adds to what it cannot compress.
const AROUND: usize = 64 << 10;

/// How bundles are to be uploaded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChunkUploadOptions)]
#[serde(rename_all = "camelCase")]
pub struct OptionsView {
    /// Where chunks go.
    url: String,
    /// Bytes of a chunk.
    chunk_size: usize,
    chunks_per_request: usize,
    /// Bytes of the chunks of a request, before compression.
    max_request_size: usize,
    /// Bytes of a file.
    max_file_size: u64,
    /// Seconds that a client waits for a bundle.
    max_wait: u64,
    /// Requests at once.
    concurrency: u32,
    #[schema(example = "sha1")]
    hash_algorithm: &'static str,
    compression: [&'static str; 1],
    accept: [&'static str; 3],
}

/// How bundles are to be uploaded.
#[utoipa::path(
    get, path = "/api/0/organizations/{org}/chunk-upload/", tag = "Build tools",
    params(("org" = String, Path, description = "The tenant's slug or id")),
    responses((status = 200, description = "The options", body = OptionsView))
)]
pub async fn get_chunk_options(
    _: Uploader,
    request: HttpRequest,
    address: DsnAddress,
    uploads: Data<Uploads>,
) -> HttpResponse {
    let org = request.match_info().get("org").unwrap_or_default();
    // A request stays below 1 MiB, which is what proxies let through unless they are told otherwise.
    HttpResponse::Ok().json(OptionsView {
        url: format!(
            "{}/api/0/organizations/{org}/chunk-upload/",
            address.base_url()
        ),
        chunk_size: CHUNK,
        chunks_per_request: 1,
        max_request_size: CHUNK,
        max_file_size: uploads.limits().bundle.bundle,
        max_wait: 300,
        concurrency: 4,
        hash_algorithm: "sha1",
        compression: ["gzip"],
        accept: ["release_files", "artifact_bundles", "artifact_bundles_v2"],
    })
}

/// Takes a chunk of a bundle: a part `file`, or `file_gzip`, whose file name is the SHA-1 of its plain bytes.
#[utoipa::path(
    post, path = "/api/0/organizations/{org}/chunk-upload/", tag = "Build tools",
    params(("org" = String, Path, description = "The tenant's slug or id")),
    request_body(content = String, content_type = "multipart/form-data"),
    responses(
        (status = 200, description = "The chunk is stored"),
        (status = 413, description = "The chunk is larger than `chunkSize`", body = super::bundles::DetailView),
        (status = 507, description = "The tenant's files take up what they may", body = super::bundles::DetailView),
    )
)]
pub async fn upload_chunk(
    sender: AuthenticatedBody,
    request: HttpRequest,
    uploads: Data<Uploads>,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let AuthenticatedBody {
        caller,
        mut payload,
    } = sender;
    let caller = match Uploader::admit(caller, &request).await {
        Ok(caller) => caller,
        Err(error) => return Err(body::refuse(error, &mut payload).await),
    };
    let limits = BodyLimits::decoded(CHUNK + AROUND, state.http.body_timeout);
    let lease = Arc::clone(&state.bodies).lease(body::Origin::Known);
    let body = body::read(&request, &mut payload, limits, lease).await?;
    let chunks = read_parts(&request, body.bytes).await?;
    if chunks.is_empty() {
        return Err(bad("The body has no part named file or file_gzip"));
    }
    for (digest, bytes) in chunks {
        uploads
            .add_chunk(caller.0.tenant_scope(), digest, bytes)
            .await
            .map_err(refused)?;
    }
    drop(body.lease);
    // The audit log has the bundle.
    audit::withhold(&request);
    Ok(HttpResponse::Ok().finish())
}

/// What becomes of an upload that is not taken.
pub(super) fn refused(error: UploadError) -> ApiError {
    match error {
        UploadError::WrongDigest(_) => bad(&error.to_string()),
        UploadError::QuotaExceeded(_) => {
            ApiError::new(Code::QuotaExceeded).with_message(error.to_string())
        }
        UploadError::Store(error) => match error {
            // What cannot be stored now is sent again by build tools for 503 alone.
            StoreError::Unavailable(_) => ApiError::from(error),
            other => ApiError::new(Code::Unavailable)
                .retry_after(5)
                .caused_by(Arc::new(other) as Arc<_>),
        },
        other => ApiError::internal(other),
    }
}

fn bad(sentence: &str) -> ApiError {
    ApiError::new(Code::BadRequest).with_message(sentence)
}

/// Reads the chunks of a multipart body.
async fn read_parts(
    request: &HttpRequest,
    body: Vec<u8>,
) -> ApiResult<Vec<(ChunkDigest, Vec<u8>)>> {
    let whole = stream::once(async { Ok(Bytes::from(body)) }).boxed_local();
    let mut parts = Multipart::new(request.headers(), whole);
    let unreadable = |error: actix_multipart::MultipartError| {
        bad(&format!("The body is no multipart form: {error}"))
    };
    let mut chunks = Vec::new();
    while let Some(mut part) = parts.try_next().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part
            .content_disposition()
            .and_then(|one| one.get_filename());
        let file = file.unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(more) = part.try_next().await.map_err(unreadable)? {
            bytes.extend_from_slice(&more);
        }
        let bytes = match name.as_str() {
            "file" => bytes,
            "file_gzip" => inflate(&bytes)?,
            _ => continue,
        };
        if bytes.len() > CHUNK {
            return Err(ApiError::new(Code::PayloadTooLarge)
                .with_message(format!("A chunk is larger than {CHUNK} bytes")));
        }
        let digest = file.parse();
        let digest = digest.map_err(|_| {
            bad("The file name of a chunk must be the SHA-1 of its bytes, in hexadecimal digits")
        })?;
        chunks.push((digest, bytes));
    }
    Ok(chunks)
}

/// Inflates a chunk, and stops behind its largest size.
fn inflate(bytes: &[u8]) -> ApiResult<Vec<u8>> {
    let mut inflated = Vec::with_capacity(CHUNK.min(bytes.len() * 4));
    let most = CHUNK as u64 + 1;
    let read = GzDecoder::new(bytes).take(most).read_to_end(&mut inflated);
    read.map_err(|error| bad(&format!("A chunk cannot be decompressed: {error}")))?;
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uploads_beyond_the_quota_are_507() {
        let error = refused(UploadError::QuotaExceeded(20 << 30));
        assert_eq!(error.code().status().as_u16(), 507);
        assert!(error.sentence().contains("20 GiB"), "{}", error.sentence());
    }

    #[test]
    fn a_chunk_of_another_digest_is_named() {
        let digest = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12";
        let error = refused(UploadError::WrongDigest(digest.parse().unwrap()));
        assert_eq!(error.code().status().as_u16(), 400);
        assert!(error.sentence().contains(digest));
    }
}
