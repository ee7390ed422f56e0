//! Contract of `ProjectStore`: figures, and how long counts are kept.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence};
use crate::world::World;
use faultbook_domain::errors::Actor;
use faultbook_domain::ingest::hour_of;
use faultbook_domain::tenancy::{Project, ProjectFigures, Scope};
use time::Duration;

pub async fn a_projects_figures_are_exact(stores: Stores) {
    let world = World::new(stores).await;
    let other = world.patient_project().await.id;
    let scope = Scope::new(world.scope.tenant_scope(), vec![other, world.project]);
    let from = hour_of(NOON) - Duration::HOUR;
    let range = (from, from + Duration::hours(3));
    let at = |number: u128, minutes: i64| {
        let seconds = minutes * 60;
        an_occurrence(world.project).of(number).at(seconds).build()
    };
    let recorded = world
        .record(vec![
            at(1, -61),
            at(1, -60),
            at(1, 0),
            at(2, 119),
            at(2, 120),
        ])
        .await;
    let figures = async || {
        let found = world.stores.projects.list_project_figures(&scope, range);
        found.await.unwrap()
    };
    let none = ProjectFigures {
        project: other,
        occurrences: 0,
        last_error_at: None,
    };
    let own = |occurrences: u64, minutes: Option<i64>| ProjectFigures {
        project: world.project,
        occurrences,
        last_error_at: minutes.map(|minutes| NOON + Duration::minutes(minutes)),
    };
    assert_eq!(figures().await, [none, own(3, Some(120))]);
    let (first, second) = (recorded[0].error.id, recorded[3].error.id);
    let gone = [second];
    let removed = world.stores.errors.delete_errors(&world.scope, &gone);
    removed.await.unwrap();
    assert_eq!(figures().await, [none, own(2, Some(0))]);
    let recorded = world.record(vec![at(3, 30)]).await;
    let merged = world.stores.groups.merge_errors(
        &world.scope,
        first,
        recorded[0].error.id,
        Actor::System,
        NOON,
    );
    merged.await.unwrap();
    assert_eq!(figures().await, [none, own(3, Some(30))]);
}

pub async fn a_project_keeps_its_counts_for_its_own_time(stores: Stores) {
    let world = World::new(stores).await;
    let usual = world.patient_project().await;
    let own = Project {
        counts_retention_days: Some(100),
        ..world.patient_project().await
    };
    assert!(world.stores.projects.update_project(&own).await.unwrap());
    let all = world
        .stores
        .projects
        .list_projects(world.scope.tenant_scope());
    let kept = all.await.unwrap().into_iter().find(|one| one.id == own.id);
    assert_eq!(kept.unwrap().counts_retention_days, Some(100));
    for project in [usual.id, own.id] {
        world.record(vec![an_occurrence(project).build()]).await;
    }
    let scope = Scope::new(world.scope.tenant_scope(), vec![usual.id, own.id]);
    let range = (NOON - Duration::DAY, NOON + Duration::DAY);
    let counted = async || {
        let found = world.stores.projects.list_project_figures(&scope, range);
        let found = found.await.unwrap().into_iter();
        found.map(|one| one.occurrences).collect::<Vec<_>>()
    };
    for (days, expected) in [(99, [1, 1]), (102, [1, 0]), (402, [0, 0])] {
        world.expire(NOON + Duration::days(days)).await;
        assert_eq!(counted().await, expected, "after {days} days");
    }
}
