//! Encodes entries of the change log for Redis.

use faultbook_domain::id::{ErrorId, MemberId, ProjectId, TenantId};
use faultbook_domain::instant::{from_micros, micros};
use faultbook_domain::search::{Figures, State};
use faultbook_domain::stream::{Before, Change, ChangeKind, Entry};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

/// The JSON of an entry. New fields must be optional: during an upgrade, nodes of two versions read each other's
/// entries.
#[derive(Serialize, Deserialize)]
struct EntryJson {
    changes: Vec<ChangeJson>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    missed: Vec<Uuid>,
    #[serde(default)]
    all_missed: bool,
}

#[derive(Serialize, Deserialize)]
struct ChangeJson {
    tenant: Uuid,
    project: Uuid,
    error: Uuid,
    kind: String,
    /// Microseconds since 1970.
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged_into: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<BeforeJson>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    count_before: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct BeforeJson {
    states: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assigned_to: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    figures: Option<FiguresJson>,
}

/// Times in microseconds since 1970.
#[derive(Serialize, Deserialize)]
struct FiguresJson {
    count: i64,
    users: i64,
    first_seen: i64,
    last_seen: i64,
}

/// Encodes an entry.
///
/// # Errors
/// Never in practice: keys are strings.
pub(crate) fn encode(entry: &Entry) -> Result<String, serde_json::Error> {
    serde_json::to_string(&EntryJson {
        changes: entry.changes.iter().map(ChangeJson::of).collect(),
        missed: entry.missed.iter().map(|tenant| tenant.0).collect(),
        all_missed: entry.all_missed,
    })
}

/// Decodes an entry. What another version wrote and this one does not know is left out.
///
/// # Errors
/// For other JSON.
pub(crate) fn decode(json: &str) -> Result<Entry, serde_json::Error> {
    let EntryJson {
        changes,
        missed,
        all_missed,
    } = serde_json::from_str(json)?;
    Ok(Entry {
        changes: changes.into_iter().filter_map(ChangeJson::read).collect(),
        missed: missed.into_iter().map(TenantId).collect(),
        all_missed,
    })
}

impl ChangeJson {
    fn of(change: &Change) -> Self {
        let Change {
            tenant,
            project,
            error,
            kind,
            at,
            merged_into,
            before,
            count_before,
        } = change;
        let before = before.as_ref().map(|before| BeforeJson {
            states: before
                .states
                .iter()
                .map(|state| state.as_str().to_owned())
                .collect(),
            assigned_to: before.assigned_to.map(|member| member.0),
            figures: before.figures.map(|figures| FiguresJson {
                count: figures.count,
                users: figures.users,
                first_seen: micros(figures.first_seen),
                last_seen: micros(figures.last_seen),
            }),
        });
        Self {
            tenant: tenant.0,
            project: project.0,
            error: error.0,
            kind: kind.as_str().to_owned(),
            at: micros(*at),
            merged_into: merged_into.map(|error| error.0),
            before,
            count_before: *count_before,
        }
    }

    fn read(self) -> Option<Change> {
        let before = self.before.map(|before| Before {
            states: before
                .states
                .iter()
                .filter_map(|name| State::named(name))
                .collect(),
            assigned_to: before.assigned_to.map(MemberId),
            figures: before.figures.map(|figures| Figures {
                count: figures.count,
                users: figures.users,
                first_seen: from_micros(figures.first_seen),
                last_seen: from_micros(figures.last_seen),
            }),
        });
        Some(Change {
            tenant: TenantId(self.tenant),
            project: ProjectId(self.project),
            error: ErrorId(self.error),
            kind: ChangeKind::from_stored(&self.kind)?,
            at: OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.at) * 1_000).ok()?,
            merged_into: self.merged_into.map(ErrorId),
            before,
            count_before: self.count_before,
        })
    }
}
