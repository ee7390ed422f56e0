//! `AlertRules`.

use crate::parts;
use faultbook_contract::builder::{NOON, a_tenant};
use faultbook_domain::alerts::{AlertRules, RuleSettings, RuleState, RuleStore};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::tenancy::TenantScope;
use std::time::Duration as Span;
use time::Duration;

fn settings() -> RuleSettings {
    RuleSettings {
        name: "High Error Rate".to_owned(),
        condition: "error_count > threshold in time_window".to_owned(),
        threshold: 3.0,
        time_window: Span::from_secs(300),
        enabled: true,
        notifications: vec![ChannelKind::EMAIL],
        open_incident: None,
        include_ignored: false,
    }
}

/// Changes one setting of a rule.
type Change = fn(&mut RuleSettings);

#[tokio::test]
async fn a_tenant_has_no_more_rules_than_it_may() {
    let (store, clock, ids) = parts();
    let rules = AlertRules::new(store, clock, ids, 2);
    let tenant = TenantScope::for_tests(a_tenant().id);
    for made in [true, true, false] {
        let rule = rules.create(tenant, settings()).await.unwrap();
        assert_eq!(rule.is_some(), made);
    }
    let other = TenantScope::for_tests(a_tenant().id);
    assert!(rules.create(other, settings()).await.unwrap().is_some());
    let kept = rules.list(tenant).await.unwrap();
    assert!(rules.delete(tenant, kept[0].id).await.unwrap());
    assert!(!rules.delete(tenant, kept[0].id).await.unwrap());
    assert!(rules.create(tenant, settings()).await.unwrap().is_some());
}

/// A rule that has fired and holds.
fn firing() -> RuleState {
    RuleState {
        active: true,
        since: Some(NOON),
        last_triggered: Some(NOON),
    }
}

#[tokio::test]
async fn what_changes_the_decision_is_evaluated_afresh_and_the_rest_is_not() {
    let (store, clock, ids) = parts();
    let rules = AlertRules::new(store.clone(), clock.clone(), ids, 10);
    let tenant = TenantScope::for_tests(a_tenant().id);
    let cases: [(Change, bool); 6] = [
        (|it| it.name = "Another name".to_owned(), false),
        (
            |it| it.notifications = vec![ChannelKind::named("slack")],
            false,
        ),
        (
            |it| it.condition = "error_count >= threshold".to_owned(),
            true,
        ),
        (|it| it.threshold = 4.0, true),
        (|it| it.time_window = Span::from_secs(60), true),
        (|it| it.enabled = false, true),
    ];
    for (change, afresh) in cases {
        let rule = rules.create(tenant, settings()).await.unwrap().unwrap();
        let settled = store.save_rule_state(rule.id, rule.version, firing()).await;
        settled.unwrap();
        clock.advance(Duration::MINUTE);
        let mut wanted = settings();
        change(&mut wanted);
        let changed = rules.update(&rule, wanted.clone()).await.unwrap().unwrap();
        assert_eq!(changed.state.active, !afresh, "{wanted:?}");
        assert_eq!(changed.state.since, (!afresh).then_some(NOON));
        assert_eq!(changed.state.last_triggered, Some(NOON), "history stays");
        assert!(changed.updated_at > rule.updated_at);
        assert_eq!(rules.get(tenant, rule.id).await.unwrap(), Some(changed));
        rules.delete(tenant, rule.id).await.unwrap();
        assert_eq!(rules.update(&rule, wanted).await.unwrap(), None);
    }
}
