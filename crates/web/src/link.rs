//! Addresses: those of our own pages, and those that reports hold.

use url::Url;
use url::form_urlencoded::Serializer;

/// An address of ours: a path with its parameters, from which others are made by changing one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    path: String,
    parameters: Vec<(String, String)>,
}

impl Address {
    /// The address of a path.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            parameters: Vec::new(),
        }
    }

    /// With a parameter in place of what it was; an empty one goes.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut changed = self.without(name);
        if !value.is_empty() {
            changed.parameters.push((name.to_owned(), value.to_owned()));
        }
        changed
    }

    /// Without a parameter.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let kept = self.parameters.iter().filter(|(known, _)| known != name);
        Self {
            path: self.path.clone(),
            parameters: kept.cloned().collect(),
        }
    }

    /// The same parameters under another path.
    #[must_use]
    pub fn at(&self, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            parameters: self.parameters.clone(),
        }
    }

    /// A parameter; empty without it.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The parameters, for hidden fields of forms.
    #[must_use]
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// The parameters as they stand behind the question mark.
    #[must_use]
    pub fn query(&self) -> String {
        let pairs = self.parameters.iter().map(|(name, value)| (name, value));
        Serializer::new(String::new()).extend_pairs(pairs).finish()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)?;
        if !self.parameters.is_empty() {
            write!(f, "?{}", self.query())?;
        }
        Ok(())
    }
}

/// The address that a text of a report is, where it may be linked: `http` and `https` alone. Links to it carry
/// `rel="noreferrer noopener"`.
#[must_use]
pub fn foreign(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    is_web.then(|| url.to_string())
}

/// A path of ours to go back to: nothing that leads elsewhere.
#[must_use]
pub fn own_path(text: &str) -> Option<&str> {
    let is_own = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && text.chars().all(|one| !one.is_control());
    is_own.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_replaces_itself() {
        let list = Address::new("/errors")
            .with("q", "a b")
            .with("status", "open");
        assert_eq!(list.to_string(), "/errors?q=a+b&status=open");
        assert_eq!(list.with("q", "").to_string(), "/errors?status=open");
        assert_eq!(
            list.with("q", "\"<&").to_string(),
            "/errors?status=open&q=%22%3C%26"
        );
    }

    #[test]
    fn only_web_addresses_are_linked() {
        assert_eq!(
            foreign("https://a.example/x").as_deref(),
            Some("https://a.example/x")
        );
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            " JaVaScRiPt:x",
            "ftp://a",
            "/path",
            "http:",
            "x",
        ] {
            assert_eq!(foreign(text), None, "{text}");
        }
    }

    #[test]
    fn only_own_paths_are_gone_back_to() {
        assert_eq!(own_path("/errors?q=a"), Some("/errors?q=a"));
        for text in [
            "",
            "errors",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
        ] {
            assert_eq!(own_path(text), None, "{text}");
        }
    }
}
