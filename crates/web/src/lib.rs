//! The pages of Faultbook: templates, what they show, and their assets.
//!
//! A page is a struct with a template: it holds what the page shows and nothing that could change it. It depends on the
//! domain's types alone; handlers of the server fill it. See `README.md` of the crate for how to add one.
//!
//! ```
//! use askama::Template;
//! use faultbook_web::problem::Problem;
//!
//! let page = Problem::new(404, "There is no such error.", "01JDN4Z7T9");
//! assert!(page.render().unwrap().contains("There is no such error."));
//! ```

pub mod account;
pub mod alerts;
pub mod assets;
pub mod chart;
pub mod dashboard;
pub mod error;
pub mod errors;
pub mod find;
pub mod form;
pub mod incidents;
pub mod link;
pub mod login;
pub mod marks;
pub mod monitoring;
mod navigation;
pub mod number;
pub mod platform;
pub mod plots;
pub mod problem;
pub mod releases;
pub mod settings;
pub mod shell;
pub mod start;
pub mod ui;
pub mod visible;
pub mod when;
mod words;

pub use askama::Template;
pub use number::Number;
pub use shell::Shell;
pub use when::{Clock, When};
