//! `Incidents`.

use crate::parts;
use faultbook_contract::builder::{NOON, a_tenant, new_id};
use faultbook_domain::errors::{Actor, Severity};
use faultbook_domain::id::IncidentId;
use faultbook_domain::incidents::{IncidentSettings, IncidentStatus, Incidents};
use faultbook_domain::tenancy::TenantScope;
use time::Duration;

fn status(status: IncidentStatus) -> IncidentSettings {
    IncidentSettings {
        status: Some(status),
        ..IncidentSettings::default()
    }
}

#[tokio::test]
async fn an_incident_opens_under_investigation() {
    let (store, clock, ids) = parts();
    let incidents = Incidents::new(store, clock, ids);
    let tenant = TenantScope::for_tests(a_tenant().id);
    let opened = incidents
        .open(tenant, IncidentSettings::default(), Actor::System)
        .await
        .unwrap();
    assert_eq!(
        (opened.status, opened.severity, opened.resolved_at),
        (IncidentStatus::Investigating, Severity::Medium, None)
    );
    let closed = incidents
        .open(tenant, status(IncidentStatus::Closed), Actor::System)
        .await
        .unwrap();
    assert_eq!(closed.resolved_at, Some(NOON), "one that is over already");
}

#[tokio::test]
async fn a_change_is_written_down_with_what_it_changed_and_nothing_else() {
    let (store, clock, ids) = parts();
    let incidents = Incidents::new(store, clock.clone(), ids);
    let tenant = TenantScope::for_tests(a_tenant().id);
    let opened = incidents
        .open(tenant, IncidentSettings::default(), Actor::System)
        .await
        .unwrap();
    clock.advance(Duration::HOUR);
    let wanted = IncidentSettings {
        severity: Some(Severity::High),
        assigned_to: Some(Some("ada".to_owned())),
        // As it is.
        status: Some(opened.status),
        ..IncidentSettings::default()
    };
    incidents
        .update(tenant, opened.id, wanted, Actor::System)
        .await
        .unwrap()
        .unwrap();
    let (incident, history) = incidents.get(tenant, opened.id).await.unwrap().unwrap();
    assert_eq!(incident.updated_at, NOON + Duration::HOUR);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut changes: Vec<(String, String, String)> = history
        .iter()
        .filter(|change| change.at > NOON)
        .map(|change| (change.field.clone(), text(&change.from), text(&change.to)))
        .collect();
    changes.sort();
    let expected = [("assigned_to", "", "ada"), ("severity", "medium", "high")];
    assert_eq!(
        changes,
        expected.map(|(field, from, to)| (field.to_owned(), from.to_owned(), to.to_owned()))
    );
}

#[tokio::test]
async fn an_incident_is_resolved_when_it_first_was_until_it_is_reopened() {
    let (store, clock, ids) = parts();
    let incidents = Incidents::new(store, clock.clone(), ids);
    let tenant = TenantScope::for_tests(a_tenant().id);
    let opened = incidents
        .open(tenant, IncidentSettings::default(), Actor::System)
        .await
        .unwrap();
    for (to, resolved_at) in [
        (IncidentStatus::Resolved, Some(NOON + Duration::HOUR)),
        (IncidentStatus::Closed, Some(NOON + Duration::HOUR)),
        (IncidentStatus::Investigating, None),
        (IncidentStatus::Resolved, Some(NOON + Duration::hours(4))),
    ] {
        clock.advance(Duration::HOUR);
        let changed = incidents
            .update(tenant, opened.id, status(to), Actor::System)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(changed.resolved_at, resolved_at, "{to:?}");
    }
}

#[tokio::test]
async fn another_tenants_incident_does_not_exist() {
    let (store, clock, ids) = parts();
    let incidents = Incidents::new(store, clock, ids);
    let tenant = TenantScope::for_tests(a_tenant().id);
    let opened = incidents
        .open(tenant, IncidentSettings::default(), Actor::System)
        .await
        .unwrap();
    let other = TenantScope::for_tests(a_tenant().id);
    for (tenant, id) in [(other, opened.id), (tenant, IncidentId(new_id()))] {
        assert_eq!(incidents.get(tenant, id).await.unwrap(), None);
        let changed = incidents
            .update(tenant, id, status(IncidentStatus::Closed), Actor::System)
            .await;
        assert_eq!(changed.unwrap(), None);
    }
}
