//! Contract of `RuleStore`: number of rules, and evaluation results.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::alerts::{MOST, all};
use crate::builder::{NOON, a_firing, a_rule, new_id};
use crate::world::World;
use faultbook_domain::alerts::{AlertRule, RuleHealth};
use faultbook_domain::alerts::{LONGEST_CONDITION, RuleEvaluation};
use faultbook_domain::id::RuleId;
use faultbook_domain::id::TenantId;
use faultbook_domain::notifications::HistoryQuery;
use faultbook_domain::tenancy::TenantScope;
use time::Duration;

pub async fn a_tenant_has_no_more_rules_than_it_may(stores: Stores) {
    let world = World::new(stores).await;
    let making = (0..12).map(|_| {
        let (rules, rule) = (world.stores.rules.clone(), a_rule(world.tenant()));
        tokio::spawn(async move { rules.create_rule(&rule, 5).await.unwrap() })
    });
    let mut made = 0;
    for one in making.collect::<Vec<_>>() {
        made += u32::from(one.await.unwrap());
    }
    assert_eq!(made, 5);
    let rules = &world.stores.rules;
    let kept = rules.list_rules(world.scope.tenant_scope()).await.unwrap();
    assert_eq!(kept.len(), 5);
    rules
        .delete_rule(world.scope.tenant_scope(), kept[0].id)
        .await
        .unwrap();
    let one = a_rule(world.tenant());
    assert!(rules.create_rule(&one, 5).await.unwrap());
    assert!(!rules.create_rule(&a_rule(world.tenant()), 5).await.unwrap());
    let other = World::new(world.stores).await;
    let one = a_rule(other.tenant());
    assert!(other.stores.rules.create_rule(&one, 5).await.unwrap());
}

pub async fn what_evaluations_find_is_written_down(stores: Stores) {
    let world = World::new(stores).await;
    let (one, other, changed) = (world.rule().await, world.rule().await, world.rule().await);
    let note =
        |rule: &AlertRule, seconds, value: Option<f64>, failure: Option<&str>| RuleEvaluation {
            id: rule.id,
            updated_at: rule.updated_at,
            health: RuleHealth {
                evaluated_at: Some(NOON + Duration::seconds(seconds)),
                value,
                failure: failure.map(str::to_owned),
            },
            peak: None,
        };
    let rules = &world.stores.rules;
    let mut renamed = changed.clone();
    renamed.updated_at = NOON + Duration::SECOND;
    assert!(rules.update_rule(&renamed).await.unwrap());
    let notes = [
        note(&one, 5, Some(7.5), None),
        note(&other, 5, None, Some("It cannot be \u{1F41E}.")),
        note(&changed, 5, Some(1.0), None),
    ];
    rules.record_evaluations(&notes).await.unwrap();
    rules.record_evaluations(&[]).await.unwrap();
    let seen = world.seen(one.id).await;
    assert_eq!((&seen.health, seen.version), (&notes[0].health, 1));
    assert_eq!(seen.state.since, notes[0].health.evaluated_at);
    assert_eq!(world.seen(other.id).await.health, notes[1].health);
    let seen = world.seen(changed.id).await;
    assert_eq!(seen.health, RuleHealth::default(), "it was changed since");
    let later = note(&other, 9, Some(2.0), None);
    rules
        .record_evaluations(std::slice::from_ref(&later))
        .await
        .unwrap();
    let seen = world.seen(other.id).await;
    assert_eq!(seen.health, later.health);
    assert_eq!(seen.state.since, notes[1].health.evaluated_at);
}

pub async fn the_highest_value_of_an_hour_is_kept(stores: Stores) {
    let world = World::new(stores).await;
    let (one, other) = (world.rule().await, world.rule().await);
    let foreign = World::new(world.stores).await;
    let foreign_rule = foreign.rule().await;
    let (stores, tenant) = (&foreign.stores, world.scope.tenant_scope());
    let note = |rule: &AlertRule, minutes: i64, peak: Option<f64>| RuleEvaluation {
        id: rule.id,
        updated_at: rule.updated_at,
        health: RuleHealth {
            evaluated_at: Some(NOON + Duration::minutes(minutes)),
            value: Some(1.0),
            failure: None,
        },
        peak,
    };
    let mut stale = note(&one, 5, Some(99.0));
    stale.updated_at = NOON - Duration::SECOND;
    let notes = [
        note(&one, 1, Some(2.5)),
        note(&one, 2, Some(1.0)),
        note(&one, 3, None),
        note(&one, 61, Some(0.0)),
        note(&other, 59, Some(7.0)),
        note(&foreign_rule, 1, Some(8.0)),
        stale,
    ];
    stores.rules.record_evaluations(&notes).await.unwrap();
    let more = [note(&one, 4, Some(2.0)), note(&one, 5, Some(3.0))];
    stores.rules.record_evaluations(&more).await.unwrap();
    let peaks = async |rule: Option<RuleId>, since| {
        let peaks = stores.rules.list_rule_peaks(tenant, rule, since).await;
        let mut peaks: Vec<_> = peaks
            .unwrap()
            .into_iter()
            .map(|peak| (peak.rule, (peak.hour - NOON).whole_hours(), peak.value))
            .collect();
        peaks.sort_by(|one, other| one.partial_cmp(other).unwrap());
        peaks
    };
    let mut all = vec![(one.id, 0, 3.0), (one.id, 1, 0.0), (other.id, 0, 7.0)];
    all.sort_by(|one, other| one.partial_cmp(other).unwrap());
    assert_eq!(peaks(None, NOON).await, all);
    assert_eq!(peaks(Some(other.id), NOON).await, [(other.id, 0, 7.0)]);
    let later = NOON + Duration::SECOND;
    assert_eq!(peaks(None, later).await, [(one.id, 1, 0.0)]);
    let long_after = note(&one, 49 * 60, Some(1.0));
    stores
        .rules
        .record_evaluations(&[long_after])
        .await
        .unwrap();
    assert_eq!(
        peaks(Some(one.id), NOON).await,
        [(one.id, 1, 0.0), (one.id, 49, 1.0)],
        "old ones go"
    );
    assert!(stores.rules.delete_rule(tenant, other.id).await.unwrap());
    assert_eq!(peaks(Some(other.id), NOON).await, []);
}

pub async fn overlong_conditions_are_not_loaded(stores: Stores) {
    let world = World::new(stores).await;
    let of_length = |length: usize| AlertRule {
        condition: format!("error_count > 5{}", " ".repeat(length - 15)),
        ..a_rule(world.tenant())
    };
    let (long, longest) = (
        of_length(LONGEST_CONDITION),
        of_length(LONGEST_CONDITION + 1),
    );
    let rules = &world.stores.rules;
    for rule in [&long, &longest] {
        rules.create_rule(rule, MOST).await.unwrap();
    }
    let enabled = rules.list_enabled_rules().await.unwrap();
    let has = |rule: &AlertRule| enabled.iter().any(|one| one.id == rule.id);
    assert_eq!((has(&long), has(&longest)), (true, false));
    assert_eq!(world.seen(longest.id).await, longest);
}

pub async fn firings_are_found_by_their_conditions(stores: Stores) {
    let world = World::new(stores).await;
    let mut rule = world.rule().await;
    let outbox = &world.stores.outbox;
    for condition in ["one", "two", "one"] {
        condition.clone_into(&mut rule.condition);
        outbox.enqueue_firing(&a_firing(&rule), &[]).await.unwrap();
    }
    let mut fired = outbox
        .list_fired_conditions(world.scope.tenant_scope())
        .await
        .unwrap();
    fired.sort();
    assert_eq!(fired, ["one", "two"]);
    let count = async |conditions: &[&str]| {
        let conditions = conditions.iter().map(|text| (*text).to_owned());
        let query = HistoryQuery {
            conditions: Some(conditions.collect()),
            ..all(10)
        };
        let page = outbox
            .list_firings(world.scope.tenant_scope(), &query)
            .await
            .unwrap();
        (page.items.len(), page.total)
    };
    assert_eq!(count(&["one"]).await, (2, 2));
    assert_eq!(count(&["one", "two"]).await, (3, 3));
    assert_eq!(count(&["three"]).await, (0, 0));
    assert_eq!(count(&[]).await, (0, 0));
    let stranger = TenantScope::for_tests(TenantId(new_id()));
    assert!(
        outbox
            .list_fired_conditions(stranger)
            .await
            .unwrap()
            .is_empty()
    );
}
