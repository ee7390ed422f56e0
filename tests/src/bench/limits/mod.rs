//! `bench limits`: what this machine allows at most, without Faultbook.

mod disk;
mod echo;
mod postgres;
mod rows;
pub mod sqlite;

use anyhow::Context;
use clap::Args as Arguments;
pub use postgres::{Columns, INSERT, inserted as postgres_inserted};
use std::time::Duration;

/// How to measure.
#[derive(Debug, Clone, Arguments)]
pub struct Args {
    /// Seconds per measurement.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Connections of the load on the HTTP server.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Different errors among the rows.
    #[arg(long, default_value_t = 50)]
    errors: usize,
}

/// Measures every ceiling and prints a table.
///
/// # Errors
/// When something cannot be measured.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    let time = Duration::from_secs(args.seconds);
    let mut table = vec![(
        format!(
            "actix-web takes the body and answers, {} connections",
            args.connections
        ),
        echo::answered(args.connections, args.errors, time)?,
    )];
    table.extend(runtime.block_on(postgres::ceilings(args.errors, time))?);
    table.extend(sqlite::ceilings(args.errors, time)?);
    table.push((
        "disk: fdatasync after 16 KiB".to_owned(),
        disk::synced(time)?,
    ));
    print_table(&table);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn print_table(table: &[(String, f64)]) {
    println!("| ceiling | a second |");
    println!("|---|---|");
    for (name, rate) in table {
        println!("| {name} | {rate:.0} |");
    }
}
