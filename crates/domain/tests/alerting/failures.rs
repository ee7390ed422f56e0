//! What a failure costs, and what is asked how often.

use crate::world::World;
use faultbook_contract::builder::{NOON, a_batch, an_occurrence};
use faultbook_domain::alerts::{EvaluationScope, TestRuleError};
use faultbook_domain::errors::{JsonText, Occurrence};
use faultbook_domain::ingest::EventStore;
use faultbook_domain::notifications::{HistoryQuery, Outbox};
use faultbook_domain::tenancy::TenantScope;
use std::sync::Arc;
use std::time::Duration as Span;
use time::Duration;

#[tokio::test]
async fn a_rule_that_fails_costs_itself_alone() {
    let world = World::new();
    let (one, one_project) = world.tenant().await;
    let (other, other_project) = world.tenant().await;
    let nonsense = world.rule(one, "error_count >> 1").await;
    let poisoned = world
        .rule(one, "affected_users >= 1 in 30d where source = backend")
        .await;
    let sibling = world.rule(one, "affected_users >= 1 in 30d").await;
    let simple = world.rule(one, "error_count >= 1 in 5m").await;
    let foreign = world.rule(other, "error_count >= 1 in 5m").await;
    for project in [one_project, other_project] {
        world.report(project, r#"{"id":1e200000}"#, "m").await;
    }
    *world.asked.poisoned.lock().unwrap() = Some("backend".to_owned());
    let evaluated = world.round().await;
    assert_eq!(
        (evaluated.rules, evaluated.fired, evaluated.failed),
        (5, 3, 2)
    );
    for rule in [&sibling, &simple, &foreign] {
        assert!(world.fired(rule).await, "{}", rule.condition);
        let health = world.seen(rule).await.health;
        assert_eq!((health.value, health.failure), (Some(1.0), None));
    }
    for (rule, said) in [(&nonsense, "position"), (&poisoned, "cannot answer")] {
        assert!(!world.fired(rule).await, "{}", rule.condition);
        let failure = world.seen(rule).await.health.failure.unwrap();
        assert!(failure.contains(said), "{failure}");
        assert!(!failure.contains("numeric"), "{failure}");
    }
    // What is mended is evaluated again, and says so.
    *world.asked.poisoned.lock().unwrap() = None;
    world.clock.advance(Duration::seconds(5));
    let evaluated = world.round().await;
    assert_eq!((evaluated.fired, evaluated.failed), (1, 1));
    assert_eq!(world.seen(&poisoned).await.health.failure, None);
}

#[tokio::test]
async fn a_tenant_that_cannot_be_asked_about_costs_no_other() {
    let world = World::new();
    let (one, one_project) = world.tenant().await;
    let (other, other_project) = world.tenant().await;
    let lost = world.rule(one, "error_count >= 1 in 5m").await;
    let kept = world.rule(other, "error_count >= 1 in 5m").await;
    for project in [one_project, other_project] {
        world.report(project, r#"{"id":1}"#, "m").await;
    }
    world.asked.unreadable.lock().unwrap().push(one_project);
    let evaluated = world.round().await;
    assert_eq!((evaluated.fired, evaluated.failed), (1, 1));
    assert!(world.fired(&kept).await && !world.fired(&lost).await);
    assert!(world.seen(&lost).await.health.failure.is_some());
}

#[tokio::test]
async fn equal_questions_are_asked_once() {
    let world = World::new();
    let (tenant, project) = world.tenant().await;
    for number in 0..50 {
        let (hours, limit) = (24 + number, 1_000 + number);
        let users = format!("affected_users > {limit} in {hours}h");
        world.rule(tenant, &users).await;
        let long = format!("new_errors > {limit} in {hours}h");
        world.rule(tenant, &long).await;
        let recent = format!("error_count > {limit} in {}m", 5 + number);
        world.rule(tenant, &recent).await;
    }
    world.report(project, r#"{"id":1}"#, "m").await;
    let evaluated = world.round().await;
    assert_eq!((evaluated.rules, evaluated.failed), (150, 0));
    let asked = (world.questions("users"), world.questions("cells"));
    assert_eq!(asked, (1, 2));
}

#[tokio::test]
async fn windows_that_are_asked_at_once_are_told_apart() {
    let world = World::new();
    let (tenant, project) = world.tenant().await;
    let mut expected = Vec::new();
    for (hours, age) in [(24_i64, 20_i64), (48, 40), (72, 60)] {
        let one = an_occurrence(project).at(-age * 3_600).build();
        let one = Arc::new(Occurrence {
            user: Some(JsonText::from_stored(format!(r#"{{"id":{age}}}"#))),
            ..Occurrence::clone(&one)
        });
        world.store.record(&a_batch(vec![one])).await.unwrap();
        expected.push(
            world
                .rule(tenant, &format!("affected_users > 9 in {hours}h"))
                .await,
        );
    }
    world.round().await;
    for (place, rule) in expected.iter().enumerate() {
        let value = world.seen(rule).await.health.value;
        assert_eq!(value, Some(place as f64 + 1.0), "{}", rule.condition);
    }
}

#[tokio::test]
async fn a_share_is_evaluated_in_slices() {
    let world = World::new();
    let (tenant, project) = world.tenant().await;
    for number in 0..5 {
        let condition = format!("affected_users >= 1 in {}d", number + 2);
        world.rule(tenant, &condition).await;
    }
    world.report(project, r#"{"id":1}"#, "m").await;
    let mut evaluations = world.alerting.begin(EvaluationScope::Every).await.unwrap();
    assert_eq!(evaluations.len(), 1);
    let (mut slices, mut fired) = (0, 0);
    while !evaluations[0].is_done() {
        slices += 1;
        fired += world
            .alerting
            .advance(&mut evaluations[0], Span::ZERO)
            .await
            .fired;
    }
    assert_eq!((slices, fired), (5, 5));
}

#[tokio::test]
async fn a_firing_keeps_the_beginning_of_long_messages() {
    let world = World::new();
    let (tenant, project) = world.tenant().await;
    let rule = world.rule(tenant, "error_count >= 1 in 5m").await;
    let message = "é".repeat(10_000);
    world.report(project, "{}", &message).await;
    world.round().await;
    let query = HistoryQuery {
        limit: 10,
        ..HistoryQuery::default()
    };
    let tenant = TenantScope::for_tests(rule.tenant_id);
    let history = world.store.list_firings(tenant, &query).await.unwrap();
    let top = &history.items[0].0.notification.top_errors[0];
    assert_eq!(top.message.chars().count(), 501);
    assert!(top.message.ends_with('…'));
}

#[tokio::test]
async fn a_rule_that_cannot_be_tried_out_says_why() {
    let world = World::new();
    let (tenant, project) = world.tenant().await;
    let nonsense = world.rule(tenant, "error_count >> 1").await;
    let tried = world.alerting.try_out(&nonsense).await;
    assert!(matches!(tried, Err(TestRuleError::Condition(_))));
    let rule = world.rule(tenant, "error_count >= 1").await;
    world.asked.unreadable.lock().unwrap().push(project);
    let tried = world.alerting.try_out(&rule).await;
    assert!(matches!(tried, Err(TestRuleError::Unmeasured(_))));
}

#[tokio::test]
async fn a_state_says_since_when() {
    let world = World::new();
    let (tenant, project) = world.tenant().await;
    let rule = world.rule(tenant, "error_count >= 1 in 5m").await;
    world.round().await;
    let seen = world.seen(&rule).await;
    assert_eq!((seen.state.active, seen.state.since), (false, Some(NOON)));
    world.clock.advance(Duration::seconds(30));
    world.report(project, "{}", "m").await;
    world.round().await;
    let fired_at = NOON + Duration::seconds(30);
    let seen = world.seen(&rule).await;
    assert_eq!(
        (seen.state.active, seen.state.since),
        (true, Some(fired_at))
    );
    world.clock.advance(Duration::seconds(30));
    world.round().await;
    let seen = world.seen(&rule).await;
    assert_eq!(seen.state.since, Some(fired_at));
    assert_eq!(seen.health.evaluated_at, Some(NOON + Duration::MINUTE));
}
