//! Releases and their deploys over SQL.

use super::release_figures::{Times, figures_of, times_of};
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use faultbook_domain::id::ProjectId;
use faultbook_domain::releases::{
    Announced, Announcement, Deploy, Release, ReleaseFigures, ReleaseStore, Version,
};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::Scope;
use faultbook_sql::row::{DeployRow, ReleaseRow};
use faultbook_sql::schema::{deploys, releases};
use faultbook_sql::types::{DbId, Id};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

/// Deletes all but the newest deploys of a release.
const TRIM_DEPLOYS: &str = "
DELETE FROM deploys WHERE project_id = $1 AND version = $2 AND id IN (
  SELECT id FROM (
    SELECT id, row_number() OVER (ORDER BY at DESC, id DESC) AS place
    FROM deploys WHERE project_id = $1 AND version = $2
  ) numbered
  WHERE place > $3
)";

/// Selects the newest deploys of a release.
const NEWEST_DEPLOYS: &str = "
SELECT id, project_id, version, environment, at, url FROM deploys
WHERE project_id = $1 AND version = $2
ORDER BY at DESC, id DESC LIMIT $3";

#[async_trait]
impl ReleaseStore for Store {
    async fn list_releases(&self, scope: &Scope) -> Result<Vec<Release>, StoreError> {
        let projects = db_ids(scope);
        self.read(async move |connection| {
            let rows: Vec<ReleaseRow> = releases::table
                .filter(releases::project_id.eq_any(projects.clone()))
                .select(ReleaseRow::as_select())
                .load(connection)
                .await?;
            seen(connection, rows, None).await
        })
        .await
    }

    async fn find_releases(
        &self,
        scope: &Scope,
        version: &Version,
    ) -> Result<Vec<Release>, StoreError> {
        let projects = db_ids(scope);
        let version = version.to_string();
        self.read(async move |connection| {
            let rows: Vec<ReleaseRow> = releases::table
                .filter(releases::project_id.eq_any(projects.clone()))
                .filter(releases::version.eq(&version))
                .order(releases::project_id)
                .select(ReleaseRow::as_select())
                .load(connection)
                .await?;
            seen(connection, rows, Some(&version)).await
        })
        .await
    }

    async fn announce_release(
        &self,
        announcement: &Announcement,
        most: u32,
    ) -> Result<Announced, StoreError> {
        let announcement = announcement.clone();
        self.write(async move |connection| {
            if update(connection, &announcement).await? {
                return Ok(Announced::Updated);
            }
            let there_are: i64 = releases::table
                .filter(releases::project_id.eq(DbId(announcement.project_id.0)))
                .select(count_star())
                .first(connection)
                .await?;
            if there_are >= i64::from(most) {
                return Ok(Announced::Full);
            }
            let inserted = diesel::insert_into(releases::table)
                .values(ReleaseRow::from(&announcement))
                .on_conflict_do_nothing()
                .execute(connection)
                .await?;
            if inserted > 0 {
                return Ok(Announced::Created);
            }
            // Another transaction inserted it meanwhile.
            update(connection, &announcement).await?;
            Ok(Announced::Updated)
        })
        .await
    }

    async fn remove_release(
        &self,
        scope: &Scope,
        project: ProjectId,
        version: &Version,
    ) -> Result<bool, StoreError> {
        if !scope.projects().contains(&project) {
            return Ok(false);
        }
        let version = version.to_string();
        self.write(async move |connection| {
            // Its deploys go along by their foreign key.
            let removed = diesel::delete(named(project, version.clone()))
                .execute(connection)
                .await?;
            Ok(removed > 0)
        })
        .await
    }

    async fn add_deploy(&self, deploy: &Deploy, most: u32) -> Result<bool, StoreError> {
        let deploy = deploy.clone();
        self.write(async move |connection| {
            let release = named(deploy.project_id, deploy.version.to_string());
            let known: i64 = release.select(count_star()).first(connection).await?;
            if known == 0 {
                return Ok(false);
            }
            diesel::insert_into(deploys::table)
                .values(DeployRow::from(&deploy))
                .execute(connection)
                .await?;
            sql_query(TRIM_DEPLOYS)
                .bind::<Id, _>(DbId(deploy.project_id.0))
                .bind::<Text, _>(deploy.version.as_str())
                .bind::<BigInt, _>(i64::from(most))
                .execute(connection)
                .await?;
            Ok(true)
        })
        .await
    }

    async fn list_deploys(
        &self,
        scope: &Scope,
        releases: &[(ProjectId, Version)],
    ) -> Result<Vec<Deploy>, StoreError> {
        let keys = visible(scope, releases);
        let most = i64::try_from(Deploy::SHOWN).unwrap_or(i64::MAX);
        self.read(async move |connection| {
            let mut found: Vec<Deploy> = Vec::new();
            for (project, version) in &keys {
                let rows: Vec<DeployRow> = sql_query(NEWEST_DEPLOYS)
                    .bind::<Id, _>(DbId(project.0))
                    .bind::<Text, _>(version.as_str())
                    .bind::<BigInt, _>(most)
                    .load(connection)
                    .await?;
                found.extend(rows.into_iter().map(Deploy::from));
            }
            found.sort_unstable_by_key(|deploy| Reverse((deploy.at, deploy.id)));
            Ok(found)
        })
        .await
    }

    async fn list_release_figures(
        &self,
        scope: &Scope,
        releases: &[(ProjectId, Version)],
    ) -> Result<Vec<ReleaseFigures>, StoreError> {
        let keys = visible(scope, releases);
        self.read(async move |connection| {
            let projects: BTreeSet<ProjectId> = keys.iter().map(|(project, _)| *project).collect();
            let mut figures = HashMap::with_capacity(keys.len());
            for project in projects {
                let own = keys.iter().filter(|(of, _)| *of == project);
                let own: Vec<Version> = own.map(|(_, version)| version.clone()).collect();
                let counted = figures_of(connection, project, &own).await?;
                figures.extend(
                    counted
                        .into_iter()
                        .zip(own)
                        .map(|(one, version)| ((project, version), one)),
                );
            }
            let in_order = keys.iter().filter_map(|key| figures.get(key).cloned());
            Ok(in_order.collect())
        })
        .await
    }
}

/// Selects a release.
#[diesel::dsl::auto_type]
fn named(project: ProjectId, version: String) -> _ {
    let project: DbId = DbId(project.0);
    releases::table
        .filter(releases::project_id.eq(project))
        .filter(releases::version.eq(version))
}

fn db_ids(scope: &Scope) -> Vec<DbId> {
    scope.projects().iter().map(|id| DbId(id.0)).collect()
}

/// Returns the releases of the scope's projects.
fn visible(scope: &Scope, releases: &[(ProjectId, Version)]) -> Vec<(ProjectId, Version)> {
    let own = releases.iter();
    let own = own.filter(|(project, _)| scope.projects().contains(project));
    own.cloned().collect()
}

/// Sets what is announced of a release, and returns whether it is known.
async fn update(connection: &mut Connection, new: &Announcement) -> Result<bool, Failure> {
    let known: Option<ReleaseRow> = named(new.project_id, new.version.to_string())
        .select(ReleaseRow::as_select())
        .first(connection)
        .await
        .optional()?;
    let Some(known) = known else {
        return Ok(false);
    };
    let given = ReleaseRow::from(new);
    let git_ref = if new.git_ref.is_some() {
        given.git_ref
    } else {
        known.git_ref
    };
    let url = if new.url.is_some() {
        given.url
    } else {
        known.url
    };
    let released_at = if new.released_at.is_some() {
        given.released_at
    } else {
        known.released_at
    };
    let updated = diesel::update(named(new.project_id, new.version.to_string()))
        .set((
            releases::git_ref.eq(git_ref),
            releases::url.eq(url),
            releases::released_at.eq(released_at),
        ))
        .execute(connection)
        .await?;
    Ok(updated > 0)
}

/// Adds the times of their occurrences to releases: of all, or of those of `only` one version.
async fn seen(
    connection: &mut Connection,
    rows: Vec<ReleaseRow>,
    only: Option<&str>,
) -> Result<Vec<Release>, Failure> {
    let projects: BTreeSet<DbId> = rows.iter().map(|row| row.project_id).collect();
    let mut times: HashMap<DbId, Times> = HashMap::with_capacity(projects.len());
    for project in projects {
        times.insert(project, times_of(connection, project, only).await?);
    }
    let seen = rows.into_iter().map(|row| {
        let times = times.get(&row.project_id);
        let times = times.and_then(|times| times.get(row.version.as_str()).copied());
        row.seen(times)
    });
    Ok(seen.collect())
}
