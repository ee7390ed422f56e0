//! The `faultbook` binary.

use clap::Parser;
use faultbook_server::command::{CommandLine, run};
use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A report is taken in by way of many small pieces of memory that live for a moment, some of which
/// another thread frees: the system's allocator takes a sixth of the time for that, this one half as long.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
#[expect(
    clippy::print_stderr,
    reason = "the last word of a failed start, whatever the log level"
)]
async fn main() -> ExitCode {
    match run(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("faultbook: {error:#}");
            ExitCode::FAILURE
        }
    }
}
