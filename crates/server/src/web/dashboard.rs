//! The dashboard.

use super::errors::api_query;
use super::page::Page;
use super::visitor::Visitor;
use crate::api::list_query::ListRequest;
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use faultbook_domain::analytics::{Analytics, Period, Step, TrendFilter};
use faultbook_domain::errors::{Discussion, ErrorFinder, Overview};
use faultbook_domain::identity::Permission;
use faultbook_web::dashboard::{Dashboard, Figures, Part, RANGES};
use faultbook_web::errors::row::one_line;
use faultbook_web::shell::Section;

/// Errors that are named.
const NAMED: &str = "10";

/// Shows it.
///
/// # Errors
/// 403 for those who may not read analytics, 404 for a project that they do not see.
pub async fn show(
    visitor: Visitor,
    query: Query,
    (analytics, overview): (Data<Analytics>, Data<Overview>),
    (finder, discussion): (Data<ErrorFinder>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<Page<Dashboard>> {
    visitor.require(Permission::AnalyticsRead)?;
    let shell = visitor.shell(Section::Dashboard, "Dashboard").await?;
    let wanted = query.text("range");
    let known = RANGES.into_iter().find(|(range, _)| Some(*range) == wanted);
    let (range, days) = known.unwrap_or(RANGES[2]);
    let asked = match range {
        "24h" => (Period::Day, Step::Hour),
        "7d" => (Period::Week, Step::Day),
        "1y" => (Period::Year, Step::Week),
        _ => (Period::Month, Step::Day),
    };
    let scope = visitor.scope_of(&query)?;
    let stats = analytics.stats(&scope).await?;
    let tallies = overview.tallies(&scope).await?;
    let points = analytics
        .trend(&scope, &TrendFilter::default(), asked)
        .await?;
    let points: Vec<_> = points
        .into_iter()
        .map(|(at, one)| (at, one.occurrences, one.critical))
        .collect();
    let figures = Figures {
        open: tallies.open().errors,
        regressed: tallies.regressed.errors,
        errors: stats.summary.errors,
        resolved: stats.summary.resolved,
        today: stats.today,
        today_change: None,
        week: stats.this_week,
        day: stats.last_24_hours,
        resolution: stats.summary.mean_resolution,
    };
    let mut parts = Vec::new();
    if visitor.principal().may(Permission::ErrorsRead) {
        let list = api_query(&[
            ("sort", "count".to_owned()),
            ("since", format!("{days}d")),
            ("limit", NAMED.to_owned()),
            ("project", shell.project.clone()),
        ]);
        let list = ListRequest::read(&list, &visitor, state.clock.now(), &discussion).await?;
        finder.refresh().await;
        let found = finder
            .list(&list.scope, &list.query)
            .await?
            .items
            .into_iter();
        let named = found.map(|one| {
            let figures = one.figures.as_ref();
            let name = figures.and_then(|figures| figures.exception_type.clone());
            let message = one_line(&one.error.summary.message);
            Part {
                name: format!("{} {message}", name.unwrap_or_default())
                    .trim()
                    .to_owned(),
                href: format!("/errors/{}", one.error.state.id),
                occurrences: figures.map_or(0, |figures| figures.of.count.max(0).cast_unsigned()),
                change: None,
            }
        });
        parts.push(("Most frequent errors", named.collect()));
    }
    parts.push(("Projects", by_project(&visitor, &analytics, asked).await?));
    Ok(Page::new(Dashboard::new(
        shell, range, figures, &points, parts,
    )))
}

/// Occurrences of each project, most first.
async fn by_project(
    visitor: &Visitor,
    analytics: &Analytics,
    asked: (Period, Step),
) -> ApiResult<Vec<Part>> {
    /// Projects that are asked about, and those that are shown.
    const ASKED: usize = 30;
    const SHOWN: usize = 10;
    let mut parts = Vec::new();
    for project in visitor.principal().projects.iter().take(ASKED) {
        let scope = visitor.scope().narrowed_to(project.id);
        let points = analytics
            .trend(&scope, &TrendFilter::default(), asked)
            .await?;
        let occurrences = points.iter().map(|(_, point)| point.occurrences).sum();
        if occurrences > 0 {
            parts.push(Part {
                name: project.slug.to_string(),
                href: format!("/errors?project={}", project.slug),
                occurrences,
                change: None,
            });
        }
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.occurrences));
    parts.truncate(SHOWN);
    Ok(parts)
}
