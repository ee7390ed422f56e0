//! What entries of an error's activity log tell.

use super::activity::ActivityKind;
use super::ignored::IgnoreTerms;
use super::resolved_in::ResolvedIn;
use crate::id::{CommentId, ErrorId, MemberId};
use crate::instant::parse_instant;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

/// What reopened an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReopenedBy {
    /// A call.
    Call,
    /// The time until which it was ignored.
    Until,
    /// As many occurrences as it was ignored for.
    Count,
    /// As many new users as it was ignored for.
    Users,
    /// A newer release.
    Release,
}

impl ReopenedBy {
    /// Returns the name on the wire and in storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Until => "until",
            Self::Count => "count",
            Self::Users => "users",
            Self::Release => "release",
        }
    }

    fn from_stored(name: &str) -> Option<Self> {
        [
            Self::Call,
            Self::Until,
            Self::Count,
            Self::Users,
            Self::Release,
        ]
        .into_iter()
        .find(|by| by.as_str() == name)
    }
}

/// A member as the activity log remembers them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignee {
    /// The member.
    pub id: MemberId,
    /// Their name at that time.
    pub name: String,
    /// Their e-mail address at that time.
    pub email: String,
}

/// What an entry of an activity log tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The error occurred for the first time, or was split off another.
    Created,
    /// It was resolved.
    Resolved(ResolvedIn),
    /// It was reopened.
    Reopened(ReopenedBy),
    /// It occurred again after it had been resolved.
    Regressed {
        /// The release of that occurrence.
        release: Option<String>,
    },
    /// It was ignored.
    Ignored(IgnoreTerms),
    /// It was assigned to a member, or to nobody.
    Assigned(Option<Assignee>),
    /// Somebody commented on it.
    Commented(CommentId),
    /// Another error was merged into it.
    Merged {
        /// The error that is gone.
        from: ErrorId,
    },
    /// A fingerprint was split off.
    Split {
        /// The fingerprint.
        fingerprint: String,
        /// The error on the other side; earlier versions did not store it.
        error: Option<ErrorId>,
    },
}

impl Change {
    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> ActivityKind {
        match self {
            Self::Created => ActivityKind::Created,
            Self::Resolved(_) => ActivityKind::Resolved,
            Self::Reopened(_) => ActivityKind::Reopened,
            Self::Regressed { .. } => ActivityKind::Regressed,
            Self::Ignored(_) => ActivityKind::Ignored,
            Self::Assigned(_) => ActivityKind::Assigned,
            Self::Commented(_) => ActivityKind::Commented,
            Self::Merged { .. } => ActivityKind::Merged,
            Self::Split { .. } => ActivityKind::Split,
        }
    }

    /// Returns whether who follows the error is told of it: comments, changes of its state, regressions.
    #[must_use]
    pub const fn is_followed(&self) -> bool {
        matches!(
            self,
            Self::Resolved(_)
                | Self::Reopened(_)
                | Self::Regressed { .. }
                | Self::Ignored(_)
                | Self::Commented(_)
        )
    }

    /// Returns whether somebody may have to be told of it though nobody follows the error: who it is assigned to, who is
    /// mentioned.
    #[must_use]
    pub const fn concerns_somebody(&self) -> bool {
        matches!(self, Self::Assigned(Some(_)) | Self::Commented(_))
    }

    /// Returns the data of the entry as shown.
    #[must_use]
    pub fn data(&self) -> Value {
        match self {
            Self::Created => json!({}),
            Self::Resolved(how) => json!({"in": how.as_str(), "release": how.release()}),
            Self::Reopened(by) => json!({"by": by.as_str()}),
            Self::Regressed { release } => json!({"release": release}),
            Self::Ignored(terms) => json!({
                "until": terms.until.and_then(|until| until.format(&Rfc3339).ok()),
                "count": terms.count,
                "users": terms.users,
                "release": terms.next_release.then_some("next"),
            }),
            Self::Assigned(to) => json!({"assigned_to": to.as_ref().map(|to| json!({
                "id": to.id.to_string(), "name": to.name, "email": to.email,
            }))}),
            Self::Commented(comment) => json!({"comment_id": comment.to_string()}),
            Self::Merged { from } => json!({"from": from.to_string()}),
            Self::Split { fingerprint, error } => json!({
                "fingerprint": fingerprint, "error_id": error.map(|error| error.to_string()),
            }),
        }
    }

    /// Returns the stored form beside the kind: a plain text where there is one value that is searched for, else the
    /// data as JSON.
    #[must_use]
    pub fn to_stored(&self) -> Option<String> {
        match self {
            Self::Created => None,
            Self::Reopened(by) => Some(by.as_str().to_owned()),
            Self::Regressed { release } => release.clone(),
            Self::Commented(comment) => Some(comment.to_string()),
            Self::Merged { from } => Some(from.to_string()),
            Self::Resolved(how) => Some(how.to_stored()),
            Self::Ignored(_) | Self::Assigned(_) | Self::Split { .. } => {
                Some(self.data().to_string())
            }
        }
    }

    /// Parses the stored form. Entries of earlier versions have no detail, or a plain text.
    #[must_use]
    pub fn from_stored(kind: ActivityKind, detail: Option<String>) -> Option<Self> {
        let text = detail.as_deref();
        Some(match kind {
            ActivityKind::Created => Self::Created,
            ActivityKind::Resolved => Self::Resolved(match text {
                Some(text) => ResolvedIn::from_stored(text)?,
                None => ResolvedIn::Now,
            }),
            ActivityKind::Reopened => Self::Reopened(match text {
                Some(text) => ReopenedBy::from_stored(text)?,
                None => ReopenedBy::Call,
            }),
            ActivityKind::Regressed => Self::Regressed { release: detail },
            ActivityKind::Ignored => Self::Ignored(terms(&serde_json::from_str(text?).ok()?)),
            ActivityKind::Assigned => Self::Assigned(assignee(&serde_json::from_str(text?).ok()?)),
            ActivityKind::Commented => Self::Commented(text?.parse().ok()?),
            ActivityKind::Merged => Self::Merged {
                from: text?.parse().ok()?,
            },
            ActivityKind::Split => split(text?),
        })
    }
}

fn terms(stored: &Value) -> IgnoreTerms {
    IgnoreTerms {
        until: stored["until"].as_str().and_then(parse_instant),
        count: stored["count"].as_i64(),
        users: stored["users"].as_i64(),
        next_release: stored["release"].is_string(),
    }
}

fn assignee(stored: &Value) -> Option<Assignee> {
    let to = &stored["assigned_to"];
    let text = |name: &str| to[name].as_str();
    Some(Assignee {
        id: text("id")?.parse().ok()?,
        name: text("name")?.to_owned(),
        email: text("email")?.to_owned(),
    })
}

fn split(stored: &str) -> Change {
    let read: Option<Value> = serde_json::from_str(stored).ok();
    let read = read.filter(Value::is_object);
    let text = |name: &str| read.as_ref().and_then(|read| read[name].as_str());
    Change::Split {
        fingerprint: text("fingerprint").unwrap_or(stored).to_owned(),
        error: text("error_id").and_then(|id| id.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;
    use uuid::Uuid;

    #[test]
    fn what_is_stored_is_read_back() {
        let id = Uuid::from_u128(7);
        let changes = [
            Change::Created,
            Change::Resolved(ResolvedIn::Now),
            Change::Resolved(ResolvedIn::NextRelease("1 0".to_owned())),
            Change::Reopened(ReopenedBy::Users),
            Change::Regressed { release: None },
            Change::Regressed {
                release: Some("1.0".to_owned()),
            },
            Change::Ignored(IgnoreTerms::default()),
            Change::Ignored(IgnoreTerms {
                until: Some(datetime!(2026-11-27 12:00:00.000_001 UTC)),
                count: Some(1),
                users: Some(2),
                next_release: true,
            }),
            Change::Assigned(None),
            Change::Assigned(Some(Assignee {
                id: MemberId(id),
                name: "Ada \"A\"".to_owned(),
                email: "ada@example.com".to_owned(),
            })),
            Change::Commented(CommentId(id)),
            Change::Merged { from: ErrorId(id) },
            Change::Split {
                fingerprint: "0".repeat(32),
                error: Some(ErrorId(id)),
            },
        ];
        for change in changes {
            let kind = ActivityKind::from_stored(change.kind().as_str()).expect("a kind");
            let read = Change::from_stored(kind, change.to_stored());
            assert_eq!(read, Some(change));
        }
    }

    #[test]
    fn entries_of_earlier_versions_are_read() {
        let read = |kind, detail: Option<&str>| {
            let kind = ActivityKind::from_stored(kind).expect("a kind");
            Change::from_stored(kind, detail.map(str::to_owned)).expect("a change")
        };
        assert_eq!(read("resolved", None), Change::Resolved(ResolvedIn::Now));
        assert_eq!(read("unresolved", None), Change::Reopened(ReopenedBy::Call));
        let digits = "5".repeat(32);
        assert_eq!(
            read("split", Some(&digits)),
            Change::Split {
                fingerprint: digits,
                error: None
            }
        );
    }
}
