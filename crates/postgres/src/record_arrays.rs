//! A batch as the arrays that the recording statement takes.

use crate::connect::Parameter;
use crate::decision::Recorded;
use crate::error_delta::ErrorDelta;
use crate::row::{fingerprint_id, stored_version};
use faultbook_domain::errors::{EventSummary, JsonText, Occurrence};
use faultbook_domain::ingest::{Aggregate, GroupDelta, HourKey};
use faultbook_domain::releases::reported_releases;
use time::OffsetDateTime;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

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
    ignored: &'a [bool],
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

#[derive(Default)]
struct Releases<'a> {
    project_id: Vec<Uuid>,
    version: Vec<&'a str>,
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

/// A batch as parameters of [`RECORD`](crate::record_statement::RECORD).
pub struct Arrays<'a> {
    errors: Errors<'a>,
    occurrences: Occurrences<'a>,
    error_hours: Hours<'a>,
    project_hours: Hours<'a>,
    releases: Releases<'a>,
    at: OffsetDateTime,
    release_limit: i64,
    in_transaction: bool,
}

impl<'a> Arrays<'a> {
    /// Lays out occurrences and deltas as arrays.
    pub fn new(
        recorded: &Recorded<'a>,
        aggregate: &'a Aggregate,
        deltas: &[ErrorDelta<'a>],
        in_transaction: bool,
    ) -> Self {
        let Recorded {
            occurrences,
            marks,
            at,
            release_limit,
        } = *recorded;
        let mut arrays = Self {
            errors: Errors::default(),
            occurrences: Occurrences {
                ignored: marks,
                ..Occurrences::default()
            },
            error_hours: Hours::default(),
            project_hours: Hours::default(),
            releases: Releases::default(),
            at,
            release_limit: i64::from(release_limit),
            in_transaction,
        };
        for occurrence in occurrences {
            arrays.push_occurrence(occurrence);
        }
        for (project, version) in reported_releases(occurrences) {
            arrays.releases.project_id.push(project.0);
            arrays.releases.version.push(version);
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
        let mut list = Vec::with_capacity(62);
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
        list.push(uuids(&self.releases.project_id));
        list.push(texts(&self.releases.version));
        list.push((&self.release_limit, Type::INT8));
        list.push((&self.in_transaction, Type::BOOL));
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
        list.push((&rows.ignored, Type::BOOL_ARRAY));
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
