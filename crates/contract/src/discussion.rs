//! Contract of `DiscussionStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence, new_id};
use crate::world::{World, new_member, new_tenant};
use faultbook_domain::errors::{Actor, Change, Comment, CommentAdded, ErrorMarks, Mark, Merge};
use faultbook_domain::id::{CommentId, ErrorId, KeyId, MemberId};
use faultbook_domain::identity::BuiltInRole;
use time::Duration;

impl World {
    fn comment(&self, error: ErrorId, author: Actor) -> Comment {
        Comment {
            id: CommentId(new_id()),
            project_id: self.project,
            error_id: error,
            author,
            text: "**why**?\n@ada@example.com".to_owned(),
            mentions: vec![MemberId(new_id()), MemberId(new_id())],
            created_at: NOON,
            updated_at: NOON,
        }
    }

    async fn add(&self, comment: &Comment, most: u32) -> CommentAdded {
        let added = self
            .stores
            .discussion
            .add_comment(&self.scope, comment, most);
        added.await.unwrap()
    }

    async fn marks(&self, error: ErrorId, principal: Actor) -> ErrorMarks {
        let store = &self.stores.discussion;
        let listed = store.list_marks(&self.scope, &[error], principal).await;
        let listed = listed.unwrap();
        let found = listed.into_iter().find(|(id, _)| *id == error);
        found.map(|(_, marks)| marks).unwrap_or_default()
    }
}

fn key() -> Actor {
    Actor::Key(KeyId(new_id()))
}

pub async fn comments_are_kept_oldest_first_and_not_without_end(stores: Stores) {
    let world = World::new(stores).await;
    let recorded = world.record_one(an_occurrence(world.project).build()).await;
    let (id, author) = (recorded.error.id, key());
    let store = &world.stores.discussion;
    let mut comments: Vec<Comment> = (0..3).map(|_| world.comment(id, author)).collect();
    for comment in &comments {
        assert_eq!(world.add(comment, 3).await, CommentAdded::Done);
    }
    assert_eq!(
        world.add(&world.comment(id, author), 3).await,
        CommentAdded::Full
    );
    let unknown = world.comment(ErrorId(new_id()), author);
    assert_eq!(world.add(&unknown, 3).await, CommentAdded::NotFound);
    let page = store
        .list_comments(&world.scope, id, None, 2)
        .await
        .unwrap();
    assert_eq!((page.total, &page.items[..]), (3, &comments[..2]));
    let page = store
        .list_comments(&world.scope, id, page.next, 2)
        .await
        .unwrap();
    assert_eq!((&page.items[..], page.next), (&comments[2..], None));
    comments[1].text = "because".to_owned();
    comments[1].mentions = Vec::new();
    comments[1].updated_at = NOON + Duration::HOUR;
    assert!(
        store
            .update_comment(&world.scope, &comments[1])
            .await
            .unwrap()
    );
    let found = store.get_comment(&world.scope, id, comments[1].id).await;
    assert_eq!(found.unwrap().as_ref(), Some(&comments[1]));
    let (foreign, _) = new_tenant(&world.stores).await;
    assert!(
        store
            .get_comment(&foreign, id, comments[1].id)
            .await
            .unwrap()
            .is_none()
    );
    assert!(!store.update_comment(&foreign, &comments[1]).await.unwrap());
    assert!(
        !store
            .delete_comment(&foreign, id, comments[1].id)
            .await
            .unwrap()
    );
    assert!(
        store
            .delete_comment(&world.scope, id, comments[1].id)
            .await
            .unwrap()
    );
    assert!(
        !store
            .delete_comment(&world.scope, id, comments[1].id)
            .await
            .unwrap()
    );
    let history = world
        .stores
        .errors
        .list_activity(&world.scope, id, None, 10)
        .await;
    let told: Vec<Change> = history
        .unwrap()
        .items
        .into_iter()
        .map(|one| one.change)
        .collect();
    assert_eq!(told.len(), 2, "an entry goes with its comment");
    assert!(told.contains(&Change::Commented(comments[0].id)));
    assert_eq!(world.marks(id, author).await.comments, 2);
}

pub async fn marks_are_each_principals_own(stores: Stores) {
    let world = World::new(stores).await;
    let recorded = world.record_one(an_occurrence(world.project).build()).await;
    let (id, one, other) = (recorded.error.id, key(), key());
    let store = &world.stores.discussion;
    let set = |principal, mark, set| store.set_mark(&world.scope, id, principal, mark, set);
    for _ in 0..2 {
        assert!(set(one, Mark::Bookmark, true).await.unwrap());
    }
    assert!(set(other, Mark::Follow, true).await.unwrap());
    let own = world.marks(id, one).await;
    assert_eq!((own.bookmarked, own.followed), (true, false));
    let own = world.marks(id, other).await;
    assert_eq!((own.bookmarked, own.followed), (false, true));
    for _ in 0..2 {
        assert!(set(one, Mark::Bookmark, false).await.unwrap());
    }
    assert_eq!(world.marks(id, one).await, ErrorMarks::default());
    let unknown = ErrorId(new_id());
    let none = store.set_mark(&world.scope, unknown, one, Mark::Follow, true);
    assert!(!none.await.unwrap());
    let (foreign, _) = new_tenant(&world.stores).await;
    let none = store.set_mark(&foreign, id, one, Mark::Follow, true);
    assert!(!none.await.unwrap());
}

pub async fn what_belongs_to_an_error_moves_and_goes_with_it(stores: Stores) {
    let world = World::new(stores).await;
    let of = |number| an_occurrence(world.project).of(number).build();
    let recorded = world.record(vec![of(1), of(2)]).await;
    let (one, two, author) = (recorded[0].error.id, recorded[1].error.id, key());
    world.add(&world.comment(one, author), 10).await;
    world.add(&world.comment(two, author), 10).await;
    let store = &world.stores.discussion;
    for (error, mark) in [
        (one, Mark::Bookmark),
        (two, Mark::Bookmark),
        (two, Mark::Follow),
    ] {
        store
            .set_mark(&world.scope, error, author, mark, true)
            .await
            .unwrap();
    }
    let groups = &world.stores.groups;
    let merged = groups
        .merge_errors(&world.scope, two, one, author, NOON)
        .await;
    assert!(matches!(merged.unwrap(), Merge::Done(_)));
    let all = ErrorMarks {
        bookmarked: true,
        followed: true,
        comments: 2,
    };
    assert_eq!(world.marks(one, author).await, all);
    let print = crate::builder::fingerprint(2);
    groups
        .split_error(&world.scope, one, print, author, NOON)
        .await
        .unwrap();
    assert_eq!(world.marks(one, author).await, all, "they stay");
    world
        .stores
        .errors
        .delete_errors(&world.scope, &[one])
        .await
        .unwrap();
    assert_eq!(world.marks(one, author).await, ErrorMarks::default());
    let page = store
        .list_comments(&world.scope, one, None, 10)
        .await
        .unwrap();
    assert_eq!(page.total, 0);
}

pub async fn who_leaves_takes_marks_along(stores: Stores) {
    let world = World::new(stores).await;
    let recorded = world.record_one(an_occurrence(world.project).build()).await;
    let id = recorded.error.id;
    new_member(&world.stores, &world.scope, BuiltInRole::Owner).await;
    let member = new_member(&world.stores, &world.scope, BuiltInRole::Viewer).await;
    let principal = Actor::User(member.user_id);
    let store = &world.stores.discussion;
    store
        .set_mark(&world.scope, id, principal, Mark::Follow, true)
        .await
        .unwrap();
    store
        .set_mark(&world.scope, id, key(), Mark::Bookmark, true)
        .await
        .unwrap();
    let tenant = world.scope.tenant_scope();
    world
        .stores
        .members
        .remove_member(tenant, member.id, NOON)
        .await
        .unwrap();
    assert_eq!(world.marks(id, principal).await, ErrorMarks::default());
}
