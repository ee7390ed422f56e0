//! Rewriting of occurrences over SQL.

use crate::dialect::ADOPT_FINGERPRINT;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Nullable, SmallInt, Text};
use faultbook_domain::errors::{Rewrite, RewriteStore};
use faultbook_domain::fingerprint::{Fingerprint, FingerprintVersion};
use faultbook_domain::id::{ErrorId, OccurrenceId, ProjectId};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::types::{DbId, Id};
use uuid::Uuid;

const FIND: &str =
    "SELECT error_id FROM error_fingerprints WHERE project_id = $1 AND fingerprint = $2";

const REWRITE: &str =
    "UPDATE occurrences SET stack_trace = $1, context = $2 WHERE project_id = $3 AND id = $4";

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = Id)]
    error_id: DbId,
}

#[async_trait]
impl RewriteStore for Store {
    async fn find_error_of(
        &self,
        project: ProjectId,
        fingerprint: Fingerprint,
    ) -> Result<Option<ErrorId>, StoreError> {
        self.read(async move |connection| error_of(connection, project, fingerprint).await)
            .await
    }

    async fn rewrite_occurrence(
        &self,
        project: ProjectId,
        id: OccurrenceId,
        rewrite: &Rewrite,
    ) -> Result<bool, StoreError> {
        let rewrite = rewrite.clone();
        self.write(async move |connection| {
            let rewritten = sql_query(REWRITE)
                .bind::<Nullable<Text>, _>(rewrite.stack_trace.clone())
                .bind::<Text, _>(rewrite.context.as_str().to_owned())
                .bind::<Id, _>(DbId(project.0))
                .bind::<Id, _>(DbId(id.0))
                .execute(connection)
                .await?;
            Ok(rewritten > 0)
        })
        .await
    }

    async fn adopt_fingerprint(
        &self,
        project: ProjectId,
        error: ErrorId,
        (fingerprint, version): (Fingerprint, FingerprintVersion),
    ) -> Result<Option<ErrorId>, StoreError> {
        self.write(async move |connection| {
            sql_query(ADOPT_FINGERPRINT)
                .bind::<Id, _>(DbId(project.0))
                .bind::<Id, _>(id_of(fingerprint))
                .bind::<SmallInt, _>(i16::try_from(version.0).unwrap_or(i16::MAX))
                .bind::<Id, _>(DbId(error.0))
                .execute(connection)
                .await?;
            error_of(connection, project, fingerprint).await
        })
        .await
    }
}

async fn error_of(
    connection: &mut Connection,
    project: ProjectId,
    fingerprint: Fingerprint,
) -> Result<Option<ErrorId>, Failure> {
    let found: Vec<FoundRow> = sql_query(FIND)
        .bind::<Id, _>(DbId(project.0))
        .bind::<Id, _>(id_of(fingerprint))
        .load(connection)
        .await?;
    Ok(found.into_iter().next().map(|row| ErrorId(row.error_id.0)))
}

fn id_of(fingerprint: Fingerprint) -> DbId {
    DbId(Uuid::from_bytes(*fingerprint.as_bytes()))
}
