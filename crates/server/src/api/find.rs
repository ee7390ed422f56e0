//! Finds errors, rules, incidents, projects, releases and pages by a part of a word.

use super::incidents::visible::visible_incidents;
use super::list_query::ListRequest;
use crate::api::alerts::rule::state_of;
use crate::http::caller::Caller;
use crate::http::envelope::{Envelope, ErrorEnvelope, Success};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::errors::{Discussion, ErrorDetail, ErrorFinder, ErrorQuery, Level, Severity};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_domain::incidents::Incidents;
use faultbook_domain::releases::Releases;
use faultbook_domain::search::fold;
use faultbook_domain::tenancy::Projects;
use faultbook_web::find::PAGES;
use faultbook_web::releases::address;
use serde::Serialize;
use std::cmp::Reverse;
use utoipa::ToSchema;
use uuid::Uuid;

/// Items of a kind.
const MOST: usize = 5;

/// Characters that are looked for.
const LONGEST: usize = 200;

/// Characters from which on errors are looked for.
const SHORTEST: usize = 3;

/// Errors of which the best are chosen.
const CANDIDATES: &str = "100";

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    /// Errors.
    pub errors: Vec<FoundError>,
    /// Alert rules.
    pub rules: Vec<FoundRule>,
    /// Incidents.
    pub incidents: Vec<FoundIncident>,
    /// Projects.
    pub projects: Vec<FoundProject>,
    /// Releases.
    pub releases: Vec<FoundRelease>,
    /// Pages that the caller may open.
    pub pages: Vec<FoundPage>,
}

/// An error that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundError {
    /// Its id.
    pub id: Uuid,
    /// Type of the latest occurrence's exception.
    #[serde(rename = "type")]
    #[schema(example = "TimeoutError")]
    pub exception_type: Option<String>,
    /// Its message.
    pub message: String,
    /// Its level.
    #[schema(value_type = String, example = "error")]
    pub level: Level,
    /// Its severity, for pages.
    #[serde(skip)]
    pub severity: Severity,
    /// How many occurrences it has had.
    pub count: i64,
    /// The path of its page.
    #[schema(example = "/errors/0198d3b0-7c00-7000-8000-000000000001")]
    pub url: String,
}

/// A rule that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundRule {
    id: Uuid,
    /// Its name.
    pub name: String,
    /// firing, ok or unknown.
    #[schema(example = "ok")]
    pub state: &'static str,
    /// The path of its page.
    pub url: String,
}

/// An incident that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundIncident {
    id: Uuid,
    /// Its title.
    pub title: String,
    /// Its status.
    #[schema(example = "investigating")]
    pub status: &'static str,
    /// The path of its page.
    pub url: String,
}

/// A project that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundProject {
    id: Uuid,
    /// Its short name.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The path of its errors.
    pub url: String,
}

/// A release that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundRelease {
    /// Its version.
    #[schema(example = "shop@4.12.1")]
    pub version: String,
    project_id: Uuid,
    /// The path of its page.
    pub url: String,
}

/// A page that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundPage {
    /// Its name.
    #[schema(example = "Dashboard")]
    pub name: &'static str,
    /// Its path.
    #[schema(example = "/dashboard")]
    pub url: &'static str,
    /// Its icon, for pages.
    #[serde(skip)]
    pub icon: &'static str,
    /// The keys that lead there, for pages.
    #[serde(skip)]
    pub keys: &'static str,
}

/// The services that are asked.
pub type Places = (
    (Data<ErrorFinder>, Data<Discussion>),
    (Data<AlertRules>, Data<Incidents>),
    (Data<Projects>, Data<Releases>),
);

/// What is looked for, folded.
struct Sought(String);

impl Sought {
    /// How well texts match: equal ones best, then those that begin with it; nothing where none holds it.
    fn rank(&self, texts: &[&str]) -> Option<u8> {
        let ranks = texts.iter().filter_map(|text| {
            let text = fold(text);
            if text == self.0 {
                Some(0)
            } else if text.starts_with(&self.0) {
                Some(1)
            } else {
                text.contains(&self.0).then_some(2)
            }
        });
        ranks.min()
    }

    /// The best of what matches; of equally good ones those that come first.
    fn best<T>(
        &self,
        all: impl IntoIterator<Item = T>,
        texts: impl Fn(&T) -> Vec<String>,
    ) -> Vec<T> {
        let ranked = all.into_iter().filter_map(|one| {
            let texts = texts(&one);
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            Some((self.rank(&texts)?, one))
        });
        let mut ranked: Vec<(u8, T)> = ranked.collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let best = ranked.into_iter().take(MOST);
        best.map(|(_, one)| one).collect()
    }
}

/// Finds what a text names, as far as the caller may see it; nothing but pages where it is blank.
///
/// # Errors
/// 503 when the store is away.
pub async fn find_for(
    caller: &Caller,
    text: &str,
    (errors, work, places): &Places,
    state: &AppState,
) -> ApiResult<Found> {
    let text = text.trim();
    let sought = Sought(fold(text));
    let pages = pages_for(caller, &sought);
    if text.is_empty() {
        return Ok(Found {
            errors: Vec::new(),
            rules: Vec::new(),
            incidents: Vec::new(),
            projects: Vec::new(),
            releases: Vec::new(),
            pages,
        });
    }
    Ok(Found {
        errors: errors_for(caller, (text, &sought), errors, state).await?,
        rules: rules_for(caller, &sought, &work.0, state).await?,
        incidents: incidents_for(caller, &sought, work).await?,
        projects: projects_for(caller, &sought, &places.0).await?,
        releases: releases_for(caller, &sought, &places.1).await?,
        pages,
    })
}

fn pages_for(caller: &Caller, sought: &Sought) -> Vec<FoundPage> {
    let may = |permission: &str| {
        let named = permission.parse();
        permission.is_empty() || named.is_ok_and(|one| caller.principal().may(one))
    };
    let open = PAGES.iter().filter(|(.., permission)| may(permission));
    let page = |(name, url, icon, keys, _): &(
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        _,
    )| FoundPage {
        name,
        url,
        icon,
        keys,
    };
    if sought.0.is_empty() {
        return open.map(page).collect();
    }
    let best = sought.best(open, |(name, ..)| vec![(*name).to_owned()]);
    best.into_iter().map(page).collect()
}

async fn errors_for(
    caller: &Caller,
    (text, sought): (&str, &Sought),
    (finder, discussion): &(Data<ErrorFinder>, Data<Discussion>),
    state: &AppState,
) -> ApiResult<Vec<FoundError>> {
    if caller.require(Permission::ErrorsRead).is_err() || text.chars().count() < SHORTEST {
        return Ok(Vec::new());
    }
    finder.refresh().await;
    let found = match text.parse::<ErrorId>() {
        Ok(id) => {
            let query = ErrorQuery {
                now: state.clock.now(),
                ids: Some(vec![id]),
                limit: 1,
                ..ErrorQuery::default()
            };
            finder.list(caller.scope(), &query).await?.items
        }
        Err(_) => {
            let words = text.split_whitespace().map(|word| {
                let plain = word.replace(['"', '\\'], "");
                format!("\"{plain}\"")
            });
            let words: Vec<String> = words.filter(|word| word != "\"\"").collect();
            let mut asked = form_urlencoded::Serializer::new(String::new());
            asked.append_pair("query", &words.join(" "));
            asked.append_pair("limit", CANDIDATES);
            let asked = Query::of(&asked.finish());
            match ListRequest::read(&asked, caller, state.clock.now(), discussion).await {
                Ok(list) => finder.list(&list.scope, &list.query).await?.items,
                // As many words as no search may hold.
                Err(refused) if refused.code() == Code::InvalidInput => Vec::new(),
                Err(refused) => return Err(refused),
            }
        }
    };
    let mut found: Vec<FoundError> = found.into_iter().map(FoundError::from).collect();
    let rank = |one: &FoundError| {
        let named = one.exception_type.as_deref().unwrap_or_default();
        sought
            .rank(&[one.message.as_str(), named])
            .unwrap_or(u8::MAX)
    };
    found.sort_by_key(rank);
    found.truncate(MOST);
    Ok(found)
}

impl From<ErrorDetail> for FoundError {
    fn from(detail: ErrorDetail) -> Self {
        let (state, summary) = (detail.error.state, detail.error.summary);
        Self {
            id: state.id.0,
            exception_type: detail.figures.and_then(|figures| figures.exception_type),
            message: summary.message,
            level: summary.level,
            severity: summary.severity,
            count: state.count,
            url: format!("/errors/{}", state.id),
        }
    }
}

async fn rules_for(
    caller: &Caller,
    sought: &Sought,
    rules: &AlertRules,
    state: &AppState,
) -> ApiResult<Vec<FoundRule>> {
    if caller.require(Permission::AlertsRead).is_err() {
        return Ok(Vec::new());
    }
    let mut all = rules.list(caller.tenant_scope()).await?;
    all.retain(|rule| caller.principal().may_see_rule(&rule.condition));
    all.sort_by_key(|rule| Reverse(rule.id));
    let now = state.clock.now();
    let best = sought.best(all, |rule| vec![rule.name.clone()]).into_iter();
    let found = best.map(|rule| FoundRule {
        id: rule.id.0,
        state: state_of(&rule, now),
        url: format!("/alerts/{}", rule.id),
        name: rule.name,
    });
    Ok(found.collect())
}

async fn incidents_for(
    caller: &Caller,
    sought: &Sought,
    (rules, incidents): &(Data<AlertRules>, Data<Incidents>),
) -> ApiResult<Vec<FoundIncident>> {
    if caller.require(Permission::IncidentsRead).is_err() {
        return Ok(Vec::new());
    }
    let of_project = visible_incidents(caller, rules).await?;
    let all = incidents.titles(caller.tenant_scope(), of_project).await?;
    let best = sought.best(all, |(_, title, _)| vec![title.clone()]);
    let found = best.into_iter().map(|(id, title, status)| FoundIncident {
        id: id.0,
        title,
        status: status.as_str(),
        url: format!("/incidents/{id}"),
    });
    Ok(found.collect())
}

async fn projects_for(
    caller: &Caller,
    sought: &Sought,
    projects: &Projects,
) -> ApiResult<Vec<FoundProject>> {
    let mut all = projects.list(caller.principal()).await?;
    all.sort_by_key(|project| Reverse(project.id));
    let texts = |project: &faultbook_domain::tenancy::Project| {
        vec![project.name.clone(), project.slug.to_string()]
    };
    let best = sought.best(all, texts).into_iter();
    let found = best.map(|project| FoundProject {
        id: project.id.0,
        url: format!("/errors?project={}", project.slug),
        slug: project.slug.to_string(),
        name: project.name,
    });
    Ok(found.collect())
}

async fn releases_for(
    caller: &Caller,
    sought: &Sought,
    releases: &Releases,
) -> ApiResult<Vec<FoundRelease>> {
    if caller.require(Permission::ErrorsRead).is_err() {
        return Ok(Vec::new());
    }
    let mut all = releases.stored(caller.scope()).await?;
    all.sort_by_key(|release| Reverse(release.time()));
    let best = sought.best(all, |release| vec![release.version.to_string()]);
    let projects = &caller.principal().projects;
    let found = best.into_iter().map(|release| {
        let own = projects.iter().find(|one| one.id == release.project_id);
        let slug = own.map(|one| one.slug.to_string()).unwrap_or_default();
        let version = release.version.to_string();
        FoundRelease {
            url: address(&version, &slug),
            project_id: release.project_id.0,
            version,
        }
    });
    Ok(found.collect())
}

/// Finds errors, rules, incidents, projects, releases and pages: equal ones first, then those that begin with the text,
/// then the most recent, at most 5 of each. Case and accents do not matter, a part of a word is enough. Errors are found
/// from 3 characters on, and by their id. A blank text finds the pages.
#[utoipa::path(
    get, path = "/api/find", tag = "Errors",
    params(("q" = String, Query, description = "1 to 200 characters")),
    responses(
        (status = 200, description = "What was found; what the caller may not read is empty", body = Envelope<Found>),
        (status = 400, description = "No text, or a longer one", body = ErrorEnvelope),
    )
)]
pub async fn find(
    caller: Caller,
    query: Query,
    places: Places,
    state: Data<AppState>,
) -> ApiResult<Success<Found>> {
    let text = query.text("q").unwrap_or_default();
    if text.is_empty() {
        return Err(ApiError::field("q", "is required"));
    }
    if text.chars().count() > LONGEST {
        return Err(ApiError::field("q", "must be at most 200 characters long"));
    }
    let found = find_for(&caller, text, &places, &state).await?;
    Ok(Success::ok(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_come_first_then_those_that_begin_with_it() {
        let sought = Sought(fold("Ché"));
        let all = ["a che", "cher", "CHE", "nothing", "chez"];
        let best = sought.best(all, |text| vec![(*text).to_owned()]);
        assert_eq!(best, ["CHE", "cher", "chez", "a che"]);
        let many = sought.best(["che"; 9], |text| vec![(*text).to_owned()]);
        assert_eq!(many.len(), MOST);
    }
}
