//! Why a test has no server.

use std::io;

/// Why a server could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A program is not installed, or too old.
    #[error("{program} was not found: install the Debian package `{package}`")]
    Missing {
        /// What was looked for.
        program: &'static str,
        /// What brings it.
        package: &'static str,
    },
    /// A program said no.
    #[error("{program} failed: {output}")]
    Failed {
        /// The program.
        program: String,
        /// What it printed.
        output: String,
    },
    /// The server ended or did not answer in time.
    #[error("the server did not do as it should ({why}); its log:\n{log}")]
    NotReady {
        /// What happened instead.
        why: String,
        /// The server's own words.
        log: String,
    },
    /// The operating system said no.
    #[error("{what} failed")]
    Io {
        /// What was being done.
        what: String,
        /// Why not.
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
