//! One error, and what is decided about it.

use super::errors::bulk::{told, wish};
use super::errors::{api_query, members};
use super::form::Form;
use super::page::{Page, see_other, see_other_with};
use super::visitor::Visitor;
use crate::api::artifacts::symbolicate_error;
use crate::api::errors::{
    TriageServices, assign_error, ignore_error, not_found, reopen_error, resolve_error,
};
use crate::api::list_query::{ListRequest, read_occurrence_search};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::{Json, OptionalJson, PathId};
use crate::http::request::JsonBody;
use crate::state::AppState;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::{Data, Path};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use faultbook_domain::errors::{
    Activity, Comment, Discussion, ErrorDetail, ErrorFinder, Mark, Merge, NamedActor,
    OccurrencePlace, Occurrences, Overview, Split, TrendShape, Triage,
};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_domain::search::Query as Search;
use faultbook_domain::search_index::Tags;
use faultbook_symbolicate::LateMaps;
use faultbook_web::error::{Candidate, ErrorPage, Frames, MergePage, Neighbors, Shown, Talk};
use faultbook_web::errors::ListFilter;
use faultbook_web::link::own_path;
use faultbook_web::shell::{Flash, Section, Undo};
use serde_json::Value;
use time::Duration;

/// The cookie that names which frames are shown.
const FRAMES_COOKIE: &str = "faultbook_frames";

/// Entries of the log, and comments, that a page shows.
const LOG: u32 = 50;

/// Shows an error with its newest occurrence.
///
/// # Errors
/// 403 for those who may not read errors, 404 for one that they do not see.
pub async fn show(visitor: Visitor, id: Path<String>) -> ApiResult<HttpResponse> {
    shown(&visitor, &id, OccurrencePlace::Latest).await
}

/// Shows an error with another occurrence.
///
/// # Errors
/// As [`show`].
pub async fn show_occurrence(
    visitor: Visitor,
    path: Path<(String, String)>,
) -> ApiResult<HttpResponse> {
    let (id, named) = path.into_inner();
    let place = match named.as_str() {
        "latest" => OccurrencePlace::Latest,
        "first" => OccurrencePlace::First,
        other => OccurrencePlace::Id(other.parse().map_err(|_| not_found())?),
    };
    shown(&visitor, &id, place).await
}

async fn shown(visitor: &Visitor, id: &str, place: OccurrencePlace) -> ApiResult<HttpResponse> {
    visitor.require(Permission::ErrorsRead)?;
    let id: ErrorId = id.parse().map_err(|_| not_found())?;
    let scope = visitor.scope();
    let detail = detail(visitor, id).await?;
    let state = visitor.service::<AppState>()?;
    let discussion = visitor.service::<Discussion>()?;
    let filter = ListFilter::read(&visitor.parameters());
    let all = api_query(&filter.parameters_of_all());
    let now = state.clock.now();
    let search = read_occurrence_search(&all, now).unwrap_or_else(|_| Search::all(now));
    let occurrences = visitor.service::<Occurrences>()?;
    let mut found = occurrences.find(scope, id, place, &search).await?;
    if found.is_none() && !matches!(place, OccurrencePlace::Latest) {
        return Err(not_found());
    }
    if found.is_none() {
        // The list's search finds none of its occurrences any more: the newest is shown.
        found = occurrences
            .find(scope, id, place, &Search::all(now))
            .await?;
    }
    let overview = visitor.service::<Overview>()?;
    let history = overview.history(scope, id).await?.ok_or_else(not_found)?;
    let tags = visitor.service::<Tags>()?.of_error(scope, id).await?;
    let own = [&detail.error];
    let people = discussion.people(scope, &own, visitor.actor()).await?;
    let people = people.get(&id).cloned().unwrap_or_default();
    let trend = trend(&detail, now);
    let public = visitor.public_address(&format!("/errors/{id}"));
    let title = title(&detail);
    let project = visitor.slug_of(detail.error.project_id);
    let page = Shown {
        explained: visitor.service::<Triage>()?.explain(scope, id).await?,
        company: occurrences.company(scope, id).await?.unwrap_or_default(),
        neighbors: neighbors(visitor, &filter, (&overview, &discussion), id).await?,
        talk: talk(visitor, &discussion, id).await?,
        members: members(visitor).await?,
        tags: tags.unwrap_or_default(),
        is_named: !matches!(place, OccurrencePlace::Latest),
        frames: frames(visitor),
        reader: visitor.actor(),
        joined: Vec::new(),
        detail,
        people,
        project,
        found,
        history,
        trend,
        public,
    };
    let shell = visitor.shell(Section::Errors, title).await?;
    let list = filter.address.clone();
    let mut answer = Page::new(ErrorPage::new(shell, list, page)).respond_to(visitor.request());
    remember_frames(visitor, &state, &mut answer)?;
    Ok(answer)
}

async fn detail(visitor: &Visitor, id: ErrorId) -> ApiResult<ErrorDetail> {
    let triage = visitor.service::<Triage>()?;
    let finder = visitor.service::<ErrorFinder>()?;
    let mut detail = triage
        .get(visitor.scope(), id)
        .await?
        .ok_or_else(not_found)?;
    detail.figures = finder
        .figures(visitor.scope(), id, TrendShape::Fortnight)
        .await?;
    Ok(detail)
}

fn title(detail: &ErrorDetail) -> String {
    let figures = detail.figures.as_ref();
    let name = figures.and_then(|figures| figures.exception_type.clone());
    let message = &detail.error.summary.message;
    name.unwrap_or_else(|| faultbook_web::errors::row::one_line(message))
}

fn trend(detail: &ErrorDetail, now: time::OffsetDateTime) -> Vec<(time::OffsetDateTime, u64)> {
    let counts = detail.figures.as_ref().map(|figures| figures.trend.clone());
    let start = TrendShape::Fortnight.start(now);
    let days = counts.unwrap_or_default().into_iter().enumerate();
    days.map(|(day, count)| {
        let day = i64::try_from(day).unwrap_or(0);
        (start + Duration::days(day), count.max(0).cast_unsigned())
    })
    .collect()
}

async fn neighbors(
    visitor: &Visitor,
    filter: &ListFilter,
    (overview, discussion): (&Overview, &Discussion),
    id: ErrorId,
) -> ApiResult<Neighbors> {
    let state = visitor.service::<AppState>()?;
    let query = api_query(&filter.parameters());
    let list = ListRequest::read(&query, visitor, state.clock.now(), discussion).await;
    let Ok(list) = list else {
        return Ok(Neighbors::default());
    };
    let found = overview.neighbors(&list.scope, &list.query, id).await?;
    Ok(found.map_or_else(Neighbors::default, |one| Neighbors {
        position: one.position,
        total: one.total,
        previous: one.previous,
        next: one.next,
    }))
}

async fn talk(visitor: &Visitor, discussion: &Discussion, id: ErrorId) -> ApiResult<Talk> {
    let scope = visitor.scope();
    let activity: Option<Vec<(Activity, NamedActor)>> = discussion
        .activity(scope, id, None, LOG)
        .await?
        .map(|page| page.items);
    let comments = discussion.comments(scope, id, None, 2 * LOG).await?;
    Ok(Talk {
        activity: activity.unwrap_or_default(),
        comments: comments.map(|page| page.items).unwrap_or_default(),
    })
}

fn frames(visitor: &Visitor) -> Frames {
    let named = visitor.address();
    let cookie = visitor.request().cookie(FRAMES_COOKIE);
    match (named.get("frames"), cookie) {
        ("", Some(cookie)) => Frames::named(cookie.value()),
        (named, _) => Frames::named(named),
    }
}

/// What was chosen holds for other errors too.
fn remember_frames(
    visitor: &Visitor,
    state: &AppState,
    answer: &mut HttpResponse,
) -> ApiResult<()> {
    let address = visitor.address();
    let named = address.get("frames");
    if named.is_empty() {
        return Ok(());
    }
    let cookie = Cookie::build(FRAMES_COOKIE, Frames::named(named).name())
        .path("/errors")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(!state.development)
        .max_age(Duration::days(400))
        .finish();
    Ok(answer.add_cookie(&cookie)?)
}

/// Where a form of an error leads back to.
fn back(form: &Form, id: &str) -> String {
    let back = own_path(form.get("back")).filter(|back| !back.is_empty());
    back.map_or_else(|| format!("/errors/{id}"), str::to_owned)
}

/// Resolves, ignores, reopens or assigns an error, as the API's routes do.
///
/// # Errors
/// 403 for those who may not, 404 for an error that they do not see.
pub async fn decide(form: Form, id: Path<String>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let state = form.visitor.service::<AppState>()?;
    let mut body = wish(&form, state.clock.now())?;
    let action = form
        .get("action")
        .split(':')
        .next()
        .unwrap_or_default()
        .to_owned();
    body.remove("action");
    let (caller, back) = (form.visitor.caller(), back(&form, &id));
    let services = TriageServices::extract(&request)
        .await
        .map_err(|_| ApiError::new(Code::Internal))?;
    let body = JsonBody::new(Value::Object(body), false).limited(&state.limits);
    let own = Path::from(id.to_string());
    let done = match action.as_str() {
        "resolve" => resolve_error(OptionalJson { caller, body }, own, services).await,
        "ignore" => ignore_error(OptionalJson { caller, body }, own, services).await,
        "reopen" => reopen_error(caller, own, services).await,
        "assign" => assign_error(Json { caller, body }, own, services).await,
        _ => {
            return Err(ApiError::field(
                "action",
                "must be resolve, ignore, reopen or assign",
            ));
        }
    };
    let said = match done {
        Ok(_) => told(form.get("action"), &[id.to_string()], 0, &back),
        Err(refused) if refused.code() == Code::InvalidInput => Flash::failed(refused.sentence()),
        Err(refused) => return Err(refused),
    };
    Ok(see_other_with(&request, back, &said))
}

/// Sets or removes the reader's bookmark, or has them follow the error or not.
///
/// # Errors
/// As [`decide`].
pub async fn mark(form: Form, id: Path<String>, request: HttpRequest) -> ApiResult<HttpResponse> {
    form.visitor.require(Permission::ErrorsResolve)?;
    let mark = match request.path().ends_with("/follow") {
        true => Mark::Follow,
        false => Mark::Bookmark,
    };
    let own: ErrorId = id.parse().map_err(|_| not_found())?;
    let set = form.get("set") == "true";
    let discussion = form.visitor.service::<Discussion>()?;
    let (scope, actor) = (form.visitor.scope(), form.visitor.actor());
    match discussion.mark(scope, own, actor, (mark, set)).await? {
        true => Ok(see_other(back(&form, &id))),
        false => Err(not_found()),
    }
}

/// Writes a comment.
///
/// # Errors
/// As the API's route.
pub async fn comment(
    form: Form,
    id: Path<String>,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    form.visitor.require(Permission::ErrorsResolve)?;
    let own: ErrorId = id.parse().map_err(|_| not_found())?;
    let back = back(&form, &id);
    let text = form.get("text");
    if text.is_empty() || text.chars().count() > Comment::MAX_CHARS {
        let said = Flash::failed("A comment has 1 to 10,000 characters.");
        return Ok(see_other_with(&request, back, &said));
    }
    let discussion = form.visitor.service::<Discussion>()?;
    let (scope, actor) = (form.visitor.scope(), form.visitor.actor());
    let written = discussion.comment(scope, own, text, actor).await;
    written.map_err(|error| crate::api::errors::comment_refused(error, not_found))?;
    Ok(see_other(back))
}

/// Deletes a comment.
///
/// # Errors
/// As the API's route.
pub async fn delete_comment(form: Form, id: Path<String>) -> ApiResult<HttpResponse> {
    let back = back(&form, &id);
    let path = Path::from((id.into_inner(), form.get("comment").to_owned()));
    let discussion = form.visitor.service::<Discussion>()?;
    crate::api::errors::delete_comment(form.visitor.caller(), path, discussion).await?;
    Ok(see_other(back))
}

/// Reads the frames of an error's occurrences again with what is uploaded by now.
///
/// # Errors
/// As the API's route.
pub async fn symbolicate(
    form: Form,
    id: PathId<ErrorId>,
    path: Path<String>,
    late_maps: Data<LateMaps>,
) -> ApiResult<HttpResponse> {
    let back = back(&form, &path);
    symbolicate_error(form.visitor.caller(), id, late_maps).await?;
    let said = Flash::done("The frames are read again; reload in a moment");
    Ok(see_other_with(form.visitor.request(), back, &said))
}

/// Offers errors to merge one into: similar ones, or those of a search.
///
/// # Errors
/// As [`decide`].
pub async fn show_merge(visitor: Visitor, id: Path<String>) -> ApiResult<Page<MergePage>> {
    visitor.require(Permission::ErrorsResolve)?;
    let id: ErrorId = id.parse().map_err(|_| not_found())?;
    let detail = detail(&visitor, id).await?;
    let project = visitor.slug_of(detail.error.project_id);
    let finder = visitor.service::<ErrorFinder>()?;
    let discussion = visitor.service::<Discussion>()?;
    let now = visitor.service::<AppState>()?.clock.now();
    let words = visitor.address().get("q").to_owned();
    let asked = api_query(&[
        ("query", words.clone()),
        ("project", project),
        ("limit", "20".to_owned()),
        ("trend", "14d".to_owned()),
    ]);
    let shell = visitor.shell(Section::Errors, "Merge").await?;
    let own = (id.to_string(), title(&detail));
    let list = match ListRequest::read(&asked, &visitor, now, &discussion).await {
        Ok(list) => list,
        Err(refused) if refused.code() == Code::InvalidInput => {
            let problem = Some(refused.sentence().to_owned());
            return Ok(Page::new(MergePage::new(
                shell,
                own,
                words,
                Vec::new(),
                problem,
            )));
        }
        Err(refused) => return Err(refused),
    };
    let found: Vec<ErrorDetail> = if words.is_empty() {
        let similar = finder.similar(&list.scope, &list.query, id).await?;
        let similar = similar.unwrap_or_default().into_iter();
        similar.map(|(detail, _)| detail).collect()
    } else {
        finder.refresh().await;
        finder.list(&list.scope, &list.query).await?.items
    };
    let others = found.into_iter().filter(|one| one.error.state.id != id);
    let offered = others.map(|one| Candidate::of(&shell, one)).collect();
    Ok(Page::new(MergePage::new(shell, own, words, offered, None)))
}

/// Merges an error into another one.
///
/// # Errors
/// As the API's route.
pub async fn merge(form: Form, id: Path<String>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let visitor = &form.visitor;
    visitor.require(Permission::ErrorsResolve)?;
    let from: ErrorId = id.parse().map_err(|_| not_found())?;
    let into: ErrorId = form.get("into").parse().map_err(|_| not_found())?;
    let triage = visitor.service::<Triage>()?;
    let explained = triage.explain(visitor.scope(), from).await?;
    match triage
        .merge(visitor.scope(), from, into, visitor.actor())
        .await?
    {
        Merge::Done(_) => {}
        Merge::NotFound => return Err(not_found()),
        Merge::OtherProject => {
            let said = Flash::failed("Errors of two projects cannot be merged.");
            return Ok(see_other_with(
                &request,
                format!("/errors/{from}/merge"),
                &said,
            ));
        }
    }
    let own = explained.map(|one| one.fingerprints).unwrap_or_default();
    let said = Flash::done("Merged into this error");
    let said = match &own[..] {
        [only] => said.with_undo(Undo {
            action: format!("/errors/{into}/split"),
            fields: vec![("fingerprint".to_owned(), only.to_string())],
        }),
        _ => said,
    };
    Ok(see_other_with(&request, format!("/errors/{into}"), &said))
}

/// Splits a fingerprint off: it becomes an error of its own.
///
/// # Errors
/// As the API's route.
pub async fn split(form: Form, id: Path<String>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let visitor = &form.visitor;
    visitor.require(Permission::ErrorsResolve)?;
    let own: ErrorId = id.parse().map_err(|_| not_found())?;
    let expected = "must be 32 hexadecimal digits";
    let fingerprint = form.get("fingerprint").parse();
    let fingerprint = fingerprint.map_err(|_| ApiError::field("fingerprint", expected))?;
    let triage = visitor.service::<Triage>()?;
    let split = triage.split(visitor.scope(), own, fingerprint, visitor.actor());
    let new = match split.await? {
        Split::Done(error) => error.state.id,
        Split::NotFound => return Err(not_found()),
        Split::NotOwned | Split::OnlyOne => {
            let said = Flash::failed("This fingerprint cannot be split off any more.");
            return Ok(see_other_with(&request, back(&form, &id), &said));
        }
    };
    let said = Flash::done("Split off: this is its own error now").with_undo(Undo {
        action: format!("/errors/{new}/merge"),
        fields: vec![("into".to_owned(), own.to_string())],
    });
    Ok(see_other_with(&request, format!("/errors/{new}"), &said))
}
