//! The statement that makes releases known: the hot path.

use crate::statement::{Bind, run, statement};
use diesel::prelude::*;
use faultbook_domain::id::ProjectId;

statement!(
    NoteRelease,
    "INSERT INTO releases (project_id, version, created_at) SELECT ?, ?, ? \
     WHERE NOT EXISTS (SELECT 1 FROM releases WHERE project_id = ? AND version = ?) \
     AND (SELECT count(*) FROM releases WHERE project_id = ?) < ?"
);

/// Makes a release known, unless it is or the project has so many.
pub(crate) fn note_release(
    connection: &mut SqliteConnection,
    (project, version): (ProjectId, &str),
    at: i64,
    most: u32,
) -> QueryResult<usize> {
    let project = Bind::Blob(project.0.as_bytes());
    let version = Bind::Text(version);
    let most = Bind::Int(i64::from(most));
    let binds = [
        project,
        version,
        Bind::Int(at),
        project,
        version,
        project,
        most,
    ];
    run(connection, NoteRelease, &binds)
}
