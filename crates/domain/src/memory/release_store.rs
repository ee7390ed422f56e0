//! [`ReleaseStore`](crate::releases::ReleaseStore) in process. What a release did is counted out of its occurrences.

use super::{MemoryStore, State};
use crate::errors::{Change, Occurrence};
use crate::id::{ErrorId, ProjectId};
use crate::releases::{
    Announced, Announcement, Deploy, Release, ReleaseFigures, ReleaseStore, Version,
    reported_releases,
};
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use time::OffsetDateTime;

#[async_trait]
impl ReleaseStore for MemoryStore {
    async fn list_releases(&self, scope: &Scope) -> Result<Vec<Release>, StoreError> {
        let state = self.state();
        let all = state.releases.values();
        let own = all.filter(|release| scope.projects().contains(&release.project_id));
        Ok(own.map(|release| state.seen(release)).collect())
    }

    async fn find_releases(
        &self,
        scope: &Scope,
        version: &Version,
    ) -> Result<Vec<Release>, StoreError> {
        let all = self.list_releases(scope).await?;
        let found = all.into_iter();
        Ok(found
            .filter(|release| release.version == *version)
            .collect())
    }

    async fn announce_release(
        &self,
        announcement: &Announcement,
        most: u32,
    ) -> Result<Announced, StoreError> {
        let mut state = self.state();
        let Announcement {
            project_id,
            version,
            git_ref,
            url,
            released_at,
            at,
        } = announcement.clone();
        let key = (project_id, version);
        if let Some(known) = state.releases.get_mut(&key) {
            known.git_ref = git_ref.unwrap_or_else(|| known.git_ref.clone());
            known.url = url.unwrap_or_else(|| known.url.clone());
            known.released_at = released_at.unwrap_or(known.released_at);
            return Ok(Announced::Updated);
        }
        if state.has_releases(project_id, most) {
            return Ok(Announced::Full);
        }
        let release = Release {
            git_ref: git_ref.flatten(),
            url: url.flatten(),
            released_at: released_at.flatten(),
            ..new_release(project_id, key.1.clone(), at)
        };
        state.releases.insert(key, release);
        Ok(Announced::Created)
    }

    async fn remove_release(
        &self,
        scope: &Scope,
        project: ProjectId,
        version: &Version,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        if !scope.projects().contains(&project) {
            return Ok(false);
        }
        let is_of = |one: &Deploy| one.project_id == project && one.version == *version;
        state.deploys.retain(|one| !is_of(one));
        state.commits.remove(&(project, version.clone()));
        let removed = state.releases.remove(&(project, version.clone()));
        Ok(removed.is_some())
    }

    async fn add_deploy(&self, deploy: &Deploy, most: u32) -> Result<bool, StoreError> {
        let mut state = self.state();
        let key = (deploy.project_id, deploy.version.clone());
        if !state.releases.contains_key(&key) {
            return Ok(false);
        }
        state.deploys.push(deploy.clone());
        let is_of = |one: &Deploy| (one.project_id, &one.version) == (key.0, &key.1);
        let own = state.deploys.iter().filter(|one| is_of(one));
        let kept = newest_deploys(own, usize::try_from(most).unwrap_or(usize::MAX));
        let kept: HashSet<_> = kept.iter().map(|one| one.id).collect();
        let stays = |one: &Deploy| !is_of(one) || kept.contains(&one.id);
        state.deploys.retain(stays);
        Ok(true)
    }

    async fn list_deploys(
        &self,
        scope: &Scope,
        releases: &[(ProjectId, Version)],
    ) -> Result<Vec<Deploy>, StoreError> {
        let state = self.state();
        let visible = releases.iter();
        let visible = visible.filter(|(project, _)| scope.projects().contains(project));
        let deploys = visible.flat_map(|(project, version)| {
            let all = state.deploys.iter();
            let own = all.filter(|one| one.project_id == *project && one.version == *version);
            newest_deploys(own, Deploy::SHOWN)
        });
        let deploys: Vec<Deploy> = deploys.cloned().collect();
        let newest = newest_deploys(deploys.iter(), usize::MAX);
        Ok(newest.into_iter().cloned().collect())
    }

    async fn list_release_figures(
        &self,
        scope: &Scope,
        releases: &[(ProjectId, Version)],
    ) -> Result<Vec<ReleaseFigures>, StoreError> {
        let state = self.state();
        let visible = releases.iter();
        let visible = visible.filter(|(project, _)| scope.projects().contains(project));
        let figures = visible.map(|(project, version)| state.figures(*project, version));
        Ok(figures.collect())
    }
}

impl State {
    /// Makes the releases of recorded occurrences known.
    pub(super) fn note_releases(
        &mut self,
        recorded: &[Arc<Occurrence>],
        (at, most): (OffsetDateTime, u32),
    ) {
        for (project, version) in reported_releases(recorded) {
            let version = Version::from_stored(version.to_owned());
            let key = (project, version);
            if !self.releases.contains_key(&key) && !self.has_releases(project, most) {
                let release = new_release(project, key.1.clone(), at);
                self.releases.insert(key, release);
            }
        }
    }

    /// Returns whether a project has so many releases.
    fn has_releases(&self, project: ProjectId, most: u32) -> bool {
        let all = self.releases.keys();
        let own = all.filter(|(of, _)| *of == project).count();
        own >= usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Returns the stored occurrences of a release.
    fn occurrences_of_release<'a>(
        &'a self,
        project: ProjectId,
        version: &'a Version,
    ) -> impl Iterator<Item = &'a Arc<Occurrence>> {
        self.occurrences.values().filter(move |occurrence| {
            occurrence.project_id == project
                && occurrence.summary.release.as_deref() == Some(version.as_str())
        })
    }

    /// Returns a release with the times of its occurrences.
    pub(super) fn seen(&self, release: &Release) -> Release {
        let times = || {
            let own = self.occurrences_of_release(release.project_id, &release.version);
            own.map(|occurrence| occurrence.timestamp)
        };
        Release {
            first_seen: times().min(),
            last_seen: times().max(),
            ..release.clone()
        }
    }

    fn figures(&self, project: ProjectId, version: &Version) -> ReleaseFigures {
        let error_of = |occurrence: &Occurrence| {
            let owner = self.fingerprints.get(&(project, occurrence.fingerprint));
            owner.map(|(_, error)| *error)
        };
        let own = || self.occurrences_of_release(project, version);
        let errors: HashSet<ErrorId> = own().filter_map(|one| error_of(one)).collect();
        let users: HashSet<_> = own().filter_map(|one| one.user_key()).collect();
        let mut earliest: HashMap<ErrorId, &Arc<Occurrence>> = HashMap::new();
        let of_project = self.occurrences.values();
        for occurrence in of_project.filter(|one| one.project_id == project) {
            if let Some(error) = error_of(occurrence) {
                let first = earliest.entry(error).or_insert(occurrence);
                if (occurrence.timestamp, occurrence.id) < (first.timestamp, first.id) {
                    *first = occurrence;
                }
            }
        }
        let is_new =
            |first: &&&Arc<Occurrence>| first.summary.release.as_deref() == Some(version.as_str());
        let regressed = self.activity.iter().filter(|entry| {
            entry.project_id == project
                && matches!(&entry.change, Change::Regressed { release: Some(release) } if release == version.as_str())
        });
        ReleaseFigures {
            project_id: project,
            version: version.clone(),
            occurrences: own().count() as u64,
            errors: errors.len() as u64,
            new_errors: earliest.values().filter(is_new).count() as u64,
            regressions: regressed.count() as u64,
            users: users.len() as u64,
        }
    }
}

/// Returns a release of which nothing was said.
const fn new_release(project_id: ProjectId, version: Version, at: OffsetDateTime) -> Release {
    Release {
        project_id,
        version,
        git_ref: None,
        url: None,
        released_at: None,
        created_at: at,
        first_seen: None,
        last_seen: None,
    }
}

/// Returns the newest deploys, newest first.
fn newest_deploys<'a>(deploys: impl Iterator<Item = &'a Deploy>, most: usize) -> Vec<&'a Deploy> {
    let mut deploys: Vec<&Deploy> = deploys.collect();
    deploys.sort_unstable_by_key(|one| Reverse((one.at, one.id)));
    deploys.truncate(most);
    deploys
}
