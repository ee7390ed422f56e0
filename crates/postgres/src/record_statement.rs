//! The statement that records a batch.
//!
//! A whole batch is passed as arrays. The statement claims the callers' event ids, updates counts of errors, creates
//! missing errors, and inserts occurrences, roll-ups and regressions; its text is constant, so it is planned once per
//! connection.
//!
//! If event ids of the batch are stored already, it writes nothing and returns their errors: the caller records the
//! rest. An event id that another batch claims at the same time violates the key of `event_ids`, once that batch has
//! committed.
//!
//! Its parameters contain the error of each fingerprint. Where that is outdated - another node created the
//! fingerprint meanwhile, or its error was deleted, merged or split - the update or insert matches no row, fewer rows
//! than deltas are affected, and `faultbook_start_over` aborts the statement.
//!
//! The global lock order is event ids, then errors by (project, id), then fingerprints, then cells of roll-ups. `go`
//! depends on `claims` to keep it.

use crate::connect::Parameter;
use crate::error_delta::ErrorDelta;
use crate::row::{fingerprint_id, stored_version};
use faultbook_domain::errors::{EventSummary, JsonText, Occurrence};
use faultbook_domain::ingest::{Aggregate, GroupDelta, HourKey};
use std::sync::Arc;
use time::OffsetDateTime;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Parameters 1-20 are errors, 21-42 occurrences, 43-50 hours of fingerprints, 51-57 hours of projects, 58 is the
/// time of writing.
pub const RECORD: &str = "
WITH o AS MATERIALIZED (
  SELECT * FROM unnest($21, $22, $23, $24)
    WITH ORDINALITY AS o (project_id, id, event_id, fingerprint, n)
  WHERE id <> event_id
), repeated AS MATERIALIZED (
  SELECT o.n, e.id, e.count, e.first_seen, e.last_seen, e.resolved, e.resolved_at, e.regressed,
    e.created_at, e.updated_at
  FROM o
  JOIN event_ids i ON i.project_id = o.project_id AND i.event_id = o.event_id
  LEFT JOIN error_fingerprints f ON f.project_id = i.project_id AND f.fingerprint = i.fingerprint
  LEFT JOIN errors e ON e.project_id = f.project_id AND e.id = f.error_id
), claims AS (
  INSERT INTO event_ids (project_id, event_id, fingerprint, stored_at)
  SELECT project_id, event_id, fingerprint, $58 FROM o
  WHERE NOT EXISTS (SELECT FROM repeated)
  ORDER BY project_id, event_id
  RETURNING project_id
), go AS MATERIALIZED (
  SELECT count(*) FROM claims HAVING NOT EXISTS (SELECT FROM repeated)
), g AS MATERIALIZED (
  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
      $18, $19, $20)
    WITH ORDINALITY AS g (project_id, error_id, revision, fingerprint, version, occurred, first_seen,
      last_seen, regression_id, latest_id, event_id, level, severity, message, source, environment,
      url, user_agent, ip_address, release, n)
  WHERE EXISTS (SELECT FROM go)
), raised AS (
  UPDATE errors e SET
    count = e.count + g.occurred,
    first_seen = least(e.first_seen, g.first_seen),
    last_seen = greatest(e.last_seen, g.last_seen),
    last_seen_minute = date_trunc('minute', greatest(e.last_seen, g.last_seen)),
    resolved = e.resolved AND NOT g.last_seen > e.resolved_at,
    resolved_at = CASE WHEN e.resolved AND g.last_seen > e.resolved_at
      THEN NULL ELSE e.resolved_at END,
    regressed = e.regressed OR e.resolved AND g.last_seen > e.resolved_at,
    regression_id = CASE WHEN e.resolved AND g.last_seen > e.resolved_at
      THEN g.regression_id ELSE e.regression_id END,
    updated_at = $58,
    fingerprint = CASE WHEN g.last_seen >= e.last_seen THEN g.fingerprint ELSE e.fingerprint END,
    latest_id = CASE WHEN g.last_seen >= e.last_seen THEN g.latest_id ELSE e.latest_id END,
    event_id = CASE WHEN g.last_seen >= e.last_seen THEN g.event_id ELSE e.event_id END,
    level = CASE WHEN g.last_seen >= e.last_seen THEN g.level ELSE e.level END,
    severity = CASE WHEN g.last_seen >= e.last_seen THEN g.severity ELSE e.severity END,
    message = CASE WHEN g.last_seen >= e.last_seen THEN g.message ELSE e.message END,
    source = CASE WHEN g.last_seen >= e.last_seen THEN g.source ELSE e.source END,
    environment = CASE WHEN g.last_seen >= e.last_seen THEN g.environment ELSE e.environment END,
    url = CASE WHEN g.last_seen >= e.last_seen THEN g.url ELSE e.url END,
    user_agent = CASE WHEN g.last_seen >= e.last_seen THEN g.user_agent ELSE e.user_agent END,
    ip_address = CASE WHEN g.last_seen >= e.last_seen THEN g.ip_address ELSE e.ip_address END,
    release = CASE WHEN g.last_seen >= e.last_seen THEN g.release ELSE e.release END
  FROM g
  WHERE e.project_id = g.project_id AND e.id = g.error_id AND e.revision = g.revision
  RETURNING g.n, e.project_id, e.id, e.count, e.first_seen, e.last_seen, e.resolved,
    e.resolved_at, e.regressed, e.created_at, e.updated_at, e.regression_id,
    coalesce(e.regression_id = g.regression_id, false) AS reopened
), claimed AS (
  INSERT INTO error_fingerprints (project_id, fingerprint, version, error_id)
  SELECT project_id, fingerprint, version, error_id FROM g
  WHERE revision IS NULL
  ORDER BY n
  ON CONFLICT DO NOTHING
  RETURNING error_id
), made AS (
  INSERT INTO errors (project_id, id, count, first_seen, last_seen, last_seen_minute, created_at,
    updated_at, fingerprint, latest_id, event_id, level, severity, message, source, environment,
    url, user_agent, ip_address, release)
  SELECT project_id, error_id, occurred, first_seen, last_seen, date_trunc('minute', last_seen), $58,
    $58, fingerprint, latest_id, event_id, level, severity, message, source, environment,
    url, user_agent, ip_address, release
  FROM g
  WHERE revision IS NULL
), stored AS (
  INSERT INTO occurrences (project_id, id, event_id, fingerprint, fingerprint_version, timestamp,
    received_at, level, severity, message, source, environment, stack_trace, context, url,
    user_agent, ip_address, release, tags, reporter, custom_fingerprint, user_key)
  SELECT * FROM unnest($21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35,
    $36, $37, $38, $39, $40, $41, $42)
  WHERE EXISTS (SELECT FROM go)
), error_hours AS (
  INSERT INTO error_hourly AS h (project_id, fingerprint, hour, source, environment, level,
    severity, count)
  SELECT * FROM unnest($43, $44, $45, $46, $47, $48, $49, $50)
  WHERE EXISTS (SELECT FROM go)
  ON CONFLICT (project_id, fingerprint, hour, source, environment, level, severity)
    DO UPDATE SET count = h.count + excluded.count
), project_hours AS (
  INSERT INTO project_hourly AS h (project_id, hour, source, environment, level, severity, count)
  SELECT * FROM unnest($51, $52, $53, $54, $55, $56, $57)
  WHERE EXISTS (SELECT FROM go)
  ON CONFLICT (project_id, hour, source, environment, level, severity)
    DO UPDATE SET count = h.count + excluded.count
), regressions AS (
  INSERT INTO error_activity (project_id, id, error_id, kind, actor, at)
  SELECT project_id, regression_id, id, 'regressed', 'system', $58 FROM raised WHERE reopened
)
SELECT n, id, count, first_seen, last_seen, resolved, resolved_at, regressed, created_at, updated_at,
  false AS repeated, NULL::bigint
FROM raised
UNION ALL
SELECT n, id, count, first_seen, last_seen, resolved, resolved_at, regressed, created_at, updated_at,
  true, NULL
FROM repeated
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, faultbook_start_over()
WHERE EXISTS (SELECT FROM go)
  AND (SELECT count(*) FROM raised) + (SELECT count(*) FROM claimed) <> cardinality($1)";

/// The summaries of latest occurrences, by column.
#[derive(Default)]
struct Summaries<'a> {
    level: Vec<&'static str>,
    severity: Vec<&'static str>,
    message: Vec<&'a str>,
    source: Vec<&'a str>,
    environment: Vec<&'a str>,
    url: Vec<Option<&'a str>>,
    user_agent: Vec<Option<&'a str>>,
    ip_address: Vec<Option<&'a str>>,
    release: Vec<Option<&'a str>>,
}

impl<'a> Summaries<'a> {
    fn push(&mut self, summary: EventSummary<&'a str>) {
        self.level.push(summary.level.as_str());
        self.severity.push(summary.severity.as_str());
        self.message.push(summary.message);
        self.source.push(summary.source);
        self.environment.push(summary.environment);
        self.url.push(summary.url);
        self.user_agent.push(summary.user_agent);
        self.ip_address.push(summary.ip_address);
        self.release.push(summary.release);
    }
}

#[derive(Default)]
struct Errors<'a> {
    project_id: Vec<Uuid>,
    error_id: Vec<Uuid>,
    revision: Vec<Option<i64>>,
    fingerprint: Vec<Uuid>,
    version: Vec<i16>,
    occurred: Vec<i64>,
    first_seen: Vec<OffsetDateTime>,
    last_seen: Vec<OffsetDateTime>,
    regression_id: Vec<Uuid>,
    latest_id: Vec<Uuid>,
    event_id: Vec<Uuid>,
    summary: Summaries<'a>,
}

#[derive(Default)]
struct Occurrences<'a> {
    project_id: Vec<Uuid>,
    id: Vec<Uuid>,
    event_id: Vec<Uuid>,
    fingerprint: Vec<Uuid>,
    version: Vec<i16>,
    timestamp: Vec<OffsetDateTime>,
    received_at: Vec<OffsetDateTime>,
    summary: Summaries<'a>,
    stack_trace: Vec<Option<&'a str>>,
    context: Vec<Option<&'a str>>,
    tags: Vec<Option<&'a str>>,
    user: Vec<Option<&'a str>>,
    custom_fingerprint: Vec<Option<&'a str>>,
    user_key: Vec<Option<Uuid>>,
}

#[derive(Default)]
struct Hours<'a> {
    project_id: Vec<Uuid>,
    fingerprint: Vec<Uuid>,
    hour: Vec<OffsetDateTime>,
    source: Vec<&'a str>,
    environment: Vec<&'a str>,
    level: Vec<&'static str>,
    severity: Vec<&'static str>,
    count: Vec<i64>,
}

impl<'a> Hours<'a> {
    fn push(&mut self, project: Uuid, key: &'a HourKey, count: i64) {
        let HourKey {
            hour,
            source,
            environment,
            level,
            severity,
        } = key;
        self.project_id.push(project);
        self.hour.push(*hour);
        self.source.push(source);
        self.environment.push(environment);
        self.level.push(level.as_str());
        self.severity.push(severity.as_str());
        self.count.push(count);
    }
}

/// A batch as parameters of [`RECORD`].
pub struct Arrays<'a> {
    errors: Errors<'a>,
    occurrences: Occurrences<'a>,
    error_hours: Hours<'a>,
    project_hours: Hours<'a>,
    at: OffsetDateTime,
}

impl<'a> Arrays<'a> {
    /// Lays out occurrences and deltas as arrays.
    pub fn new(
        occurrences: &'a [Arc<Occurrence>],
        aggregate: &'a Aggregate,
        deltas: &[ErrorDelta<'a>],
        at: OffsetDateTime,
    ) -> Self {
        let mut arrays = Self {
            errors: Errors::default(),
            occurrences: Occurrences::default(),
            error_hours: Hours::default(),
            project_hours: Hours::default(),
            at,
        };
        for occurrence in occurrences {
            arrays.push_occurrence(occurrence);
        }
        for delta in deltas {
            arrays.push_error(delta);
        }
        for group in &aggregate.groups {
            arrays.push_hours(group);
        }
        for ((project, key), count) in &aggregate.project_hours {
            arrays.project_hours.push(project.0, key, *count);
        }
        arrays
    }

    fn push_error(&mut self, delta: &ErrorDelta<'a>) {
        let ErrorDelta {
            latest_group,
            latest,
            ..
        } = *delta;
        let errors = &mut self.errors;
        errors.project_id.push(latest_group.project_id.0);
        errors.error_id.push(delta.id.0);
        errors.revision.push(delta.revision);
        errors
            .fingerprint
            .push(fingerprint_id(latest_group.fingerprint));
        errors.version.push(stored_version(latest_group.version));
        errors.occurred.push(delta.count);
        errors.first_seen.push(delta.first_seen);
        errors.last_seen.push(delta.last_seen());
        errors.regression_id.push(delta.regression.0);
        errors.latest_id.push(latest.id.0);
        errors.event_id.push(latest.event_id);
        errors.summary.push(latest.summary.cut());
    }

    fn push_hours(&mut self, group: &'a GroupDelta) {
        let fingerprint = fingerprint_id(group.fingerprint);
        for (key, count) in &group.hours {
            self.error_hours.push(group.project_id.0, key, *count);
            self.error_hours.fingerprint.push(fingerprint);
        }
    }

    fn push_occurrence(&mut self, occurrence: &'a Occurrence) {
        let json = |text: &'a Option<JsonText>| text.as_ref().map(JsonText::as_str);
        let rows = &mut self.occurrences;
        rows.project_id.push(occurrence.project_id.0);
        rows.id.push(occurrence.id.0);
        rows.event_id.push(occurrence.event_id);
        rows.fingerprint
            .push(fingerprint_id(occurrence.fingerprint));
        rows.version
            .push(stored_version(occurrence.fingerprint_version));
        rows.timestamp.push(occurrence.timestamp);
        rows.received_at.push(occurrence.received_at);
        rows.summary.push(occurrence.summary.borrowed());
        rows.stack_trace.push(occurrence.stack_trace.as_deref());
        rows.context.push(json(&occurrence.context));
        rows.tags.push(json(&occurrence.tags));
        rows.user.push(json(&occurrence.user));
        rows.custom_fingerprint
            .push(json(&occurrence.custom_fingerprint));
        let user_key = occurrence.user_key();
        rows.user_key
            .push(user_key.map(|key| Uuid::from_bytes(*key.as_bytes())));
    }

    /// Returns the parameters in the order of the statement.
    pub fn parameters(&self) -> Vec<Parameter<'_>> {
        let mut list = Vec::with_capacity(58);
        self.error_parameters(&mut list);
        self.occurrence_parameters(&mut list);
        let Self {
            error_hours,
            project_hours,
            ..
        } = self;
        list.push(uuids(&error_hours.project_id));
        list.push(uuids(&error_hours.fingerprint));
        hour_parameters(error_hours, &mut list);
        list.push(uuids(&project_hours.project_id));
        hour_parameters(project_hours, &mut list);
        list.push((&self.at, Type::TIMESTAMPTZ));
        list
    }

    fn error_parameters<'b>(&'b self, list: &mut Vec<Parameter<'b>>) {
        let errors = &self.errors;
        list.push(uuids(&errors.project_id));
        list.push(uuids(&errors.error_id));
        list.push((&errors.revision, Type::INT8_ARRAY));
        list.push(uuids(&errors.fingerprint));
        list.push((&errors.version, Type::INT2_ARRAY));
        list.push((&errors.occurred, Type::INT8_ARRAY));
        list.push(times(&errors.first_seen));
        list.push(times(&errors.last_seen));
        list.push(uuids(&errors.regression_id));
        list.push(uuids(&errors.latest_id));
        list.push(uuids(&errors.event_id));
        let shown = &errors.summary;
        list.push(texts(&shown.level));
        list.push(texts(&shown.severity));
        list.push(texts(&shown.message));
        list.push(texts(&shown.source));
        list.push(texts(&shown.environment));
        list.push(texts(&shown.url));
        list.push(texts(&shown.user_agent));
        list.push(texts(&shown.ip_address));
        list.push(texts(&shown.release));
    }

    fn occurrence_parameters<'b>(&'b self, list: &mut Vec<Parameter<'b>>) {
        let rows = &self.occurrences;
        list.push(uuids(&rows.project_id));
        list.push(uuids(&rows.id));
        list.push(uuids(&rows.event_id));
        list.push(uuids(&rows.fingerprint));
        list.push((&rows.version, Type::INT2_ARRAY));
        list.push(times(&rows.timestamp));
        list.push(times(&rows.received_at));
        let shown = &rows.summary;
        list.push(texts(&shown.level));
        list.push(texts(&shown.severity));
        list.push(texts(&shown.message));
        list.push(texts(&shown.source));
        list.push(texts(&shown.environment));
        list.push(texts(&rows.stack_trace));
        list.push(texts(&rows.context));
        list.push(texts(&shown.url));
        list.push(texts(&shown.user_agent));
        list.push(texts(&shown.ip_address));
        list.push(texts(&shown.release));
        list.push(texts(&rows.tags));
        list.push(texts(&rows.user));
        list.push(texts(&rows.custom_fingerprint));
        list.push((&rows.user_key, Type::UUID_ARRAY));
    }
}

fn uuids(values: &Vec<Uuid>) -> Parameter<'_> {
    (values, Type::UUID_ARRAY)
}

fn times(values: &Vec<OffsetDateTime>) -> Parameter<'_> {
    (values, Type::TIMESTAMPTZ_ARRAY)
}

fn texts<T: ToSql + Sync>(values: &Vec<T>) -> Parameter<'_> {
    (values, Type::TEXT_ARRAY)
}

fn hour_parameters<'a>(hours: &'a Hours<'_>, list: &mut Vec<Parameter<'a>>) {
    list.push(times(&hours.hour));
    list.push(texts(&hours.source));
    list.push(texts(&hours.environment));
    list.push(texts(&hours.level));
    list.push(texts(&hours.severity));
    list.push((&hours.count, Type::INT8_ARRAY));
}
