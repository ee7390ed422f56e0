//! Changes many errors at once, those of long lists in the background.

use super::TOTAL_MAX;
use super::decision_fields::{read_assignment, read_resolution, read_terms};
use crate::api::list_query::ListRequest;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code, FieldProblem};
use crate::http::extract::{Json, PathId};
use crate::http::fields::Fields;
use crate::http::query::Query;
use crate::http::request::JsonBody;
use crate::state::AppState;
use actix_web::Either;
use actix_web::web::Data;
use faultbook_domain::errors::{
    AssignTo, Bulk, BulkChange, BulkDone, DecisionError, Decisions, Discussion, ErrorFinder,
    MergeError, Overview,
};
use faultbook_domain::id::{ErrorId, JobId};
use faultbook_domain::identity::Permission;
use faultbook_domain::jobs::{Job, Jobs, StartError};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// Errors that a change may name, and that are changed before it is answered.
const BULK_MAX: usize = 10_000;
/// Errors that are merged into one.
const MERGE_MAX: usize = 1_000;

/// What to do with many errors: exactly one of `ids` and `query`, and an action with its fields.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "query": "is:open environment:staging", "action": "resolve", "in": "next_release" }))]
pub struct BulkRequest {
    /// The errors, 1 to 10,000.
    pub ids: Option<Vec<Uuid>>,
    /// A search: those that match when the call arrives.
    pub query: Option<String>,
    /// With `query`: from this time on.
    pub since: Option<String>,
    /// With `query`: before this time.
    pub until: Option<String>,
    /// With `query`: of this project alone, by id or slug.
    pub project: Option<String>,
    /// With `query`: the `total` of the list, where nothing is to be done if it is another now. Required to delete and
    /// to merge.
    pub expected: Option<u64>,
    /// resolve, reopen, unresolve, ignore, assign, bookmark, unbookmark, delete or merge.
    #[schema(example = "resolve")]
    pub action: String,
    /// resolve: now (the default), current_release, next_release or release.
    #[schema(rename = "in")]
    pub resolve_in: Option<String>,
    /// resolve in a release: its version; ignore: `next`.
    pub release: Option<String>,
    /// ignore: how many more occurrences.
    pub count: Option<i64>,
    /// ignore: how many more users.
    pub users: Option<i64>,
    /// assign: `me`, or a member's id or e-mail address; null for nobody.
    pub assigned_to: Option<String>,
    /// merge: the error that stays; by default the one first seen.
    pub into: Option<Uuid>,
}

/// What was done with many errors.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkDone)]
pub struct BulkView {
    /// How many are as wanted, changed or not.
    pub affected: usize,
    /// Those.
    #[schema(value_type = Vec<Uuid>)]
    pub ids: Vec<ErrorId>,
    /// Those that were not found.
    #[schema(value_type = Vec<Uuid>)]
    pub not_found: Vec<ErrorId>,
    /// Those that were left as they were.
    pub failed: Vec<BulkFailure>,
}

/// An error that was left as it was.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkFailure {
    #[schema(value_type = Uuid)]
    id: ErrorId,
    /// Why.
    #[schema(example = "no release of the project is known")]
    error: String,
}

/// A change that goes on in the background.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobStarted {
    /// What `GET /api/jobs/{id}` takes.
    pub job_id: Uuid,
    /// How many errors are to be changed.
    pub total: u64,
}

/// How far a change in the background is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobView {
    id: Uuid,
    #[schema(example = "resolve")]
    action: String,
    /// Errors that were looked at.
    done: u64,
    /// Errors in all.
    total: u64,
    /// queued, running, done or failed.
    #[schema(example = "running")]
    state: &'static str,
    /// Why it failed.
    error: Option<String>,
}

impl From<BulkDone> for BulkView {
    fn from(done: BulkDone) -> Self {
        let failed = done.failed.into_iter();
        Self {
            affected: done.affected.len(),
            ids: done.affected,
            not_found: done.not_found,
            failed: failed
                .map(|(id, error)| BulkFailure { id, error })
                .collect(),
        }
    }
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id.0,
            action: job.action,
            done: job.done,
            total: job.total,
            state: job.state.as_str(),
            error: job.error,
        }
    }
}

/// An action as it was asked for.
enum Wish {
    Change(BulkChange),
    Assign(AssignTo),
    Merge(Option<ErrorId>),
}

/// Which errors.
enum Target {
    Ids(Vec<ErrorId>),
    /// The parameters of a list, and how many it is expected to have.
    Query(String, Option<u64>),
}

impl Wish {
    const fn permission(&self) -> Permission {
        match self {
            Self::Change(BulkChange::Delete) => Permission::ErrorsDelete,
            _ => Permission::ErrorsResolve,
        }
    }

    /// Whether an error that it was not meant for would be lost.
    const fn is_final(&self) -> bool {
        matches!(self, Self::Change(BulkChange::Delete) | Self::Merge(_))
    }
}

fn read_bulk(body: JsonBody, now: OffsetDateTime) -> ApiResult<(Target, Wish)> {
    let mut fields = body.fields()?;
    let has_query = fields.has("query");
    let target = if has_query {
        read_query(&mut fields)
    } else {
        read_ids(&mut fields).map(Target::Ids)
    };
    let wish = read_wish(&mut fields, now);
    if has_query && fields.take("ids").is_some() {
        fields.problem("ids", "cannot be combined with query");
    }
    match (&target, &wish) {
        (Some(Target::Query(_, None)), Some(wish)) if wish.is_final() => {
            fields.problem("expected", "is required");
        }
        (Some(Target::Ids(ids)), Some(Wish::Merge(into))) => {
            if !(2..=MERGE_MAX).contains(&ids.len()) {
                fields.problem("ids", &format!("must name 2 to {MERGE_MAX} errors"));
            } else if into.is_some_and(|into| !ids.contains(&into)) {
                fields.problem("into", "must be one of ids");
            }
        }
        _ => {}
    }
    fields.conclude(target.zip(wish))
}

fn read_ids(fields: &mut Fields) -> Option<Vec<ErrorId>> {
    let given = fields.strings("ids", "must be an array of UUIDs");
    let given = fields.demand("ids", given)?;
    let ids: Option<Vec<ErrorId>> = given.iter().map(|text| text.parse().ok()).collect();
    let Some(mut ids) = ids else {
        fields.problem("ids", "must be an array of UUIDs");
        return None;
    };
    if ids.is_empty() || ids.len() > BULK_MAX {
        fields.problem("ids", &format!("must name 1 to {BULK_MAX} errors"));
    }
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

fn read_query(fields: &mut Fields) -> Option<Target> {
    let query = fields.text("query");
    let query = fields.demand("query", query)?;
    let mut list = form_urlencoded::Serializer::new(String::new());
    list.append_pair("query", &query);
    for name in ["since", "until", "project"] {
        if let Some(text) = fields.text(name) {
            list.append_pair(name, &text);
        }
    }
    let expected = fields.whole("expected", 0..=i64::MAX);
    let expected = expected.map(i64::unsigned_abs);
    Some(Target::Query(list.finish(), expected))
}

fn read_wish(fields: &mut Fields, now: OffsetDateTime) -> Option<Wish> {
    const EXPECTED: &str = "must be one of resolve, reopen, unresolve, ignore, assign, bookmark, unbookmark, delete, merge";
    let action = fields.parsed("action", EXPECTED, |text| Some(text.to_owned()));
    let action = fields.demand("action", action)?;
    Some(match action.as_str() {
        "resolve" => Wish::Change(BulkChange::Resolve(read_resolution(fields))),
        "reopen" | "unresolve" => Wish::Change(BulkChange::Reopen),
        "ignore" => Wish::Change(BulkChange::Ignore(read_terms(fields, now))),
        "assign" => Wish::Assign(read_assignment(fields)?),
        "bookmark" => Wish::Change(BulkChange::Bookmark(true)),
        "unbookmark" => Wish::Change(BulkChange::Bookmark(false)),
        "delete" => Wish::Change(BulkChange::Delete),
        "merge" => Wish::Merge(fields.parsed("into", "must be a UUID", |text| text.parse().ok())),
        _ => {
            fields.problem("action", EXPECTED);
            return None;
        }
    })
}

/// Changes many errors: those of `ids`, or those that a search finds when the call arrives.
///
/// The same change again changes nothing. Over 10,000 errors are changed in the background: `GET /api/jobs/{id}`.
#[utoipa::path(
    post, path = "/api/errors/bulk", tag = "Errors",
    request_body = BulkRequest,
    responses(
        (status = 200, description = "What was done", body = Envelope<BulkView>),
        (status = 202, description = "It goes on in the background", body = Envelope<JobStarted>),
        (status = 400, description = "Invalid input", body = ErrorEnvelope),
        (status = 403, description = "The key may not do this", body = ErrorEnvelope),
        (status = 409, description = "The search finds another number of errors than `expected`: `details` tells it", body = ErrorEnvelope),
    )
)]
pub async fn change_errors(
    Json { caller, body }: Json,
    (bulk, jobs, decisions): (Data<Bulk>, Data<Jobs>, Data<Decisions>),
    (finder, discussion): (Data<ErrorFinder>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<Either<Success<BulkView>, Success<JobStarted>>> {
    let now = state.clock.now();
    let (target, wish) = read_bulk(body, now)?;
    caller.require(wish.permission())?;
    let field = if matches!(target, Target::Ids(_)) {
        "ids"
    } else {
        "query"
    };
    let ids = match target {
        Target::Ids(ids) => ids,
        Target::Query(list, expected) => {
            let list = ListRequest::read(&Query::of(&list), &caller, now, &discussion).await?;
            matching(&finder, &list, expected).await?
        }
    };
    let change = match wish {
        Wish::Change(change) => change,
        Wish::Assign(to) => {
            let to = decisions
                .assignee(caller.scope(), &to, caller.actor())
                .await;
            BulkChange::Assign(to.map_err(not_assigned)?)
        }
        Wish::Merge(into) => {
            if !(2..=MERGE_MAX).contains(&ids.len()) {
                let expected = format!("must find 2 to {MERGE_MAX} errors to merge");
                return Err(ApiError::field(field, &expected));
            }
            let merged = bulk.merge(caller.scope(), &ids, into, caller.actor()).await;
            let merged = merged.map_err(|error| not_merged(error, field))?;
            return Ok(Either::Left(Success::ok(merged.into())));
        }
    };
    if ids.len() > BULK_MAX {
        let detail = (change.name(), change.to_stored());
        let job = jobs.start(caller.principal(), detail, &ids).await;
        let job = job.map_err(not_started)?;
        let started = JobStarted {
            job_id: job.id.0,
            total: job.total,
        };
        return Ok(Either::Right(Success::accepted(started)));
    }
    let done = bulk.apply(caller.scope(), &ids, &change, caller.actor());
    Ok(Either::Left(Success::ok(done.await?.into())))
}

/// The errors that a list finds now, if it has as many as expected.
async fn matching(
    finder: &ErrorFinder,
    list: &ListRequest,
    expected: Option<u64>,
) -> ApiResult<Vec<ErrorId>> {
    let ids = finder.ids(&list.scope, &list.query).await?;
    let found = ids.len() as u64;
    let capped = found > TOTAL_MAX && !Overview::counters_know(&list.query);
    let total = if capped { TOTAL_MAX } else { found };
    if expected.is_some_and(|expected| expected != total) {
        let problem = FieldProblem::new("expected", total.to_string());
        return Err(ApiError::new(Code::UnexpectedTotal).with_details(vec![problem]));
    }
    Ok(ids)
}

fn not_assigned(error: DecisionError) -> ApiError {
    match error {
        DecisionError::Store(error) => error.into(),
        _ => ApiError::field("assigned_to", "must be an active member"),
    }
}

fn not_merged(error: MergeError, field: &str) -> ApiError {
    match error {
        MergeError::Store(error) => error.into(),
        MergeError::NotAmong => {
            ApiError::field("into", "must be one of the errors that are merged")
        }
        _ => ApiError::field(field, "must name errors of one project"),
    }
}

fn not_started(error: StartError) -> ApiError {
    match error {
        StartError::Store(error) => error.into(),
        full => ApiError::new(Code::InvalidInput).with_message(format!("Invalid input: {full}")),
    }
}

/// How far a change in the background is; for 24 hours.
#[utoipa::path(
    get, path = "/api/jobs/{id}", tag = "Errors",
    params(("id" = uuid::Uuid, Path, description = "Job id")),
    responses(
        (status = 200, description = "The job", body = Envelope<JobView>),
        (status = 400, description = "Not a UUID", body = ErrorEnvelope),
    )
)]
pub async fn get_job(
    caller: Caller,
    id: PathId<JobId>,
    jobs: Data<Jobs>,
) -> ApiResult<Success<JobView>> {
    caller.require(Permission::ErrorsRead)?;
    let found = jobs.get(caller.principal(), id.get()?).await?;
    let job = found.ok_or_else(|| ApiError::new(Code::JobNotFound))?;
    Ok(Success::ok(job.into()))
}
