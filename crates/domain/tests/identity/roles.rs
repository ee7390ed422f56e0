//! Roles, policies and permissions: who may change them, their names, and how many there are.

use crate::world::{World, names};
use faultbook_domain::identity::{AccessError, Duplicate, RbacItemSettings, RbacKind};
use faultbook_domain::tenancy::TenantLimits;

fn grant(name: &str, members: Option<&[&str]>) -> RbacItemSettings {
    RbacItemSettings {
        name: Some(name.to_owned()),
        description: None,
        members: members.map(names),
    }
}

#[tokio::test]
async fn nobody_takes_away_grants_that_allow_more() {
    let world = World::new().await;
    let roles = world.roles(TenantLimits::default());
    let owner = world.entered(&["admin", "tenant:manage"]).await;
    let manager = world.entered(&["roles:manage", "errors:read"]).await;
    let make = async |level, wanted| roles.create(&owner, level, wanted).await.unwrap().id;
    let strong = make(RbacKind::Policy, grant("strong", Some(&["errors:delete"]))).await;
    let weak = make(RbacKind::Policy, grant("weak", Some(&["errors:read"]))).await;
    let role = make(RbacKind::Role, grant("deleters", Some(&["strong"]))).await;
    let weak_role = make(RbacKind::Role, grant("lookers", Some(&["weak"]))).await;
    for (level, id) in [(RbacKind::Policy, strong), (RbacKind::Role, role)] {
        let refused = roles.remove(&manager, level, id).await;
        assert!(matches!(refused, Err(AccessError::Permission)));
        let refused = roles.update(&manager, (level, id), grant("x", None)).await;
        assert!(matches!(refused, Err(AccessError::Permission)));
    }
    let own = make(RbacKind::Permission, grant("billing:read", None)).await;
    for (level, id) in [
        (RbacKind::Role, weak_role),
        (RbacKind::Policy, weak),
        (RbacKind::Permission, own),
    ] {
        roles.remove(&manager, level, id).await.unwrap();
    }
}

#[tokio::test]
async fn a_name_that_looks_like_another_is_refused() {
    let world = World::new().await;
    let roles = world.roles(TenantLimits::default());
    let owner = world.entered(&["admin"]).await;
    let (level, built_in) = (RbacKind::Role, "00000000-0000-7000-8000-000000030000");
    let support = roles.create(&owner, level, grant("support", None)).await;
    let support = support.unwrap().id;
    for name in [
        "Owner",
        "VIEWER",
        "owner\u{200b}",
        "own\u{202e}er",
        "Support",
        "supp\u{43e}rt",
    ] {
        let refused = roles.create(&owner, level, grant(name, None)).await;
        let taken = Duplicate::RbacItem(level);
        assert!(
            matches!(refused, Err(AccessError::Taken(what)) if what == taken),
            "{name:?}"
        );
    }
    for name in [built_in, "helper\u{200b}", "he\u{202e}lper"] {
        let refused = roles.create(&owner, level, grant(name, None)).await;
        assert!(
            matches!(refused, Err(AccessError::Invalid { field: "name", .. })),
            "{name:?}"
        );
    }
    let place = (level, support);
    let renamed = roles.update(&owner, place, grant("Support", None)).await;
    assert_eq!(renamed.unwrap().name, "Support");
    let refused = roles.update(&owner, place, grant("Admin", None)).await;
    assert!(matches!(refused, Err(AccessError::Taken(_))));
}

#[tokio::test]
async fn grants_have_a_limit() {
    let world = World::new().await;
    let limits = TenantLimits {
        rbac_items: 2,
        ..TenantLimits::default()
    };
    let roles = world.roles(limits);
    let owner = world.entered(&["admin"]).await;
    for level in [RbacKind::Role, RbacKind::Policy] {
        for name in ["one", "two"] {
            roles
                .create(&owner, level, grant(name, None))
                .await
                .unwrap();
        }
        let refused = roles.create(&owner, level, grant("three", None)).await;
        assert!(matches!(refused, Err(AccessError::Limit { most: 2, .. })));
    }
}
