//! Which artifacts are found over SQL, and where they are used.

use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::prelude::*;
use faultbook_domain::artifacts::{Artifact, ArtifactFilter, ChunkDigest, Place, url_key};
use faultbook_domain::tenancy::{Scope, TenantScope};
use faultbook_sql::row::{ArtifactRow, PlaceRow};
use faultbook_sql::schema::{artifact_entries, artifact_places, artifacts};
use faultbook_sql::types::DbId;
use std::collections::HashMap;

/// Selects stored artifacts with a place in one of the scope's projects.
#[diesel::dsl::auto_type]
fn visible(scope: &Scope) -> _ {
    let projects: Vec<DbId> = db_ids(scope);
    let tenant: DbId = DbId(scope.tenant().0);
    artifacts::table
        .filter(artifacts::tenant_id.eq(tenant))
        .filter(artifacts::state.eq("stored"))
        .filter(
            artifacts::id.eq_any(
                artifact_places::table
                    .filter(artifact_places::project_id.eq_any(projects))
                    .select(artifact_places::artifact_id),
            ),
        )
}

/// A query of artifacts.
pub(super) type Matching = artifacts::BoxedQuery<'static, crate::driver::Backend>;

/// Selects those of them that a filter finds.
pub(super) fn matching(scope: &Scope, filter: &ArtifactFilter) -> Matching {
    let mut query = visible(scope).into_boxed();
    if filter.release.is_some() || filter.dist.is_some() {
        let mut places = artifact_places::table
            .filter(artifact_places::project_id.eq_any(db_ids(scope)))
            .select(artifact_places::artifact_id)
            .into_boxed();
        if let Some(release) = filter.release.clone() {
            places = places.filter(artifact_places::release.eq(release));
        }
        if let Some(dist) = filter.dist.clone() {
            places = places.filter(artifact_places::dist.eq(dist));
        }
        query = query.filter(artifacts::id.eq_any(places));
    }
    let tenant = DbId(scope.tenant().0);
    if let Some(debug_id) = filter.debug_id {
        let entries = artifact_entries::table
            .filter(artifact_entries::tenant_id.eq(tenant))
            .filter(artifact_entries::debug_id.eq(DbId(debug_id)));
        query = query.filter(artifacts::id.eq_any(entries.select(artifact_entries::artifact_id)));
    }
    if let Some(url) = &filter.url {
        let entries = artifact_entries::table
            .filter(artifact_entries::tenant_id.eq(tenant))
            .filter(artifact_entries::url_key.eq(DbId(url_key(url))));
        query = query.filter(artifacts::id.eq_any(entries.select(artifact_entries::artifact_id)));
    }
    query
}

/// The projects of a scope.
pub(super) fn db_ids(scope: &Scope) -> Vec<DbId> {
    scope.projects().iter().map(|id| DbId(id.0)).collect()
}

/// Finds an artifact of a tenant.
pub(super) async fn by_checksum(
    connection: &mut Connection,
    tenant: TenantScope,
    checksum: ChunkDigest,
) -> Result<Option<Artifact>, Failure> {
    let row: Option<ArtifactRow> = artifacts::table
        .filter(artifacts::tenant_id.eq(DbId(tenant.id().0)))
        .filter(artifacts::checksum.eq(checksum.0.to_vec()))
        .select(ArtifactRow::as_select())
        .first(connection)
        .await
        .optional()?;
    match row {
        Some(row) => Ok(Some(with_places(connection, row).await?)),
        None => Ok(None),
    }
}

/// Adds its places to an artifact.
pub(super) async fn with_places(
    connection: &mut Connection,
    row: ArtifactRow,
) -> Result<Artifact, Failure> {
    let mut places = places_of(connection, vec![row.id], None).await?;
    let own = places.remove(&row.id).unwrap_or_default();
    Ok(row.at_places(own)?)
}

/// Loads the places of artifacts: all, or those in a scope.
pub(super) async fn places_of(
    connection: &mut Connection,
    ids: Vec<DbId>,
    scope: Option<&Scope>,
) -> Result<HashMap<DbId, Vec<Place>>, Failure> {
    let mut query = artifact_places::table
        .filter(artifact_places::artifact_id.eq_any(ids))
        .select(PlaceRow::as_select())
        .into_boxed();
    if let Some(scope) = scope {
        query = query.filter(artifact_places::project_id.eq_any(db_ids(scope)));
    }
    let rows: Vec<PlaceRow> = query.load(connection).await?;
    let mut places: HashMap<DbId, Vec<Place>> = HashMap::new();
    for row in rows {
        places.entry(row.artifact_id).or_default().push(row.into());
    }
    Ok(places)
}

/// Removes those of some artifacts that have no place any more.
pub(super) async fn remove_without_places(
    connection: &mut Connection,
    ids: Vec<DbId>,
) -> Result<(), Failure> {
    let used = artifact_places::table
        .filter(artifact_places::artifact_id.eq(artifacts::id))
        .select(artifact_places::artifact_id);
    let unused = artifacts::table
        .filter(artifacts::id.eq_any(ids))
        .filter(diesel::dsl::not(diesel::dsl::exists(used)));
    diesel::delete(unused).execute(connection).await?;
    Ok(())
}
