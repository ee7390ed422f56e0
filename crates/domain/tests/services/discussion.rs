//! `Discussion`.

use crate::desk::{COMMENTS, Desk, user};
use faultbook_contract::builder::{NOON, new_id};
use faultbook_domain::errors::{Actor, Change, CommentError, Mark, NamedActor};
use faultbook_domain::id::{ErrorId, KeyId};
use faultbook_domain::identity::{BuiltInRole, Member, MemberStatus, MemberStore};
use time::Duration;

#[tokio::test]
async fn a_comment_is_scrubbed_and_mentions_active_members() {
    let desk = Desk::new().await;
    let (discussion, id) = (desk.discussion(), desk.error(1).await);
    let ada = desk.member("ada", BuiltInRole::Owner).await;
    let ben = desk.member("ben", BuiltInRole::Developer).await;
    let suspended = Member {
        status: MemberStatus::Suspended,
        ..ben.clone()
    };
    desk.store.update_member(&suspended).await.unwrap();
    let text = format!(
        "@{} and @{} and @nobody@example.com: password=hunter2hunter2",
        ada.email.to_uppercase(),
        ben.email
    );
    let written = discussion.comment(&desk.scope, id, &text, user(&ada));
    let written = written.await.unwrap();
    assert!(
        !written.comment.text.contains("hunter2"),
        "{}",
        written.comment.text
    );
    assert_eq!(written.comment.mentions, [ada.id]);
    assert_eq!(written.mentions[0].name, "ada");
    let author = NamedActor {
        kind: "member",
        id: Some(ada.id.0),
        name: "ada".to_owned(),
        email: Some(ada.email.clone()),
    };
    assert_eq!(written.author, author);
    let page = discussion
        .comments(&desk.scope, id, None, 10)
        .await
        .unwrap();
    // The store alone knows the error's project.
    let mut stored = written;
    stored.comment.project_id = desk.projects[0];
    assert_eq!(page.unwrap().items, [stored]);
    let absent = discussion.comments(&desk.scope, ErrorId(new_id()), None, 10);
    assert!(absent.await.unwrap().is_none());
}

#[tokio::test]
async fn comments_are_their_authors_own() {
    let desk = Desk::new().await;
    let (discussion, id) = (desk.discussion(), desk.error(1).await);
    let (own, other) = (Actor::Key(KeyId(new_id())), Actor::Key(KeyId(new_id())));
    let written = discussion
        .comment(&desk.scope, id, "why", own)
        .await
        .unwrap();
    let comment = (id, written.comment.id);
    let changed = discussion
        .edit(&desk.scope, comment, "because", other)
        .await;
    assert!(matches!(changed, Err(CommentError::NotOwn)));
    desk.clock.advance(Duration::HOUR);
    let changed = discussion.edit(&desk.scope, comment, "because", own).await;
    let changed = changed.unwrap().comment;
    assert_eq!(
        (changed.created_at, changed.updated_at),
        (NOON, NOON + Duration::HOUR)
    );
    desk.clock.advance(Duration::HOUR);
    let same = discussion.edit(&desk.scope, comment, "because", own).await;
    assert_eq!(
        same.unwrap().comment,
        changed,
        "the same again changes nothing"
    );
    let deleted = discussion.delete_comment(&desk.scope, comment, other, false);
    assert!(matches!(deleted.await, Err(CommentError::NotOwn)));
    let deleted = discussion.delete_comment(&desk.scope, comment, other, true);
    deleted.await.unwrap();
    let gone = discussion.delete_comment(&desk.scope, comment, own, false);
    assert!(matches!(gone.await, Err(CommentError::NotFound)));
    for _ in 0..COMMENTS {
        discussion
            .comment(&desk.scope, id, "again", own)
            .await
            .unwrap();
    }
    let full = discussion.comment(&desk.scope, id, "again", own).await;
    assert!(matches!(full, Err(CommentError::Full(COMMENTS))));
}

#[tokio::test]
async fn marks_are_the_callers_and_activity_ends_with_the_creation() {
    let desk = Desk::new().await;
    let (discussion, id) = (desk.discussion(), desk.error(1).await);
    let ada = desk.member("ada", BuiltInRole::Owner).await;
    let stranger = Actor::Key(KeyId(new_id()));
    for (mark, set) in [
        (Mark::Bookmark, true),
        (Mark::Follow, true),
        (Mark::Bookmark, false),
    ] {
        let found = discussion.mark(&desk.scope, id, user(&ada), (mark, set));
        assert!(found.await.unwrap());
    }
    let group = desk.found(id).await;
    for (caller, followed) in [(user(&ada), true), (stranger, false)] {
        let people = discussion.people(&desk.scope, &[&group], caller).await;
        let marks = people.unwrap()[&id].marks;
        assert_eq!((marks.bookmarked, marks.followed), (false, followed));
    }
    discussion
        .comment(&desk.scope, id, "why", stranger)
        .await
        .unwrap();
    let mut after = None;
    let mut kinds = Vec::new();
    loop {
        let page = discussion
            .activity(&desk.scope, id, after, 1)
            .await
            .unwrap();
        let page = page.unwrap();
        assert_eq!(page.total, 2);
        kinds.extend(
            page.items
                .into_iter()
                .map(|(entry, actor)| (entry.change, actor.kind)),
        );
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert!(matches!(kinds[0], (Change::Commented(_), "key")));
    assert_eq!(kinds[1..], [(Change::Created, "system")]);
}
