//! Contract of `ProjectStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_project};
use crate::world::{is_conflict, new_tenant};
use faultbook_domain::tenancy::Project;
use time::Duration;

pub async fn project_numbers_are_unique(stores: Stores) {
    let (scope, first) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let mut numbers = vec![
        stores
            .projects
            .list_projects(other.tenant_scope())
            .await
            .unwrap()[0]
            .number,
    ];
    for _ in 0..3 {
        stores
            .projects
            .create_project(&a_project(scope.tenant()))
            .await
            .unwrap();
    }
    let projects = stores
        .projects
        .list_projects(scope.tenant_scope())
        .await
        .unwrap();
    assert_eq!(
        (projects.len(), projects[0].id),
        (4, first),
        "by number, the first one leads"
    );
    numbers.extend(projects.iter().map(|project| project.number));
    numbers.sort_unstable();
    assert!(numbers[0] > 0);
    numbers.dedup();
    assert_eq!(numbers.len(), 5);
    let again = Project {
        slug: projects[1].slug.clone(),
        ..a_project(scope.tenant())
    };
    assert!(is_conflict(&stores.projects.create_project(&again).await));
    let elsewhere = Project {
        slug: projects[1].slug.clone(),
        ..a_project(other.tenant())
    };
    stores.projects.create_project(&elsewhere).await.unwrap();
}

pub async fn projects_are_changed_and_put_out_of_sight(stores: Stores) {
    let (scope, first) = new_tenant(&stores).await;
    let (other, _) = new_tenant(&stores).await;
    let made = stores
        .projects
        .create_project(&a_project(scope.tenant()))
        .await;
    let made = made.unwrap();
    let changed = Project {
        slug: "renamed".parse().unwrap(),
        name: "Renamed".to_owned(),
        platform: Some("rust".to_owned()),
        retention_days: Some(7),
        updated_at: NOON + Duration::HOUR,
        ..made.clone()
    };
    assert!(stores.projects.update_project(&changed).await.unwrap());
    let all = stores
        .projects
        .list_projects(scope.tenant_scope())
        .await
        .unwrap();
    assert_eq!(all[1], changed);
    let taken = Project {
        slug: all[0].slug.clone(),
        ..changed.clone()
    };
    assert!(is_conflict(&stores.projects.update_project(&taken).await));
    let foreign = Project {
        tenant_id: other.tenant(),
        ..changed.clone()
    };
    assert!(!stores.projects.update_project(&foreign).await.unwrap());
    let delete = |scope, id| stores.projects.delete_project(scope, id, NOON);
    assert!(
        !delete(other.tenant_scope(), changed.id).await.unwrap(),
        "not theirs"
    );
    assert!(delete(scope.tenant_scope(), changed.id).await.unwrap());
    assert!(!delete(scope.tenant_scope(), changed.id).await.unwrap());
    let all = stores
        .projects
        .list_projects(scope.tenant_scope())
        .await
        .unwrap();
    assert_eq!((all.len(), all[0].id), (1, first));
    let again = Project {
        slug: changed.slug,
        ..a_project(scope.tenant())
    };
    assert!(is_conflict(&stores.projects.create_project(&again).await));
}
