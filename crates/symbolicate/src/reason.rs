//! Why a frame is not readable, in a sentence that says what to do.

use crate::source_map::{BadMap, MAX_MAPPINGS};
use std::fmt::Display;
use uuid::Uuid;

/// Why a frame was not symbolicated, or not whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The event has neither a debug id of the script nor a release.
    NoDebugId,
    /// Nothing was uploaded for this project.
    NoArtifact,
    /// There is one for another distribution.
    WrongDist,
    /// There is one for another release.
    WrongRelease,
    /// The script is there, its map is not.
    NoMap,
    /// The map cannot be read.
    BadMap,
    /// Line or column is absent, or not in the script.
    NoPosition,
    /// Nothing is mapped at the position.
    NoMapping,
    /// The original is known, its text is not.
    NoSource,
    /// It took too long.
    Limit,
}

impl Reason {
    /// Returns its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoDebugId => "no_debug_id",
            Self::NoArtifact => "no_artifact",
            Self::WrongDist => "wrong_dist",
            Self::WrongRelease => "wrong_release",
            Self::NoMap => "no_map",
            Self::BadMap => "bad_map",
            Self::NoPosition => "no_position",
            Self::NoMapping => "no_mapping",
            Self::NoSource => "no_source",
            Self::Limit => "limit",
        }
    }

    /// Whether an upload may help.
    #[must_use]
    pub const fn may_come_late(self) -> bool {
        matches!(
            self,
            Self::NoArtifact | Self::WrongDist | Self::WrongRelease | Self::NoMap | Self::Limit
        )
    }
}

/// A reason with its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The reason.
    pub reason: Reason,
    /// The sentence.
    pub message: String,
}

impl Failure {
    fn new(reason: Reason, message: String) -> Self {
        Self { reason, message }
    }

    pub(crate) fn no_debug_id(url: &str) -> Self {
        Self::new(
            Reason::NoDebugId,
            format!(
                "The event names neither a debug id for {url} nor a release. Inject debug ids when you build, or set a \
                 release, and upload the source maps."
            ),
        )
    }

    pub(crate) fn no_artifact(debug_id: Option<Uuid>, url: &str, release: Option<&str>) -> Self {
        let message = match debug_id {
            Some(id) => format!(
                "No source map with the debug id {id} was uploaded for this project. Upload the files of the build that \
                 {url} is of."
            ),
            None => format!(
                "Nothing was uploaded for {url} in {} of this project. Upload its script and source map for it, or \
                 inject debug ids.",
                of_release(release)
            ),
        };
        Self::new(Reason::NoArtifact, message)
    }

    pub(crate) fn wrong_dist(
        url: &str,
        release: Option<&str>,
        (there, event): (Option<&str>, Option<&str>),
    ) -> Self {
        Self::new(
            Reason::WrongDist,
            format!(
                "{url} was uploaded in {} for {}, and the event says {}. Use the same dist in both.",
                of_release(release),
                dist(there),
                dist(event)
            ),
        )
    }

    pub(crate) fn wrong_release(url: &str, there: Option<&str>, event: Option<&str>) -> Self {
        Self::new(
            Reason::WrongRelease,
            format!(
                "{url} was uploaded for {}, and the event says {}. Use the same release in both, or inject debug ids.",
                of_release(there),
                of_release(event)
            ),
        )
    }

    pub(crate) fn no_map(url: &str, map: &str) -> Self {
        Self::new(
            Reason::NoMap,
            format!("The script {url} was uploaded without its source map ({map}). Upload both."),
        )
    }

    pub(crate) fn bad_map(map: &str, bad: &BadMap) -> Self {
        match bad {
            BadMap::Unreadable(problem) => Self::new(
                Reason::BadMap,
                format!(
                    "The source map {map} cannot be read: {problem}. Build and upload it again."
                ),
            ),
            BadMap::TooLarge => Self::new(
                Reason::Limit,
                format!(
                    "The source map {map} has more than {MAX_MAPPINGS} mappings. Split the bundle."
                ),
            ),
        }
    }

    pub(crate) fn no_position(url: &str, position: Option<(u32, u32)>) -> Self {
        let message = match position {
            Some((line, column)) => format!(
                "The uploaded script {url} has no line {} with a column {}. Upload the very file that is served.",
                line.saturating_add(1),
                column.saturating_add(1)
            ),
            None => format!(
                "The frame in {url} has no line or column, which minified code cannot be read without."
            ),
        };
        Self::new(Reason::NoPosition, message)
    }

    pub(crate) fn no_mapping(url: &str, (line, column): (u32, u32)) -> Self {
        Self::new(
            Reason::NoMapping,
            format!(
                "The source map of {url} says nothing of line {}, column {}. Where that is not code of the bundler, the \
                 uploaded files differ from the served ones.",
                line.saturating_add(1),
                column.saturating_add(1)
            ),
        )
    }

    pub(crate) fn no_source(source: &str) -> Self {
        Self::new(
            Reason::NoSource,
            format!(
                "The source map names {source} without its text. Have your bundler write sourcesContent, or upload the \
                 sources along."
            ),
        )
    }

    pub(crate) fn limit(what: impl Display) -> Self {
        Self::new(
            Reason::Limit,
            format!("The source map was not ready in time ({what}); the frame is done later."),
        )
    }
}

fn of_release(release: Option<&str>) -> String {
    release.map_or_else(
        || "no release".to_owned(),
        |release| format!("the release {release}"),
    )
}

fn dist(dist: Option<&str>) -> String {
    dist.map_or_else(|| "no dist".to_owned(), |dist| format!("the dist {dist}"))
}
