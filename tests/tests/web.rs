//! Black-box tests of the pages, each on SQLite and on PostgreSQL with Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests"
)]

#[path = "web/entrance.rs"]
mod entrance;
#[path = "web/errors.rs"]
mod errors;
#[path = "web/one_error.rs"]
mod one_error;
#[path = "web/reader.rs"]
mod reader;
#[path = "web/settings.rs"]
mod settings;
#[path = "web/source_maps.rs"]
mod source_maps;
#[path = "web/work.rs"]
mod work;
