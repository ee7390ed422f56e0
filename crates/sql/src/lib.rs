//! Column types, tables, rows and stores that `faultbook-postgres` and `faultbook-sqlite` share.
//!
//! * [`types`]: the column types of ids and instants, which each database stores its own way.
//! * [`schema`]: the tables that are alike in both databases. Tables that are written at the rate of
//!   reports (`errors`, `occurrences`, the roll-ups) are not among them; each adapter has its own.
//! * [`row`]: rows of these tables, converted from and to the domain.
//! * `stores/`, beside `src/`: the store ports whose implementations are alike, as source. Queries are the
//!   same diesel code on both databases, but nothing generic can run them: a function over any connection
//!   would have to list the bounds of every query in it. So each adapter compiles these files as modules
//!   of its own (`mod stores` in its `lib.rs`), against two modules that it defines:
//!
//! | | PostgreSQL | SQLite |
//! |---|---|---|
//! | `driver::Store` | `PostgresStore` | `SqliteStore` |
//! | `Store::read`, `Store::write` | run an async closure on a connection of the pool, repeat it after conflicts | run an async closure on the thread of a reader or of the writer |
//! | `driver::Connection` | `AsyncPgConnection` | `SqliteConnection` |
//! | `driver::RunQueryDsl` | diesel-async's | the same methods, whose futures are ready at once |
//! | `driver::Failure` | what fails a closure and undoes its transaction | the same |
//! | `dialect` | statements in PostgreSQL's own words: row locks, updates out of arrays | the same functions in SQLite's words |

pub mod row;
pub mod schema;
pub mod types;
