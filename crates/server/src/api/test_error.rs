//! A test error, to see whether errors arrive.

use super::projects::named;
use crate::api::errors::view::ErrorView;
use crate::http::audit;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::ingest::batch::QueuedReport;
use crate::state::AppState;
use actix_web::web::{Data, Path};
use actix_web::{Either, HttpRequest};
use faultbook_domain::errors::{Level, Severity};
use faultbook_domain::id::ProjectId;
use faultbook_domain::identity::Permission;
use faultbook_domain::ingest::{Destination, Ingest, IngestOutcome, Report};
use serde_json::{Map, json};

/// Reports the test error into a project.
///
/// # Errors
/// 403 for those who may not report, 404 for a project that they do not see, 429 beyond 10 a minute.
pub async fn report_test(
    caller: &Caller,
    project: ProjectId,
    (ingest, state): (&Ingest, &AppState),
) -> ApiResult<IngestOutcome> {
    caller.require(Permission::ErrorsWrite)?;
    if !caller.scope().projects().contains(&project) {
        return Err(ApiError::new(Code::ProjectNotFound));
    }
    if let Err(left) = state.rate_limits.count_test_error(project).await {
        return Err(crate::http::rate_limit::shut_out(left));
    }
    let mut tags = Map::new();
    tags.insert("faultbook.test".to_owned(), json!("true"));
    let mut report = Report::new("faultbook", "Test error from Faultbook");
    report.level = Level::Error;
    report.severity = Some(Severity::Low);
    report.environment = Some("test".to_owned());
    report.tags = Some(tags);
    report.fingerprint = Some(vec!["faultbook.test".to_owned()]);
    let tenant = caller.scope().tenant();
    Ok(ingest
        .submit(Destination { tenant, project }, report)
        .await?)
}

/// Reports a test error into a project, in the ordinary way. There is one such error a project.
///
/// At most 10 a minute: 429 beyond, rate limits or not.
#[utoipa::path(
    post, path = "/api/projects/{id}/test-error", tag = "Projects",
    params(("id" = String, Path, description = "Project, by id or slug")),
    responses(
        (status = 201, description = "The error after this report", body = Envelope<ErrorView>),
        (status = 202, description = "The report is durably queued", body = Envelope<QueuedReport>),
        (status = 403, description = "The key may not report", body = ErrorEnvelope),
        (status = 404, description = "Project not found", body = ErrorEnvelope),
    )
)]
pub async fn send_test_error(
    caller: Caller,
    id: Path<String>,
    request: HttpRequest,
    ingest: Data<Ingest>,
    state: Data<AppState>,
) -> ApiResult<Either<Success<ErrorView>, Success<QueuedReport>>> {
    let project = named(&caller, &id)?;
    // It changes no setting.
    audit::withhold(&request);
    Ok(
        match report_test(&caller, project, (&ingest, &state)).await? {
            IngestOutcome::Stored(accepted) => {
                Either::Left(Success::created(ErrorView::of_accepted(&accepted)))
            }
            IngestOutcome::Queued(occurrence) => {
                Either::Right(Success::accepted(QueuedReport::of(&occurrence)))
            }
        },
    )
}
