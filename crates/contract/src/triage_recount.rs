//! Contract of what people decide and say about errors, compared with a model.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_batch, an_occurrence, fingerprint, new_id};
use crate::dice::Dice;
use crate::world::World;
use faultbook_domain::errors::{
    Actor, Assignee, Assignment, Comment, CommentAdded, ErrorMarks, Facts, IgnoreTerms, Mark,
    Merge, Occurred, Occurrence, ResolvedIn, Split, StateAction, StateChange, TriageState, UserKey,
    decide,
};
use faultbook_domain::id::{CommentId, ErrorId, MemberId, UserId};
use faultbook_domain::ingest::Batch;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Fingerprints that occur.
const PRINTS: u64 = 5;

/// After the retention period of every project.
const MUCH_LATER: OffsetDateTime = NOON.saturating_add(Duration::days(31));

/// What a store is to hold of one error.
#[derive(Debug, Clone, Default)]
struct Modelled {
    state: TriageState,
    /// Users who had an occurrence of it, while terms count new ones.
    known: HashSet<UserKey>,
    comments: BTreeSet<CommentId>,
    marks: BTreeSet<(usize, &'static str)>,
    /// Kinds of its activities.
    entries: Vec<&'static str>,
}

/// What a store is to hold.
#[derive(Default)]
struct Model {
    errors: BTreeMap<ErrorId, Modelled>,
    owners: BTreeMap<u64, ErrorId>,
    stored: Vec<(u64, Arc<Occurrence>)>,
}

/// A model beside a store.
struct Mirror {
    world: World,
    model: Model,
    principals: [Actor; 2],
    members: [MemberId; 2],
    now: OffsetDateTime,
}

fn counts_users(state: &TriageState) -> bool {
    let ignored = state.ignored();
    ignored.is_some_and(|ignored| ignored.users_left.is_some())
}

impl Model {
    /// Remembers the users of an error's stored occurrences, where its terms count new ones.
    fn remember(&mut self, id: ErrorId) {
        let own = self
            .stored
            .iter()
            .filter(|(print, _)| self.owners.get(print) == Some(&id));
        let users = own.filter_map(|(_, one)| one.user.as_ref().and_then(UserKey::of_person));
        let users: HashSet<UserKey> = users.collect();
        let error = self.errors.get_mut(&id).unwrap();
        error.known = if counts_users(&error.state) {
            users
        } else {
            HashSet::new()
        };
    }

    fn record(&mut self, print: u64, id: ErrorId, batch: &[Arc<Occurrence>], at: OffsetDateTime) {
        self.owners.insert(print, id);
        let error = self.errors.entry(id).or_default();
        let occurred: Vec<Occurred<'_>> = batch
            .iter()
            .map(|one| Occurred::of(one, &error.state))
            .collect();
        let facts = Facts {
            releases: &[],
            users: &error.known,
            at,
        };
        let decision = decide(&error.state, &occurred, facts);
        match &decision.change {
            Some(change) => {
                error.entries.push(change.kind().as_str());
                error.known = HashSet::new();
            }
            None => error.known.extend(decision.new_users),
        }
        error.state = decision.state;
        self.stored
            .extend(batch.iter().map(|one| (print, Arc::clone(one))));
    }

    fn delete(&mut self, id: ErrorId) {
        self.errors.remove(&id);
        let owners = &self.owners;
        self.stored
            .retain(|(print, _)| owners.get(print) != Some(&id));
        self.owners.retain(|_, owner| *owner != id);
    }

    fn merge(&mut self, from: ErrorId, into: ErrorId) {
        let gone = self.errors.remove(&from).unwrap();
        for owner in self.owners.values_mut().filter(|owner| **owner == from) {
            *owner = into;
        }
        let error = self.errors.get_mut(&into).unwrap();
        error.state = TriageState::merged(&error.state, &gone.state, false);
        error.comments.extend(gone.comments);
        error.marks.extend(gone.marks);
        error.entries.extend(gone.entries);
        error.entries.extend(["created", "merged"]);
        self.remember(into);
    }

    fn split(&mut self, from: ErrorId, print: u64, new: ErrorId) {
        self.owners.insert(print, new);
        let error = self.errors.get_mut(&from).unwrap();
        error.entries.push("split");
        let split = Modelled {
            state: error.state.clone(),
            entries: vec!["split"],
            ..Modelled::default()
        };
        self.errors.insert(new, split);
        self.remember(from);
        self.remember(new);
    }
}

impl Mirror {
    fn new(world: World) -> Self {
        Self {
            world,
            model: Model::default(),
            principals: [0, 1].map(|_| Actor::User(UserId(new_id()))),
            members: [0, 1].map(|_| MemberId(new_id())),
            now: NOON,
        }
    }

    async fn step(&mut self, dice: &mut Dice) {
        self.now += Duration::MINUTE;
        let ids: Vec<ErrorId> = self.model.errors.keys().copied().collect();
        let (Some(one), Some(other)) = (dice.pick(&ids), dice.pick(&ids)) else {
            return self.record(dice).await;
        };
        match dice.below(16) {
            0..=2 => self.decide(one, other, dice).await,
            3 => self.assign(one, dice).await,
            4 | 5 => self.comment(one).await,
            6 => self.take_back(one).await,
            7 | 8 => self.mark(one, dice).await,
            9 => self.merge(one, other).await,
            10 => self.split(one, dice).await,
            11 if dice.below(3) == 0 => self.delete(one).await,
            12 if dice.below(3) == 0 => {
                self.world.expire(MUCH_LATER).await;
                self.model.stored.clear();
            }
            _ => self.record(dice).await,
        }
    }

    async fn record(&mut self, dice: &mut Dice) {
        let print = dice.below(PRINTS);
        let since = (self.now - NOON).whole_seconds();
        let one = |dice: &mut Dice| {
            let at = since + i64::try_from(dice.below(600)).unwrap() - 300;
            let user = format!(r#"{{"id":{}}}"#, dice.below(6));
            let one = an_occurrence(self.world.project).of(u128::from(print));
            one.at(at).user(&user).build()
        };
        let batch: Vec<Arc<Occurrence>> = (0..=dice.below(3)).map(|_| one(dice)).collect();
        let recorded = Batch {
            at: self.now,
            ..a_batch(batch.clone())
        };
        let recorded = self.world.stores.events.record(&recorded).await.unwrap();
        let id = recorded[0].error.id;
        if let Some(owner) = self.model.owners.get(&print) {
            assert_eq!(id, *owner);
        }
        self.model.record(print, id, &batch, self.now);
    }

    async fn decide(&mut self, one: ErrorId, other: ErrorId, dice: &mut Dice) {
        let number = |dice: &mut Dice| i64::try_from(1 + dice.below(4)).unwrap();
        let action = match dice.below(5) {
            0 => StateAction::Resolve(ResolvedIn::Now),
            1 => StateAction::Reopen,
            2 => StateAction::Ignore(IgnoreTerms::default()),
            3 => StateAction::Ignore(IgnoreTerms {
                count: Some(number(dice)),
                ..IgnoreTerms::default()
            }),
            _ => StateAction::Ignore(IgnoreTerms {
                users: Some(number(dice)),
                ..IgnoreTerms::default()
            }),
        };
        let change = StateChange {
            action,
            actor: self.principals[0],
            at: self.now,
        };
        let store = &self.world.stores.triage;
        let found = store
            .change_states(&self.world.scope, &[one, other], &change)
            .await;
        assert!(found.unwrap().contains(&one));
        for id in BTreeSet::from([one, other]) {
            let error = self.model.errors.get_mut(&id).unwrap();
            if let Some((state, noted)) = error.state.decided(&change.action, self.now) {
                error.state = state;
                error.entries.push(noted.kind().as_str());
                self.model.remember(id);
            }
        }
    }

    async fn assign(&mut self, id: ErrorId, dice: &mut Dice) {
        let to = dice
            .pick(&[Some(self.members[0]), Some(self.members[1]), None])
            .flatten();
        let assignment = Assignment {
            to: to.map(|id| Assignee {
                id,
                name: "Ada".to_owned(),
                email: "ada@example.com".to_owned(),
            }),
            actor: self.principals[0],
            at: self.now,
        };
        let store = &self.world.stores.triage;
        store
            .assign_errors(&self.world.scope, &[id], &assignment)
            .await
            .unwrap();
        let error = self.model.errors.get_mut(&id).unwrap();
        if error.state.assigned_to != to {
            error.state.assigned_to = to;
            error.entries.push("assigned");
        }
    }

    async fn comment(&mut self, id: ErrorId) {
        let comment = Comment {
            id: CommentId(new_id()),
            project_id: self.world.project,
            error_id: id,
            author: self.principals[0],
            text: "why".to_owned(),
            mentions: Vec::new(),
            created_at: self.now,
            updated_at: self.now,
        };
        let store = &self.world.stores.discussion;
        let added = store
            .add_comment(&self.world.scope, &comment, 100)
            .await
            .unwrap();
        assert_eq!(added, CommentAdded::Done);
        let error = self.model.errors.get_mut(&id).unwrap();
        error.comments.insert(comment.id);
        error.entries.push("commented");
    }

    async fn take_back(&mut self, id: ErrorId) {
        let error = self.model.errors.get_mut(&id).unwrap();
        if let Some(comment) = error.comments.pop_first() {
            let store = &self.world.stores.discussion;
            let deleted = store.delete_comment(&self.world.scope, id, comment).await;
            assert!(deleted.unwrap());
            let place = error.entries.iter().position(|kind| *kind == "commented");
            error.entries.remove(place.unwrap());
        }
    }

    async fn mark(&mut self, id: ErrorId, dice: &mut Dice) {
        let place = usize::from(dice.below(2) == 1);
        let mark = dice.pick(&[Mark::Bookmark, Mark::Follow]).unwrap();
        let set = dice.below(3) > 0;
        let (store, principal) = (&self.world.stores.discussion, self.principals[place]);
        let found = store
            .set_mark(&self.world.scope, id, principal, mark, set)
            .await;
        assert!(found.unwrap());
        let marks = &mut self.model.errors.get_mut(&id).unwrap().marks;
        if set {
            marks.insert((place, mark.as_str()));
        } else {
            marks.remove(&(place, mark.as_str()));
        }
    }

    async fn merge(&mut self, from: ErrorId, into: ErrorId) {
        let (groups, by) = (&self.world.stores.groups, self.principals[0]);
        let merged = groups
            .merge_errors(&self.world.scope, from, into, by, self.now)
            .await;
        assert!(matches!(merged.unwrap(), Merge::Done(_)));
        if from != into {
            self.model.merge(from, into);
        }
    }

    async fn split(&mut self, id: ErrorId, dice: &mut Dice) {
        let print = dice.below(PRINTS);
        let (groups, by) = (&self.world.stores.groups, self.principals[0]);
        let number = fingerprint(u128::from(print));
        let split = groups
            .split_error(&self.world.scope, id, number, by, self.now)
            .await;
        let owned = self
            .model
            .owners
            .values()
            .filter(|owner| **owner == id)
            .count();
        let owns = self.model.owners.get(&print) == Some(&id);
        match split.unwrap() {
            Split::Done(new) => {
                assert!(owns && owned > 1);
                self.model.split(id, print, new.state.id);
            }
            refused => assert!(!owns || owned < 2, "{refused:?}"),
        }
    }

    async fn delete(&mut self, id: ErrorId) {
        let store = &self.world.stores.errors;
        let deleted = store.delete_errors(&self.world.scope, &[id]).await;
        assert_eq!(deleted.unwrap(), [id]);
        self.model.delete(id);
    }

    async fn equals(&self, context: &str) {
        let found = self.world.all().await.into_iter();
        let found: BTreeMap<ErrorId, TriageState> =
            found.map(|error| (error.state.id, error.triage)).collect();
        let expected: BTreeMap<ErrorId, TriageState> = self
            .model
            .errors
            .iter()
            .map(|(id, error)| (*id, error.state.clone()))
            .collect();
        assert_eq!(found, expected, "{context}");
        let (scope, stores) = (&self.world.scope, &self.world.stores);
        let ids: Vec<ErrorId> = expected.into_keys().collect();
        for (place, principal) in self.principals.into_iter().enumerate() {
            let listed = stores.discussion.list_marks(scope, &ids, principal).await;
            let listed: BTreeMap<ErrorId, ErrorMarks> = listed.unwrap().into_iter().collect();
            for (id, error) in &self.model.errors {
                let expected = ErrorMarks {
                    bookmarked: error.marks.contains(&(place, Mark::Bookmark.as_str())),
                    followed: error.marks.contains(&(place, Mark::Follow.as_str())),
                    comments: error.comments.len() as u64,
                };
                let own = listed.get(id).copied().unwrap_or_default();
                assert_eq!(own, expected, "{context}");
            }
        }
        for (id, error) in &self.model.errors {
            let page = stores.discussion.list_comments(scope, *id, None, 100).await;
            let comments: BTreeSet<CommentId> =
                page.unwrap().items.iter().map(|one| one.id).collect();
            assert_eq!(comments, error.comments, "{context}");
            let page = stores.errors.list_activity(scope, *id, None, 1_000).await;
            let entries = page.unwrap().items;
            let mut kinds: Vec<&str> = entries.iter().map(|one| one.kind().as_str()).collect();
            let mut expected = error.entries.clone();
            kinds.sort_unstable();
            expected.sort_unstable();
            assert_eq!(kinds, expected, "{context}");
        }
    }
}

pub async fn what_is_decided_and_said_equals_a_model_after_random_operations(stores: Stores) {
    let mut world = World::new(stores).await;
    for seed in 1..=6_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut mirror = Mirror::new(world);
        for step in 0..60 {
            mirror.step(&mut dice).await;
            if step % 10 == 9 {
                mirror.equals(&format!("seed {seed}, step {step}")).await;
            }
        }
        world = World::new(mirror.world.stores).await;
    }
}
