//! Rows of the tables that SQLite keeps its own way. Conversions take the other side apart field by field,
//! so that a new one does not compile until it is handled.

mod error;
mod occurrence;
mod value;

pub(crate) use error::{ErrorRow, LatestColumns};
pub(crate) use faultbook_sql::types::micros;
pub(crate) use occurrence::OccurrenceRow;
pub(crate) use value::{Uid, contains_word, register_functions, time};
