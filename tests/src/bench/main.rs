//! Measures Faultbook: `bench --help`.

mod connection;
mod grouping;
mod ingest;
mod read;
mod server;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures Faultbook")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Scores the built-in grouping against labelled reports, and times it.
    Grouping(grouping::Args),
    /// Measures reports a second on each store, against a transaction per report.
    Ingest(ingest::Args),
    /// Measures lists, stats and trends over many occurrences, uncached and cached.
    Read(read::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Grouping(args) => grouping::run(&args),
        Command::Ingest(args) => ingest::run(&args),
        Command::Read(args) => read::run(&args),
    }
}
