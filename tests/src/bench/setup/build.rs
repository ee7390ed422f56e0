//! The binary under measurement.

use anyhow::{Context, ensure};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The release binary beside this one. Under `cargo run` it is built first, so that what is measured is
/// what the sources say.
///
/// # Errors
/// When it cannot be built, or is not there.
pub fn binary() -> anyhow::Result<PathBuf> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    if let Err(why) = BUILT.get_or_init(|| build().map_err(|error| format!("{error:#}"))) {
        anyhow::bail!("the server cannot be built: {why}");
    }
    let binary = std::env::current_exe()?.with_file_name("faultbook");
    ensure!(
        binary.is_file(),
        "{} is missing: run `cargo build --release -p faultbook-server`",
        binary.display()
    );
    Ok(binary)
}

fn build() -> anyhow::Result<()> {
    // Cargo sets it for what it runs.
    let Some(cargo) = std::env::var_os("CARGO") else {
        return Ok(());
    };
    let status = Command::new(cargo)
        .args(["build", "--release", "-p", "faultbook-server"])
        .status()
        .context("cargo does not start")?;
    ensure!(status.success(), "cargo build failed");
    Ok(())
}
