//! What the conditions of rules look at.

use crate::world::World;
use faultbook_contract::builder::{NOON, a_batch, a_decision, an_occurrence};
use faultbook_domain::alerts::EvaluationScope;
use faultbook_domain::errors::{JsonText, Level, Occurrence, TriageStore};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::ingest::EventStore;
use faultbook_domain::tenancy::{Scope, TenantScope};
use std::sync::Arc;
use time::Duration;

/// A warning of source `api` in release 1.0 that this user met.
fn warning(project: ProjectId, user: &str) -> Arc<Occurrence> {
    let one = an_occurrence(project).source("api").level(Level::Warning);
    let mut one = Occurrence::clone(&one.build());
    one.summary.release = Some("1.0".to_owned());
    one.user = Some(JsonText::from_stored(format!(r#"{{"id":"{user}"}}"#)));
    Arc::new(one)
}

#[tokio::test]
async fn conditions_look_at_what_they_name() {
    let (world, tenant, project) = World::with_tenant().await;
    let mut rules = Vec::new();
    for (condition, value, fires) in [
        ("warning_count >= 1 in 5m", 2.0, true),
        ("critical_count >= 1 in 5m where source = api", 0.0, false),
        ("error_rate >= 0.2 in 5m", 0.4, true),
        ("affected_users >= 2 in 5m", 2.0, true),
        (
            "error_count >= 2 in 2 hours where level = warning and release = \"1.0\"",
            2.0,
            true,
        ),
        (
            "error_count >= 1 in 3 hours where severity = medium",
            2.0,
            true,
        ),
        ("error_count >= 1 in 5m where project = nowhere", 0.0, false),
        (
            "error_count >= 1 in 5m where level = warning and level = info",
            0.0,
            false,
        ),
        ("error_count < 1 in 5m", 2.0, false),
    ] {
        rules.push((world.rule(tenant, condition).await, value, fires));
    }
    let batch = a_batch(vec![warning(project, "a"), warning(project, "b")]);
    world.store.record(&batch).await.unwrap();
    world.round().await;
    for (rule, value, fires) in rules {
        let seen = world.seen(&rule).await;
        assert_eq!(seen.health.value, Some(value), "{}", rule.condition);
        assert_eq!(world.fired(&rule).await, fires, "{}", rule.condition);
    }
}

#[tokio::test]
async fn new_errors_and_regressions_are_evaluated_at_once_and_others_in_their_turn() {
    let (world, tenant, project) = World::with_tenant().await;
    let new = world.rule(tenant, "new_errors >= 1 in 1m").await;
    let regressed = world.rule(tenant, "regressions >= 1 in 1m").await;
    let other = world.rule(tenant, "error_count >= 1 in 1m").await;
    let immediate = async || {
        let evaluated = world.alerting.evaluate(EvaluationScope::Immediate).await;
        evaluated.unwrap().fired
    };
    let report = async |seconds| {
        let one = an_occurrence(project).at(seconds).build();
        world.store.record(&a_batch(vec![one])).await.unwrap()[0]
            .error
            .id
    };
    world.clock.advance(Duration::MINUTE);
    let id: ErrorId = report(60).await;
    assert_eq!(immediate().await, 1);
    assert!(world.fired(&new).await && !world.fired(&regressed).await);
    let scope = Scope::new(TenantScope::for_tests(tenant), vec![project]);
    let resolution = a_decision(true, NOON + Duration::seconds(61));
    world
        .store
        .change_states(&scope, &[id], &resolution)
        .await
        .unwrap();
    report(62).await;
    world.clock.advance(Duration::seconds(2));
    assert_eq!(immediate().await, 1);
    assert!(world.fired(&regressed).await && !world.fired(&other).await);
    assert_eq!(world.round().await.fired, 1);
    assert!(world.fired(&other).await);
}
