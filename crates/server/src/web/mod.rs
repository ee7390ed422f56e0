//! Pages: thin handlers that call the services of the API and fill the templates of `faultbook-web`.
//!
//! `crates/web/README.md` says how to add a page. Every page is declared in [`routes`] with the policy
//! [`PAGE`](crate::http::policy::Policy::PAGE), takes a [`Visitor`](visitor::Visitor) where it shows something and a
//! [`Form`](form::Form) where it changes something, and answers a [`Page`](page::Page) or [`see_other`](page::see_other).

pub mod account;
pub mod alerts;
pub mod assets;
pub mod call;
pub mod dashboard;
pub mod error;
pub mod errors;
pub mod failure;
pub mod find;
pub mod flash;
pub mod form;
pub mod incidents;
pub mod login;
pub mod monitoring;
pub mod page;
pub mod platform;
pub mod preferences;
pub mod releases;
pub mod routes;
pub mod settings;
pub mod start;
mod trend;
pub mod visitor;
