//! What the languages for conditions of rules and for searches share.

mod comparison;
mod syntax_error;

pub use comparison::Comparison;
pub(crate) use comparison::comparison;
pub use syntax_error::SyntaxError;
pub(crate) use syntax_error::expected;
