//! Measures Faultbook: `bench --help`.

mod batch;
mod connection;
mod grouping;
mod ingest;
mod limits;
mod load;
mod plan;
mod read;
mod request;
mod round;
mod setup;
mod symbolicate;

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
    /// Measures reports a second on each store, against raw inserts and a transaction per report.
    Ingest(ingest::Args),
    /// Measures the batch endpoint, against raw inserts of the same rows.
    Batch(batch::Args),
    /// Measures what this machine allows at most, without Faultbook.
    Limits(limits::Args),
    /// Measures lists, stats and trends over many occurrences, uncached and cached.
    Read(read::Args),
    /// Measures how long frames of minified scripts take, and that other events pay nothing.
    Symbolicate(symbolicate::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Grouping(args) => grouping::run(&args),
        Command::Ingest(args) => ingest::run(&args),
        Command::Batch(args) => batch::run(&args),
        Command::Limits(args) => limits::run(&args),
        Command::Read(args) => read::run(&args),
        Command::Symbolicate(args) => symbolicate::run(&args),
    }
}
