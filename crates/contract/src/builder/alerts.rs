//! Builders of rules, firings, deliveries and incidents.

use super::{NOON, new_id};
use faultbook_domain::alerts::RuleState;
use faultbook_domain::alerts::{AlertRule, Delivery, DeliveryStatus, Firing, RuleHealth};
use faultbook_domain::errors::Severity;
use faultbook_domain::id::{DeliveryId, ErrorId, FiringId, IncidentId, RuleId, TenantId};
use faultbook_domain::incidents::{Incident, IncidentStatus};
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::{Measurement, Notification, NotificationKind, TopError};
use std::time::Duration as Span;

/// Builds an enabled rule that notifies by e-mail and Slack and opens an incident.
#[must_use]
pub fn a_rule(tenant_id: TenantId) -> AlertRule {
    AlertRule {
        id: RuleId(new_id()),
        tenant_id,
        name: "High Error Rate".to_owned(),
        condition: "error_count > threshold in time_window".to_owned(),
        threshold: 50.5,
        time_window: Span::from_secs(300),
        enabled: true,
        // In the order given by the creator.
        notifications: vec![ChannelKind::EMAIL, ChannelKind::named("slack")],
        open_incident: Some(Severity::High),
        include_ignored: false,
        state: RuleState::default(),
        health: RuleHealth::default(),
        version: 1,
        created_at: NOON,
        updated_at: NOON,
    }
}

/// Builds a firing of this rule at [`NOON`].
#[must_use]
pub fn a_firing(rule: &AlertRule) -> Firing {
    let id = new_id();
    Firing {
        id: FiringId(id),
        tenant_id: rule.tenant_id,
        rule_id: rule.id,
        condition: rule.condition.clone(),
        incident_id: None,
        notification: Notification {
            id,
            thread_id: rule.id.0,
            kind: NotificationKind::Alert,
            raised_at: NOON,
            rule: rule.name.clone(),
            measurement: Some(Measurement {
                metric: "error_count".to_owned(),
                value: 73.0,
                operator: ">".to_owned(),
                threshold: 50.5,
                window: Span::from_secs(300),
            }),
            top_errors: vec![TopError {
                id: ErrorId(new_id()),
                message: "Zeit über\nschritten \u{1F41E}".to_owned(),
                count: 42,
            }],
            project: None,
            environment: Some("production".to_owned()),
            link: "http://localhost:8080/api/errors".to_owned(),
        },
    }
}

/// Builds a due delivery of this firing.
#[must_use]
pub fn a_delivery(firing: &Firing, channel: ChannelKind) -> Delivery {
    Delivery {
        id: DeliveryId(new_id()),
        firing_id: firing.id,
        tenant_id: firing.tenant_id,
        channel,
        status: DeliveryStatus::Pending,
        attempts: 0,
        next_attempt_at: NOON,
        reached: Vec::new(),
        reason: None,
        result: None,
        last_attempt_at: None,
        took: None,
        created_at: NOON,
        delivered_at: None,
    }
}

/// Builds an open incident.
#[must_use]
pub fn an_incident(tenant_id: TenantId, rule_id: Option<RuleId>) -> Incident {
    Incident {
        id: IncidentId(new_id()),
        tenant_id,
        title: "Database Connection Timeout".to_owned(),
        severity: Severity::Critical,
        status: IncidentStatus::Investigating,
        description: "Multiple timeouts".to_owned(),
        assigned_to: Some("user-123".to_owned()),
        rule_id,
        created_at: NOON,
        updated_at: NOON,
        resolved_at: None,
    }
}
