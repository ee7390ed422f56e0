//! An entry of the audit log.

use crate::id::{AuditId, TenantId};
use crate::search::fold;
use time::OffsetDateTime;

/// An audit log entry: one change to a tenant, its members or its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id, in order of time.
    pub id: AuditId,
    /// The tenant that was changed.
    pub tenant_id: TenantId,
    /// Who made the change, as the text form of an [`Actor`](super::Actor).
    pub actor: String,
    /// Their name then; empty where it was not known.
    pub actor_name: String,
    /// Their address then; of a person.
    pub actor_email: Option<String>,
    /// Kind and verb, such as `role.created`. Method and route, such as `POST /api/v1/tenants/{id}/roles`, of what has
    /// no kind, and of older entries.
    pub action: String,
    /// Kind and id, such as `integration:slack`. The path of the request of what has no kind, and of older entries.
    pub target: String,
    /// Name of the target then.
    pub target_name: Option<String>,
    /// What the fields that changed were, as a JSON object; `None` for what was created.
    pub old: Option<String>,
    /// What they became; `None` for what was deleted.
    pub new: Option<String>,
    /// What more is to be said.
    pub detail: Option<String>,
    /// Client address of the request.
    pub ip_address: Option<String>,
    /// The request's id, as in the log.
    pub request_id: String,
    /// When the change was made.
    pub at: OffsetDateTime,
}

impl AuditEntry {
    /// Returns the folded text in which words are looked for: names and detail.
    #[must_use]
    pub fn words(&self) -> String {
        let texts = [&self.target_name, &self.detail];
        let texts = texts.into_iter().flatten().map(String::as_str);
        let all: Vec<&str> = std::iter::once(self.actor_name.as_str())
            .chain(texts)
            .collect();
        fold(&all.join("\n"))
    }
}

/// Filter of the audit log; all given fields must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// The actor, its name or its address, exactly.
    pub actor: Option<String>,
    /// The action, or its kind.
    pub action: Option<String>,
    /// The target, exactly.
    pub target: Option<String>,
    /// Folded words, each of which names or detail hold.
    pub words: Vec<String>,
    /// From this time on.
    pub since: Option<OffsetDateTime>,
    /// Before this time.
    pub until: Option<OffsetDateTime>,
}

impl AuditFilter {
    /// Returns whether an entry matches.
    #[must_use]
    pub fn matches(&self, entry: &AuditEntry) -> bool {
        let Self {
            actor,
            action,
            target,
            words,
            since,
            until,
        } = self;
        let is_actor = |wanted: &String| {
            [
                Some(&entry.actor),
                Some(&entry.actor_name),
                entry.actor_email.as_ref(),
            ]
            .contains(&Some(wanted))
        };
        let is_action = |wanted: &String| {
            let kind = entry.action.split_once('.').map(|(kind, _)| kind);
            entry.action == *wanted || kind == Some(wanted)
        };
        let text = entry.words();
        actor.as_ref().is_none_or(is_actor)
            && action.as_ref().is_none_or(is_action)
            && target.as_ref().is_none_or(|wanted| *wanted == entry.target)
            && words.iter().all(|word| text.contains(word))
            && since.is_none_or(|since| entry.at >= since)
            && until.is_none_or(|until| entry.at < until)
    }
}
