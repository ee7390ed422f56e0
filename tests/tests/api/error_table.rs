//! The table of errors, as the running server's document shows it.

use e2e::value::text;
use e2e::{Answer, Server};
use std::collections::{BTreeMap, BTreeSet};

/// The sentences and statuses of the reference document.
pub const REFERENCE: [(u16, &str); 31] = [
    (401, "Unauthorized: No session found"),
    (401, "Invalid authentication token"),
    (401, "Session expired"),
    (401, "System user is inactive"),
    (403, "Permission denied"),
    (403, "You are not a member of this tenant"),
    (403, "Platform admin access required"),
    (403, "Tenant is suspended"),
    (400, "Invalid input"),
    (422, "Validation failed"),
    (400, "Invalid JSON in request body"),
    (404, "Tenant not found"),
    (404, "User not found"),
    (404, "Member not found in this tenant"),
    (404, "Role not found"),
    (404, "System user not found"),
    (404, "Invitation not found"),
    (409, "Tenant slug already exists"),
    (409, "User is already a member of this tenant"),
    (409, "User already has a pending invitation"),
    (409, "Role with this name already exists"),
    (409, "Permission already exists"),
    (400, "Cannot remove the last admin member"),
    (400, "Cannot delete system-defined role"),
    (400, "Invitation has expired"),
    (400, "Invitation has already been accepted"),
    (500, "Database error occurred"),
    (500, "Failed to initialize tenant in service"),
    (500, "Failed to send invitation email"),
    (429, "Rate limit exceeded. Please try again later."),
    (503, "Service temporarily unavailable for maintenance"),
];

/// The table, and what of it was provoked so far.
pub struct Provoked {
    pub table: BTreeMap<String, (u16, String)>,
    pub seen: BTreeSet<String>,
}

impl Provoked {
    /// Reads the table that the document shows.
    pub async fn of(server: &Server) -> Self {
        let document = server.get("/openapi.json").await.json();
        let rows = text(&document["info"]["description"]).lines();
        let rows = rows.filter(|line| line.starts_with("| `"));
        let table = rows.map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let code = cells[1].trim_matches('`').to_owned();
            (code, (cells[2].parse().unwrap(), cells[3].to_owned()))
        });
        Self {
            table: table.collect(),
            seen: BTreeSet::new(),
        }
    }

    /// The answer is this entry: its status, its code, its sentence or one that begins like it.
    #[track_caller]
    pub fn is(&mut self, code: &str, answer: &Answer) {
        let (status, sentence) = self.table.get(code).expect(code);
        let refused = answer.refusal(*status, code);
        let said = text(&refused["error"]);
        assert!(said.starts_with(sentence.as_str()), "{code}: {said}");
        self.seen.insert(code.to_owned());
    }
}
