//! Contract of `RetentionStore`: records of all projects.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::alerts::all;
use crate::builder::{
    NOON, a_decision, a_delivery, a_firing, a_key, a_rule, an_incident, an_invitation,
    an_occurrence, id_at, new_id,
};
use crate::world::{World, digest};
use faultbook_domain::alerts::{AlertRule, Delivery, DeliveryStatus, Firing};
use faultbook_domain::id::{AuditId, ErrorId, FiringId};
use faultbook_domain::identity::DEVELOPMENT_KEY;
use faultbook_domain::identity::{ApiKey, AuditEntry, AuditFilter, Invitation, KeyDigest};
use faultbook_domain::incidents::{
    Incident, IncidentChange, IncidentQuery, IncidentStatus, IncidentUpdate, NewIncident,
};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::Notification;
use faultbook_domain::retention::RecordKind;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Records from before this time are expired.
const BORDER: OffsetDateTime = NOON;
const OLD: OffsetDateTime = NOON.saturating_sub(Duration::SECOND);

const EVERY: IncidentQuery = IncidentQuery {
    statuses: Vec::new(),
    severity: None,
    of_project: None,
    offset: 0,
    limit: 1_000,
};

/// A tenant with an error, a rule and records of every kind.
struct Archive {
    world: World,
    error: ErrorId,
    rule: AlertRule,
    keys: Vec<KeyDigest>,
}

impl Archive {
    async fn new(stores: Stores) -> Self {
        let world = World::new(stores).await;
        let recorded = world.record_one(an_occurrence(world.project).build()).await;
        let rule = a_rule(world.tenant());
        world.stores.rules.create_rule(&rule, 10).await.unwrap();
        Self {
            world,
            error: recorded.error.id,
            rule,
            keys: Vec::new(),
        }
    }

    fn firing(&self, at: OffsetDateTime) -> Firing {
        let id = id_at(at);
        let like = a_firing(&self.rule);
        Firing {
            id: FiringId(id),
            notification: Notification {
                id,
                ..like.notification
            },
            ..like
        }
    }

    async fn fire(&self, at: OffsetDateTime, statuses: &[DeliveryStatus]) {
        let firing = self.firing(at);
        let messages = statuses.iter().map(|status| Delivery {
            status: *status,
            ..a_delivery(&firing, ChannelKind::named("webhook"))
        });
        let messages: Vec<Delivery> = messages.collect();
        let outbox = &self.world.stores.outbox;
        outbox.enqueue_firing(&firing, &messages).await.unwrap();
    }

    async fn open_incident(&self, incident: &Incident) {
        let incidents = &self.world.stores.incidents;
        incidents
            .create_incident(&NewIncident::of(incident.clone()))
            .await
            .unwrap();
        let change = IncidentChange {
            at: NOON,
            actor: "system".to_owned(),
            field: "title".to_owned(),
            from: None,
            to: None,
            text: None,
        };
        let update = IncidentUpdate {
            incident: incident.clone(),
            changes: vec![change],
            links: None,
        };
        assert_eq!(incidents.update_incident(&update).await.unwrap(), Some(2));
    }

    async fn add_key(&mut self, key: ApiKey) {
        self.keys.push(key.digest);
        self.world.stores.keys.create_key(&key).await.unwrap();
    }

    async fn invite(&self, invitation: Invitation) {
        let invitations = &self.world.stores.invitations;
        invitations.create_invitation(&invitation).await.unwrap();
    }

    fn invitation(&self) -> Invitation {
        let address = format!("{}@example.com", new_id().simple());
        an_invitation(&self.world.scope, &address)
    }

    /// Adds a record that ended at this time.
    async fn add(&mut self, kind: RecordKind, at: OffsetDateTime) {
        let tenant = self.world.tenant();
        match kind {
            RecordKind::Audit => {
                let entry = AuditEntry {
                    id: AuditId(id_at(at)),
                    tenant_id: tenant,
                    actor: "system".to_owned(),
                    actor_name: String::new(),
                    actor_email: None,
                    action: "POST /api/projects".to_owned(),
                    target: "/api/projects".to_owned(),
                    target_name: None,
                    old: None,
                    new: None,
                    detail: None,
                    ip_address: None,
                    request_id: "r".to_owned(),
                    at,
                };
                self.world
                    .stores
                    .audit
                    .append_audit_entry(&entry)
                    .await
                    .unwrap();
            }
            RecordKind::Firings => {
                let over = [DeliveryStatus::Delivered, DeliveryStatus::Failed];
                self.fire(at, &over).await;
            }
            RecordKind::Incidents => {
                let incident = Incident {
                    status: IncidentStatus::Closed,
                    resolved_at: Some(at),
                    ..an_incident(tenant, None)
                };
                self.open_incident(&incident).await;
            }
            RecordKind::Activity => {
                let resolution = a_decision(!self.world.error(self.error).await.state.resolved, at);
                let triage = &self.world.stores.triage;
                let ids = [self.error];
                let changed = triage.change_states(&self.world.scope, &ids, &resolution);
                changed.await.unwrap();
            }
            RecordKind::Keys => {
                self.add_key(ApiKey {
                    revoked_at: Some(at),
                    expires_at: None,
                    ..a_key(tenant)
                })
                .await;
            }
            RecordKind::Invitations => {
                self.invite(Invitation {
                    accepted_at: Some(at),
                    expires_at: at + Duration::DAY,
                    ..self.invitation()
                })
                .await;
            }
        }
    }

    /// Counts the remaining records of a kind.
    async fn left(&self, kind: RecordKind) -> usize {
        let (stores, tenant) = (&self.world.stores, self.world.scope.tenant_scope());
        match kind {
            RecordKind::Audit => {
                let page = stores
                    .audit
                    .list_audit_entries(tenant, &AuditFilter::default(), None, 1_000)
                    .await
                    .unwrap();
                page.items.len()
            }
            RecordKind::Firings => {
                let page = stores.outbox.list_firings(tenant, &all(1_000)).await;
                page.unwrap().items.len()
            }
            RecordKind::Incidents => {
                let page = stores
                    .incidents
                    .list_incidents(tenant, EVERY)
                    .await
                    .unwrap();
                page.items.len()
            }
            RecordKind::Activity => {
                let scope = &self.world.scope;
                let history = stores
                    .errors
                    .list_activity(scope, self.error, None, 1_000)
                    .await;
                history.unwrap().items.len()
            }
            RecordKind::Keys => {
                let mut left = 0;
                for digest in &self.keys {
                    left += usize::from(stores.keys.find_key(digest).await.unwrap().is_some());
                }
                left
            }
            RecordKind::Invitations => {
                let page = stores
                    .invitations
                    .list_invitations(tenant, None, 1_000)
                    .await;
                page.unwrap().items.len()
            }
        }
    }

    async fn old(&self, kind: RecordKind) -> u64 {
        let retention = &self.world.stores.retention;
        retention.count_old_records(kind, BORDER).await.unwrap()
    }

    async fn remove(&self, kind: RecordKind, most: u32) -> u64 {
        let retention = &self.world.stores.retention;
        retention
            .remove_old_records(kind, BORDER, most)
            .await
            .unwrap()
    }
}

pub async fn old_records_go_in_steps_and_young_ones_stay(stores: Stores) {
    let mut archive = Archive::new(stores).await;
    for kind in RecordKind::ALL {
        for at in [OLD, OLD - Duration::days(500), BORDER, OLD] {
            archive.add(kind, at).await;
        }
    }
    for kind in RecordKind::ALL {
        for _ in 0..2 {
            assert_eq!(
                archive.old(kind).await,
                3,
                "{kind:?}: looking changes nothing"
            );
            assert_eq!(archive.left(kind).await, 4, "{kind:?}");
        }
        assert_eq!(archive.remove(kind, 2).await, 2, "{kind:?}");
        assert_eq!((archive.old(kind).await, archive.left(kind).await), (1, 2));
        assert_eq!(archive.remove(kind, 2).await, 1, "{kind:?}");
        assert_eq!(archive.remove(kind, 2).await, 0, "{kind:?}");
        assert_eq!((archive.old(kind).await, archive.left(kind).await), (0, 1));
    }
    let error = archive.world.error(archive.error).await;
    assert_eq!(error.state.count, 1, "errors stay as they are");
    let rule = archive.world.stores.rules;
    let rule = rule
        .get_rule(archive.world.scope.tenant_scope(), archive.rule.id)
        .await;
    assert_eq!(rule.unwrap(), Some(archive.rule), "rules stay as they are");
}

pub async fn what_is_still_needed_stays(stores: Stores) {
    let mut archive = Archive::new(stores).await;
    let tenant = archive.world.tenant();
    let (delivered, pending) = (DeliveryStatus::Delivered, DeliveryStatus::Pending);
    archive.fire(OLD, &[delivered, pending]).await;
    archive.fire(OLD, &[]).await;
    let open = Incident {
        status: IncidentStatus::Monitoring,
        created_at: OLD - Duration::days(900),
        updated_at: OLD - Duration::days(900),
        ..an_incident(tenant, Some(archive.rule.id))
    };
    archive.open_incident(&open).await;
    for (revoked_at, expires_at) in [
        (None, None),
        (None, Some(BORDER)),
        (Some(BORDER), Some(OLD)),
        (None, Some(OLD)),
    ] {
        let key = ApiKey {
            revoked_at,
            expires_at,
            created_at: OLD - Duration::days(900),
            ..a_key(tenant)
        };
        archive.add_key(key).await;
    }
    let development = ApiKey {
        digest: KeyDigest::of(DEVELOPMENT_KEY),
        revoked_at: Some(OLD),
        ..a_key(tenant)
    };
    archive.add_key(development).await;
    for (accepted_at, expires_at) in [
        (None, BORDER),
        (Some(BORDER), OLD),
        (None, OLD),
        (Some(OLD), BORDER + Duration::DAY),
    ] {
        let invitation = Invitation {
            digest: digest(),
            accepted_at,
            expires_at,
            created_at: OLD - Duration::days(900),
            ..archive.invitation()
        };
        archive.invite(invitation).await;
    }
    for (kind, old, left) in [
        (RecordKind::Firings, 1, 1),
        (RecordKind::Incidents, 0, 1),
        (RecordKind::Keys, 1, 4),
        (RecordKind::Invitations, 2, 2),
    ] {
        assert_eq!(archive.old(kind).await, old, "{kind:?}");
        assert_eq!(archive.remove(kind, 100).await, old, "{kind:?}");
        assert_eq!(archive.left(kind).await, left, "{kind:?}");
    }
    let due = archive.world.stores.outbox;
    let due = due.claim_due_deliveries(ChannelKind::named("webhook"), NOON, Duration::MINUTE, 10);
    assert_eq!(due.await.unwrap().len(), 1, "the message is still sent");
    let incidents = &archive.world.stores.incidents;
    let found = incidents.get_incident(archive.world.scope.tenant_scope(), open.id);
    let (incident, changes) = found.await.unwrap().unwrap();
    assert_eq!((incident, changes.len()), (open, 2));
}

pub async fn several_nodes_remove_each_record_once(stores: Stores) {
    let mut archive = Archive::new(stores).await;
    for kind in RecordKind::ALL {
        for _ in 0..40 {
            archive.add(kind, OLD).await;
        }
        archive.add(kind, BORDER).await;
    }
    for kind in RecordKind::ALL {
        let nodes = (0..4).map(|_| {
            let retention = Arc::clone(&archive.world.stores.retention);
            tokio::spawn(async move {
                let mut removed = 0;
                while retention.count_old_records(kind, BORDER).await.unwrap() > 0 {
                    removed += retention.remove_old_records(kind, BORDER, 7).await.unwrap();
                }
                removed
            })
        });
        let mut removed = 0;
        for node in nodes.collect::<Vec<_>>() {
            removed += node.await.unwrap();
        }
        assert_eq!(removed, 40, "{kind:?}");
        assert_eq!(archive.left(kind).await, 1, "{kind:?}");
    }
}
