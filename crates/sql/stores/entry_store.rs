//! Lookups of scripts and source maps over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use faultbook_domain::artifacts::{EntryStore, FoundEntry, url_key};
use faultbook_domain::id::{ArtifactId, ProjectId};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::{EntryRow, FoundEntryRow, all};
use faultbook_sql::schema::{
    artifact_entries, artifact_files, artifact_places, artifacts, projects,
};
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;
use uuid::Uuid;

/// Entries of one URL that are looked at.
const MOST: i64 = 200;

/// Entries of stored artifacts, each with every place of its artifact in a project.
#[diesel::dsl::auto_type]
fn in_project(project: ProjectId) -> _ {
    let project: DbId = DbId(project.0);
    artifact_entries::table
        .inner_join(artifacts::table.on(artifacts::id.eq(artifact_entries::artifact_id)))
        .inner_join(
            artifact_places::table
                .on(artifact_places::artifact_id.eq(artifact_entries::artifact_id)),
        )
        .inner_join(
            artifact_files::table.on(artifact_files::tenant_id
                .eq(artifact_entries::tenant_id)
                .and(artifact_files::digest.eq(artifact_entries::digest))),
        )
        .filter(artifact_places::project_id.eq(project))
        .filter(artifacts::state.eq("stored"))
        .filter(
            artifact_entries::tenant_id.eq_any(
                projects::table
                    .filter(projects::id.eq(project))
                    .select(projects::tenant_id),
            ),
        )
}

#[async_trait]
impl EntryStore for Store {
    async fn find_by_debug_ids(
        &self,
        project: ProjectId,
        ids: &[Uuid],
    ) -> Result<Vec<FoundEntry>, StoreError> {
        let ids: Vec<DbId> = ids.iter().copied().map(DbId).collect();
        self.read(async move |connection| {
            let rows: Vec<FoundEntryRow> = in_project(project)
                .filter(artifact_entries::debug_id.eq_any(ids.clone()))
                .order((artifacts::uploaded_at.desc(), artifacts::id.desc()))
                .limit(MOST)
                .select((
                    EntryRow::as_select(),
                    artifact_places::release,
                    artifact_places::dist,
                    artifact_files::blob_id,
                ))
                .load(connection)
                .await?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn find_by_urls(
        &self,
        project: ProjectId,
        urls: &[String],
    ) -> Result<Vec<FoundEntry>, StoreError> {
        let keys: Vec<DbId> = urls.iter().map(|url| DbId(url_key(url))).collect();
        self.read(async move |connection| {
            let rows: Vec<FoundEntryRow> = in_project(project)
                .filter(artifact_entries::url_key.eq_any(keys.clone()))
                .order((artifacts::uploaded_at.desc(), artifacts::id.desc()))
                .limit(MOST)
                .select((
                    EntryRow::as_select(),
                    artifact_places::release,
                    artifact_places::dist,
                    artifact_files::blob_id,
                ))
                .load(connection)
                .await?;
            Ok(all(rows)?)
        })
        .await
    }

    async fn find_in_artifact(
        &self,
        artifact: ArtifactId,
        urls: &[String],
    ) -> Result<Vec<FoundEntry>, StoreError> {
        let keys: Vec<DbId> = urls.iter().map(|url| DbId(url_key(url))).collect();
        self.read(async move |connection| {
            let rows: Vec<(EntryRow, DbId)> = artifact_entries::table
                .inner_join(
                    artifact_files::table.on(artifact_files::tenant_id
                        .eq(artifact_entries::tenant_id)
                        .and(artifact_files::digest.eq(artifact_entries::digest))),
                )
                .filter(artifact_entries::artifact_id.eq(DbId(artifact.0)))
                .filter(artifact_entries::url_key.eq_any(keys.clone()))
                .order(artifact_entries::place)
                .limit(MOST)
                .select((EntryRow::as_select(), artifact_files::blob_id))
                .load(connection)
                .await?;
            let rows = rows.into_iter().map(|(entry, blob_id)| FoundEntryRow {
                entry,
                release: String::new(),
                dist: String::new(),
                blob_id,
            });
            Ok(all(rows.collect())?)
        })
        .await
    }

    async fn touch_artifacts(
        &self,
        used: &[ArtifactId],
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut ids: Vec<DbId> = used.iter().map(|id| DbId(id.0)).collect();
        ids.sort_unstable();
        self.write(async move |connection| {
            let never = artifacts::last_used.is_null();
            let earlier = artifacts::table
                .filter(artifacts::id.eq_any(ids.clone()))
                .filter(never.or(artifacts::last_used.lt(DbTime(at)).assume_not_null()));
            diesel::update(earlier)
                .set(artifacts::last_used.eq(DbTime(at)))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }
}
