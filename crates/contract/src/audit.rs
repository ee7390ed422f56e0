//! Contract of `AuditLog`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, new_id};
use crate::world::new_tenant;
use faultbook_domain::id::AuditId;
use faultbook_domain::identity::{AuditEntry, AuditFilter};
use time::Duration;

pub async fn entries_are_listed_newest_first(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let entries = [0, 1, 2].map(|number| AuditEntry {
        id: AuditId(new_id()),
        tenant_id: scope.tenant(),
        actor: "system".to_owned(),
        action: "POST /api/projects".to_owned(),
        target: "/api/projects".to_owned(),
        actor_name: "Ada Lovelace".to_owned(),
        actor_email: Some("ada@example.com".to_owned()),
        target_name: None,
        old: None,
        new: None,
        detail: Some(format!("number {number}")),
        ip_address: Some("192.0.2.1".to_owned()),
        request_id: "r".to_owned(),
        at: NOON,
    });
    for entry in &entries {
        stores.audit.append_audit_entry(entry).await.unwrap();
    }
    let all = AuditFilter::default();
    let page = stores
        .audit
        .list_audit_entries(scope.tenant_scope(), &all, None, 2)
        .await
        .unwrap();
    assert_eq!(page.items, [entries[2].clone(), entries[1].clone()]);
    assert_eq!(page.total, 3);
    let page = stores
        .audit
        .list_audit_entries(scope.tenant_scope(), &all, page.next, 2)
        .await
        .unwrap();
    assert_eq!((page.items, page.next), (vec![entries[0].clone()], None));
    let page = stores
        .audit
        .list_audit_entries(other.tenant_scope(), &all, None, 2)
        .await
        .unwrap();
    assert_eq!(page.total, 0);
}

pub async fn entries_are_filtered(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let entry = |action: &str, name: &str, hour: i64| AuditEntry {
        id: AuditId(new_id()),
        tenant_id: scope.tenant(),
        actor: "user:1".to_owned(),
        actor_name: "Ada Lovelace".to_owned(),
        actor_email: Some("ada@example.com".to_owned()),
        action: action.to_owned(),
        target: format!("role:{name}"),
        target_name: Some(name.to_owned()),
        old: Some("{\"threshold\":50}".to_owned()),
        new: Some("{\"threshold\":25}".to_owned()),
        detail: Some("50 % _done_".to_owned()),
        ip_address: None,
        request_id: "r".to_owned(),
        at: NOON + Duration::hours(hour),
    };
    let entries = [
        entry("role.created", "Über uns", 0),
        entry("role.changed", "first line", 1),
        entry("rolex.changed", "first_line", 2),
        AuditEntry {
            actor: "key:2".to_owned(),
            actor_name: "CI".to_owned(),
            actor_email: None,
            ..entry("rule.deleted", "100%", 3)
        },
    ];
    for entry in &entries {
        stores.audit.append_audit_entry(entry).await.unwrap();
    }
    let text = |text: &str| Some(text.to_owned());
    let words = |words: &[&str]| AuditFilter {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        ..AuditFilter::default()
    };
    let actor = |actor: &str| AuditFilter {
        actor: text(actor),
        ..AuditFilter::default()
    };
    let action = |action: &str| AuditFilter {
        action: text(action),
        ..AuditFilter::default()
    };
    for (filter, expected) in [
        (AuditFilter::default(), "3210"),
        (actor("user:1"), "210"),
        (actor("Ada Lovelace"), "210"),
        (actor("ada@example.com"), "210"),
        (actor("ada"), ""),
        (actor("CI"), "3"),
        (action("role"), "10"),
        (action("role.changed"), "1"),
        (action("rol%"), ""),
        (action("ROLE"), ""),
        (words(&["uber"]), "0"),
        (words(&["first", "line"]), "21"),
        (words(&["first_line"]), "2"),
        (words(&["100%"]), "3"),
        (words(&["lovelace", "done"]), "210"),
        (words(&["50\\"]), ""),
    ] {
        let page = stores
            .audit
            .list_audit_entries(scope.tenant_scope(), &filter, None, 10)
            .await
            .unwrap();
        let found = page.items.iter().map(|one| {
            let place = entries.iter().position(|entry| entry == one);
            place.unwrap().to_string()
        });
        let found: String = found.collect();
        assert_eq!(
            (found.as_str(), page.total),
            (expected, expected.len() as u64),
            "{filter:?}"
        );
    }
    let filter = AuditFilter {
        target: text("role:first line"),
        since: Some(entries[1].at),
        until: Some(entries[2].at),
        ..AuditFilter::default()
    };
    let page = stores
        .audit
        .list_audit_entries(scope.tenant_scope(), &filter, None, 10)
        .await
        .unwrap();
    assert_eq!(page.items, [entries[1].clone()]);
}
