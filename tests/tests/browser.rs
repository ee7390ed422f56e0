//! Journeys through the pages in a real browser, each on SQLite and on PostgreSQL with Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "these are tests"
)]

#[path = "browser/axe.rs"]
mod axe;
#[path = "browser/command.rs"]
mod command;
#[path = "browser/driver.rs"]
mod driver;
#[path = "browser/errors.rs"]
mod errors;
#[path = "browser/every_page.rs"]
mod every_page;
#[path = "browser/first_start.rs"]
mod first_start;
#[path = "browser/hostile.rs"]
mod hostile;
#[path = "browser/keyboard.rs"]
mod keyboard;
#[path = "browser/plain.rs"]
mod plain;
#[path = "browser/rules.rs"]
mod rules;
#[path = "browser/seed.rs"]
mod seed;
#[path = "browser/tab.rs"]
mod tab;
#[path = "browser/team.rs"]
mod team;
