//! Errors as they are after a month: a few happen all the time, most a handful of times; tags that every occurrence
//! has, popular values and rare ones. Written straight into the tables, occurrences themselves left out: none of what
//! is measured reads more than an error's latest one.

mod made;
mod postgres;
mod sqlite;
mod tags;

pub use made::Plan;
pub use postgres::fill as fill_postgres;
pub use sqlite::fill as fill_sqlite;

use made::{HourCell, Made};
use std::collections::{BTreeMap, HashMap};
use tags::{KEYS, tag_names};

/// A value of a column.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    Id([u8; 16]),
    Int(i64),
    /// Microseconds since 1970.
    Time(i64),
    Bool(bool),
    Text(&'a str),
    Numbers(&'a [i64]),
    Bytes(&'a [u8]),
    Null,
}

/// A table with the columns that are written.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub place: usize,
    pub name: &'static str,
    pub columns: &'static str,
}

macro_rules! tables {
    ($($place:literal $constant:ident $name:literal: $columns:literal,)*) => {
        $(pub const $constant: Table = Table { place: $place, name: $name, columns: $columns };)*
        /// Every table that is written.
        pub const TABLES: [Table; 10] = [$($constant),*];
    };
}

tables! {
    0 ERRORS "errors": "project_id, id, count, first_seen, last_seen, resolved, resolved_at, ignored, regressed, assigned_to, created_at, updated_at, fingerprint, latest_id, event_id, level, severity, message, source, environment, release",
    1 ERROR_FINGERPRINTS "error_fingerprints": "project_id, fingerprint, version, error_id",
    2 OCCURRENCE_FACTS "occurrence_facts": "project_id, fingerprint, timestamp, id, user_key, tags",
    3 FINGERPRINT_TAGS "fingerprint_tags": "project_id, fingerprint, tag_id, count, first_seen, last_seen, kept",
    4 FINGERPRINT_USERS "fingerprint_users": "project_id, fingerprint, user_key",
    5 FINGERPRINT_FIGURES "fingerprint_figures": "project_id, fingerprint, count, users, first_seen, last_seen, exception_type, culprit",
    6 FINGERPRINT_TEXTS "fingerprint_texts": "project_id, fingerprint, kind, digest, folded, seen_id",
    7 ERROR_HOURLY "error_hourly": "project_id, fingerprint, hour, source, environment, level, severity, count",
    8 PROJECT_HOURLY "project_hourly": "project_id, hour, source, environment, level, severity, count",
    9 TAG_VALUES "tag_values": "id, project_id, key, value, folded, count, errors",
}

/// Where rows go.
pub trait Sink {
    /// Adds a row.
    ///
    /// # Errors
    /// Those of the store.
    fn row(&mut self, table: Table, values: &[Value<'_>]) -> anyhow::Result<()>;
}

/// What is counted over all errors.
#[derive(Default)]
pub struct Counted {
    hours: HashMap<HourCell, i64>,
    /// Occurrences and errors of each tag.
    tags: BTreeMap<i64, (i64, i64)>,
}

impl Counted {
    /// Writes an error with what belongs to it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn write(
        &mut self,
        sink: &mut impl Sink,
        project: [u8; 16],
        made: &Made,
    ) -> anyhow::Result<()> {
        let (own, print) = (Value::Id(project), Value::Id(made.fingerprint));
        made.write_error(sink, own)?;
        sink.row(
            ERROR_FINGERPRINTS,
            &[own, print, Value::Int(1), Value::Id(made.id)],
        )?;
        for fact in &made.facts {
            let user = fact.user.map_or(Value::Null, Value::Id);
            let (at, id) = (Value::Int(fact.timestamp), Value::Id(fact.id));
            let row = [own, print, at, id, user, Value::Numbers(&fact.tags)];
            sink.row(OCCURRENCE_FACTS, &row)?;
        }
        for (tag, cell) in made.cells() {
            let counted = self.tags.entry(tag).or_default();
            counted.0 += cell.count;
            counted.1 += 1;
            let [count, first, last, kept] =
                [cell.count, cell.first, cell.last, cell.kept].map(Value::Int);
            let row = [own, print, Value::Int(tag), count, first, last, kept];
            sink.row(FINGERPRINT_TAGS, &row)?;
        }
        for user in made.users() {
            sink.row(FINGERPRINT_USERS, &[own, print, Value::Id(user)])?;
        }
        made.write_texts(sink, own)?;
        for (cell, count) in made.hours() {
            *self.hours.entry(cell).or_default() += count;
            let row = [
                own,
                print,
                Value::Time(cell.hour),
                Value::Text(cell.source),
                Value::Text(cell.environment),
                Value::Text(cell.level),
                Value::Text(cell.severity),
                Value::Int(count),
            ];
            sink.row(ERROR_HOURLY, &row)?;
        }
        Ok(())
    }

    /// Writes what was counted.
    ///
    /// # Errors
    /// Those of the store.
    pub fn finish(&self, sink: &mut impl Sink, project: [u8; 16]) -> anyhow::Result<()> {
        let own = Value::Id(project);
        for (cell, count) in &self.hours {
            let row = [
                own,
                Value::Time(cell.hour),
                Value::Text(cell.source),
                Value::Text(cell.environment),
                Value::Text(cell.level),
                Value::Text(cell.severity),
                Value::Int(*count),
            ];
            sink.row(PROJECT_HOURLY, &row)?;
        }
        for (number, key) in (1_i64..).zip(KEYS) {
            let (count, errors) = self.tags.get(&number).copied().unwrap_or_default();
            let row = [
                Value::Int(number),
                own,
                Value::Text(key),
                Value::Null,
                Value::Null,
                Value::Int(count),
                Value::Int(errors),
            ];
            sink.row(TAG_VALUES, &row)?;
        }
        for (number, key, value) in tag_names() {
            let (count, errors) = self.tags.get(&number).copied().unwrap_or_default();
            let folded = value.to_lowercase();
            if count > 0 {
                let row = [
                    Value::Int(number),
                    own,
                    Value::Text(key),
                    Value::Text(&value),
                    Value::Text(&folded),
                    Value::Int(count),
                    Value::Int(errors),
                ];
                sink.row(TAG_VALUES, &row)?;
            }
        }
        Ok(())
    }
}
