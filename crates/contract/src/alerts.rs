//! Contract of `RuleStore` and `Outbox`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_delivery, a_firing, a_rule, an_incident, id_at, new_id};
use crate::world::World;
use faultbook_domain::alerts::RuleState;
use faultbook_domain::alerts::{AlertRule, Delivery, DeliveryStatus, Firing};
use faultbook_domain::alerts::{NewFiring, RuleStore};
use faultbook_domain::id::{FiringId, RuleId, TenantId};
use faultbook_domain::incidents::{IncidentQuery, IncidentStatus, IncidentUpdate, NewIncident};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::{DeliveryAttempt, HistoryQuery};
use faultbook_domain::tenancy::TenantScope;
use time::Duration;

pub(crate) const MOST: u32 = 1_000;
const PATIENCE: Duration = Duration::seconds(30);

/// Builds a query of all firings, in pages of this length.
pub(crate) fn all(limit: u32) -> HistoryQuery {
    HistoryQuery {
        limit,
        ..HistoryQuery::default()
    }
}

fn alarm(rule: &AlertRule) -> NewFiring {
    let firing = a_firing(rule);
    NewFiring {
        version: rule.version,
        state: RuleState {
            active: true,
            since: Some(NOON),
            last_triggered: Some(NOON),
        },
        deliveries: rule
            .notifications
            .iter()
            .map(|kind| a_delivery(&firing, *kind))
            .collect(),
        incident: rule
            .open_incident
            .map(|_| NewIncident::of(an_incident(rule.tenant_id, Some(rule.id)))),
        firing,
    }
}

impl World {
    pub(crate) fn tenant(&self) -> TenantId {
        self.scope.tenant()
    }

    pub(crate) async fn rule(&self) -> AlertRule {
        let rule = a_rule(self.tenant());
        assert!(self.stores.rules.create_rule(&rule, MOST).await.unwrap());
        rule
    }

    pub(crate) async fn seen(&self, id: RuleId) -> AlertRule {
        let rule = self
            .stores
            .rules
            .get_rule(self.scope.tenant_scope(), id)
            .await;
        rule.unwrap().unwrap()
    }

    async fn history(&self) -> Vec<(Firing, Vec<Delivery>)> {
        let page = self
            .stores
            .outbox
            .list_firings(self.scope.tenant_scope(), &all(100))
            .await;
        page.unwrap().items
    }
}

pub async fn a_rule_is_kept_as_it_is(stores: Stores) {
    let world = World::new(stores).await;
    let rules = &world.stores.rules;
    let one = world.rule().await;
    let other = AlertRule {
        notifications: vec![ChannelKind::named("webhook")],
        open_incident: None,
        include_ignored: true,
        enabled: false,
        ..a_rule(world.tenant())
    };
    assert!(rules.create_rule(&other, MOST).await.unwrap());
    assert_eq!(world.seen(one.id).await, one);
    assert_eq!(
        rules.list_rules(world.scope.tenant_scope()).await.unwrap(),
        [one.clone(), other.clone()]
    );
    let enabled = rules.list_enabled_rules().await.unwrap();
    assert!(enabled.contains(&one) && !enabled.contains(&other));
    let stranger = TenantId(new_id());
    assert_eq!(
        rules
            .get_rule(TenantScope::for_tests(stranger), one.id)
            .await
            .unwrap(),
        None
    );
    assert!(
        !rules
            .delete_rule(TenantScope::for_tests(stranger), one.id)
            .await
            .unwrap()
    );
    assert!(
        rules
            .delete_rule(world.scope.tenant_scope(), one.id)
            .await
            .unwrap()
    );
    assert!(
        !rules
            .delete_rule(world.scope.tenant_scope(), one.id)
            .await
            .unwrap()
    );
    assert_eq!(
        rules.list_rules(world.scope.tenant_scope()).await.unwrap(),
        [other]
    );
}

pub async fn who_changes_a_rule_has_seen_it(stores: Stores) {
    let world = World::new(stores).await;
    let rules = &world.stores.rules;
    let mut rule = world.rule().await;
    rule.name = "Renamed".to_owned();
    rule.open_incident = None;
    assert!(rules.update_rule(&rule).await.unwrap());
    assert!(!rules.update_rule(&rule).await.unwrap(), "an old version");
    rule.version += 1;
    assert_eq!(world.seen(rule.id).await, rule);
    let state = RuleState {
        active: true,
        since: Some(NOON),
        last_triggered: Some(NOON),
    };
    assert!(!rules.save_rule_state(rule.id, 1, state).await.unwrap());
    assert!(
        rules
            .save_rule_state(rule.id, rule.version, state)
            .await
            .unwrap()
    );
    assert_eq!(world.seen(rule.id).await.state, state);
}

pub async fn of_many_that_fire_one_does(stores: Stores) {
    let world = World::new(stores).await;
    let rule = world.rule().await;
    let firing = (0..8).map(|_| {
        let (rules, alarm) = (world.stores.rules.clone(), alarm(&rule));
        tokio::spawn(async move { RuleStore::record_firing(&*rules, &alarm).await.unwrap() })
    });
    let mut fired = 0;
    for one in firing.collect::<Vec<_>>() {
        fired += u32::from(one.await.unwrap());
    }
    assert_eq!(fired, 1);
    let history = world.history().await;
    assert_eq!((history.len(), history[0].1.len()), (1, 2));
    let state = world.seen(rule.id).await.state;
    assert_eq!((state.active, state.last_triggered), (true, Some(NOON)));
    let incidents = &world.stores.incidents;
    let query = IncidentQuery {
        limit: 10,
        ..IncidentQuery::default()
    };
    assert_eq!(
        incidents
            .list_incidents(world.scope.tenant_scope(), query)
            .await
            .unwrap()
            .total,
        1
    );
}

pub async fn a_rule_has_one_open_incident(stores: Stores) {
    let world = World::new(stores).await;
    let (rules, incidents) = (&world.stores.rules, &world.stores.incidents);
    let rule = world.rule().await;
    let first = alarm(&rule);
    assert!(rules.record_firing(&first).await.unwrap());
    assert!(
        rules
            .record_firing(&alarm(&world.seen(rule.id).await))
            .await
            .unwrap()
    );
    let history = world.history().await;
    let opened = first.incident.unwrap().incident;
    assert_eq!(history[1].0.incident_id, Some(opened.id));
    assert_eq!(
        history[0].0.incident_id, None,
        "it has one that is not over"
    );
    let (mut incident, changes) = incidents
        .get_incident(world.scope.tenant_scope(), opened.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&incident, changes.len()), (&opened, 1));
    assert_eq!(
        (changes[0].field.as_str(), changes[0].actor.as_str()),
        ("created", "system")
    );
    incident.status = IncidentStatus::Resolved;
    incident.resolved_at = Some(NOON);
    let over = IncidentUpdate {
        incident,
        changes: Vec::new(),
        links: None,
    };
    assert_eq!(incidents.update_incident(&over).await.unwrap(), Some(1));
    assert!(
        rules
            .record_firing(&alarm(&world.seen(rule.id).await))
            .await
            .unwrap()
    );
    assert!(world.history().await[0].0.incident_id.is_some());
}

pub async fn a_firing_is_kept_as_it_is(stores: Stores) {
    let world = World::new(stores).await;
    let (rule, other) = (world.rule().await, world.rule().await);
    let outbox = &world.stores.outbox;
    let mut expected = Vec::new();
    for _ in 0..3 {
        let firing = a_firing(&rule);
        let messages = vec![a_delivery(&firing, ChannelKind::named("sms"))];
        outbox.enqueue_firing(&firing, &messages).await.unwrap();
        expected.insert(0, (firing, messages));
    }
    let foreign = a_firing(&other);
    outbox.enqueue_firing(&foreign, &[]).await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let query = HistoryQuery {
            rule: Some(rule.id),
            after,
            ..all(2)
        };
        let page = outbox
            .list_firings(world.scope.tenant_scope(), &query)
            .await
            .unwrap();
        assert_eq!(page.total, 3);
        seen.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    assert_eq!(world.history().await.len(), 4);
    let stranger = outbox
        .list_firings(TenantScope::for_tests(TenantId(new_id())), &all(10))
        .await
        .unwrap();
    assert_eq!((stranger.items.len(), stranger.total), (0, 0));
}

pub async fn a_message_is_given_to_one_and_again_after_patience(stores: Stores) {
    let world = World::new(stores).await;
    let outbox = &world.stores.outbox;
    let firing = a_firing(&world.rule().await);
    let message = a_delivery(&firing, ChannelKind::named("webhook"));
    outbox
        .enqueue_firing(&firing, std::slice::from_ref(&message))
        .await
        .unwrap();
    let due = async |channel, seconds| {
        let now = NOON + Duration::seconds(seconds);
        let due = outbox
            .claim_due_deliveries(channel, now, PATIENCE, 10)
            .await
            .unwrap();
        due.into_iter()
            .map(|(one, told)| {
                assert_eq!(told, firing.notification);
                (one.id, one.attempts)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(due(ChannelKind::named("webhook"), -1).await, []);
    assert_eq!(due(ChannelKind::EMAIL, 0).await, []);
    assert_eq!(
        due(ChannelKind::named("webhook"), 0).await,
        [(message.id, 1)]
    );
    assert_eq!(
        due(ChannelKind::named("webhook"), 29).await,
        [],
        "somebody has it"
    );
    assert_eq!(
        due(ChannelKind::named("webhook"), 30).await,
        [(message.id, 2)]
    );
    let mut attempted = DeliveryAttempt {
        id: message.id,
        status: DeliveryStatus::Pending,
        reached: vec!["a@example.com".to_owned()],
        reason: Some("no answer".to_owned()),
        result: "no answer".to_owned(),
        took: Some(std::time::Duration::from_micros(1_500)),
        next_attempt_at: NOON + Duration::seconds(100),
        at: NOON + Duration::seconds(40),
    };
    outbox.record_attempt(&attempted).await.unwrap();
    assert_eq!(due(ChannelKind::named("webhook"), 99).await, []);
    assert_eq!(
        due(ChannelKind::named("webhook"), 100).await,
        [(message.id, 3)]
    );
    attempted.status = DeliveryStatus::Delivered;
    attempted.reason = None;
    attempted.result = "200".to_owned();
    attempted.at += Duration::SECOND;
    outbox.record_attempt(&attempted).await.unwrap();
    assert_eq!(due(ChannelKind::named("webhook"), 9_999).await, []);
    let kept = &world.history().await[0].1[0];
    assert_eq!((kept.status, kept.attempts), (DeliveryStatus::Delivered, 3));
    assert_eq!(
        (kept.delivered_at, &kept.reached),
        (Some(attempted.at), &attempted.reached)
    );
    assert_eq!(
        kept.reason.as_deref(),
        Some("no answer"),
        "kept after a success"
    );
    assert_eq!(kept.result.as_deref(), Some("200"));
    assert_eq!(
        (kept.last_attempt_at, kept.took),
        (Some(attempted.at), attempted.took)
    );
}

pub async fn messages_are_found_and_counted_by_their_status(stores: Stores) {
    let world = World::new(stores).await;
    let (rule, other) = (world.rule().await, world.rule().await);
    let outbox = &world.stores.outbox;
    let tenant = world.scope.tenant_scope();
    let email = ChannelKind::EMAIL;
    let slack = ChannelKind::named("slack");
    use DeliveryStatus::{Delivered, Failed, Pending};
    let mut made = Vec::new();
    for (rule, minute, statuses) in [
        (&rule, 0, vec![Delivered, Failed]),
        (&rule, 10, vec![Delivered, Pending]),
        (&other, 20, vec![Failed]),
        (&rule, 30, vec![]),
    ] {
        let at = NOON + Duration::minutes(minute);
        let mut firing = a_firing(rule);
        firing.id = FiringId(id_at(at));
        firing.notification.id = firing.id.0;
        firing.notification.raised_at = at;
        let channels = [email, slack].into_iter();
        let messages = statuses
            .into_iter()
            .zip(channels)
            .map(|(status, channel)| Delivery {
                status,
                next_attempt_at: at,
                ..a_delivery(&firing, channel)
            });
        let messages: Vec<Delivery> = messages.collect();
        outbox.enqueue_firing(&firing, &messages).await.unwrap();
        made.push(firing.id);
    }
    let found = async |query: &HistoryQuery| {
        let page = outbox.list_firings(tenant, query).await.unwrap();
        assert_eq!(page.total, page.items.len() as u64);
        let counts = outbox.count_deliveries(tenant, query).await.unwrap();
        let mut places: Vec<usize> = page
            .items
            .iter()
            .map(|(firing, _)| made.iter().position(|id| *id == firing.id).unwrap())
            .collect();
        places.reverse();
        (places, (counts.pending, counts.delivered, counts.failed))
    };
    let of = |status| HistoryQuery { status, ..all(10) };
    assert_eq!(found(&of(None)).await, (vec![0, 1, 2, 3], (1, 2, 2)));
    assert_eq!(found(&of(Some(Pending))).await, (vec![1], (1, 2, 2)));
    assert_eq!(found(&of(Some(Delivered))).await, (vec![0, 1], (1, 2, 2)));
    assert_eq!(found(&of(Some(Failed))).await, (vec![0, 2], (1, 2, 2)));
    let own = HistoryQuery {
        rule: Some(rule.id),
        ..of(Some(Failed))
    };
    assert_eq!(found(&own).await, (vec![0], (1, 2, 1)));
    let ranged = HistoryQuery {
        since: Some(NOON + Duration::minutes(10)),
        until: Some(NOON + Duration::minutes(20)),
        ..of(None)
    };
    assert_eq!(found(&ranged).await, (vec![1], (1, 1, 0)));
    let next = outbox.next_attempts(tenant).await.unwrap();
    assert_eq!(next, [(slack, NOON + Duration::minutes(10))]);
    let stranger = TenantScope::for_tests(TenantId(new_id()));
    let counts = outbox.count_deliveries(stranger, &all(10)).await.unwrap();
    assert_eq!(counts.all(), 0);
    assert_eq!(outbox.next_attempts(stranger).await.unwrap(), []);
}
