//! Contract of `AuditLog`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, new_id};
use crate::world::new_tenant;
use faultbook_domain::id::AuditId;
use faultbook_domain::identity::AuditEntry;

pub async fn entries_are_listed_newest_first(stores: Stores) {
    let (scope, _) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let entries = [0, 1, 2].map(|number| AuditEntry {
        id: AuditId(new_id()),
        tenant_id: scope.tenant(),
        actor: "system".to_owned(),
        action: "POST /api/projects".to_owned(),
        target: "/api/projects".to_owned(),
        detail: Some(format!("number {number}")),
        ip_address: Some("192.0.2.1".to_owned()),
        request_id: "r".to_owned(),
        at: NOON,
    });
    for entry in &entries {
        stores.audit.append_audit_entry(entry).await.unwrap();
    }
    let page = stores
        .audit
        .list_audit_entries(scope.tenant_scope(), None, 2)
        .await
        .unwrap();
    assert_eq!(page.items, [entries[2].clone(), entries[1].clone()]);
    assert_eq!(page.total, 3);
    let page = stores
        .audit
        .list_audit_entries(scope.tenant_scope(), page.next, 2)
        .await
        .unwrap();
    assert_eq!((page.items, page.next), (vec![entries[0].clone()], None));
    let page = stores
        .audit
        .list_audit_entries(other.tenant_scope(), None, 2)
        .await
        .unwrap();
    assert_eq!(page.total, 0);
}
