//! Builds firings with their deliveries and incidents.

use super::alert_rule::{Delivery, DeliveryStatus, Firing};
use super::compiled_rule::CompiledRule;
use super::condition::Field;
use crate::id::{DeliveryId, FiringId, IncidentId};
use crate::id_source::IdSource;
use crate::incidents::{ErrorLinks, Incident, IncidentStatus, NewIncident};
use crate::notifications::ChannelKind;
use crate::notifications::{Measurement, Notification, NotificationKind, TopError};
use time::OffsetDateTime;

/// Maximum characters of a top error's message in a firing; the error keeps the whole text.
const LONGEST_MESSAGE: usize = 500;

/// Builds the firing of a rule with its deliveries.
pub(super) fn build_firing(
    compiled: &CompiledRule,
    (value, top_errors): (f64, Vec<TopError>),
    kind: NotificationKind,
    (ids, now, public_url): (&dyn IdSource, OffsetDateTime, &str),
) -> (Firing, Vec<Delivery>) {
    let rule = &compiled.rule;
    let id = ids.next_id(now);
    let place = match top_errors.first() {
        Some(error) => format!("/api/errors/{}", error.id),
        None => "/api/errors".to_owned(),
    };
    let notification = Notification {
        id,
        thread_id: rule.id.0,
        kind,
        raised_at: now,
        rule: rule.name.clone(),
        measurement: Some(Measurement {
            metric: compiled.condition.metric.as_str().to_owned(),
            value,
            operator: compiled.condition.comparison.as_str().to_owned(),
            threshold: compiled.limit,
            window: compiled.window,
        }),
        top_errors: top_errors.into_iter().map(cut_message).collect(),
        project: compiled.named(|field| match field {
            Field::Project(name) => Some(name),
            _ => None,
        }),
        environment: compiled.named(|field| match field {
            Field::Environment(name) => Some(name),
            _ => None,
        }),
        link: format!("{public_url}{place}"),
    };
    let firing = Firing {
        id: FiringId(id),
        tenant_id: rule.tenant_id,
        rule_id: rule.id,
        condition: rule.condition.clone(),
        incident_id: None,
        notification,
    };
    let channels = rule.notifications.iter();
    let deliveries = channels.map(|channel| delivery(&firing, *channel, ids, now));
    let deliveries = deliveries.collect();
    (firing, deliveries)
}

/// Cuts the message of a top error.
fn cut_message(mut error: TopError) -> TopError {
    if let Some((end, _)) = error.message.char_indices().nth(LONGEST_MESSAGE) {
        error.message.truncate(end);
        error.message.push('…');
    }
    error
}

fn delivery(
    firing: &Firing,
    channel: ChannelKind,
    ids: &dyn IdSource,
    now: OffsetDateTime,
) -> Delivery {
    Delivery {
        id: DeliveryId(ids.next_id(now)),
        firing_id: firing.id,
        tenant_id: firing.tenant_id,
        channel,
        status: DeliveryStatus::Pending,
        attempts: 0,
        next_attempt_at: now,
        reached: Vec::new(),
        reason: None,
        result: None,
        last_attempt_at: None,
        took: None,
        created_at: now,
        delivered_at: None,
    }
}

/// Builds the incident of a firing, if its rule opens one, with links to the firing's top errors.
pub(super) fn build_incident(
    compiled: &CompiledRule,
    (firing, messages): (&Firing, usize),
    (ids, now): (&dyn IdSource, OffsetDateTime),
) -> Option<NewIncident> {
    let rule = &compiled.rule;
    let severity = rule.open_incident?;
    let measured = firing.notification.measurement.as_ref();
    let value = measured.map(|measured| measured.value).unwrap_or_default();
    let incident = Incident {
        id: IncidentId(ids.next_id(now)),
        tenant_id: rule.tenant_id,
        title: rule.name.clone(),
        severity,
        status: IncidentStatus::Open,
        description: format!("Opened by the rule \"{}\" at {value}", rule.condition),
        assigned_to: None,
        rule_id: Some(rule.id),
        created_at: now,
        updated_at: now,
        resolved_at: None,
    };
    let top = firing.notification.top_errors.iter();
    Some(NewIncident {
        text: Some(match messages {
            1 => "1 message sent".to_owned(),
            more => format!("{more} messages sent"),
        }),
        links: ErrorLinks {
            projects: compiled.projects.clone(),
            errors: top.map(|error| error.id).collect(),
        },
        ..NewIncident::of(incident)
    })
}
