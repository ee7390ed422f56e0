//! `test-servers stop` ends the PostgreSQL that tests share, which otherwise ends by itself when no test has used it
//! for a while.

use faultbook_testkit::postgres;
use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    if env::args().skip(1).eq(["stop"]) {
        postgres::stop_shared();
        return ExitCode::SUCCESS;
    }
    // Standard error may be closed.
    let _ = writeln!(io::stderr(), "usage: test-servers stop");
    ExitCode::from(2)
}
