//! How build tools are shown releases and deploys.

use crate::http::caller::Caller;
use faultbook_domain::releases::{CommitSummary, Deploy, ReleaseDetail};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A release of one project or several.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildRelease)]
#[serde(rename_all = "camelCase")]
pub struct BuildReleaseView {
    version: String,
    url: Option<String>,
    #[serde(rename = "ref")]
    git_ref: Option<String>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    date_created: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    date_released: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    first_event: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    last_event: Option<OffsetDateTime>,
    /// Errors whose earliest occurrence is of it.
    new_groups: u64,
    commit_count: u64,
    last_commit: Option<CommitView>,
    deploy_count: u64,
    projects: Vec<BuildProjectView>,
}

/// A commit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildCommit)]
pub struct CommitView {
    id: String,
}

/// A project that has a release.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildProject)]
pub struct BuildProjectView {
    id: String,
    slug: String,
    name: String,
}

/// One time that a release was put into use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BuildDeploy)]
#[serde(rename_all = "camelCase")]
pub struct BuildDeployView {
    id: String,
    environment: String,
    name: Option<String>,
    url: Option<String>,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    date_started: Option<OffsetDateTime>,
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    date_finished: OffsetDateTime,
}

impl From<Deploy> for BuildDeployView {
    fn from(deploy: Deploy) -> Self {
        Self {
            id: deploy.id.to_string(),
            environment: deploy.environment,
            name: None,
            url: deploy.url,
            date_started: None,
            date_finished: deploy.at,
        }
    }
}

/// Shows the releases of a page, those of one version in the order of their first.
pub(super) fn shown_all(
    releases: Vec<ReleaseDetail>,
    commits: &[CommitSummary],
    caller: &Caller,
) -> Vec<BuildReleaseView> {
    let mut versions: Vec<Vec<ReleaseDetail>> = Vec::new();
    for release in releases {
        let same = |known: &&mut Vec<ReleaseDetail>| {
            known
                .first()
                .is_some_and(|first| first.release.version == release.release.version)
        };
        match versions.iter_mut().find(same) {
            Some(known) => known.push(release),
            None => versions.push(vec![release]),
        }
    }
    let shown = versions
        .into_iter()
        .filter_map(|one| shown(one, commits, caller));
    shown.collect()
}

/// Shows the releases of one version as one; `None` without any.
pub(super) fn shown(
    releases: Vec<ReleaseDetail>,
    commits: &[CommitSummary],
    caller: &Caller,
) -> Option<BuildReleaseView> {
    let mut releases = releases.into_iter();
    let first = releases.next()?;
    let mut view = one(first, commits, caller);
    for release in releases {
        let other = one(release, commits, caller);
        view.url = view.url.or(other.url);
        view.git_ref = view.git_ref.or(other.git_ref);
        view.date_created = view.date_created.min(other.date_created);
        view.date_released = view.date_released.or(other.date_released);
        view.first_event = [view.first_event, other.first_event]
            .into_iter()
            .flatten()
            .min();
        view.last_event = view.last_event.max(other.last_event);
        view.new_groups += other.new_groups;
        view.commit_count = view.commit_count.max(other.commit_count);
        view.last_commit = view.last_commit.or(other.last_commit);
        view.deploy_count += other.deploy_count;
        view.projects.extend(other.projects);
    }
    Some(view)
}

fn one(detail: ReleaseDetail, commits: &[CommitSummary], caller: &Caller) -> BuildReleaseView {
    let ReleaseDetail {
        release,
        figures,
        deploys,
    } = detail;
    let mut own = commits.iter();
    let own =
        own.find(|one| one.project_id == release.project_id && one.version == release.version);
    let mut projects = caller.principal().projects.iter();
    let project = projects.find(|project| project.id == release.project_id);
    BuildReleaseView {
        version: release.version.to_string(),
        url: release.url,
        git_ref: release.git_ref,
        date_created: release.created_at,
        date_released: release.released_at,
        first_event: release.first_seen,
        last_event: release.last_seen,
        new_groups: figures.new_errors,
        commit_count: own.map_or(0, |own| own.count),
        last_commit: own
            .and_then(|own| own.last.clone())
            .map(|id| CommitView { id }),
        deploy_count: deploys.len() as u64,
        projects: project
            .map(|project| BuildProjectView {
                id: project.id.to_string(),
                slug: project.slug.to_string(),
                name: project.slug.to_string(),
            })
            .into_iter()
            .collect(),
    }
}
