//! Rows of tables that are specific to SQLite. Conversions destructure the other side, so that a new field does not
//! compile until it is handled.

mod error;
mod occurrence;
mod value;

pub(crate) use error::{ErrorRow, LatestColumns};
pub(crate) use faultbook_sql::types::micros;
pub(crate) use occurrence::OccurrenceRow;
pub(crate) use value::{Uid, register_functions, time};
