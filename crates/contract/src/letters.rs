//! Contract of `LetterStore`, and of what other stores write down for it.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, an_occurrence, new_id};
use crate::world::World;
use faultbook_domain::errors::{
    Actor, Assignee, Assignment, Change, Comment, CommentAdded, IgnoreTerms, Mark, ReopenedBy,
    ResolvedIn, StateAction, StateChange,
};
use faultbook_domain::id::{CommentId, ErrorId, KeyId, LetterId, MemberId, UserId};
use faultbook_domain::letters::{
    ActivityKey, Letter, LetterAttempt, LetterReason, LetterStatus, Untold,
};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

fn at(seconds: i64) -> OffsetDateTime {
    NOON + Duration::seconds(seconds)
}

fn follower() -> UserId {
    UserId(new_id())
}

impl World {
    async fn follow(&self, error: ErrorId, user: UserId) {
        let (store, principal) = (&self.stores.discussion, Actor::User(user));
        let marked = store.set_mark(&self.scope, error, principal, Mark::Follow, true);
        assert!(marked.await.unwrap());
    }

    async fn settle(&self, error: ErrorId, action: StateAction) {
        let change = StateChange {
            action,
            actor: Actor::Key(KeyId(new_id())),
            at: at(60),
        };
        let triage = &self.stores.triage;
        let changed = triage.change_states(&self.scope, &[error], &change).await;
        assert_eq!(changed.unwrap(), [error]);
    }

    async fn untold(&self) -> Vec<Untold> {
        self.stores.letters.list_untold(100).await.unwrap()
    }

    /// What is untold of this tenant, with the followers.
    async fn happened(&self) -> Vec<(Change, Vec<MemberId>, Vec<UserId>)> {
        let untold = self.untold().await.into_iter();
        let happenings = untold.filter_map(|one| one.happening);
        let own = happenings.filter(|one| one.tenant_id == self.scope.tenant());
        own.map(|one| (one.activity.change, one.mentions, one.followers))
            .collect()
    }

    async fn tell_all(&self) {
        let keys: Vec<ActivityKey> = self.untold().await.iter().map(|one| one.key).collect();
        self.stores.letters.tell(&keys, &[]).await.unwrap();
    }

    async fn new_comment(&self, error: ErrorId, mentions: Vec<MemberId>) -> Comment {
        let comment = Comment {
            id: CommentId(new_id()),
            project_id: self.project,
            error_id: error,
            author: Actor::Key(KeyId(new_id())),
            text: "why".to_owned(),
            mentions,
            created_at: NOON,
            updated_at: NOON,
        };
        let store = &self.stores.discussion;
        let added = store.add_comment(&self.scope, &comment, 10).await.unwrap();
        assert_eq!(added, CommentAdded::Done);
        comment
    }

    fn letter(&self, activity: ActivityKey, member_id: MemberId) -> Letter {
        Letter {
            id: LetterId(new_id()),
            tenant_id: self.scope.tenant(),
            activity,
            others: 3,
            member_id,
            reason: LetterReason::Followed,
            attempts: 0,
            created_at: NOON,
        }
    }

    async fn new_error_of(&self, number: u128) -> ErrorId {
        let occurrence = an_occurrence(self.project).of(number).build();
        self.record_one(occurrence).await.error.id
    }

    async fn claimed(&self, now: OffsetDateTime) -> Vec<Letter> {
        let patience = Duration::seconds(30);
        let due = self.stores.letters.claim_due_letters(now, patience, 10);
        let due = due.await.unwrap().into_iter();
        due.map(|one| one.letter).collect()
    }
}

pub async fn decisions_about_followed_errors_are_untold(stores: Stores) {
    let world = World::new(stores).await;
    let (one, other) = (world.new_error_of(1).await, world.new_error_of(2).await);
    let (ada, ben) = (follower(), follower());
    world.follow(one, ada).await;
    world.follow(one, ben).await;
    for error in [one, other] {
        world
            .settle(error, StateAction::Resolve(ResolvedIn::Now))
            .await;
        world.settle(error, StateAction::Reopen).await;
        // The same again changes nothing.
        world.settle(error, StateAction::Reopen).await;
    }
    let mut happened = world.happened().await;
    for (.., followers) in &mut happened {
        followers.sort_unstable();
    }
    let mut both = vec![ada, ben];
    both.sort_unstable();
    let expected = [
        (Change::Resolved(ResolvedIn::Now), Vec::new(), both.clone()),
        (Change::Reopened(ReopenedBy::Call), Vec::new(), both),
    ];
    assert_eq!(happened, expected);
}

pub async fn what_concerns_somebody_is_untold(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error_of(1).await;
    let member = Assignee {
        id: MemberId(new_id()),
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
    };
    for to in [Some(member.clone()), None] {
        let assignment = Assignment {
            to,
            actor: Actor::Key(KeyId(new_id())),
            at: at(1),
        };
        let triage = &world.stores.triage;
        let assigned = triage.assign_errors(&world.scope, &[id], &assignment).await;
        assert_eq!(assigned.unwrap(), [id]);
    }
    let comment = world.new_comment(id, vec![member.id]).await;
    let mut happened = world.happened().await;
    happened.sort_by_key(|(_, mentions, _)| mentions.len());
    let expected = [
        (
            Change::Assigned(Some(member.clone())),
            Vec::new(),
            Vec::new(),
        ),
        (Change::Commented(comment.id), vec![member.id], Vec::new()),
    ];
    assert_eq!(happened, expected);
    let store = &world.stores.discussion;
    let deleted = store.delete_comment(&world.scope, id, comment.id).await;
    assert!(deleted.unwrap());
    assert_eq!(world.happened().await.len(), 1, "it is gone");
    assert_eq!(world.untold().await.len(), 2, "and is to be taken out");
    world.tell_all().await;
    assert!(world.untold().await.is_empty());
}

pub async fn whom_a_changed_comment_mentions_is_to_be_told(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error_of(1).await;
    world.follow(id, follower()).await;
    let (ada, ben) = (MemberId(new_id()), MemberId(new_id()));
    let comment = world.new_comment(id, vec![ada]).await;
    world.tell_all().await;
    let store = &world.stores.discussion;
    for (mentions, untold) in [(vec![], 0), (vec![ben], 1), (vec![ben], 0)] {
        let changed = Comment {
            mentions: mentions.clone(),
            ..comment.clone()
        };
        assert!(store.update_comment(&world.scope, &changed).await.unwrap());
        let happened = world.happened().await;
        assert_eq!(happened.len(), untold);
        if let Some((change, mentioned, followers)) = happened.first() {
            assert_eq!(*change, Change::Commented(comment.id));
            assert_eq!((mentioned, followers), (&mentions, &Vec::new()));
        }
        world.tell_all().await;
    }
}

pub async fn what_recording_reopens_is_untold(stores: Stores) {
    let world = World::new(stores).await;
    let ignored = IgnoreTerms {
        count: Some(1),
        ..IgnoreTerms::default()
    };
    let mut expected = Vec::new();
    for (number, action, change) in [
        (
            1_u128,
            StateAction::Resolve(ResolvedIn::Now),
            Change::Regressed { release: None },
        ),
        (
            2,
            StateAction::Ignore(ignored),
            Change::Reopened(ReopenedBy::Count),
        ),
    ] {
        let id = world.new_error_of(number).await;
        world.settle(id, action.clone()).await;
        let again = || an_occurrence(world.project).of(number).at(300).build();
        world.record_one(again()).await;
        assert!(world.happened().await.is_empty(), "nobody follows it");
        let user = follower();
        world.follow(id, user).await;
        world.settle(id, action).await;
        world.tell_all().await;
        world.record_one(again()).await;
        expected.push((change, Vec::new(), vec![user]));
        assert_eq!(world.happened().await, expected[expected.len() - 1..]);
        world.tell_all().await;
    }
}

pub async fn what_is_told_is_told_once(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error_of(1).await;
    world.follow(id, follower()).await;
    world
        .settle(id, StateAction::Resolve(ResolvedIn::Now))
        .await;
    let key = world.untold().await[0].key;
    let (ada, ben) = (MemberId(new_id()), MemberId(new_id()));
    let letters = Arc::clone(&world.stores.letters);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (letters, letter) = (Arc::clone(&letters), world.letter(key, ada));
        tasks.spawn(async move { letters.tell(&[key], &[letter]).await });
    }
    for told in tasks.join_all().await {
        told.unwrap();
    }
    let late = world.letter(key, ben);
    letters.tell(&[key], &[late]).await.unwrap();
    for (member, count) in [(ada, 1), (ben, 0)] {
        assert_eq!(letters.count_letters(member, NOON).await.unwrap(), count);
    }
    let later = letters.count_letters(ada, at(1)).await;
    assert_eq!(later.unwrap(), 0);
    // Once more untold: who has a letter of it gets no other.
    let comment = world.new_comment(id, Vec::new()).await;
    let key = world.untold().await[0].key;
    letters
        .tell(&[key], &[world.letter(key, ada)])
        .await
        .unwrap();
    let changed = Comment {
        mentions: vec![ada],
        ..comment
    };
    let store = &world.stores.discussion;
    assert!(store.update_comment(&world.scope, &changed).await.unwrap());
    let again = [world.letter(key, ada), world.letter(key, ben)];
    letters.tell(&[key], &again).await.unwrap();
    assert_eq!(letters.count_letters(ada, NOON).await.unwrap(), 2);
    assert_eq!(letters.count_letters(ben, NOON).await.unwrap(), 1);
}

pub async fn a_letter_is_given_to_one_caller_at_a_time(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error_of(1).await;
    world.follow(id, follower()).await;
    world
        .settle(id, StateAction::Resolve(ResolvedIn::Now))
        .await;
    let key = world.untold().await[0].key;
    let letter = world.letter(key, MemberId(new_id()));
    let letters = &world.stores.letters;
    letters
        .tell(&[key], std::slice::from_ref(&letter))
        .await
        .unwrap();
    assert!(world.claimed(at(-1)).await.is_empty());
    let patience = Duration::seconds(30);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let letters = Arc::clone(letters);
        tasks.spawn(async move { letters.claim_due_letters(at(0), patience, 10).await });
    }
    let claimed = tasks.join_all().await.into_iter();
    let claimed: Vec<_> = claimed.flat_map(|due| due.unwrap()).collect();
    let attempted = |attempts| Letter {
        attempts,
        ..letter.clone()
    };
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].letter, attempted(1));
    let activity = claimed[0].activity.as_ref().unwrap();
    assert_eq!((activity.project_id, activity.id), key);
    assert_eq!(activity.change, Change::Resolved(ResolvedIn::Now));
    assert!(world.claimed(at(29)).await.is_empty());
    assert_eq!(world.claimed(at(30)).await, [attempted(2)], "it was lost");
    let mut attempt = LetterAttempt {
        id: letter.id,
        status: LetterStatus::Pending,
        next_attempt_at: at(100),
        reason: Some("no route to host".to_owned()),
    };
    letters.record_letter_attempt(&attempt).await.unwrap();
    assert!(world.claimed(at(99)).await.is_empty());
    assert_eq!(world.claimed(at(100)).await, [attempted(3)]);
    attempt.status = LetterStatus::Delivered;
    letters.record_letter_attempt(&attempt).await.unwrap();
    assert!(world.claimed(at(1_000)).await.is_empty());
    let deleted = world.stores.errors.delete_errors(&world.scope, &[id]).await;
    assert_eq!(deleted.unwrap(), [id]);
    attempt.status = LetterStatus::Pending;
    letters.record_letter_attempt(&attempt).await.unwrap();
    let due = letters.claim_due_letters(at(1_000), patience, 10).await;
    assert_eq!(due.unwrap()[0].activity, None, "its error is gone");
}

pub async fn letters_that_ended_are_removed_later(stores: Stores) {
    let world = World::new(stores).await;
    let id = world.new_error_of(1).await;
    world.follow(id, follower()).await;
    world
        .settle(id, StateAction::Resolve(ResolvedIn::Now))
        .await;
    let key = world.untold().await[0].key;
    let all: Vec<Letter> = (0..3)
        .map(|_| world.letter(key, MemberId(new_id())))
        .collect();
    let letters = &world.stores.letters;
    letters.tell(&[key], &all).await.unwrap();
    for (letter, status) in all
        .iter()
        .zip([LetterStatus::Delivered, LetterStatus::Failed])
    {
        let attempt = LetterAttempt {
            id: letter.id,
            status,
            next_attempt_at: NOON,
            reason: None,
        };
        letters.record_letter_attempt(&attempt).await.unwrap();
    }
    assert_eq!(letters.remove_old_letters(NOON).await.unwrap(), 0);
    assert_eq!(letters.remove_old_letters(at(1)).await.unwrap(), 2);
    assert_eq!(world.claimed(at(1)).await.len(), 1, "one is yet to be sent");
}
