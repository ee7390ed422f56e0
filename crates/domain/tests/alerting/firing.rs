//! When a rule fires, holds and clears.

use crate::world::World;
use faultbook_contract::builder::NOON;
use faultbook_domain::alerts::EvaluationScope;
use faultbook_domain::errors::Severity;
use faultbook_domain::incidents::{IncidentQuery, IncidentStatus, IncidentStore};
use faultbook_domain::notifications::NotificationKind;
use faultbook_domain::tenancy::TenantScope;
use time::Duration;

#[tokio::test]
async fn a_rule_fires_once_while_it_holds_and_again_after_it_was_false() {
    let (world, tenant, project) = World::with_tenant().await;
    let rule = world.rule(tenant, "error_count >= 3 in 10s").await;
    world.report_now(project, 2).await;
    assert_eq!(world.round().await.fired, 0, "two are not three");
    world.report_now(project, 5).await;
    assert_eq!(world.round_after(1).await, 1);
    let fired_at = NOON + Duration::SECOND;
    assert_eq!(world.seen(&rule).await.state.last_triggered, Some(fired_at));
    for _ in 0..3 {
        assert_eq!(world.round_after(2).await, 0, "it holds");
    }
    assert_eq!(world.round_after(10).await, 0, "the window has passed");
    let state = world.seen(&rule).await.state;
    let cleared_at = NOON + Duration::seconds(17);
    assert_eq!((state.active, state.since), (false, Some(cleared_at)));
    assert_eq!(state.last_triggered, Some(fired_at));
    world.report_now(project, 3).await;
    assert_eq!(world.round_after(1).await, 1);
    let history = world.history(tenant).await;
    let at: Vec<_> = history
        .iter()
        .map(|(one, _)| one.notification.raised_at)
        .collect();
    assert_eq!(at, [NOON + Duration::seconds(18), fired_at]);
    let measured = history[1].0.notification.measurement.as_ref().unwrap();
    assert_eq!((measured.value, measured.threshold), (7.0, 3.0));
}

#[tokio::test]
async fn a_rule_that_stays_true_fires_again_after_its_window() {
    let (world, tenant, project) = World::with_tenant().await;
    world.rule(tenant, "error_count >= 1 in 10s").await;
    let mut fired = Vec::new();
    for _ in 0..7 {
        world.report_now(project, 1).await;
        fired.push(world.round().await.fired);
        world.clock.advance(Duration::seconds(5));
    }
    assert_eq!(fired, [1, 0, 1, 0, 1, 0, 1]);
}

#[tokio::test]
async fn state_survives_a_restart() {
    let (world, tenant, project) = World::with_tenant().await;
    let rule = world.rule(tenant, "error_count >= 1 in 5m").await;
    world.report_now(project, 1).await;
    assert_eq!(world.round().await.fired, 1);
    let before = world.seen(&rule).await.state;
    let world = world.restarted();
    assert_eq!(
        world.round_after(6).await,
        0,
        "what fired does not fire again"
    );
    assert_eq!(world.seen(&rule).await.state, before);
    assert_eq!(world.history(tenant).await.len(), 1);
}

/// Both have loaded the rule before either decides.
#[tokio::test]
async fn of_two_nodes_that_decide_the_same_one_fires() {
    let (one, tenant, project) = World::with_tenant().await;
    let rule = one.rule(tenant, "error_count >= 1 in 5m").await;
    one.change(&rule, |rule| rule.open_incident = Some(Severity::High))
        .await;
    one.report_now(project, 1).await;
    let other = one.restarted();
    let mut fired = 0;
    let mut evaluations = Vec::new();
    for node in [&one, &other] {
        evaluations.push(node.alerting.begin(EvaluationScope::Every).await.unwrap());
    }
    for (node, evaluations) in [&one, &other].into_iter().zip(&mut evaluations) {
        for evaluation in evaluations {
            fired += node
                .alerting
                .advance(evaluation, std::time::Duration::MAX)
                .await
                .fired;
        }
    }
    assert_eq!(fired, 1);
    let history = one.history(tenant).await;
    assert_eq!((history.len(), history[0].1.len()), (1, 1));
    let query = IncidentQuery {
        limit: 10,
        ..IncidentQuery::default()
    };
    let scope = TenantScope::for_tests(tenant);
    let incidents = one.store.list_incidents(scope, query).await.unwrap();
    assert_eq!(incidents.items.len(), 1);
    assert_eq!(history[0].0.incident_id, Some(incidents.items[0].id));
}

#[tokio::test]
async fn a_rule_opens_an_incident_and_none_while_that_is_open() {
    let (world, tenant, project) = World::with_tenant().await;
    let rule = world.rule(tenant, "error_count >= 1 in 10s").await;
    world
        .change(&rule, |rule| rule.open_incident = Some(Severity::High))
        .await;
    for _ in 0..2 {
        world.report_now(project, 1).await;
        assert_eq!(world.round().await.fired, 1);
        world.round_after(20).await;
    }
    let query = IncidentQuery {
        limit: 10,
        ..IncidentQuery::default()
    };
    let scope = TenantScope::for_tests(tenant);
    let incidents = world
        .store
        .list_incidents(scope, query)
        .await
        .unwrap()
        .items;
    assert_eq!(incidents.len(), 1);
    let incident = &incidents[0];
    assert_eq!(
        (incident.severity, incident.status, incident.rule_id),
        (Severity::High, IncidentStatus::Open, Some(rule.id))
    );
    assert_eq!(incident.title, rule.name);
    let history = world.history(tenant).await;
    let opened: Vec<_> = history.iter().map(|(one, _)| one.incident_id).collect();
    assert_eq!(opened, [None, Some(incident.id)], "newest first");
}

#[tokio::test]
async fn a_rule_that_is_off_is_not_looked_at() {
    let (world, tenant, project) = World::with_tenant().await;
    let rule = world.rule(tenant, "error_count >= 1 in 5m").await;
    world.change(&rule, |rule| rule.enabled = false).await;
    world.report_now(project, 1).await;
    assert_eq!(world.round().await.rules, 0);
    world.change(&rule, |rule| rule.enabled = true).await;
    assert_eq!(world.round().await.fired, 1);
}

#[tokio::test]
async fn a_rule_of_one_tenant_does_not_count_what_another_reports() {
    let (world, tenant, _) = World::with_tenant().await;
    let (_, foreign) = world.tenant().await;
    let rule = world.rule(tenant, "error_count >= 1 in 5m").await;
    world.report_now(foreign, 1).await;
    assert_eq!(world.round().await.fired, 0);
    assert_eq!(world.seen(&rule).await.health.value, Some(0.0));
}

#[tokio::test]
async fn a_test_is_marked_and_no_alarm() {
    let (world, tenant, project) = World::with_tenant().await;
    let rule = world.rule(tenant, "error_count >= 1000 in 5m").await;
    world.report_now(project, 1).await;
    let (firing, deliveries) = world.alerting.try_out(&rule).await.unwrap();
    assert_eq!(firing.notification.kind, NotificationKind::Test);
    assert_eq!(firing.notification.measurement.as_ref().unwrap().value, 1.0);
    assert!(!world.fired(&rule).await);
    assert_eq!(world.history(tenant).await, [(firing, deliveries)]);
}
