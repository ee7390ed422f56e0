//! `bench limits`: what this machine allows at most, without Faultbook.

mod disk;
mod echo;
pub mod raw;

use crate::load::Load;
use crate::setup::{Database, Places};
use anyhow::Context;
use clap::Args as Arguments;
use raw::{MANY, Way};
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
    #[command(flatten)]
    places: Places,
}

/// Measures every ceiling and prints a table.
///
/// # Errors
/// When something cannot be measured.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new().context("no runtime")?;
    let table = runtime.block_on(measure(args))?;
    print_table(&table);
    Ok(())
}

async fn measure(args: &Args) -> anyhow::Result<Vec<(String, f64)>> {
    let (errors, duration) = (args.errors, Duration::from_secs(args.seconds));
    let load = Load {
        connections: args.connections,
        duration,
        errors,
        event_ids: false,
    };
    let mut table = vec![(
        format!(
            "actix-web takes the body and answers, {} connections",
            args.connections
        ),
        echo::answered(load).await?,
    )];
    let database = Database::new(&args.places).await?;
    raw::prepare(&database).await?;
    for (way, name) in [(Way::Insert, "raw inserts"), (Way::Copy, "COPY")] {
        for connections in [1, 2] {
            let written =
                raw::postgres(&database, errors, duration, connections, MANY, way).await?;
            table.push((
                format!("PostgreSQL: {name} of {MANY} rows, connections: {connections}"),
                written.per_second() * MANY as f64,
            ));
        }
    }
    database.close().await?;
    for many in [1, 100, MANY] {
        let written = raw::sqlite(errors, duration, many).await?;
        table.push((
            format!("SQLite, synchronous=FULL: raw inserts, rows a transaction: {many}"),
            written.per_second() * many as f64,
        ));
    }
    table.push((
        "disk: fdatasync after 16 KiB".to_owned(),
        disk::synced(duration)?,
    ));
    Ok(table)
}

#[expect(clippy::print_stdout, reason = "the table is what this command is for")]
fn print_table(table: &[(String, f64)]) {
    println!("| ceiling | a second |");
    println!("|---|---|");
    for (name, rate) in table {
        println!("| {name} | {rate:.0} |");
    }
}
