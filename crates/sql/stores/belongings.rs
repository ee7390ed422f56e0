//! What belongs to an error beside its occurrences: moves with it, and goes with it.

use crate::driver::{Connection, Failure, RunQueryDsl};
use diesel::prelude::*;
use faultbook_sql::schema::{
    error_activity, error_comments, error_marks, ignored_users, incident_errors,
};
use faultbook_sql::types::DbId;

/// Moves activities, comments, bookmarks, follows and links of incidents to the error that another was merged into. A
/// mark that both had is one.
pub(crate) async fn move_all(
    connection: &mut Connection,
    project: DbId,
    from: DbId,
    into: DbId,
) -> Result<(), Failure> {
    let history = error_activity::table
        .filter(error_activity::project_id.eq(project))
        .filter(error_activity::error_id.eq(from));
    diesel::update(history)
        .set(error_activity::error_id.eq(into))
        .execute(connection)
        .await?;
    let comments = error_comments::table
        .filter(error_comments::project_id.eq(project))
        .filter(error_comments::error_id.eq(from));
    diesel::update(comments)
        .set(error_comments::error_id.eq(into))
        .execute(connection)
        .await?;
    let marks = error_marks::table
        .filter(error_marks::project_id.eq(project))
        .filter(error_marks::error_id.eq(from));
    let moved: Vec<(String, String)> = marks
        .select((error_marks::principal, error_marks::kind))
        .load(connection)
        .await?;
    for (principal, kind) in moved {
        diesel::insert_into(error_marks::table)
            .values((
                error_marks::project_id.eq(project),
                error_marks::error_id.eq(into),
                error_marks::principal.eq(principal),
                error_marks::kind.eq(kind),
            ))
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
    }
    diesel::delete(marks).execute(connection).await?;
    let links = incident_errors::table
        .filter(incident_errors::project_id.eq(project))
        .filter(incident_errors::error_id.eq(from));
    diesel::update(links)
        .set(incident_errors::error_id.eq(into))
        .execute(connection)
        .await?;
    forget_users(connection, project, &[from]).await
}

/// Deletes what belongs to errors of a project.
pub(crate) async fn delete(
    connection: &mut Connection,
    project: DbId,
    errors: &[DbId],
) -> Result<(), Failure> {
    let history = error_activity::table
        .filter(error_activity::project_id.eq(project))
        .filter(error_activity::error_id.eq_any(errors.to_vec()));
    diesel::delete(history).execute(connection).await?;
    let comments = error_comments::table
        .filter(error_comments::project_id.eq(project))
        .filter(error_comments::error_id.eq_any(errors.to_vec()));
    diesel::delete(comments).execute(connection).await?;
    let marks = error_marks::table
        .filter(error_marks::project_id.eq(project))
        .filter(error_marks::error_id.eq_any(errors.to_vec()));
    diesel::delete(marks).execute(connection).await?;
    let links = incident_errors::table
        .filter(incident_errors::project_id.eq(project))
        .filter(incident_errors::error_id.eq_any(errors.to_vec()));
    diesel::delete(links).execute(connection).await?;
    forget_users(connection, project, errors).await
}

async fn forget_users(
    connection: &mut Connection,
    project: DbId,
    errors: &[DbId],
) -> Result<(), Failure> {
    let users = ignored_users::table
        .filter(ignored_users::project_id.eq(project))
        .filter(ignored_users::error_id.eq_any(errors.to_vec()));
    diesel::delete(users).execute(connection).await?;
    Ok(())
}
