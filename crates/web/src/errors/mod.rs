//! The list of errors.

pub mod confirm;
pub mod filter;
pub mod list;
pub mod row;
pub mod search;

pub use confirm::ConfirmDelete;
pub use filter::ListFilter;
pub use list::{Counts, ErrorsPage, Found, Listed, Volume};
pub use row::Row;
