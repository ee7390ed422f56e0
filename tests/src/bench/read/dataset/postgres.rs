//! Fills a database of PostgreSQL with `COPY`.

use super::{Counted, Plan, Sink, TABLES, Table, Value};
use anyhow::Context;
use bytes::Bytes;
use futures_util::SinkExt;
use std::fmt::Write;
use std::pin::pin;
use time::OffsetDateTime;
use tokio_postgres::Client;
use uuid::Uuid;

/// Errors that are kept in memory before they are sent.
const CHUNK: usize = 10_000;

/// What would be written in random order is written afterwards.
const BEFORE: &str = "
SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 0;
ALTER TABLE errors DISABLE TRIGGER USER;
DROP INDEX fingerprint_tags_tag, occurrence_facts_timestamp, fingerprint_texts_words;";

const AFTER: &str = "
CREATE INDEX fingerprint_tags_tag ON fingerprint_tags (project_id, tag_id, last_seen DESC);
CREATE INDEX occurrence_facts_timestamp ON occurrence_facts (project_id, timestamp);
CREATE INDEX fingerprint_texts_words ON fingerprint_texts USING gin (folded gin_trgm_ops);
INSERT INTO trend_hours
SELECT id, (extract(epoch FROM date_trunc('hour', now(), 'UTC')) * 1000000)::bigint FROM projects
ON CONFLICT (project_id) DO UPDATE SET hour = excluded.hour;
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
ALTER TABLE errors ENABLE TRIGGER USER;
INSERT INTO error_tallies (project_id, state, errors, occurrences, assigned, timed, resolution)
SELECT project_id, faultbook_state(resolved, ignored, regressed), count(*), sum(count)::bigint, count(assigned_to),
  count(faultbook_resolution(errors)), coalesce(sum(faultbook_resolution(errors)), 0)::bigint
FROM errors GROUP BY 1, 2;
SELECT setval(pg_get_serial_sequence('tag_values', 'id'), (SELECT max(id) FROM tag_values));";

/// Fills the database, whose tables there are.
///
/// # Errors
/// Those of PostgreSQL.
pub async fn fill(client: &Client, plan: Plan) -> anyhow::Result<()> {
    let project: Uuid = client
        .query_one("SELECT id FROM projects LIMIT 1", &[])
        .await?
        .get(0);
    let project = project.into_bytes();
    client.batch_execute(BEFORE).await?;
    let mut counted = Counted::default();
    let mut rows = Rows::default();
    for (place, made) in plan.errors().enumerate() {
        counted.write(&mut rows, project, &made)?;
        if place % CHUNK == 0 || rows.bytes() > (64 << 20) {
            rows.send(client).await?;
        }
    }
    counted.finish(&mut rows, project)?;
    rows.send(client).await?;
    client.batch_execute(AFTER).await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    Ok(())
}

/// Rows of each table as `COPY` reads them.
#[derive(Default)]
struct Rows([String; TABLES.len()]);

impl Rows {
    fn bytes(&self) -> usize {
        self.0.iter().map(String::len).sum()
    }

    async fn send(&mut self, client: &Client) -> anyhow::Result<()> {
        for table in TABLES {
            let rows = std::mem::take(&mut self.0[table.place]);
            let (columns, minute) = match table.name {
                "errors" => (table.columns, ", last_seen_minute"),
                _ => (table.columns, ""),
            };
            let copy = format!("COPY {} ({columns}{minute}) FROM STDIN", table.name);
            let mut sink = pin!(client.copy_in::<_, Bytes>(&copy).await?);
            sink.send(Bytes::from(rows)).await?;
            sink.finish().await?;
        }
        Ok(())
    }
}

impl Sink for Rows {
    fn row(&mut self, table: Table, values: &[Value<'_>]) -> anyhow::Result<()> {
        let text = &mut self.0[table.place];
        for (place, value) in values.iter().enumerate() {
            text.push_str(if place == 0 { "" } else { "\t" });
            match value {
                Value::Id(id) => write!(text, "{}", Uuid::from_bytes(*id).simple())?,
                Value::Int(number) => write!(text, "{number}")?,
                Value::Time(micros) => write_time(text, *micros)?,
                Value::Bool(value) => text.push(if *value { 't' } else { 'f' }),
                // No text has a tab, a line's end or a backslash.
                Value::Text(value) => text.push_str(value),
                Value::Numbers(numbers) => {
                    for (place, number) in numbers.iter().enumerate() {
                        write!(text, "{}{number}", if place == 0 { '{' } else { ',' })?;
                    }
                    text.push('}');
                }
                Value::Bytes(_) => {}
                Value::Null => text.push_str("\\N"),
            }
        }
        if table.name == "errors"
            && let Some(Value::Time(last_seen)) = values.get(4)
        {
            text.push('\t');
            write_time(text, last_seen - last_seen.rem_euclid(60_000_000))?;
        }
        text.push('\n');
        Ok(())
    }
}

fn write_time(text: &mut String, micros: i64) -> anyhow::Result<()> {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
    let at = at.context("a time")?;
    write!(
        text,
        "{} {:02}:{:02}:{:02}.{:06}+00",
        at.date(),
        at.hour(),
        at.minute(),
        at.second(),
        at.microsecond()
    )?;
    Ok(())
}
