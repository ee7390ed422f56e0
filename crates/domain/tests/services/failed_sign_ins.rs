//! `FailedSignIns`.

use crate::parts;
use faultbook_contract::builder::{a_member, a_project, a_tenant, a_user};
use faultbook_domain::identity::{AuditFilter, AuditLog, FailedSignIns};
use faultbook_domain::identity::{MemberStore, UserStore};
use faultbook_domain::tenancy::{TenantScope, TenantStore};
use time::Duration;

#[tokio::test]
async fn one_entry_a_person_and_address_in_ten_minutes() {
    let (store, clock, ids) = parts();
    let tenant = a_tenant();
    let project = a_project(tenant.id);
    store.create_tenant(&tenant, &project, None).await.unwrap();
    let user = a_user();
    store.create_user(&user).await.unwrap();
    let member = a_member(&user, tenant.id);
    store.add_member(&member).await.unwrap();
    let failed = FailedSignIns::new(
        (store.clone(), store.clone()),
        store.clone(),
        (clock.clone(), ids),
    );
    let scope = TenantScope::for_tests(tenant.id);
    let entries = async || {
        let all = AuditFilter::default();
        let page = store.list_audit_entries(scope, &all, None, 10);
        page.await.unwrap().items
    };
    failed
        .record("nobody@example.com", Some("192.0.2.1"), "r")
        .await
        .unwrap();
    assert_eq!(entries().await, []);
    for (address, minutes, expected) in [
        ("192.0.2.1", 0, 1),
        ("192.0.2.1", 9, 1),
        ("192.0.2.2", 0, 2),
        ("192.0.2.1", 2, 3),
    ] {
        clock.advance(Duration::minutes(minutes));
        let email = user.email.to_uppercase();
        failed.record(&email, Some(address), "r").await.unwrap();
        assert_eq!(entries().await.len(), expected, "{address} {minutes}");
    }
    let newest = &entries().await[0];
    assert_eq!(newest.action, "user.sign_in_failed");
    assert_eq!(newest.target, format!("user:{}", user.id));
    assert_eq!(newest.target_name, Some(user.name));
}
