//! The commits that a release is of.

use super::version::Version;
use crate::id::ProjectId;
use crate::text::start;
use serde_json::{Map, Value};

/// The commits of a release, as a build tool told them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseCommits {
    /// The release's project.
    pub project_id: ProjectId,
    /// The release's version.
    pub version: Version,
    /// The commits, the newest first: objects of JSON.
    pub commits: Vec<Value>,
    /// The repositories with the commit that each is at: objects of JSON.
    pub refs: Vec<Value>,
}

/// How many commits a release has, and which is the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitSummary {
    /// The release's project.
    pub project_id: ProjectId,
    /// The release's version.
    pub version: Version,
    /// How many.
    pub count: u64,
    /// The id of the newest.
    pub last: Option<String>,
}

impl ReleaseCommits {
    /// Maximum number of commits of a release.
    pub const MOST: usize = 1_000;
    /// Maximum number of files of a commit that are kept.
    const FILES: usize = 100;
    /// Maximum number of characters of a text.
    const TEXT: usize = 1_000;

    /// Takes the fields of commits that are kept out of what was sent; what is no object is left out.
    #[must_use]
    pub fn kept(sent: &[Value]) -> Vec<Value> {
        const TEXTS: [&str; 9] = [
            "id",
            "message",
            "author_name",
            "author_email",
            "timestamp",
            "repository",
            "commit",
            "previousCommit",
            "name",
        ];
        let objects = sent.iter().filter_map(Value::as_object).take(Self::MOST);
        let kept = objects.map(|object| {
            let mut kept = Map::new();
            for name in TEXTS {
                if let Some(text) = object.get(name).and_then(Value::as_str) {
                    kept.insert(name.to_owned(), Value::from(start(text, Self::TEXT)));
                }
            }
            if let Some(Value::Array(files)) = object.get("patch_set") {
                let files = files.iter().take(Self::FILES).filter_map(|file| {
                    let path = start(file.get("path")?.as_str()?, Self::TEXT);
                    let kind = file.get("type").and_then(Value::as_str).unwrap_or("M");
                    Some(serde_json::json!({ "path": path, "type": start(kind, 1) }))
                });
                kept.insert("patch_set".to_owned(), Value::Array(files.collect()));
            }
            Value::Object(kept)
        });
        kept.filter(|commit| commit.as_object().is_some_and(|object| !object.is_empty()))
            .collect()
    }

    /// Returns how many there are, and which is the newest: the first, else the one that a repository is at.
    #[must_use]
    pub fn summary(&self) -> CommitSummary {
        let text = |value: Option<&Value>, name| value?.get(name)?.as_str().map(str::to_owned);
        let newest = text(self.commits.first(), "id");
        CommitSummary {
            project_id: self.project_id,
            version: self.version.clone(),
            count: self.commits.len() as u64,
            last: newest.or_else(|| text(self.refs.first(), "commit")),
        }
    }
}
