//! The `faultbook` binary.

use clap::Parser;
use faultbook_server::command::{CommandLine, run};
use std::process::ExitCode;

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
