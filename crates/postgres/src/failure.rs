//! Classifies driver errors by how to handle them.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use faultbook_domain::store_error::StoreError;
use std::error::Error;
use std::io;
use tokio_postgres::error::{DbError, SqlState};

/// The cause, for the log.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why a statement failed.
#[derive(Debug)]
pub enum Failure {
    /// A conflict with another transaction: retry.
    StartOver(Cause),
    /// An error without a diesel kind, such as a deadlock or a server shutdown: retry once more.
    Unnamed(Cause),
    /// The partition of an occurrence's day is missing.
    NoPartition(Cause),
    /// An occurrence of the batch is stored already.
    AlreadyStored(Cause),
    /// A final error: do not retry.
    Store(StoreError),
}

impl Failure {
    /// Converts to the port's error after the last retry.
    pub fn into_store(self) -> StoreError {
        match self {
            Self::StartOver(cause) => StoreError::Unavailable(cause),
            Self::Unnamed(cause) | Self::NoPartition(cause) | Self::AlreadyStored(cause) => {
                StoreError::Internal(cause)
            }
            Self::Store(error) => error,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(server) = error.as_db_error() {
            return by_code(&server.clone(), error.into());
        }
        let lost = error.is_closed() || has_io_cause(&error);
        Self::Store(if lost {
            StoreError::unavailable(error)
        } else {
            StoreError::internal(error)
        })
    }
}

fn has_io_cause(error: &tokio_postgres::Error) -> bool {
    error
        .source()
        .is_some_and(|source| source.is::<io::Error>())
}

/// Classifies by SQLSTATE class, the first two characters of the code; see appendix A of PostgreSQL's manual.
fn by_code(server: &DbError, cause: Cause) -> Failure {
    let code = server.code();
    let table = server.table().unwrap_or_default();
    let in_occurrences = table.starts_with("occurrences");
    match *code {
        SqlState::UNIQUE_VIOLATION if in_occurrences => return Failure::AlreadyStored(cause),
        // Another batch claimed an event id meanwhile.
        SqlState::UNIQUE_VIOLATION if table == "event_ids" => return Failure::StartOver(cause),
        SqlState::CHECK_VIOLATION if in_occurrences => return Failure::NoPartition(cause),
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            return Failure::Store(StoreError::Unavailable(cause));
        }
        _ if is_disk_full_message(server.message()) => {
            return Failure::Store(StoreError::Unavailable(cause));
        }
        _ => {}
    }
    Failure::Store(match code.code().get(..2) {
        Some("40") => return Failure::StartOver(cause),
        // Data exceptions, and program limits exceeded (a row or an index entry).
        Some("22" | "54") => StoreError::Rejected(cause),
        // Connection, insufficient resources (disk, memory, connections), object not in prerequisite state, operator
        // intervention, system error.
        Some("08" | "53" | "55" | "57" | "58") => StoreError::Unavailable(cause),
        _ => StoreError::Internal(cause),
    })
}

impl From<DieselError> for Failure {
    /// diesel-async drops the SQLSTATE and keeps a few kinds.
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, details) = &error else {
            return Self::Store(match error {
                DieselError::BrokenTransactionManager => StoreError::unavailable(error),
                other => StoreError::internal(other),
            });
        };
        match kind {
            DatabaseErrorKind::SerializationFailure => Self::StartOver(error.into()),
            DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::ReadOnlyTransaction => Self::Store(StoreError::unavailable(error)),
            DatabaseErrorKind::UniqueViolation => {
                let taken = details.constraint_name().and_then(name_taken);
                Self::Store(taken.map_or_else(|| StoreError::internal(error), StoreError::Conflict))
            }
            DatabaseErrorKind::Unknown if is_disk_full_message(details.message()) => {
                Self::Store(StoreError::unavailable(error))
            }
            DatabaseErrorKind::Unknown => Self::Unnamed(error.into()),
            _ => Self::Store(StoreError::internal(error)),
        }
    }
}

/// Returns whether the server's message says that its disk is full or read-only. A file size limit or a quota has no
/// SQLSTATE, and diesel-async drops the code.
fn is_disk_full_message(message: &str) -> bool {
    ["could not extend file", "could not write"]
        .iter()
        .any(|beginning| message.starts_with(beginning))
        || message.contains("No space left on device")
}

/// Returns whether a write failed because the server's disk is full.
pub fn is_disk_full(error: &StoreError) -> bool {
    let StoreError::Unavailable(cause) = error else {
        return false;
    };
    if let Some(server) = cause
        .downcast_ref::<tokio_postgres::Error>()
        .and_then(tokio_postgres::Error::as_db_error)
    {
        return *server.code() == SqlState::DISK_FULL || is_disk_full_message(server.message());
    }
    let driver = cause.downcast_ref::<DieselError>();
    matches!(driver, Some(DieselError::DatabaseError(_, details))
        if is_disk_full_message(details.message()))
}

/// Returns the public name of what a unique constraint guards.
fn name_taken(constraint: &str) -> Option<&'static str> {
    Some(match constraint {
        "tenants_slug_key" | "projects_tenant_id_slug_key" => "slug",
        "projects_public_key_key" | "project_keys_public_key_key" => "public key",
        "members_tenant_id_user_id_key" => "membership",
        "invitations_open" => "invitation",
        "grants_tenant_id_level_name_key" | "system_users_tenant_id_name_key" => "name",
        "api_keys_digest_key" => "key",
        "users_email_key" => "email address",
        _ => return None,
    })
}

/// Formats an error with its causes on one line: tokio-postgres itself displays only "db error".
pub fn describe(error: &dyn Error) -> String {
    faultbook_domain::error_chain::error_chain(error)
}
