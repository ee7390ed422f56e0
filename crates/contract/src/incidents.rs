//! Contract of `IncidentStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_rule, an_incident, an_occurrence, new_id};
use crate::world::World;
use faultbook_domain::errors::{Actor, Severity};
use faultbook_domain::id::{ErrorId, IncidentId, ProjectId, TenantId};
use faultbook_domain::incidents::{
    ErrorLinks, Incident, IncidentChange, IncidentCounts, IncidentQuery, IncidentStatus,
    IncidentUpdate, LinkedError, NewIncident, ProjectIncidents,
};
use faultbook_domain::tenancy::TenantScope;

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
            .create_incident(&NewIncident::of(incident.clone()))
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
        statuses: vec![IncidentStatus::Closed],
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
        .create_incident(&NewIncident::of(incident.clone()))
        .await
        .unwrap();
    let change = |field: &str| IncidentChange {
        at: NOON,
        actor: "key:1".to_owned(),
        field: field.to_owned(),
        from: Some("before".to_owned()),
        to: None,
        text: Some("why".to_owned()),
    };
    let update = |incident: &Incident, fields: &[&str]| IncidentUpdate {
        incident: incident.clone(),
        changes: fields.iter().map(|field| change(field)).collect(),
        links: None,
    };
    incident.title = "Another".to_owned();
    let first = update(&incident, &["title", "assigned_to"]);
    assert_eq!(store.update_incident(&first).await.unwrap(), Some(3));
    let second = update(&incident, &["status"]);
    assert_eq!(store.update_incident(&second).await.unwrap(), Some(4));
    let (kept, history) = store
        .get_incident(world.scope.tenant_scope(), incident.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept, incident);
    let fields: Vec<&str> = history.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["created", "title", "assigned_to", "status"]);
    assert_eq!(history[1], first.changes[0]);
    let page = store.list_incident_changes(incident.id, None, 3);
    let page = page.await.unwrap();
    let places: Vec<u64> = page.items.iter().map(|(place, _)| *place).collect();
    assert_eq!((page.total, places), (4, vec![4, 3, 2]));
    assert_eq!(page.items[0].1, second.changes[0]);
    let rest = store.list_incident_changes(incident.id, Some(2), 3);
    assert_eq!(rest.await.unwrap().items, [(1, history[0].clone())]);
    let foreign = Incident {
        tenant_id: TenantId(new_id()),
        ..incident
    };
    let foreign = update(&foreign, &["title"]);
    assert_eq!(store.update_incident(&foreign).await.unwrap(), None);
}

pub async fn incidents_are_counted_by_status(stores: Stores) {
    let world = World::new(stores).await;
    let store = &world.stores.incidents;
    let tenant = world.scope.tenant_scope();
    for (status, severity) in [
        (IncidentStatus::Open, Severity::High),
        (IncidentStatus::Open, Severity::Low),
        (IncidentStatus::Closed, Severity::High),
    ] {
        let incident = Incident {
            status,
            severity,
            ..an_incident(world.tenant(), None)
        };
        store
            .create_incident(&NewIncident::of(incident))
            .await
            .unwrap();
    }
    // What counts is neither the page nor the statuses that are listed.
    let query = IncidentQuery {
        statuses: vec![IncidentStatus::Monitoring],
        limit: 1,
        ..IncidentQuery::default()
    };
    let counts = store.count_incidents(tenant, &query).await.unwrap();
    let of = |counts: &IncidentCounts| {
        (
            counts.among(&IncidentStatus::UNRESOLVED),
            counts.among(&IncidentStatus::ALL),
        )
    };
    assert_eq!(of(&counts), (2, 3));
    let high = IncidentQuery {
        severity: Some(Severity::High),
        ..query.clone()
    };
    let counts = store.count_incidents(tenant, &high).await.unwrap();
    assert_eq!(of(&counts), (1, 2));
    let several = IncidentQuery {
        statuses: vec![IncidentStatus::Open, IncidentStatus::Closed],
        ..query
    };
    let page = store.list_incidents(tenant, several).await.unwrap();
    assert_eq!((page.total, page.items.len()), (3, 1));
}

pub async fn linked_errors_are_followed_and_go(stores: Stores) {
    let world = World::new(stores).await;
    let batch = [1, 2, 3].map(|number| an_occurrence(world.project).of(number).build());
    let recorded = world.record(batch.to_vec()).await;
    let errors: Vec<ErrorId> = recorded.iter().map(|one| one.error.id).collect();
    let [first, second, third] = [errors[0], errors[1], errors[2]];
    let incident = an_incident(world.scope.tenant(), None);
    let unknown = ErrorId(new_id());
    let links = ErrorLinks {
        projects: vec![ProjectId(new_id()), world.project],
        errors: vec![third, unknown, first, second],
    };
    let new = NewIncident {
        links,
        ..NewIncident::of(incident.clone())
    };
    let store = &world.stores.incidents;
    store.create_incident(&new).await.unwrap();
    let linked = async || {
        let found = store.list_incident_errors(&[incident.id]).await.unwrap();
        let own = |one: &LinkedError| (one.incident, one.project) == (incident.id, world.project);
        assert!(found.iter().all(own));
        found.iter().map(|one| one.error).collect::<Vec<_>>()
    };
    assert_eq!(linked().await, [third, first, second]);
    let groups = &world.stores.groups;
    groups
        .merge_errors(&world.scope, first, second, Actor::System, NOON)
        .await
        .unwrap();
    assert_eq!(linked().await, [third, second], "merged: linked once");
    let gone = [third];
    let removed = world.stores.errors.delete_errors(&world.scope, &gone);
    removed.await.unwrap();
    assert_eq!(linked().await, [second]);
    let mut update = IncidentUpdate {
        incident: incident.clone(),
        changes: Vec::new(),
        links: None,
    };
    store.update_incident(&update).await.unwrap();
    assert_eq!(linked().await, [second], "what is not said stays");
    update.links = Some(ErrorLinks::default());
    store.update_incident(&update).await.unwrap();
    assert_eq!(linked().await, []);
}

pub async fn incidents_of_a_project_are_its_rules_and_those_of_its_errors_alone(stores: Stores) {
    let world = World::new(stores).await;
    let other = world.patient_project().await.id;
    let both = [world.project, other].map(|project| an_occurrence(project).build());
    let recorded = world.record(both.to_vec()).await;
    let (own, foreign) = (recorded[0].error.id, recorded[1].error.id);
    let rule = a_rule(world.scope.tenant()).id;
    let store = &world.stores.incidents;
    let mut expected = Vec::new();
    for (rule, errors, is_own) in [
        (None, vec![], false),
        (Some(rule), vec![], true),
        (Some(rule), vec![foreign], true),
        (None, vec![own], true),
        (None, vec![own, foreign], false),
        (None, vec![foreign], false),
    ] {
        let mut incident = an_incident(world.tenant(), rule);
        if rule.is_some() {
            // A rule has one that is not over.
            incident.resolved_at = Some(NOON);
        }
        if is_own {
            expected.insert(0, incident.id);
        }
        let new = NewIncident {
            links: ErrorLinks {
                projects: vec![world.project, other],
                errors,
            },
            ..NewIncident::of(incident)
        };
        store.create_incident(&new).await.unwrap();
    }
    let query = IncidentQuery {
        of_project: Some(ProjectIncidents {
            project: world.project,
            rules: vec![rule],
        }),
        limit: 10,
        ..IncidentQuery::default()
    };
    let page = store.list_incidents(world.scope.tenant_scope(), query.clone());
    let page = page.await.unwrap();
    let found: Vec<IncidentId> = page.items.iter().map(|one| one.id).collect();
    assert_eq!((page.total, &found), (3, &expected));
    let titles = store.list_incident_titles(world.scope.tenant_scope(), query.of_project.clone());
    let titles = titles.await.unwrap();
    let found: Vec<IncidentId> = titles.iter().map(|(id, ..)| *id).collect();
    assert_eq!(found, expected);
    let newest = &page.items[0];
    assert_eq!(titles[0], (newest.id, newest.title.clone(), newest.status));
    let unresolved = world
        .stores
        .attention
        .count_unresolved_incidents(world.scope.tenant_scope(), query.of_project);
    assert_eq!(unresolved.await.unwrap(), 1);
}

pub async fn incidents_are_listed_by_their_rules(stores: Stores) {
    let world = World::new(stores).await;
    let store = &world.stores.incidents;
    let (one, other) = (a_rule(world.tenant()).id, a_rule(world.tenant()).id);
    let mut expected = Vec::new();
    for rule in [Some(one), None, Some(other)] {
        let incident = an_incident(world.tenant(), rule);
        store
            .create_incident(&NewIncident::of(incident.clone()))
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
            of_project: Some(ProjectIncidents {
                project: world.project,
                rules,
            }),
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
