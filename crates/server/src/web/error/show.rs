//! The page of one error.

use crate::api::errors::not_found;
use crate::api::list_query::{ListRequest, read_occurrence_search};
use crate::http::error::ApiResult;
use crate::state::AppState;
use crate::web::errors::{api_query, members};
use crate::web::page::Page;
use crate::web::visitor::Visitor;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::Path;
use actix_web::{HttpResponse, Responder};
use faultbook_domain::analytics::{HourRange, Insights, TrendMark};
use faultbook_domain::errors::{
    Activity, Discussion, ErrorDetail, ErrorFinder, NamedActor, OccurrencePlace, Occurrences,
    Overview, TrendShape, Triage,
};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_domain::search::Query as Search;
use faultbook_domain::search_index::Tags;
use faultbook_web::error::{ErrorPage, Frames, Neighbors, Shown, Talk};
use faultbook_web::errors::ListFilter;
use faultbook_web::shell::Section;
use time::{Duration, OffsetDateTime};

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
    let marks = marks(visitor, &detail, &trend).await?;
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
        marks,
        public,
    };
    let shell = visitor.shell(Section::Errors, title).await?;
    let list = filter.address.clone();
    let mut answer = Page::new(ErrorPage::new(shell, list, page)).respond_to(visitor.request());
    remember_frames(visitor, &state, &mut answer)?;
    Ok(answer)
}

pub(super) async fn detail(visitor: &Visitor, id: ErrorId) -> ApiResult<ErrorDetail> {
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

pub(super) fn title(detail: &ErrorDetail) -> String {
    let figures = detail.figures.as_ref();
    let name = figures.and_then(|figures| figures.exception_type.clone());
    let message = &detail.error.summary.message;
    name.unwrap_or_else(|| faultbook_web::errors::row::one_line(message))
}

fn trend(detail: &ErrorDetail, now: OffsetDateTime) -> Vec<(OffsetDateTime, u64)> {
    let counts = detail.figures.as_ref().map(|figures| figures.trend.clone());
    let start = TrendShape::Fortnight.start(now);
    let days = counts.unwrap_or_default().into_iter().enumerate();
    days.map(|(day, count)| {
        let day = i64::try_from(day).unwrap_or(0);
        (start + Duration::days(day), count.max(0).cast_unsigned())
    })
    .collect()
}

/// Releases and deploys of its project, and what was decided about it, in the days of its trend.
async fn marks(
    visitor: &Visitor,
    detail: &ErrorDetail,
    trend: &[(OffsetDateTime, u64)],
) -> ApiResult<Vec<TrendMark>> {
    let Some(((since, _), (last, _))) = trend.first().zip(trend.last()) else {
        return Ok(Vec::new());
    };
    let range = HourRange {
        since: *since,
        until: *last + Duration::DAY,
    };
    let scope = visitor.scope().narrowed_to(detail.error.project_id);
    let (insights, own) = (visitor.service::<Insights>()?, detail.error.state.id);
    Ok(insights.marks(&scope, range, Some(own), Vec::new()).await?)
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
