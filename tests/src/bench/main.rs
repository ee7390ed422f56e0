//! Measures Faultbook: `bench --help`.

mod grouping;
mod ingest;

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
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Grouping(args) => grouping::run(&args),
        Command::Ingest(args) => ingest::run(&args),
    }
}
