//! Errors that may be similar to another one.

use super::sql_text::{Bound, Sql};
use super::tag_filter::matches;
use crate::dialect;
use crate::driver::{RunQueryDsl, Store};
use diesel::QueryableByName;
use faultbook_domain::errors::{Likeness, frame_place};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::search::{Pattern, fold};
use faultbook_domain::search_index::TextKind;
use faultbook_domain::store_error::StoreError;
use faultbook_sql::types::{DbId, Id};

/// Words of the message by which errors are looked for: its longest, which are the rarest as a rule.
const WORDS: usize = 3;

/// Texts of each word that are looked at.
const TEXTS: i64 = 500;

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Id)]
    id: DbId,
}

impl Store {
    /// Finds errors of the same type, the same innermost own frame, or with long words in common.
    pub(crate) async fn candidates(
        &self,
        project: ProjectId,
        error: ErrorId,
        like: &Likeness,
        limit: u32,
    ) -> Result<Vec<ErrorId>, StoreError> {
        let like = like.clone();
        self.read(async move |connection| {
            let project = Bound::Id(DbId(project.0));
            let mut sql = Sql::of("SELECT e.id FROM errors e");
            sql.with(" WHERE e.project_id = ", project.clone());
            sql.with(" AND e.id <> ", Bound::Id(DbId(error.0)));
            sql.push(" AND e.id IN (SELECT f.error_id FROM error_fingerprints f JOIN (");
            let mut parts: Vec<Sql> = Vec::new();
            let figures = || {
                let mut part = Sql::of("SELECT g.fingerprint FROM fingerprint_figures g");
                part.with(" WHERE g.project_id = ", project.clone());
                part
            };
            if let Some(exception_type) = &like.exception_type {
                let mut part = figures();
                let exception_type = Bound::Text(exception_type.clone());
                part.with(" AND g.exception_type = ", exception_type);
                parts.push(part);
            }
            if let Some(culprit) = &like.culprit {
                let mut part = figures();
                dialect::find_culprit(&mut part, frame_place(culprit));
                parts.push(part);
            }
            for word in rare_words(&like.message) {
                let pattern = Pattern::containing(&word);
                let mut part = Sql::of(
                    "SELECT fingerprint FROM (SELECT w.fingerprint FROM fingerprint_texts w",
                );
                part.with(" WHERE w.project_id = ", project.clone());
                dialect::find_text(&mut part, &pattern);
                let message = i64::from(TextKind::Message.number());
                part.with(" AND w.kind = ", Bound::Int(message));
                part.push(" AND ");
                matches(&mut part, "w.folded", &pattern);
                part.with(" LIMIT ", Bound::Int(TEXTS));
                part.push(") texts");
                parts.push(part);
            }
            if parts.is_empty() {
                return Ok(Vec::new());
            }
            for (number, part) in parts.iter().enumerate() {
                sql.push(if number == 0 { "" } else { " UNION " });
                sql.append(part);
            }
            sql.with(
                ") near ON near.fingerprint = f.fingerprint WHERE f.project_id = ",
                project,
            );
            sql.push(&format!(") ORDER BY {}, e.id DESC", dialect::NEWEST_FIRST));
            sql.with(" LIMIT ", Bound::Int(i64::from(limit)));
            let rows: Vec<IdRow> = sql.into_query().load(connection).await?;
            Ok(rows.into_iter().map(|row| ErrorId(row.id.0)).collect())
        })
        .await
    }
}

/// Returns the longest words of a message that trigrams can find.
fn rare_words(message: &str) -> Vec<String> {
    let folded = fold(message);
    let words = folded.split(|character: char| !character.is_alphanumeric());
    let mut words: Vec<&str> = words.filter(|word| word.chars().count() >= 3).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.dedup();
    let words = words.into_iter().take(WORDS);
    words.map(str::to_owned).collect()
}
