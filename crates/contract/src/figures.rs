//! Contract of `FigureStore` and `AttentionStore`: every figure equals a recount.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_decision, a_rule, an_incident, an_occurrence, fingerprint};
use crate::dice::Dice;
use crate::world::World;
use faultbook_domain::errors::{
    Actor, ErrorDetail, ErrorHistory, ErrorQuery, ErrorSort, IgnoreTerms, MatchCount, Merge,
    Neighbors, Occurrence, OccurrenceSearch, Split, StateAction, StateChange, Tallies,
};
use faultbook_domain::fingerprint::Fingerprint;
use faultbook_domain::id::{ErrorId, OccurrenceId, RuleId};
use faultbook_domain::incidents::{NewIncident, ProjectIncidents};
use faultbook_domain::search::{Facts, Query};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// The time of searches.
const NOW: OffsetDateTime = NOON.saturating_add(Duration::hours(3));

/// After the retention period of every project (30 days, set by the builder) for what was received until then.
const LATER: OffsetDateTime = NOON.saturating_add(Duration::days(31));

/// Releases by time and id.
type Sights = Vec<(OffsetDateTime, OccurrenceId, Option<String>)>;

fn query(text: &str) -> ErrorQuery {
    ErrorQuery {
        now: NOW,
        search: Some(Query::parse(text, NOW).unwrap()),
        limit: 1_000,
        ..ErrorQuery::default()
    }
}

fn within() -> (OffsetDateTime, OffsetDateTime) {
    (NOON - Duration::hours(5), NOON + Duration::hours(2))
}

/// What was recorded, by fingerprint, also what retention has deleted.
#[derive(Default)]
struct Known(BTreeMap<Fingerprint, Sights>);

impl World {
    fn any_occurrence(&self, dice: &mut Dice) -> Arc<Occurrence> {
        let hours = i64::try_from(dice.below(20)).unwrap() - 10;
        let one = an_occurrence(self.project)
            .of(u128::from(dice.below(5)))
            .at(hours * 3_600 + 60)
            .environment(dice.pick(&["production", "staging"]).unwrap())
            .message(dice.pick(&["Disk full", "Out of memory"]).unwrap())
            .user(dice.pick(&[r#"{"id":1}"#, r#"{"id":2}"#, "{}"]).unwrap());
        let one = match dice.below(4) {
            0 => one,
            number => one.release(&format!("{number}.0")),
        };
        let days = i64::try_from(dice.below(4)).unwrap();
        one.received(NOON + Duration::days(days)).build()
    }

    async fn past_of(&self, error: ErrorId) -> ErrorHistory {
        let figures = &self.stores.figures;
        let history = figures.get_history(&self.scope, error, within()).await;
        history.unwrap().expect("the error exists")
    }

    async fn prints(&self, error: ErrorId) -> Vec<Fingerprint> {
        let owned = self
            .stores
            .groups
            .list_fingerprints(&self.scope, error)
            .await;
        owned.unwrap().into_iter().map(|(print, _)| print).collect()
    }

    /// Makes one random change.
    async fn regroup(&self, dice: &mut Dice, known: &mut Known) {
        let at = NOON + Duration::minutes(i64::try_from(dice.below(2_000)).unwrap());
        let ids: Vec<ErrorId> = self.all().await.iter().map(|one| one.state.id).collect();
        let (one, other) = (dice.pick(&ids), dice.pick(&ids));
        let (Some(one), Some(other)) = (one, other) else {
            return self.record_known(dice, known).await;
        };
        let Stores {
            errors,
            groups,
            triage,
            index,
            ..
        } = &self.stores;
        match dice.below(13) {
            0 => {
                let resolution = a_decision(true, at);
                let ids = [one, other];
                drop(
                    triage
                        .change_states(&self.scope, &ids, &resolution)
                        .await
                        .unwrap(),
                );
            }
            1 => {
                let ignoring = StateChange {
                    action: StateAction::Ignore(IgnoreTerms::default()),
                    ..a_decision(true, at)
                };
                drop(
                    triage
                        .change_states(&self.scope, &[one], &ignoring)
                        .await
                        .unwrap(),
                );
            }
            2 => {
                for print in self.prints(one).await {
                    known.0.remove(&print);
                }
                drop(errors.delete_errors(&self.scope, &[one]).await.unwrap());
            }
            3 | 4 => {
                let merge = groups.merge_errors(&self.scope, one, other, Actor::System, at);
                drop(merge.await.unwrap());
            }
            5 => {
                let number = fingerprint(u128::from(dice.below(5)));
                let split = groups.split_error(&self.scope, one, number, Actor::System, at);
                let _: Split = split.await.unwrap();
            }
            6 => drop(index.index_some(NOON).await.unwrap()),
            7 => {
                // What is not indexed yet, retention takes along.
                self.index().await;
                self.expire(LATER).await;
            }
            _ => self.record_known(dice, known).await,
        }
    }

    async fn record_known(&self, dice: &mut Dice, known: &mut Known) {
        let many = 1 + dice.below(6);
        let batch: Vec<Arc<Occurrence>> = (0..many).map(|_| self.any_occurrence(dice)).collect();
        for one in &batch {
            let sight = (one.timestamp, one.id, one.summary.release.clone());
            known.0.entry(one.fingerprint).or_default().push(sight);
        }
        self.record(batch).await;
    }

    async fn histories_equal(&self, known: &Known, context: &str) {
        self.index().await;
        for error in self.all().await {
            let id = error.state.id;
            let history = self.past_of(id).await;
            let prints: BTreeSet<Fingerprint> = self.prints(id).await.into_iter().collect();
            let own: BTreeSet<Fingerprint> = history
                .fingerprints
                .iter()
                .map(|one| one.fingerprint)
                .collect();
            assert_eq!(own, prints, "{context}");
            let mut sum = 0;
            for owned in &history.fingerprints {
                let sights = known.0[&owned.fingerprint].len() as u64;
                assert_eq!(owned.count, sights, "{context}: {owned:?}");
                sum += owned.count;
            }
            assert_eq!(sum, error.state.count.unsigned_abs(), "{context}");
            let sights = || prints.iter().flat_map(|print| &known.0[print]);
            let named = || sights().filter(|(.., release)| release.is_some());
            let (from, to) = within();
            let hits = sights().filter(|(at, ..)| (from..to).contains(at)).count();
            assert_eq!(history.count_within, hits as u64, "{context}");
            let release = |sight: Option<&(_, _, Option<String>)>| {
                sight.and_then(|(.., release): &(OffsetDateTime, OccurrenceId, _)| release.clone())
            };
            assert_eq!(history.first_release, release(named().min()), "{context}");
            assert_eq!(history.last_release, release(named().max()), "{context}");
        }
    }

    async fn list_of(&self, query: &ErrorQuery) -> Vec<ErrorDetail> {
        let page = self.stores.errors.list_errors(&self.scope, query).await;
        page.unwrap().items
    }

    async fn counts_equal(&self, text: &str, context: &str) {
        let query = query(text);
        let found = self.list_of(&query).await;
        let mut expected = Tallies::default();
        let mut count = 0;
        for detail in &found {
            let tally = expected.of_state(&detail.error.state);
            tally.errors += 1;
            tally.occurrences += detail.error.state.count.unsigned_abs();
            count += detail.figures.as_ref().unwrap().of.count;
        }
        let figures = &self.stores.figures;
        let states = figures.count_by_state(&self.scope, &query).await.unwrap();
        assert_eq!(states, expected, "{context}: {text}");
        if query.whole_search().is_all() {
            let tallies = figures.get_tallies(&self.scope).await.unwrap();
            assert_eq!(tallies, expected, "{context}");
        }
        let search = OccurrenceSearch::of(&query.whole_search());
        let mut users = HashSet::new();
        for detail in &found {
            let stored = self.stored(detail.error.state.id).await;
            let matching = stored.iter().filter(|one| search.meets(one));
            users.extend(matching.filter_map(|one| Facts::of(one).user));
        }
        let users = users.len() as u64;
        let matches = MatchCount {
            occurrences: Some(count.unsigned_abs()),
            users: Some(users),
        };
        let counted = figures.count_matches(&self.scope, &query).await.unwrap();
        assert_eq!(counted, matches, "{context}: {text}");
        let counted = figures.count_users(&self.scope, &query).await.unwrap();
        assert_eq!(counted, users, "{context}: {text}");
    }

    /// Returns the stored occurrences of an error, last received first.
    pub(crate) async fn stored(&self, error: ErrorId) -> Vec<Occurrence> {
        let errors = &self.stores.errors;
        let page = errors
            .list_occurrences(&self.scope, error, None, 10_000)
            .await;
        page.unwrap().expect("the error exists").items
    }

    async fn place(&self, query: &ErrorQuery, error: ErrorId) -> Neighbors {
        let figures = &self.stores.figures;
        let place = figures.find_neighbors(&self.scope, query, error).await;
        place.unwrap().expect("the error exists")
    }
}

pub async fn histories_and_counts_equal_a_recount_after_random_operations(stores: Stores) {
    let mut world = World::new(stores).await;
    for seed in 1..=4 {
        let mut dice = Dice(u64::wrapping_mul(seed, 0x9E37_79B9_7F4A_7C15));
        let mut known = Known::default();
        for _ in 0..30 {
            world.regroup(&mut dice, &mut known).await;
        }
        let context = format!("seed {seed}");
        world.histories_equal(&known, &context).await;
        for text in [
            "",
            "is:open",
            "environment:staging",
            "release:1.0 is:open",
            "since:2026-11-20",
        ] {
            world.counts_equal(text, &context).await;
        }
        world = World::new(world.stores).await;
    }
}

pub async fn tallies_stay_exact_under_concurrent_changes(stores: Stores) {
    let world = Arc::new(World::new(stores).await);
    let changes = (1..=6).map(|seed| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let mut dice = Dice(u64::wrapping_mul(seed, 0x2545_F491_4F6C_DD1D));
            let mut known = Known::default();
            for _ in 0..15 {
                world.regroup(&mut dice, &mut known).await;
            }
        })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap();
    }
    world.index().await;
    world.counts_equal("", "concurrently").await;
}

pub async fn counts_of_fingerprints_outlive_roll_ups(stores: Stores) {
    let world = World::new(stores).await;
    let one = |number: u128| an_occurrence(world.project).of(number).build();
    let recorded = world
        .record(vec![one(1), one(1), one(1), one(2), one(2)])
        .await;
    let (kept, gone) = (recorded[0].error.id, recorded[4].error.id);
    world.index().await;
    let at = NOON + Duration::HOUR;
    let groups = &world.stores.groups;
    let merged = groups
        .merge_errors(&world.scope, gone, kept, Actor::System, at)
        .await;
    assert!(matches!(merged.unwrap(), Merge::Done(_)));
    world.expire(NOON + Duration::days(500)).await;
    world.index().await;
    let history = world.past_of(kept).await;
    let counts: Vec<u64> = history.fingerprints.iter().map(|one| one.count).collect();
    assert_eq!(counts, [3, 2]);
    assert_eq!(history.fingerprints[0].merged, None);
    assert_eq!(history.fingerprints[1].merged, Some((Actor::System, gone)));
    assert_eq!(history.fingerprints[1].joined_at, at);
    assert!(history.fingerprints.iter().all(|one| one.message.is_none()));
    let split = groups.split_error(&world.scope, kept, fingerprint(2), Actor::System, at);
    let Split::Done(new) = split.await.unwrap() else {
        panic!("split off");
    };
    assert_eq!(new.state.count, 2);
    assert_eq!(world.error(kept).await.state.count, 3);
    let own = world.past_of(new.state.id).await.fingerprints;
    assert_eq!((own.len(), own[0].merged), (1, None));
    let tallies = world
        .stores
        .figures
        .get_tallies(&world.scope)
        .await
        .unwrap();
    assert_eq!((tallies.all().errors, tallies.all().occurrences), (2, 5));
}

pub async fn an_error_has_a_place_in_every_list(stores: Stores) {
    let world = World::new(stores).await;
    let mut dice = Dice(77);
    for number in 0..40 {
        let one = an_occurrence(world.project)
            .of(number)
            .at(i64::try_from(dice.below(10)).unwrap() * 60)
            .environment(dice.pick(&["production", "staging"]).unwrap())
            .user(dice.pick(&[r#"{"id":1}"#, r#"{"id":2}"#, "{}"]).unwrap());
        let many = 1 + dice.below(3);
        world
            .record(
                (0..many)
                    .map(|_| one.clone().received(NOON).build())
                    .collect(),
            )
            .await;
    }
    world.index().await;
    let sorts = [
        ErrorSort::LastSeen,
        ErrorSort::FirstSeen,
        ErrorSort::Count,
        ErrorSort::Users,
        ErrorSort::Trend,
    ];
    let everything = world.all().await;
    for sort in sorts {
        for text in ["", "environment:staging", "users:1", "none"] {
            let asked = ErrorQuery {
                sort,
                ..query(text)
            };
            let found = world.list_of(&asked).await;
            let ids: Vec<ErrorId> = found.iter().map(|one| one.error.state.id).collect();
            for error in &everything {
                let id = error.state.id;
                let place = world.place(&asked, id).await;
                let at = ids.iter().position(|one| *one == id);
                assert_eq!(place.total, Some(ids.len() as u64), "{sort:?}: {text}");
                assert_eq!(
                    place.position,
                    at.map(|at| at as u64 + 1),
                    "{sort:?}: {text}"
                );
                let after = match (at, place.previous) {
                    (Some(at), _) => at + 1,
                    (None, Some(before)) => ids.iter().position(|one| *one == before).unwrap() + 1,
                    (None, None) => 0,
                };
                assert_eq!(place.next, ids.get(after).copied(), "{sort:?}: {text}");
                if let Some(at) = at {
                    let before = at.checked_sub(1).map(|at| ids[at]);
                    assert_eq!(place.previous, before, "{sort:?}: {text}");
                }
            }
        }
    }
    let nowhere = ErrorId(uuid::Uuid::nil());
    let figures = &world.stores.figures;
    let place = figures
        .find_neighbors(&world.scope, &query(""), nowhere)
        .await;
    assert_eq!(place.unwrap(), None);
}

pub async fn places_are_counted_to_a_thousand(stores: Stores) {
    let world = World::new(stores).await;
    for start in (0..1_005_u128).step_by(201) {
        let one = |number: u128| {
            let seconds = i64::try_from(number).unwrap() * 30;
            an_occurrence(world.project).of(number).at(seconds).build()
        };
        world.record((start..start + 201).map(one).collect()).await;
    }
    world.index().await;
    for (sort, text) in [
        (ErrorSort::LastSeen, ""),
        (ErrorSort::FirstSeen, ""),
        (ErrorSort::Count, ""),
        (ErrorSort::LastSeen, "environment:production"),
    ] {
        let asked = ErrorQuery {
            sort,
            limit: 2_000,
            ..query(text)
        };
        let found = world.list_of(&asked).await;
        let ids: Vec<ErrorId> = found.iter().map(|one| one.error.state.id).collect();
        assert_eq!(ids.len(), 1_005);
        for place in [0, 998, 999, 1_000, 1_001, 1_003, 1_004_usize] {
            let found = world.place(&asked, ids[place]).await;
            let expected = Neighbors {
                position: (place < 1_000).then_some(place as u64 + 1),
                total: None,
                previous: place.checked_sub(1).map(|place| ids[place]),
                next: ids.get(place + 1).copied(),
            };
            assert_eq!(found, expected, "{sort:?} {text} {place}");
        }
    }
}

pub async fn what_waits_is_counted(stores: Stores) {
    let world = World::new(stores).await;
    let tenant = world.scope.tenant_scope();
    let mut firing: Vec<RuleId> = Vec::new();
    for (enabled, active) in [(true, true), (true, false), (false, true), (true, true)] {
        let mut rule = a_rule(tenant.id());
        rule.enabled = enabled;
        rule.state.active = active;
        assert!(world.stores.rules.create_rule(&rule, 10).await.unwrap());
        firing.push(rule.id);
    }
    let attention = &world.stores.attention;
    assert_eq!(attention.count_firing_rules(tenant).await.unwrap(), 2);
    for (rule, is_over) in [(None, false), (None, true), (Some(firing[0]), false)] {
        let mut incident = an_incident(tenant.id(), rule);
        incident.resolved_at = is_over.then_some(NOON);
        let incidents = &world.stores.incidents;
        incidents
            .create_incident(&NewIncident::of(incident.clone()))
            .await
            .unwrap();
    }
    let open = |rules| attention.count_unresolved_incidents(tenant, rules);
    assert_eq!(open(None).await.unwrap(), 2);
    let of = |rules| ProjectIncidents {
        project: world.project,
        rules,
    };
    let own = of(vec![firing[0], firing[1]]);
    assert_eq!(open(Some(own)).await.unwrap(), 1);
    assert_eq!(open(Some(of(Vec::new()))).await.unwrap(), 0);
    let other = World::new(world.stores).await;
    let tenant = other.scope.tenant_scope();
    let attention = &other.stores.attention;
    assert_eq!(attention.count_firing_rules(tenant).await.unwrap(), 0);
    assert_eq!(
        attention
            .count_unresolved_incidents(tenant, None)
            .await
            .unwrap(),
        0
    );
}
