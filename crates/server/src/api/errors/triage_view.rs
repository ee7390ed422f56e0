//! What people decided about an error, as shown.

use faultbook_domain::errors::{
    Assignee, ErrorGroup, ErrorPeople, Ignored, NamedActor, ResolvedIn, TriageState,
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

/// A member, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = MemberReference)]
pub struct MemberReference {
    /// The member's id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
}

impl From<Assignee> for MemberReference {
    fn from(member: Assignee) -> Self {
        Self {
            id: member.id.0,
            name: member.name,
            email: member.email,
        }
    }
}

/// Whoever did something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
pub struct ActorView {
    /// `member`, `key`, `system_user` or `system`.
    #[schema(example = "member")]
    kind: &'static str,
    /// The member's, the key's or the system user's id.
    id: Option<Uuid>,
    name: String,
}

impl From<NamedActor> for ActorView {
    fn from(actor: NamedActor) -> Self {
        Self {
            kind: actor.kind,
            id: actor.id,
            name: actor.name,
        }
    }
}

/// Where an error is resolved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ResolvedIn)]
pub struct ResolvedInView {
    /// `now`, `current_release`, `next_release` or `release`.
    #[serde(rename = "in")]
    #[schema(example = "next_release")]
    place: &'static str,
    /// The release; of `next_release`, the newest that was known.
    release: Option<String>,
}

impl ResolvedInView {
    fn of(how: &ResolvedIn) -> Self {
        Self {
            place: how.as_str(),
            release: how.release().map(str::to_owned),
        }
    }
}

/// Under which terms an error is ignored; all null: for ever.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ignored)]
pub struct IgnoredView {
    /// When it was ignored.
    #[serde(serialize_with = "crate::http::rfc3339::serialize")]
    since: OffsetDateTime,
    #[serde(serialize_with = "crate::http::rfc3339::option::serialize")]
    until: Option<OffsetDateTime>,
    count: Option<i64>,
    users: Option<i64>,
    /// `next`, or null.
    release: Option<&'static str>,
    /// Occurrences until it reopens.
    count_left: Option<i64>,
    /// New users until it reopens.
    users_left: Option<i64>,
}

impl IgnoredView {
    const fn of(ignored: &Ignored) -> Self {
        let Ignored {
            since,
            terms,
            count_left,
            users_left,
        } = *ignored;
        Self {
            since,
            until: terms.until,
            count: terms.count,
            users: terms.users,
            release: if terms.next_release {
                Some("next")
            } else {
                None
            },
            count_left,
            users_left,
        }
    }
}

/// What people decided about an error, and what is the caller's.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriageView {
    /// `open`, `resolved` or `ignored`.
    #[schema(example = "open", required = false)]
    status: &'static str,
    /// Where it is resolved; null unless it is.
    resolved_in: Option<ResolvedInView>,
    /// Under which terms it is ignored; null unless it is.
    ignored: Option<IgnoredView>,
    /// Who works on it.
    assigned_to: Option<MemberReference>,
    /// Whether the caller has a bookmark on it.
    #[schema(required = false)]
    bookmarked: bool,
    /// Whether the caller follows it.
    #[schema(required = false)]
    followed: bool,
    /// How many comments it has.
    #[schema(required = false)]
    comments: u64,
}

impl TriageView {
    /// The view of an error with its people.
    #[must_use]
    pub fn of(error: &ErrorGroup, people: ErrorPeople) -> Self {
        Self::of_state(&error.triage, people)
    }

    fn of_state(state: &TriageState, people: ErrorPeople) -> Self {
        Self {
            status: state.status().as_str(),
            resolved_in: state.resolved_in().map(ResolvedInView::of),
            ignored: state.ignored().map(IgnoredView::of),
            assigned_to: people.assigned_to.map(MemberReference::from),
            bookmarked: people.marks.bookmarked,
            followed: people.marks.followed,
            comments: people.marks.comments,
        }
    }
}
