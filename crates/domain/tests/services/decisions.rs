//! `Decisions`.

use crate::desk::{Desk, user};
use faultbook_contract::builder::{NOON, an_announcement, new_id};
use faultbook_domain::errors::{
    Actor, AssignTo, Change, DecisionError, IgnoreTerms, ReopenedBy, ResolveIn, ResolvedIn, Status,
};
use faultbook_domain::id::{ErrorId, KeyId};
use faultbook_domain::identity::{BuiltInRole, Member, MemberStatus, MemberStore};
use faultbook_domain::releases::{ReleaseStore, Version};
use time::Duration;

fn key() -> Actor {
    Actor::Key(KeyId(new_id()))
}

fn version(text: &str) -> ResolveIn {
    ResolveIn::Release(Version::new(text).unwrap())
}

#[tokio::test]
async fn an_error_is_resolved_in_releases_of_its_project() {
    let desk = Desk::new().await;
    let (decisions, id) = (desk.decisions(), desk.error(1).await);
    for place in [ResolveIn::CurrentRelease, ResolveIn::NextRelease] {
        let refused = decisions.resolve(&desk.scope, id, place, key()).await;
        assert!(matches!(refused, Err(DecisionError::NoRelease)));
    }
    for (project, release) in [(0, "1.0"), (0, "2.0"), (1, "9.0")] {
        let announced = an_announcement(desk.projects[project], release);
        desk.store.announce_release(&announced, 3).await.unwrap();
    }
    for (place, expected) in [
        (ResolveIn::Now, ResolvedIn::Now),
        (
            ResolveIn::CurrentRelease,
            ResolvedIn::CurrentRelease("2.0".to_owned()),
        ),
        (
            ResolveIn::NextRelease,
            ResolvedIn::NextRelease("2.0".to_owned()),
        ),
        (version("3.0"), ResolvedIn::Release("3.0".to_owned())),
    ] {
        desk.clock.advance(Duration::MINUTE);
        let before = desk.generation().await;
        decisions
            .resolve(&desk.scope, id, place.clone(), key())
            .await
            .unwrap();
        assert_ne!(desk.generation().await, before, "what was cached is old");
        let found = desk.found(id).await.triage;
        assert_eq!(found.resolved_in(), Some(&expected));
        let at = found.resolved_at();
        assert_eq!(desk.history(id).await[0].change, Change::Resolved(expected));
        desk.clock.advance(Duration::MINUTE);
        decisions
            .resolve(&desk.scope, id, place, key())
            .await
            .unwrap();
        assert_eq!(
            desk.found(id).await.triage.resolved_at(),
            at,
            "the same again"
        );
    }
    assert_eq!(desk.history(id).await.len(), 4);
    let full = decisions
        .resolve(&desk.scope, id, version("4.0"), key())
        .await;
    assert!(matches!(full, Err(DecisionError::TooManyReleases(3))));
    let absent = ErrorId(new_id());
    let unknown = decisions.resolve(&desk.scope, absent, ResolveIn::Now, key());
    assert!(matches!(unknown.await, Err(DecisionError::NotFound)));
}

#[tokio::test]
async fn errors_reopen_when_their_time_has_come() {
    let desk = Desk::new().await;
    let (decisions, one, other) = (desk.decisions(), desk.error(1).await, desk.error(2).await);
    for (id, until) in [(one, Some(NOON + Duration::HOUR)), (other, None)] {
        let terms = IgnoreTerms {
            until,
            ..IgnoreTerms::default()
        };
        decisions
            .ignore(&desk.scope, id, terms, key())
            .await
            .unwrap();
    }
    assert_eq!(decisions.reopen_due().await.unwrap(), 0);
    desk.clock.advance(Duration::HOUR);
    let before = desk.generation().await;
    assert_eq!(decisions.reopen_due().await.unwrap(), 1);
    assert_ne!(desk.generation().await, before);
    assert_eq!(decisions.reopen_due().await.unwrap(), 0);
    assert_eq!(desk.found(one).await.triage.status(), Status::Open);
    assert_eq!(desk.found(other).await.triage.status(), Status::Ignored);
    let last = &desk.history(one).await[0];
    assert_eq!(last.change, Change::Reopened(ReopenedBy::Until));
    assert_eq!(
        (last.actor, last.at),
        (Actor::System, NOON + Duration::HOUR)
    );
    decisions.reopen(&desk.scope, other, key()).await.unwrap();
    assert_eq!(desk.found(other).await.triage.status(), Status::Open);
}

#[tokio::test]
async fn errors_are_assigned_to_active_members_alone() {
    let desk = Desk::new().await;
    let (decisions, id) = (desk.decisions(), desk.error(1).await);
    let ada = desk.member("ada", BuiltInRole::Owner).await;
    let ben = desk.member("ben", BuiltInRole::Developer).await;
    let assign = async |to: AssignTo, by: Actor| decisions.assign(&desk.scope, id, &to, by).await;
    let named = |text: &str| AssignTo::Named(text.to_owned());
    for (to, by, expected) in [
        (AssignTo::Caller, user(&ada), Some(ada.id)),
        (named(&ben.email.to_uppercase()), key(), Some(ben.id)),
        (named(&ada.id.to_string()), key(), Some(ada.id)),
        (AssignTo::Nobody, key(), None),
    ] {
        assign(to, by).await.unwrap();
        assert_eq!(desk.found(id).await.triage.assigned_to, expected);
    }
    let suspended = Member {
        status: MemberStatus::Suspended,
        ..ben.clone()
    };
    desk.store.update_member(&suspended).await.unwrap();
    let stranger = Desk::new().await.member("eve", BuiltInRole::Owner).await;
    for (to, by) in [
        (AssignTo::Caller, key()),
        (AssignTo::Caller, user(&stranger)),
        (named(&ben.email), key()),
        (named(&stranger.email), key()),
        (named(&new_id().to_string()), key()),
    ] {
        let refused = assign(to, by).await;
        assert!(matches!(refused, Err(DecisionError::NoMember)));
    }
    assert_eq!(desk.history(id).await.len(), 4, "one entry a change");
}
