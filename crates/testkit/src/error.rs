//! Errors of starting test servers.

use std::io;

/// Why a test server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A program is not installed, or too old.
    #[error("{program} was not found: install the Debian package `{package}`")]
    Missing {
        /// The program.
        program: &'static str,
        /// The Debian package that provides it.
        package: &'static str,
    },
    /// A program failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// The program.
        program: String,
        /// What it printed.
        output: String,
    },
    /// The server ended or did not respond in time.
    #[error("the server did not do as it should ({why}); its log:\n{log}")]
    NotReady {
        /// What happened.
        why: String,
        /// The server's log.
        log: String,
    },
    /// A system call failed.
    #[error("{what} failed")]
    Io {
        /// The operation.
        what: String,
        /// The cause.
        source: io::Error,
    },
    /// A statement failed.
    #[error("the test server refused a statement")]
    Statement(#[from] tokio_postgres::Error),
}

impl ServerError {
    pub(crate) fn io(what: impl Into<String>, source: io::Error) -> Self {
        Self::Io {
            what: what.into(),
            source,
        }
    }
}
