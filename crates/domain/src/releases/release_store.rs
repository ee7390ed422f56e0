//! Port: releases and their deploys.

use super::deploy::Deploy;
use super::figures::ReleaseFigures;
use super::release::{Announcement, Release};
use super::version::Version;
use crate::id::ProjectId;
use crate::store_error::StoreError;
use crate::tenancy::Scope;
use async_trait::async_trait;

/// What an announcement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    /// The release is new.
    Created,
    /// It was known; fields that were given replaced its own.
    Updated,
    /// It is not known, and its project has as many releases as it may: nothing was done.
    Full,
}

/// Stores releases. [`EventStore::record`](crate::ingest::EventStore::record) makes those of occurrences known.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ReleaseStore: Send + Sync {
    /// Lists the releases of the scope's projects, in no order. `first_seen` and `last_seen` MUST be the times of the
    /// earliest and the latest of their stored occurrences.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_releases(&self, scope: &Scope) -> Result<Vec<Release>, StoreError>;

    /// Finds the releases of this version in the scope's projects, by project. Times as in
    /// [`list_releases`](Self::list_releases).
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn find_releases(
        &self,
        scope: &Scope,
        version: &Version,
    ) -> Result<Vec<Release>, StoreError>;

    /// Adds or changes a release. MUST have one release of a version in a project, however many announce it or record
    /// its first occurrence at once. `most` is how many releases the project may have.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn announce_release(
        &self,
        announcement: &Announcement,
        most: u32,
    ) -> Result<Announced, StoreError>;

    /// Removes a release with its deploys, and returns whether there was one. Its occurrences stay; the next one MUST
    /// make it known again, on every node.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn remove_release(
        &self,
        scope: &Scope,
        project: ProjectId,
        version: &Version,
    ) -> Result<bool, StoreError>;

    /// Adds a deploy, and returns whether its release is known. MUST keep the `most` newest deploys of a release: by
    /// time, then by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn add_deploy(&self, deploy: &Deploy, most: u32) -> Result<bool, StoreError>;

    /// Lists the [`Deploy::SHOWN`] newest deploys of each of these releases, newest first: by time, then by id.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_deploys(
        &self,
        scope: &Scope,
        releases: &[(ProjectId, Version)],
    ) -> Result<Vec<Deploy>, StoreError>;

    /// Counts what these releases did, in their order; releases outside of the scope are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn list_release_figures(
        &self,
        scope: &Scope,
        releases: &[(ProjectId, Version)],
    ) -> Result<Vec<ReleaseFigures>, StoreError>;
}
