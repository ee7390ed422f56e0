//! Service: lists and announces releases.

use super::deploy::Deploy;
use super::figures::ReleaseFigures;
use super::order::{Order, Place, newest_first};
use super::release::{Announcement, Release};
use super::release_store::{Announced, ReleaseStore};
use super::version::Version;
use crate::cache::ReadCache;
use crate::clock::Clock;
use crate::id::{DeployId, ProjectId};
use crate::id_source::IdSource;
use crate::search_index::SearchIndex;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use std::sync::Arc;
use time::OffsetDateTime;

/// How many releases are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseLimits {
    /// Releases of a project. Versions of reports beyond it make no release.
    pub releases: u32,
    /// Deploys of a release: the newest.
    pub deploys: u32,
}

impl Default for ReleaseLimits {
    fn default() -> Self {
        Self {
            releases: 10_000,
            deploys: 1_000,
        }
    }
}

/// Why a call about a release failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// There is no such release.
    #[error("there is no such release")]
    NotFound,
    /// Several projects have a release of this version.
    #[error("several projects have this release")]
    Ambiguous,
    /// The project has as many releases as it may.
    #[error("there can be at most {0} releases of a project")]
    Full(u32),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Input to create or change a release; absent fields stay unchanged, `Some(None)` clears one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseChange {
    /// What it was built of.
    pub git_ref: Option<Option<String>>,
    /// Where people read about it.
    pub url: Option<Option<String>>,
    /// When it was released.
    pub released_at: Option<Option<OffsetDateTime>>,
}

/// Input to add a deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeploy {
    /// Where the release was put into use.
    pub environment: String,
    /// When it was; now by default.
    pub at: Option<OffsetDateTime>,
    /// Where people read about it.
    pub url: Option<String>,
}

/// A release with what it did and where it is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseDetail {
    /// The release.
    pub release: Release,
    /// What it did.
    pub figures: ReleaseFigures,
    /// Its newest deploys, newest first.
    pub deploys: Vec<Deploy>,
}

/// The place of a release in a list, where the next page starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasePlace {
    /// The release's time.
    pub at: OffsetDateTime,
    /// Its version.
    pub version: Version,
    /// Its project.
    pub project: ProjectId,
}

/// A page of releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasePage {
    /// The releases, newest first.
    pub releases: Vec<ReleaseDetail>,
    /// Their order.
    pub order: Order,
    /// Number of releases in all.
    pub total: u64,
    /// Where the next page starts; `None` on the last page.
    pub next: Option<ReleasePlace>,
}

/// Lists, shows and announces releases.
pub struct Releases {
    store: Arc<dyn ReleaseStore>,
    index: Arc<SearchIndex>,
    cache: Arc<ReadCache>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    limits: ReleaseLimits,
}

impl Releases {
    /// Creates the service.
    #[must_use]
    pub fn new(
        store: Arc<dyn ReleaseStore>,
        index: Arc<SearchIndex>,
        cache: Arc<ReadCache>,
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        limits: ReleaseLimits,
    ) -> Self {
        Self {
            store,
            index,
            cache,
            clock,
            ids,
            limits,
        }
    }

    /// Lists a page of the scope's releases, newest first: those of one project in its order, those of several by
    /// time.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        scope: &Scope,
        after: Option<&ReleasePlace>,
        limit: usize,
    ) -> Result<ReleasePage, StoreError> {
        self.index.refresh().await;
        let all = self.store.list_releases(scope).await?;
        let order = match scope.projects() {
            [_] => Order::of(all.iter().map(|release| &release.version)),
            _ => Order::Time,
        };
        let total = all.len() as u64;
        let all = newest_first(all, order, |release| (release.known(), release.project_id));
        let start = after.map_or(0, |after| {
            let after = Place::new(after.known(), after.project, order);
            all.partition_point(|one| Place::new(one.known(), one.project_id, order) >= after)
        });
        let mut rest = all.into_iter().skip(start);
        let page: Vec<Release> = rest.by_ref().take(limit).collect();
        let last = page.last().filter(|_| rest.next().is_some());
        let next = last.map(|last| ReleasePlace {
            at: last.time(),
            version: last.version.clone(),
            project: last.project_id,
        });
        Ok(ReleasePage {
            releases: self.with_details(scope, page).await?,
            order,
            total,
            next,
        })
    }

    /// Lists all releases of a scope as they are stored, in no order.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn stored(&self, scope: &Scope) -> Result<Vec<Release>, StoreError> {
        self.store.list_releases(scope).await
    }

    /// Returns the release of a version in the scope.
    ///
    /// # Errors
    /// [`ReleaseError`]: there is none, there are several, or the store fails.
    pub async fn get(
        &self,
        scope: &Scope,
        version: &Version,
    ) -> Result<ReleaseDetail, ReleaseError> {
        self.index.refresh().await;
        let release = self.find(scope, version).await?;
        let details = self.with_details(scope, vec![release]).await?;
        details.into_iter().next().ok_or(ReleaseError::NotFound)
    }

    /// Creates or changes a release of a project, and returns whether it is new.
    ///
    /// # Errors
    /// [`ReleaseError`]: the project has as many releases as it may, or the store fails.
    pub async fn announce(
        &self,
        scope: &Scope,
        (project, version): (ProjectId, &Version),
        change: ReleaseChange,
    ) -> Result<(ReleaseDetail, bool), ReleaseError> {
        let scope = scope.narrowed_to(project);
        let announcement = Announcement {
            project_id: project,
            version: version.clone(),
            git_ref: change.git_ref,
            url: change.url,
            released_at: change.released_at,
            at: self.clock.now(),
        };
        let most = self.limits.releases;
        let announced = self.store.announce_release(&announcement, most).await?;
        self.cache.advance(&[scope.tenant()]).await;
        let is_new = match announced {
            Announced::Created => true,
            Announced::Updated => false,
            Announced::Full => return Err(ReleaseError::Full(most)),
        };
        Ok((self.get(&scope, version).await?, is_new))
    }

    /// Adds a deploy to the release of a version in the scope.
    ///
    /// # Errors
    /// [`ReleaseError`]: there is no such release, there are several, or the store fails.
    pub async fn deploy(
        &self,
        scope: &Scope,
        version: &Version,
        wanted: NewDeploy,
    ) -> Result<Deploy, ReleaseError> {
        let release = self.find(scope, version).await?;
        let now = self.clock.now();
        let deploy = Deploy {
            id: DeployId(self.ids.next_id(now)),
            project_id: release.project_id,
            version: release.version,
            environment: wanted.environment,
            at: wanted.at.unwrap_or(now),
            url: wanted.url,
        };
        let is_known = self.store.add_deploy(&deploy, self.limits.deploys).await?;
        self.cache.advance(&[scope.tenant()]).await;
        is_known.then_some(deploy).ok_or(ReleaseError::NotFound)
    }

    /// Removes a release of a project with its deploys, and returns whether there was one. Its occurrences stay.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn remove(
        &self,
        scope: &Scope,
        project: ProjectId,
        version: &Version,
    ) -> Result<bool, StoreError> {
        let removed = self.store.remove_release(scope, project, version).await?;
        self.cache.advance(&[scope.tenant()]).await;
        Ok(removed)
    }

    /// Returns the releases of a version, one a project, in the scope.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn of_version(
        &self,
        scope: &Scope,
        version: &Version,
    ) -> Result<Vec<ReleaseDetail>, StoreError> {
        self.index.refresh().await;
        let found = self.store.find_releases(scope, version).await?;
        self.with_details(scope, found).await
    }

    /// Lists the versions of a project that are older than one of them, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list_older(
        &self,
        scope: &Scope,
        version: &Version,
    ) -> Result<Vec<Version>, StoreError> {
        let all = self.store.list_releases(scope).await?;
        let order = Order::of(all.iter().map(|release| &release.version));
        let all = newest_first(all, order, |release| (release.known(), release.project_id));
        let mut versions = all.into_iter().map(|release| release.version);
        let is_there = versions.by_ref().any(|known| known == *version);
        Ok(if is_there {
            versions.collect()
        } else {
            Vec::new()
        })
    }

    /// Lists the projects of the scope that have a release of this version.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn projects_of(
        &self,
        scope: &Scope,
        version: &Version,
    ) -> Result<Vec<ProjectId>, StoreError> {
        let found = self.store.find_releases(scope, version).await?;
        Ok(found
            .into_iter()
            .map(|release| release.project_id)
            .collect())
    }

    async fn find(&self, scope: &Scope, version: &Version) -> Result<Release, ReleaseError> {
        let found = self.store.find_releases(scope, version).await?;
        let mut found = found.into_iter();
        let first = found.next().ok_or(ReleaseError::NotFound)?;
        match found.next() {
            None => Ok(first),
            Some(_) => Err(ReleaseError::Ambiguous),
        }
    }

    /// Adds figures and deploys.
    async fn with_details(
        &self,
        scope: &Scope,
        releases: Vec<Release>,
    ) -> Result<Vec<ReleaseDetail>, StoreError> {
        let keys = releases.iter();
        let keys = keys.map(|release| (release.project_id, release.version.clone()));
        let keys: Vec<(ProjectId, Version)> = keys.collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let figures = self.store.list_release_figures(scope, &keys).await?;
        let deploys = self.store.list_deploys(scope, &keys).await?;
        let detail = |release: Release| {
            let (project, version) = (release.project_id, &release.version);
            let figures = figures.iter();
            let mut figures =
                figures.filter(|one| one.project_id == project && one.version == *version);
            let deploys = deploys.iter();
            let deploys =
                deploys.filter(|one| one.project_id == project && one.version == *version);
            let none = || ReleaseFigures::none(project, version.clone());
            ReleaseDetail {
                figures: figures.next().cloned().unwrap_or_else(none),
                deploys: deploys.cloned().collect(),
                release,
            }
        };
        Ok(releases.into_iter().map(detail).collect())
    }
}

impl ReleasePlace {
    const fn known(&self) -> super::order::Known<'_> {
        super::order::Known {
            version: &self.version,
            at: self.at,
        }
    }
}
