//! The list of errors, and what is done to many of them.

pub mod bulk;

use super::page::Page;
use super::trend::{Steps, volume};
use super::visitor::Visitor;
use crate::api::errors::TOTAL_MAX;
use crate::api::list_query::ListRequest;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{Either, HttpResponse};
use faultbook_domain::analytics::{Insights, Step};
use faultbook_domain::errors::{Discussion, ErrorFinder, ErrorGroup, Overview};
use faultbook_domain::identity::{MemberStatus, Members, Permission};
use faultbook_web::errors::{Counts, ErrorsPage, Found, ListFilter, Listed, VolumePart};
use faultbook_web::shell::Section;
use form_urlencoded::Serializer;

/// Members that are offered to assign errors to.
const OFFERED: u32 = 50;

/// Shows the list.
///
/// # Errors
/// 403 for those who may not read errors, 404 for a project that they do not see.
pub async fn list(
    visitor: Visitor,
    (finder, overview): (Data<ErrorFinder>, Data<Overview>),
    discussion: Data<Discussion>,
    state: Data<AppState>,
) -> ApiResult<Either<Page<ErrorsPage>, HttpResponse>> {
    visitor.require(Permission::ErrorsRead)?;
    let given = visitor.parameters();
    let filter = ListFilter::read(&given);
    // Filters that a form sends one by one become one search: an address that can be shared.
    if given.iter().any(|(name, _)| name == "f") {
        return Ok(Either::Right(super::page::see_other(&filter.address)));
    }
    let shell = visitor.shell(Section::Errors, "Errors").await?;
    let now = state.clock.now();
    let query = api_query(&filter.parameters());
    let list = match ListRequest::read(&query, &visitor, now, &discussion).await {
        Ok(list) => list,
        Err(refused) if refused.code() == Code::InvalidInput => {
            let found = Found {
                problem: Some(plain(&refused)),
                ..Found::default()
            };
            let page = Page::new(ErrorsPage::new(shell, filter, found, Vec::new()));
            return Ok(Either::Left(page.with_status(StatusCode::BAD_REQUEST)));
        }
        Err(refused) => return Err(refused),
    };
    finder.refresh().await;
    let page = finder.list(&list.scope, &list.query).await?;
    if page.total == 0
        && !filter.is_narrowed()
        && shell.attention.errors == Some(0)
        && let Some(start) = first_start(&visitor, &overview, &shell.project).await?
    {
        return Ok(Either::Right(start));
    }
    let counts = counts(&overview, &list).await?;
    let total_capped = page.total > TOTAL_MAX && !list.query.whole_search().is_all();
    let hints = finder.hints(&list.scope, &list.query).await?;
    let groups: Vec<&ErrorGroup> = page.items.iter().map(|one| &one.error).collect();
    let people = discussion.people(&list.scope, &groups, visitor.actor());
    let mut people = people.await?;
    let errors = page.items.into_iter().map(|detail| Listed {
        people: people.remove(&detail.error.state.id).unwrap_or_default(),
        project: match shell.project.is_empty() && shell.projects.len() > 1 {
            true => visitor.slug_of(detail.error.project_id),
            false => String::new(),
        },
        detail,
    });
    // Roll-ups know what happened, of all states, without a search; a range of one's own has no steps.
    let has_own_range = !filter.since.is_empty() || !filter.until.is_empty();
    let draws = visitor.principal().may(Permission::AnalyticsRead) && !has_own_range;
    let is_all = filter.search().is_empty();
    let found = Found {
        errors: errors.collect(),
        total: if total_capped { TOTAL_MAX } else { page.total },
        capped: total_capped,
        next: page.next.map(|cursor| list.cursor_text(cursor)),
        counts,
        volume: match draws && is_all {
            true => volume(&visitor, &list.scope, None, (steps(&filter), now)).await?,
            false => None,
        },
        has_later: draws && !is_all,
        hints: hints.into_iter().map(|hint| hint.message).collect(),
        problem: None,
    };
    let members = members(&visitor).await?;
    Ok(Either::Left(Page::new(ErrorsPage::new(
        shell, filter, found, members,
    ))))
}

/// The query string of the API's list.
pub(super) fn api_query(parameters: &[(&str, String)]) -> Query {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(parameters);
    Query::of(&query.finish())
}

/// What is wrong with a search, in the words of a page.
fn plain(refused: &ApiError) -> String {
    let Some(first) = refused.details().first() else {
        return refused.sentence().to_owned();
    };
    let name = if first.field == "query" {
        "The search"
    } else {
        first.field.as_str()
    };
    match first.position {
        Some(position) => format!("{name}, at position {position}: {}", first.message),
        None => format!("{name} {}", first.message),
    }
}

/// Where to begin, while there is no error at all.
async fn first_start(
    visitor: &Visitor,
    overview: &Overview,
    project: &str,
) -> ApiResult<Option<HttpResponse>> {
    if overview.tallies(visitor.scope()).await?.all().errors > 0 {
        return Ok(None);
    }
    let principal = visitor.principal();
    let slug = match project {
        "" => visitor.slug_of(principal.default_project),
        slug => slug.to_owned(),
    };
    let found = !slug.is_empty();
    Ok(found.then(|| super::page::see_other(format!("/projects/{slug}/start"))))
}

async fn counts(overview: &Overview, list: &ListRequest) -> ApiResult<Counts> {
    let counted = overview.counts(&list.scope, &list.query).await?;
    let known = |errors: u64| (counted.known || errors <= TOTAL_MAX).then_some(errors);
    Ok(Counts {
        open: known(counted.states.open().errors),
        regressed: known(counted.states.regressed.errors),
        ignored: known(counted.states.ignored.errors),
        resolved: known(counted.states.resolved.errors),
        occurrences: counted.matching.occurrences,
        users: counted.matching.users,
    })
}

/// The chart of a search, which its list asks for when it shows: it may have to read much.
///
/// # Errors
/// As [`list`].
pub async fn show_volume(
    visitor: Visitor,
    discussion: Data<Discussion>,
    state: Data<AppState>,
) -> ApiResult<Page<VolumePart>> {
    visitor.require(Permission::ErrorsRead)?;
    visitor.require(Permission::AnalyticsRead)?;
    let filter = ListFilter::read(&visitor.parameters());
    let now = state.clock.now();
    let query = api_query(&filter.parameters());
    let list = ListRequest::read(&query, &visitor, now, &discussion).await?;
    visitor.service::<Insights>()?.refresh().await;
    let found = volume(
        &visitor,
        &list.scope,
        Some(&list.query),
        (steps(&filter), now),
    );
    let clock = faultbook_web::Clock::new(now);
    Ok(Page::new(VolumePart::new(found.await?.as_ref(), clock)))
}

/// The steps of a list's chart.
fn steps(filter: &ListFilter) -> Steps {
    let (step, count) = match filter.range.as_str() {
        "1h" | "24h" => (Step::Hour, 24),
        "3d" => (Step::Hour, 72),
        "90d" => (Step::Day, 90),
        _ => (Step::Day, 14),
    };
    Steps { step, count }
}

/// To whom errors can be assigned, by id and name, where the visitor may know.
pub(super) async fn members(visitor: &Visitor) -> ApiResult<Vec<(String, String)>> {
    let principal = visitor.principal();
    let may = |permission| principal.may(permission);
    if !may(Permission::TeamRead) || !may(Permission::ErrorsResolve) || principal.project_bound {
        return Ok(Vec::new());
    }
    let members = visitor.service::<Members>()?;
    let page = members.list(visitor.tenant_scope(), None, OFFERED).await?;
    let active = page
        .items
        .into_iter()
        .filter(|one| one.status == MemberStatus::Active);
    Ok(active.map(|one| (one.id.to_string(), one.name)).collect())
}
