//! A change of many errors, and its stored form.

use super::change::Assignee;
use super::decisions::ResolveIn;
use super::ignored::IgnoreTerms;
use crate::instant::{from_micros, micros};
use crate::releases::Version;
use serde_json::{Value, json};

/// A change of many errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkChange {
    /// Resolves them, each in a release of its project.
    Resolve(ResolveIn),
    /// Ignores them.
    Ignore(IgnoreTerms),
    /// Reopens them.
    Reopen,
    /// Assigns them to a member, or to nobody.
    Assign(Option<Assignee>),
    /// Sets or removes the author's bookmarks.
    Bookmark(bool),
    /// Deletes them with all that belongs to them.
    Delete,
}

impl BulkChange {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Resolve(_) => "resolve",
            Self::Ignore(_) => "ignore",
            Self::Reopen => "reopen",
            Self::Assign(_) => "assign",
            Self::Bookmark(true) => "bookmark",
            Self::Bookmark(false) => "unbookmark",
            Self::Delete => "delete",
        }
    }

    /// Returns the fields beside the name, as JSON.
    #[must_use]
    pub fn to_stored(&self) -> String {
        let fields = match self {
            Self::Resolve(ResolveIn::Now) => json!({"in": "now"}),
            Self::Resolve(ResolveIn::CurrentRelease) => json!({"in": "current_release"}),
            Self::Resolve(ResolveIn::NextRelease) => json!({"in": "next_release"}),
            Self::Resolve(ResolveIn::Release(version)) => {
                json!({"in": "release", "release": version.as_str()})
            }
            Self::Ignore(terms) => json!({
                "until": terms.until.map(micros),
                "count": terms.count,
                "users": terms.users,
                "next_release": terms.next_release,
            }),
            Self::Assign(Some(to)) => {
                json!({"id": to.id.to_string(), "name": to.name, "email": to.email})
            }
            Self::Reopen | Self::Assign(None) | Self::Bookmark(_) | Self::Delete => json!({}),
        };
        fields.to_string()
    }

    /// Parses name and fields.
    #[must_use]
    pub fn from_stored(name: &str, fields: &str) -> Option<Self> {
        let fields: Value = serde_json::from_str(fields).ok()?;
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let number = |name: &str| fields.get(name).and_then(Value::as_i64);
        Some(match name {
            "resolve" => Self::Resolve(match text("in")? {
                "now" => ResolveIn::Now,
                "current_release" => ResolveIn::CurrentRelease,
                "next_release" => ResolveIn::NextRelease,
                "release" => ResolveIn::Release(Version::new(text("release")?).ok()?),
                _ => return None,
            }),
            "ignore" => Self::Ignore(IgnoreTerms {
                until: number("until").map(from_micros),
                count: number("count"),
                users: number("users"),
                next_release: fields.get("next_release")?.as_bool()?,
            }),
            "reopen" => Self::Reopen,
            "assign" => Self::Assign(match text("id") {
                Some(id) => Some(Assignee {
                    id: id.parse().ok()?,
                    name: text("name")?.to_owned(),
                    email: text("email")?.to_owned(),
                }),
                None => None,
            }),
            "bookmark" => Self::Bookmark(true),
            "unbookmark" => Self::Bookmark(false),
            "delete" => Self::Delete,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MemberId;
    use time::macros::datetime;
    use uuid::Uuid;

    #[test]
    fn what_is_stored_is_read_back() {
        let version = Version::new("shop@1.0 \"a\"").expect("valid");
        for change in [
            BulkChange::Resolve(ResolveIn::Now),
            BulkChange::Resolve(ResolveIn::CurrentRelease),
            BulkChange::Resolve(ResolveIn::NextRelease),
            BulkChange::Resolve(ResolveIn::Release(version)),
            BulkChange::Ignore(IgnoreTerms::default()),
            BulkChange::Ignore(IgnoreTerms {
                until: Some(datetime!(2026-11-27 12:00:00.000_001 UTC)),
                count: Some(1),
                users: Some(2),
                next_release: true,
            }),
            BulkChange::Reopen,
            BulkChange::Assign(None),
            BulkChange::Assign(Some(Assignee {
                id: MemberId(Uuid::from_u128(7)),
                name: "Ada \"A\"".to_owned(),
                email: "ada@example.com".to_owned(),
            })),
            BulkChange::Bookmark(true),
            BulkChange::Bookmark(false),
            BulkChange::Delete,
        ] {
            let read = BulkChange::from_stored(change.name(), &change.to_stored());
            assert_eq!(read, Some(change));
        }
        for (name, fields) in [("x", "{}"), ("resolve", "{}"), ("reopen", "x")] {
            assert_eq!(BulkChange::from_stored(name, fields), None);
        }
    }
}
