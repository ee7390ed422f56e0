//! Classifies driver errors.

use diesel::result::{DatabaseErrorKind, Error as DriverError};
use faultbook_domain::store_error::StoreError;

/// Why a closure on a connection failed: a driver error or a decision of the store.
#[derive(Debug)]
pub(crate) enum Failure {
    Driver(DriverError),
    Store(StoreError),
}

impl From<DriverError> for Failure {
    fn from(cause: DriverError) -> Self {
        Self::Driver(cause)
    }
}

impl From<StoreError> for Failure {
    fn from(cause: StoreError) -> Self {
        Self::Store(cause)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Driver(cause) => classify(cause),
            Failure::Store(cause) => cause,
        }
    }
}

/// SQLite's messages (`sqlite3ErrStr` in its source) for result codes without regard to the data: diesel exposes the
/// text, not the code.
const UNAVAILABLE: [&str; 8] = [
    "attempt to write a readonly database",
    "database is locked",
    "database or disk is full",
    "database table is locked",
    "disk I/O error",
    "locking protocol",
    "out of memory",
    "unable to open database file",
];

/// Messages of a full disk: exceeding a quota or a file size limit is an I/O error.
const DISK_FULL: [&str; 2] = ["database or disk is full", "disk I/O error"];

/// Returns whether a write failed because the disk is full.
pub(crate) fn is_disk_full(error: &StoreError) -> bool {
    let StoreError::Unavailable(cause) = error else {
        return false;
    };
    let driver = cause.downcast_ref::<DriverError>();
    matches!(driver, Some(DriverError::DatabaseError(_, information))
        if DISK_FULL.iter().any(|text| information.message().starts_with(text)))
}

/// Messages that only the data can cause.
const REJECTED: [&str; 2] = ["datatype mismatch", "string or blob too big"];

fn classify(cause: DriverError) -> StoreError {
    let (kind, message) = match &cause {
        DriverError::DatabaseError(kind, information) => (kind, information.message()),
        DriverError::SerializationError(_) => return StoreError::rejected(cause),
        _ => return StoreError::internal(cause),
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => match taken(message) {
            Some(name) => StoreError::Conflict(name),
            None => StoreError::internal(cause),
        },
        DatabaseErrorKind::ForeignKeyViolation
        | DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation => StoreError::rejected(cause),
        _ if UNAVAILABLE.iter().any(|text| message.starts_with(text)) => {
            StoreError::unavailable(cause)
        }
        _ if REJECTED.iter().any(|text| message.starts_with(text)) => StoreError::rejected(cause),
        _ => StoreError::internal(cause),
    }
}

/// Names the constraint in `UNIQUE constraint failed: projects.tenant_id, projects.slug`. Ids are
/// random: a collision is not a conflict of names.
fn taken(message: &str) -> Option<&'static str> {
    [
        ("tenants.slug", "the tenant's slug"),
        ("projects.slug", "the project's slug"),
        ("project_keys.public_key", "the public key"),
        ("api_keys.digest", "the key"),
        ("users.email", "the e-mail address"),
        ("members.user_id", "the membership"),
        ("invitations.email", "the invitation"),
        ("grants.name", "the name"),
        ("system_users.name", "the name"),
    ]
    .into_iter()
    .find_map(|(column, name)| message.ends_with(column).then_some(name))
}
