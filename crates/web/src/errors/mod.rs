//! The list of errors.

pub mod confirm;
pub mod filter;
pub mod list;
pub mod row;
pub mod search;
mod volume;

pub use confirm::ConfirmDelete;
pub use filter::ListFilter;
pub use list::{Counts, ErrorsPage, Found, Listed};
pub use row::Row;
pub use volume::{Volume, VolumePart};
