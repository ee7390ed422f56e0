//! Applications that report with clients of others, each unmodified from its registry (`tests/clients`).

use crate::page;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// How long an application may take. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// The client that an application reports with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Application {
    /// `sentry-sdk` of Python.
    SentryPython,
    /// `@sentry/node`.
    SentryNode,
    /// `@sentry/browser`, in Chromium.
    SentryBrowser,
    /// The crate `sentry`.
    SentryRust,
    /// OpenTelemetry's SDK for Python, which exports protobuf.
    OtelPython,
    /// OpenTelemetry's SDK for JavaScript, which exports JSON.
    OtelJs,
}

impl Application {
    /// Runs a scenario of it to its end and returns what it printed. `variables` say where it reports to: `DSN`, or
    /// those of OpenTelemetry.
    ///
    /// # Panics
    /// When the client cannot be installed, or does not end.
    pub async fn run(self, scenario: &str, number: u32, variables: &[(&str, &str)]) -> String {
        install().await;
        let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
        let number = number.to_string();
        let (program, script) = match self {
            Self::SentryBrowser => {
                let dsn = variables.iter().find(|(name, _)| *name == "DSN");
                let (_, dsn) = dsn.expect("a page needs a DSN");
                let folder = installed().join("browser");
                page::visit(
                    &folder,
                    &[("dsn", *dsn), ("scenario", scenario), ("number", &number)],
                )
                .await;
                return String::new();
            }
            Self::SentryRust => (installed().join("rust/debug/shop"), None),
            Self::SentryPython => (python(), Some(clients.join("python/client.py"))),
            Self::OtelPython => (python(), Some(clients.join("otel-python/client.py"))),
            Self::SentryNode => ("node".into(), Some(clients.join("node/client.js"))),
            Self::OtelJs => ("node".into(), Some(clients.join("otel-js/client.js"))),
        };
        let mut command = Command::new(program);
        command
            .args(script)
            .args([scenario, &number])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("NODE_PATH", installed().join("node_modules"))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let ended = tokio::time::timeout(PATIENCE, command.output()).await;
        let output = ended.expect("the application never ended").unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        // One that crashes is meant to fail.
        assert!(
            output.status.success() || scenario == "crash",
            "{self:?} {scenario}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        printed.trim().to_owned()
    }
}

/// Where `tests/clients/install.sh` puts the clients.
pub(crate) fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/clients")
}

fn python() -> PathBuf {
    installed().join("python/bin/python")
}

/// Installs the clients where that is not done.
pub(crate) async fn install() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/install.sh");
    let output = Command::new(script).stdin(Stdio::null()).output().await;
    let output = output.unwrap();
    assert!(
        output.status.success(),
        "the clients cannot be installed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
