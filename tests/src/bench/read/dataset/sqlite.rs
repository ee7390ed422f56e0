//! Fills a file of SQLite.

use super::{Counted, Plan, Sink, TABLES, Table, Value};
use anyhow::Context;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Text};
use diesel::sqlite::Sqlite;
use std::path::Path;

/// Errors of one transaction.
const CHUNK: usize = 20_000;

/// What would be written in random order is written afterwards.
const BEFORE: &str = "
PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA wal_autocheckpoint = 100000;
DROP INDEX fingerprint_tags_tag; DROP INDEX occurrence_facts_timestamp;";

const AFTER: &str = "
CREATE INDEX fingerprint_tags_tag ON fingerprint_tags (project_id, tag_id, last_seen);
CREATE INDEX occurrence_facts_timestamp ON occurrence_facts (project_id, timestamp);
INSERT INTO fingerprint_words (fingerprint_words) VALUES ('rebuild');
INSERT OR REPLACE INTO trend_hours SELECT id, unixepoch() / 3600 * 3600000000 FROM projects;
UPDATE fingerprint_figures AS g SET recent = n.recent, before = n.before
FROM (
  SELECT x.project_id, x.fingerprint,
    count(*) FILTER (WHERE x.timestamp >= h.hour - 82800000000) AS recent,
    count(*) FILTER (WHERE x.timestamp < h.hour - 82800000000) AS before
  FROM trend_hours h CROSS JOIN occurrence_facts x
  WHERE x.project_id = h.project_id AND x.timestamp >= h.hour - 687600000000
    AND x.timestamp < h.hour + 3600000000
  GROUP BY x.project_id, x.fingerprint
) n
WHERE g.project_id = n.project_id AND g.fingerprint = n.fingerprint;
INSERT INTO error_ranks (project_id, error_id, count, users, trend)
SELECT f.project_id, f.error_id, g.count, g.users, 7000000000 * (g.recent + 1) / (g.before + 7)
FROM error_fingerprints f
JOIN fingerprint_figures g ON g.project_id = f.project_id AND g.fingerprint = f.fingerprint;
PRAGMA wal_checkpoint(TRUNCATE);";

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
}

/// Fills the file, whose tables there are.
///
/// # Errors
/// Those of SQLite.
pub fn fill(file: &Path, plan: Plan) -> anyhow::Result<()> {
    let mut connection = SqliteConnection::establish(&file.display().to_string())?;
    let project: IdRow =
        diesel::sql_query("SELECT id FROM projects LIMIT 1").get_result(&mut connection)?;
    let project: [u8; 16] = project.id.try_into().ok().context("an id has 16 bytes")?;
    connection.batch_execute(BEFORE)?;
    let mut counted = Counted::default();
    let mut made = plan.errors().peekable();
    while made.peek().is_some() {
        connection.batch_execute("BEGIN IMMEDIATE")?;
        let mut rows = Rows(&mut connection);
        for one in made.by_ref().take(CHUNK) {
            counted.write(&mut rows, project, &one)?;
        }
        connection.batch_execute("COMMIT")?;
    }
    connection.batch_execute("BEGIN IMMEDIATE")?;
    counted.finish(&mut Rows(&mut connection), project)?;
    connection.batch_execute("COMMIT")?;
    connection.batch_execute(AFTER)?;
    Ok(())
}

struct Rows<'a>(&'a mut SqliteConnection);

/// An insertion into the table of that place, prepared once.
struct Insert<'a, const PLACE: usize>(&'a [Value<'a>]);

impl<const PLACE: usize> QueryId for Insert<'_, PLACE> {
    type QueryId = Insert<'static, PLACE>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const PLACE: usize> RunQueryDsl<SqliteConnection> for Insert<'_, PLACE> {}

impl<const PLACE: usize> QueryFragment<Sqlite> for Insert<'_, PLACE> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Table { name, columns, .. } = TABLES[PLACE];
        out.push_sql("INSERT INTO ");
        out.push_sql(name);
        out.push_sql(" (");
        out.push_sql(columns);
        for (place, value) in self.0.iter().enumerate() {
            out.push_sql(if place == 0 { ") VALUES (" } else { ", " });
            match value {
                Value::Id(id) => out.push_bind_param::<Binary, [u8]>(id)?,
                Value::Int(number) | Value::Time(number) => {
                    out.push_bind_param::<BigInt, i64>(number)?;
                }
                Value::Bool(true) => out.push_bind_param::<BigInt, i64>(&1)?,
                Value::Bool(false) => out.push_bind_param::<BigInt, i64>(&0)?,
                Value::Text(text) => out.push_bind_param::<Text, str>(text)?,
                Value::Bytes(bytes) => out.push_bind_param::<Binary, [u8]>(bytes)?,
                // Written as bytes: see `Rows`.
                Value::Numbers(_) => {}
                Value::Null => {
                    out.push_bind_param::<diesel::sql_types::Nullable<BigInt>, Option<i64>>(&None)?;
                }
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

impl Sink for Rows<'_> {
    fn row(&mut self, table: Table, values: &[Value<'_>]) -> anyhow::Result<()> {
        let connection = &mut *self.0;
        let mut bytes: Vec<u8> = Vec::new();
        for value in values {
            if let Value::Numbers(numbers) = value {
                bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
            }
        }
        let values: Vec<Value<'_>> = values
            .iter()
            .map(|value| match value {
                Value::Numbers(_) => Value::Bytes(&bytes),
                other => *other,
            })
            .collect();
        let values = &values[..];
        match table.place {
            0 => Insert::<0>(values).execute(connection)?,
            1 => Insert::<1>(values).execute(connection)?,
            2 => Insert::<2>(values).execute(connection)?,
            3 => Insert::<3>(values).execute(connection)?,
            4 => Insert::<4>(values).execute(connection)?,
            5 => Insert::<5>(values).execute(connection)?,
            6 => Insert::<6>(values).execute(connection)?,
            7 => Insert::<7>(values).execute(connection)?,
            8 => Insert::<8>(values).execute(connection)?,
            _ => Insert::<9>(values).execute(connection)?,
        };
        Ok(())
    }
}
