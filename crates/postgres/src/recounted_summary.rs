//! Recomputes count, `first_seen` and `last_seen` of a set of fingerprints.

use crate::error_query::minute_of;
use crate::failure::Failure;
use crate::row::{ErrorRow, OccurrenceRow};
use crate::schema::occurrences;
use crate::session::Session;
use diesel::dsl::{min, sql_query};
use diesel::sql_types::{Array, BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryableByName, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::errors::{summary_message, summary_text};
use faultbook_domain::ingest::hour_of;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Count and times of a set of fingerprints. Counts come from the hourly roll-up, which outlives occurrences; times
/// come from occurrences, and to the hour from the roll-up where those are deleted.
pub struct RecountedSummary {
    hours: HoursRow,
    first: Option<OffsetDateTime>,
    latest: Option<OccurrenceRow>,
}

#[derive(QueryableByName)]
struct HoursRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    first: Option<OffsetDateTime>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last: Option<OffsetDateTime>,
}

impl RecountedSummary {
    /// Recounts fingerprints. The error's row must be locked, or the result may be outdated at once.
    pub async fn of(
        session: &mut Session,
        project: Uuid,
        fingerprints: &[Uuid],
    ) -> Result<Self, Failure> {
        let hours = sql_query(
            "SELECT coalesce(sum(count), 0)::bigint + (SELECT coalesce(sum(expired_count), 0)::bigint \
             FROM error_fingerprints WHERE project_id = $1 AND fingerprint = ANY ($2)) AS count, \
             min(hour) AS first, max(hour) AS last \
             FROM error_hourly WHERE project_id = $1 AND fingerprint = ANY ($2)",
        )
        .bind::<SqlUuid, _>(project)
        .bind::<Array<SqlUuid>, _>(fingerprints)
        .get_result::<HoursRow>(&mut **session)
        .await?;
        let first = occurrences::table
            .filter(occurrences::project_id.eq(project))
            .filter(occurrences::fingerprint.eq_any(fingerprints))
            .select(min(occurrences::timestamp))
            .get_result(&mut **session)
            .await?;
        let latest = occurrences::table
            .filter(occurrences::project_id.eq(project))
            .filter(occurrences::fingerprint.eq_any(fingerprints))
            .order((occurrences::timestamp.desc(), occurrences::id.desc()))
            .select(OccurrenceRow::as_select())
            .first(&mut **session)
            .await
            .optional()?;
        Ok(Self {
            hours,
            first,
            latest,
        })
    }

    /// Returns the error as if it only had these fingerprints. Without any occurrence left, `any` serves as the
    /// fingerprint of the latest.
    pub fn applied_to(self, error: ErrorRow, any: Uuid) -> ErrorRow {
        let first_seen = self.first_seen(error.first_seen);
        let last_seen = match (&self.latest, self.hours.last) {
            (Some(latest), _) => latest.timestamp,
            (None, Some(hour)) => {
                let end = hour + Duration::HOUR - Duration::MICROSECOND;
                error.last_seen.min(end)
            }
            (None, None) => error.last_seen,
        };
        let mut error = ErrorRow {
            count: self.hours.count,
            first_seen,
            last_seen,
            last_seen_minute: minute_of(last_seen),
            fingerprint: any,
            ..error
        };
        if let Some(latest) = self.latest {
            show(&mut error, latest);
        }
        error
    }

    fn first_seen(&self, of_error: OffsetDateTime) -> OffsetDateTime {
        match (self.first, self.hours.first) {
            (Some(first), Some(hour)) if hour_of(first) > hour => of_error.max(hour),
            (Some(first), _) => first,
            (None, Some(hour)) => of_error.max(hour),
            (None, None) => of_error,
        }
    }
}

fn show(error: &mut ErrorRow, latest: OccurrenceRow) {
    error.fingerprint = latest.fingerprint;
    error.latest_id = latest.id;
    error.event_id = latest.event_id;
    error.level = latest.level;
    error.severity = latest.severity;
    let cut = |text: String| summary_text(&text).to_owned();
    error.message = summary_message(&latest.message).to_owned();
    error.source = cut(latest.source);
    error.environment = cut(latest.environment);
    error.url = latest.url.map(cut);
    error.user_agent = latest.user_agent.map(cut);
    error.ip_address = latest.ip_address;
    error.release = latest.release.map(cut);
}
