//! The one statement that records a batch.
//!
//! All of a batch goes in as arrays. The statement finds the error of each fingerprint, raises its
//! count, makes the errors that are missing, and stores occurrences, roll-ups and regressions; the
//! text is always the same, so it is planned once per connection.
//!
//! It works on one snapshot of the fingerprints. Where that is out of date - another node made the
//! fingerprint meanwhile, or its error was deleted, merged or split - the update or the insertion
//! touches no row, the outcomes are fewer than the groups, and `faultbook_start_over` ends the
//! statement with nothing done. Several fingerprints of one error are added together first, because
//! an UPDATE changes a row once; `members` says which they were.
//!
//! Locks are taken in one order everywhere: errors by (project, id), then the cells of roll-ups.

use crate::row::{fingerprint_id, stored_version};
use faultbook_domain::aggregate::{Aggregate, GroupDelta, HourKey};
use faultbook_domain::entity::{ActivityId, ErrorId, JsonText, Occurrence};
use std::sync::Arc;
use time::OffsetDateTime;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// Parameters 1-19 are groups, 20-40 occurrences, 41-48 hours of fingerprints, 49-55 hours of
/// projects, 56 is when the batch is written.
pub const RECORD: &str = "
WITH g AS MATERIALIZED (
  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
      $18, $19)
    WITH ORDINALITY AS g (project_id, fingerprint, version, occurred, first_seen, last_seen, new_id,
      regression_id, latest_id, event_id, level, severity, message, source, environment, url,
      user_agent, ip_address, release, n)
), owned AS MATERIALIZED (
  SELECT g.*, f.error_id, f.revision,
    array_agg(g.n) OVER same AS members,
    (sum(g.occurred) OVER same)::bigint AS total,
    min(g.first_seen) OVER same AS earliest,
    row_number() OVER (same ORDER BY g.last_seen DESC, g.latest_id DESC) AS place
  FROM g
  JOIN error_fingerprints f ON f.project_id = g.project_id AND f.fingerprint = g.fingerprint
  WINDOW same AS (PARTITION BY g.project_id, f.error_id)
), raised AS (
  UPDATE errors e SET
    count = e.count + o.total,
    first_seen = least(e.first_seen, o.earliest),
    last_seen = greatest(e.last_seen, o.last_seen),
    last_seen_minute = date_trunc('minute', greatest(e.last_seen, o.last_seen)),
    resolved = e.resolved AND NOT o.last_seen > e.resolved_at,
    resolved_at = CASE WHEN e.resolved AND o.last_seen > e.resolved_at
      THEN NULL ELSE e.resolved_at END,
    regressed = e.regressed OR e.resolved AND o.last_seen > e.resolved_at,
    regression_id = CASE WHEN e.resolved AND o.last_seen > e.resolved_at
      THEN o.regression_id ELSE e.regression_id END,
    updated_at = $56,
    fingerprint = CASE WHEN o.last_seen >= e.last_seen THEN o.fingerprint ELSE e.fingerprint END,
    latest_id = CASE WHEN o.last_seen >= e.last_seen THEN o.latest_id ELSE e.latest_id END,
    event_id = CASE WHEN o.last_seen >= e.last_seen THEN o.event_id ELSE e.event_id END,
    level = CASE WHEN o.last_seen >= e.last_seen THEN o.level ELSE e.level END,
    severity = CASE WHEN o.last_seen >= e.last_seen THEN o.severity ELSE e.severity END,
    message = CASE WHEN o.last_seen >= e.last_seen THEN o.message ELSE e.message END,
    source = CASE WHEN o.last_seen >= e.last_seen THEN o.source ELSE e.source END,
    environment = CASE WHEN o.last_seen >= e.last_seen THEN o.environment ELSE e.environment END,
    url = CASE WHEN o.last_seen >= e.last_seen THEN o.url ELSE e.url END,
    user_agent = CASE WHEN o.last_seen >= e.last_seen THEN o.user_agent ELSE e.user_agent END,
    ip_address = CASE WHEN o.last_seen >= e.last_seen THEN o.ip_address ELSE e.ip_address END,
    release = CASE WHEN o.last_seen >= e.last_seen THEN o.release ELSE e.release END
  FROM owned o
  WHERE o.place = 1 AND e.project_id = o.project_id AND e.id = o.error_id
    AND e.revision = o.revision
  RETURNING o.members, e.project_id, e.id, e.count, e.first_seen, e.last_seen, e.resolved,
    e.resolved_at, e.regressed, e.created_at, e.updated_at, e.regression_id,
    coalesce(e.regression_id = o.regression_id, false) AS reopened
), claimed AS (
  INSERT INTO error_fingerprints (project_id, fingerprint, version, error_id)
  SELECT project_id, fingerprint, version, new_id FROM g
  WHERE n NOT IN (SELECT n FROM owned)
  ORDER BY n
  ON CONFLICT DO NOTHING
  RETURNING error_id
), fresh AS MATERIALIZED (
  SELECT * FROM g WHERE (new_id IN (SELECT error_id FROM claimed)) IS TRUE
), made AS (
  INSERT INTO errors (project_id, id, count, first_seen, last_seen, last_seen_minute, created_at,
    updated_at, fingerprint, latest_id, event_id, level, severity, message, source, environment,
    url, user_agent, ip_address, release)
  SELECT project_id, new_id, occurred, first_seen, last_seen, date_trunc('minute', last_seen), $56,
    $56, fingerprint, latest_id, event_id, level, severity, message, source, environment,
    url, user_agent, ip_address, release
  FROM fresh
), stored AS (
  INSERT INTO occurrences (project_id, id, event_id, fingerprint, fingerprint_version, timestamp,
    received_at, level, severity, message, source, environment, stack_trace, context, url,
    user_agent, ip_address, release, tags, reporter, custom_fingerprint)
  SELECT * FROM unnest($20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34,
    $35, $36, $37, $38, $39, $40)
), error_hours AS (
  INSERT INTO error_hourly AS h (project_id, fingerprint, hour, source, environment, level,
    severity, count)
  SELECT * FROM unnest($41, $42, $43, $44, $45, $46, $47, $48)
  ON CONFLICT (project_id, fingerprint, hour, source, environment, level, severity)
    DO UPDATE SET count = h.count + excluded.count
), project_hours AS (
  INSERT INTO project_hourly AS h (project_id, hour, source, environment, level, severity, count)
  SELECT * FROM unnest($49, $50, $51, $52, $53, $54, $55)
  ON CONFLICT (project_id, hour, source, environment, level, severity)
    DO UPDATE SET count = h.count + excluded.count
), regressions AS (
  INSERT INTO error_activity (project_id, id, error_id, kind, actor, at)
  SELECT project_id, regression_id, id, 'regressed', 'system', $56 FROM raised WHERE reopened
), outcome AS MATERIALIZED (
  SELECT members, id, count, first_seen, last_seen, resolved, resolved_at, regressed, created_at,
    updated_at
  FROM raised
  UNION ALL
  SELECT ARRAY[n], new_id, occurred, first_seen, last_seen, false, NULL, false, $56, $56
  FROM fresh
)
SELECT *, NULL::bigint FROM outcome
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, faultbook_start_over()
WHERE (SELECT sum(cardinality(members)) FROM outcome) IS DISTINCT FROM (SELECT count(*) FROM g)";

/// What an occurrence shows of itself in its error.
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
    fn push(&mut self, occurrence: &'a Occurrence) {
        self.level.push(occurrence.level.as_str());
        self.severity.push(occurrence.severity.as_str());
        self.message.push(&occurrence.message);
        self.source.push(&occurrence.source);
        self.environment.push(&occurrence.environment);
        self.url.push(occurrence.url.as_deref());
        self.user_agent.push(occurrence.user_agent.as_deref());
        self.ip_address.push(occurrence.ip_address.as_deref());
        self.release.push(occurrence.release.as_deref());
    }
}

#[derive(Default)]
struct Groups<'a> {
    project_id: Vec<Uuid>,
    fingerprint: Vec<Uuid>,
    version: Vec<i16>,
    occurred: Vec<i64>,
    first_seen: Vec<OffsetDateTime>,
    last_seen: Vec<OffsetDateTime>,
    new_id: Vec<Uuid>,
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

/// A batch as the parameters of [`RECORD`].
pub struct Arrays<'a> {
    groups: Groups<'a>,
    occurrences: Occurrences<'a>,
    error_hours: Hours<'a>,
    project_hours: Hours<'a>,
    at: OffsetDateTime,
}

impl<'a> Arrays<'a> {
    /// Lays out occurrences and what they change. Ids are still to be pushed, for each group.
    pub fn new(
        occurrences: &'a [Arc<Occurrence>],
        aggregate: &'a Aggregate,
        at: OffsetDateTime,
    ) -> Self {
        let mut arrays = Self {
            groups: Groups::default(),
            occurrences: Occurrences::default(),
            error_hours: Hours::default(),
            project_hours: Hours::default(),
            at,
        };
        for occurrence in occurrences {
            arrays.push_occurrence(occurrence);
        }
        for group in &aggregate.groups {
            arrays.push_group(group, &occurrences[group.latest]);
        }
        for ((project, key), count) in &aggregate.project_hours {
            arrays.project_hours.push(project.0, key, *count);
        }
        arrays
    }

    /// The ids for the next group's error, if it has none, and for its regression, if it is one.
    pub fn push_ids(&mut self, error: ErrorId, regression: ActivityId) {
        self.groups.new_id.push(error.0);
        self.groups.regression_id.push(regression.0);
    }

    fn push_group(&mut self, group: &'a GroupDelta, latest: &'a Occurrence) {
        let (project, fingerprint) = (group.project_id.0, fingerprint_id(group.fingerprint));
        for (key, count) in &group.hours {
            self.error_hours.push(project, key, *count);
            self.error_hours.fingerprint.push(fingerprint);
        }
        let groups = &mut self.groups;
        groups.project_id.push(project);
        groups.fingerprint.push(fingerprint);
        groups.version.push(stored_version(group.version));
        groups.occurred.push(group.count());
        groups.first_seen.push(group.first_seen);
        groups.last_seen.push(group.last_seen);
        groups.latest_id.push(latest.id.0);
        groups.event_id.push(latest.event_id);
        groups.summary.push(latest);
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
        rows.summary.push(occurrence);
        rows.stack_trace.push(occurrence.stack_trace.as_deref());
        rows.context.push(json(&occurrence.context));
        rows.tags.push(json(&occurrence.tags));
        rows.user.push(json(&occurrence.user));
        rows.custom_fingerprint
            .push(json(&occurrence.custom_fingerprint));
    }

    /// In the order of the statement.
    pub fn parameters(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        let mut list = Vec::with_capacity(56);
        self.group_parameters(&mut list);
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

    fn group_parameters<'b>(&'b self, list: &mut Vec<Parameter<'b>>) {
        let groups = &self.groups;
        list.push(uuids(&groups.project_id));
        list.push(uuids(&groups.fingerprint));
        list.push((&groups.version, Type::INT2_ARRAY));
        list.push((&groups.occurred, Type::INT8_ARRAY));
        list.push(times(&groups.first_seen));
        list.push(times(&groups.last_seen));
        list.push(uuids(&groups.new_id));
        list.push(uuids(&groups.regression_id));
        list.push(uuids(&groups.latest_id));
        list.push(uuids(&groups.event_id));
        let shown = &groups.summary;
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
    }
}

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

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
