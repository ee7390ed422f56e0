//! What somebody wants an error's status to be, before it is known which release that means.

use super::triage_state::IgnoreTerms;
use crate::instant::{from_micros, micros};
use crate::releases::Version;
use serde_json::{Value, json};

/// In which release errors are to be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveWish {
    /// In any.
    Now,
    /// In the newest of each error's project.
    CurrentRelease,
    /// In one newer than all of each error's project.
    NextRelease,
    /// In this one, which need not be known.
    Release(Version),
}

/// What the status of errors is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateWish {
    /// Resolved.
    Resolve(ResolveWish),
    /// Ignored.
    Ignore(IgnoreTerms),
    /// Open.
    Reopen,
}

impl StateWish {
    /// Returns the stored form, of which [`from_json`](Self::from_json) is the inverse.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Resolve(ResolveWish::Now) => json!({"action": "resolve", "in": "now"}),
            Self::Resolve(ResolveWish::CurrentRelease) => {
                json!({"action": "resolve", "in": "current_release"})
            }
            Self::Resolve(ResolveWish::NextRelease) => {
                json!({"action": "resolve", "in": "next_release"})
            }
            Self::Resolve(ResolveWish::Release(version)) => {
                json!({"action": "resolve", "in": "release", "release": version.as_str()})
            }
            Self::Ignore(terms) => json!({
                "action": "ignore",
                "until": terms.until.map(micros),
                "count": terms.count,
                "users": terms.users,
                "next_release": terms.next_release,
            }),
            Self::Reopen => json!({"action": "reopen"}),
        }
    }

    /// Parses the stored form.
    #[must_use]
    pub fn from_json(stored: &Value) -> Option<Self> {
        let text = |name: &str| stored.get(name).and_then(Value::as_str);
        let number = |name: &str| stored.get(name).and_then(Value::as_i64);
        Some(match text("action")? {
            "resolve" => Self::Resolve(match text("in")? {
                "now" => ResolveWish::Now,
                "current_release" => ResolveWish::CurrentRelease,
                "next_release" => ResolveWish::NextRelease,
                "release" => ResolveWish::Release(Version::new(text("release")?).ok()?),
                _ => return None,
            }),
            "ignore" => Self::Ignore(IgnoreTerms {
                until: number("until").map(from_micros),
                count: number("count"),
                users: number("users"),
                next_release: stored.get("next_release")?.as_bool()?,
            }),
            "reopen" => Self::Reopen,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_is_stored_is_read_back() {
        let version = Version::new("shop@1.0 \"a\"").expect("valid");
        for wish in [
            StateWish::Resolve(ResolveWish::Now),
            StateWish::Resolve(ResolveWish::CurrentRelease),
            StateWish::Resolve(ResolveWish::NextRelease),
            StateWish::Resolve(ResolveWish::Release(version)),
            StateWish::Ignore(IgnoreTerms::default()),
            StateWish::Ignore(IgnoreTerms {
                until: Some(datetime!(2026-11-27 12:00:00.000_001 UTC)),
                count: Some(1),
                users: Some(2),
                next_release: true,
            }),
            StateWish::Reopen,
        ] {
            assert_eq!(StateWish::from_json(&wish.to_json()), Some(wish));
        }
        for other in [
            json!({}),
            json!({"action": "x"}),
            json!({"action": "resolve"}),
        ] {
            assert_eq!(StateWish::from_json(&other), None);
        }
    }
}
