//! Contract of `IncidentStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_rule, an_incident, new_id};
use crate::world::World;
use faultbook_domain::errors::{Actor, Severity};
use faultbook_domain::id::TenantId;
use faultbook_domain::incidents::IncidentQuery;
use faultbook_domain::incidents::{Incident, IncidentChange, IncidentStatus};
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;

pub async fn incidents_are_listed_newest_first(stores: Stores) {
    let world = World::new(stores).await;
    let store = &world.stores.incidents;
    let mut expected = Vec::new();
    for number in 0..5 {
        let mut incident = an_incident(world.tenant(), None);
        if number % 2 == 0 {
            incident.severity = Severity::Low;
            incident.status = IncidentStatus::Closed;
            incident.resolved_at = Some(NOON);
            incident.assigned_to = None;
        }
        store
            .create_incident(&incident, Actor::System)
            .await
            .unwrap();
        expected.insert(0, incident);
    }
    let all = IncidentQuery {
        limit: 10,
        ..IncidentQuery::default()
    };
    assert_eq!(
        store
            .list_incidents(world.scope.tenant_scope(), all.clone())
            .await
            .unwrap()
            .items,
        expected
    );
    let low = IncidentQuery {
        severity: Some(Severity::Low),
        ..all.clone()
    };
    assert_eq!(
        store
            .list_incidents(world.scope.tenant_scope(), low)
            .await
            .unwrap()
            .total,
        3
    );
    let second = IncidentQuery {
        status: Some(IncidentStatus::Closed),
        offset: 1,
        limit: 1,
        ..all.clone()
    };
    let page = store
        .list_incidents(world.scope.tenant_scope(), second)
        .await
        .unwrap();
    assert_eq!((page.total, &page.items[..]), (3, &expected[2..3]));
    let stranger = store
        .list_incidents(TenantScope::for_tests(TenantId(new_id())), all)
        .await
        .unwrap();
    assert_eq!(stranger.total, 0);
}

pub async fn an_incidents_history_grows(stores: Stores) {
    let world = World::new(stores).await;
    let store = &world.stores.incidents;
    let mut incident = an_incident(world.tenant(), None);
    store
        .create_incident(&incident, Actor::System)
        .await
        .unwrap();
    let change = |field: &str, at: OffsetDateTime| IncidentChange {
        at,
        actor: "key:1".to_owned(),
        field: field.to_owned(),
        from: Some("before".to_owned()),
        to: None,
    };
    incident.title = "Another".to_owned();
    let changes = [change("title", NOON), change("assigned_to", NOON)];
    assert!(store.update_incident(&incident, &changes).await.unwrap());
    assert!(
        store
            .update_incident(&incident, &[change("status", NOON)])
            .await
            .unwrap()
    );
    let (kept, history) = store
        .get_incident(world.scope.tenant_scope(), incident.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept, incident);
    let fields: Vec<&str> = history.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["created", "title", "assigned_to", "status"]);
    assert_eq!(history[1], changes[0]);
    let foreign = Incident {
        tenant_id: TenantId(new_id()),
        ..incident
    };
    assert!(!store.update_incident(&foreign, &changes).await.unwrap());
}

pub async fn incidents_are_listed_by_their_rules(stores: Stores) {
    let world = World::new(stores).await;
    let store = &world.stores.incidents;
    let (one, other) = (a_rule(world.tenant()).id, a_rule(world.tenant()).id);
    let mut expected = Vec::new();
    for rule in [Some(one), None, Some(other)] {
        let incident = an_incident(world.tenant(), rule);
        store
            .create_incident(&incident, Actor::System)
            .await
            .unwrap();
        expected.push(incident);
    }
    for (rules, found) in [
        (vec![one], vec![expected[0].clone()]),
        (
            vec![one, other],
            vec![expected[2].clone(), expected[0].clone()],
        ),
        (vec![a_rule(world.tenant()).id], vec![]),
        (vec![], vec![]),
    ] {
        let query = IncidentQuery {
            rules: Some(rules),
            limit: 10,
            ..IncidentQuery::default()
        };
        let page = store
            .list_incidents(world.scope.tenant_scope(), query)
            .await
            .unwrap();
        assert_eq!(page.total, found.len() as u64);
        assert_eq!(page.items, found);
    }
}
