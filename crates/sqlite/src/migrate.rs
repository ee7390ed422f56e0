//! Applies schema migrations, which are embedded in the binary.

use diesel::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// The migrations failed.
#[derive(Debug, thiserror::Error)]
#[error("the database's schema could not be brought up to date")]
pub struct MigrateError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl MigrateError {
    pub(crate) fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// Applies missing migrations, all or none. Takes the write lock before it checks what is missing, so that of two
/// processes starting at once the second finds nothing to do.
pub(crate) fn run(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    connection
        .immediate_transaction(|connection| {
            connection
                .run_pending_migrations(MIGRATIONS)
                .map(|applied| applied.len())
                .map_err(Failed::Migration)
        })
        .map(|applied| tracing::debug!(applied, "schema is up to date"))
        .map_err(|failed| match failed {
            Failed::Migration(cause) => MigrateError(cause),
            Failed::Driver(cause) => MigrateError::new(cause),
        })
}

enum Failed {
    Migration(Box<dyn std::error::Error + Send + Sync>),
    Driver(diesel::result::Error),
}

impl From<diesel::result::Error> for Failed {
    fn from(cause: diesel::result::Error) -> Self {
        Self::Driver(cause)
    }
}
