//! The dashboard.

use super::errors::api_query;
use super::page::Page;
use super::trend::{Steps, volume};
use super::visitor::Visitor;
use crate::api::list_query::ListRequest;
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use faultbook_domain::analytics::{
    Analytics, BreakdownRow, Dimension, HourRange, Insights, Step, TrendFilter,
};
use faultbook_domain::errors::{Discussion, ErrorFinder};
use faultbook_domain::id::ProjectId;
use faultbook_domain::identity::Permission;
use faultbook_domain::tenancy::Scope;
use faultbook_web::Shell;
use faultbook_web::dashboard::{Dashboard, Figures, Part, RANGES};
use faultbook_web::errors::row::one_line;
use faultbook_web::shell::Section;

/// Errors that are named.
const NAMED: &str = "10";

/// Values of a breakdown that are shown.
const SHOWN: usize = 8;

/// What occurrences are divided by, with the field of a search that finds a value.
const DIVIDED: [(&str, Dimension, &str); 3] = [
    ("Releases", Dimension::Release, "release"),
    ("Environments", Dimension::Environment, "environment"),
    ("Sources", Dimension::Source, "source"),
];

/// Shows it.
///
/// # Errors
/// 403 for those who may not read analytics, 404 for a project that they do not see.
pub async fn show(
    visitor: Visitor,
    query: Query,
    (analytics, insights): (Data<Analytics>, Data<Insights>),
    services: (Data<ErrorFinder>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<Page<Dashboard>> {
    visitor.require(Permission::AnalyticsRead)?;
    let shell = visitor.shell(Section::Dashboard, "Dashboard").await?;
    let wanted = query.text("range");
    let known = RANGES.into_iter().find(|(range, _)| Some(*range) == wanted);
    let (range, days) = known.unwrap_or(RANGES[2]);
    let (step, count) = match range {
        "24h" => (Step::Hour, 24),
        "7d" => (Step::Hour, 7 * 24),
        "1y" => (Step::Week, 52),
        _ => (Step::Day, 30),
    };
    let steps = Steps { step, count };
    let (scope, now) = (visitor.scope_of(&query)?, state.clock.now());
    let hours = steps.range(now)?;
    let figures = figures(&analytics, &insights, &scope, hours).await?;
    let (all, mut parts) = (TrendFilter::default(), Vec::new());
    if visitor.principal().may(Permission::ErrorsRead) {
        let frequent = frequent(&visitor, services, &shell, (days, now)).await?;
        parts.push(("Most frequent errors", frequent));
    }
    if shell.project.is_empty() && shell.projects.len() > 1 {
        let by = Dimension::Project;
        let found = insights.shares(&scope, by, &all, hours);
        let rows = found.await?.rows.into_iter().take(SHOWN);
        let projects = rows.map(|row| {
            let id = row.value.as_deref().unwrap_or_default();
            let slug = id.parse::<ProjectId>().map(|id| visitor.slug_of(id));
            let slug = slug.unwrap_or_default();
            part(&row, slug.clone(), format!("/errors?project={slug}"))
        });
        parts.push(("Projects", projects.collect()));
    }
    for (title, by, field) in DIVIDED {
        let found = insights.shares(&scope, by, &all, hours);
        let rows = found.await?.rows.into_iter().take(SHOWN);
        let values = rows.filter_map(|row| {
            let value = row.value.clone().filter(|value| !value.is_empty())?;
            let href = Dashboard::errors_with(&shell, field, &value);
            Some(part(&row, value, href))
        });
        parts.push((title, values.collect()));
    }
    let volume = volume(&visitor, &scope, None, (steps, now)).await?;
    let volume = volume.unwrap_or_default();
    Ok(Page::new(Dashboard::new(
        shell, range, figures, &volume, parts,
    )))
}

fn part(row: &BreakdownRow, name: String, href: String) -> Part {
    Part {
        name,
        href,
        occurrences: row.occurrences,
        change: row.change_percent,
    }
}

async fn figures(
    analytics: &Analytics,
    insights: &Insights,
    scope: &Scope,
    hours: HourRange,
) -> ApiResult<Figures> {
    let stats = analytics.stats(scope).await?;
    let states = insights.states(scope, None).await?;
    let of_range = insights.range(scope, None, hours).await?;
    Ok(Figures {
        open: states.open().errors,
        regressed: states.regressed.errors,
        errors: states.all().errors,
        resolved: states.resolved.errors,
        today: stats.today,
        today_change: insights.today_change(scope, None).await?,
        occurrences: of_range.occurrences,
        change: of_range.change_percent,
        new_errors: of_range.new_errors,
        resolved_errors: of_range.resolved_errors,
        resolution: stats.summary.mean_resolution,
    })
}

/// The errors that occurred most often within so many days.
async fn frequent(
    visitor: &Visitor,
    (finder, discussion): (Data<ErrorFinder>, Data<Discussion>),
    shell: &Shell,
    (days, now): (i64, time::OffsetDateTime),
) -> ApiResult<Vec<Part>> {
    let list = api_query(&[
        ("sort", "count".to_owned()),
        ("since", format!("{days}d")),
        ("limit", NAMED.to_owned()),
        ("project", shell.project.clone()),
    ]);
    let list = ListRequest::read(&list, visitor, now, &discussion).await?;
    finder.refresh().await;
    let found = finder.list(&list.scope, &list.query).await?;
    let named = found.items.into_iter().map(|one| {
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
    Ok(named.collect())
}
