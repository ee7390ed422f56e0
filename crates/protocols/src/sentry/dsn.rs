//! DSNs: what an SDK is configured with.

use url::Url;

/// A DSN: `{scheme}://{public key}[:{secret}]@{host}[:{port}]{/prefix}/{project}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dsn {
    /// The public key.
    pub public_key: String,
    /// The host, with its port where that is not the scheme's own.
    pub host: String,
    /// The number of the project.
    pub project: u64,
}

impl Dsn {
    /// Reads a DSN; `None` when something of it is missing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text.trim()).ok()?;
        let host = url.host_str()?;
        let host = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let project = url
            .path_segments()?
            .rfind(|segment| !segment.is_empty())?
            .parse()
            .ok()?;
        let public_key = url.username();
        (!public_key.is_empty()).then(|| Self {
            public_key: public_key.to_owned(),
            host,
            project,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_dsn_are_read() {
        let cases = [
            ("https://abc@errors.example/7", ("abc", "errors.example", 7)),
            (
                "http://abc:secret@127.0.0.1:8080/42",
                ("abc", "127.0.0.1:8080", 42),
            ),
            (
                "https://abc@errors.example/prefix/7/",
                ("abc", "errors.example", 7),
            ),
        ];
        for (text, (key, host, project)) in cases {
            let dsn = Dsn {
                public_key: key.to_owned(),
                host: host.to_owned(),
                project,
            };
            assert_eq!(Dsn::parse(text), Some(dsn), "{text}");
        }
        for text in [
            "",
            "abc",
            "https://errors.example/7",
            "https://abc@errors.example",
            "https://abc@errors.example/x",
        ] {
            assert_eq!(Dsn::parse(text), None, "{text}");
        }
    }
}
