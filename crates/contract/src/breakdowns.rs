//! Contract of `BreakdownStore` and `MarkStore`: every figure equals a recount.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_decision, a_deploy, an_announcement, an_occurrence, fingerprint};
use crate::dice::Dice;
use crate::world::World;
use faultbook_domain::analytics::{
    Buckets, Dimension, Distinct, HourCount, HourRange, MarkKind, TrendFilter, ValueCounts,
};
use faultbook_domain::errors::{
    Actor, ErrorQuery, Level, Occurrence, OccurrenceSearch, Severity, Split,
};
use faultbook_domain::id::ErrorId;
use faultbook_domain::search::{Facts, Query};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

const RANGE: HourRange = HourRange {
    since: NOON.saturating_sub(Duration::hours(6)),
    until: NOON.saturating_add(Duration::hours(5)),
};

impl World {
    fn any_report(&self, dice: &mut Dice) -> Arc<Occurrence> {
        let hours = i64::try_from(dice.below(20)).unwrap() - 10;
        let levels = [Level::Error, Level::Warning, Level::Info];
        let one = an_occurrence(self.project)
            .of(u128::from(dice.below(5)))
            .at(hours * 3_600 + 61)
            .level(dice.pick(&levels).unwrap())
            .source(dice.pick(&["backend", "frontend"]).unwrap())
            .environment(dice.pick(&["production", "staging"]).unwrap())
            .user(dice.pick(&[r#"{"id":1}"#, r#"{"id":2}"#, "{}"]).unwrap());
        let one = match dice.below(3) {
            0 => one,
            number => one.release(&format!("{number}.0")),
        };
        one.build()
    }

    /// Returns every stored occurrence with its error.
    async fn every_occurrence(&self) -> Vec<(ErrorId, Occurrence)> {
        let mut all = Vec::new();
        for error in self.all().await {
            let id = error.state.id;
            let stored = self.stored(id).await.into_iter();
            all.extend(stored.map(|one| (id, one)));
        }
        all
    }

    async fn breakdowns_equal_a_recount(&self, filter: &TrendFilter, context: &str) {
        let all = self.every_occurrence().await;
        let within = |one: &Occurrence| (RANGE.since..RANGE.until).contains(&one.timestamp);
        let matching: Vec<&(ErrorId, Occurrence)> = all
            .iter()
            .filter(|(_, one)| within(one) && is_of(filter, one))
            .collect();
        let store = &self.stores.breakdowns;
        for by in [
            Dimension::Project,
            Dimension::Release,
            Dimension::Environment,
            Dimension::Source,
            Dimension::Level,
            Dimension::Severity,
        ] {
            let mut counts = ValueCounts::new();
            let mut sets: HashMap<Option<String>, (HashSet<ErrorId>, HashSet<String>)> =
                HashMap::new();
            for (error, one) in &matching {
                let value = value_of(by, one);
                *counts.entry(value.clone()).or_default() += 1;
                let (errors, users) = sets.entry(value).or_default();
                errors.insert(*error);
                users.extend(Facts::of(one).user);
            }
            let found = store.count_values(&self.scope, by, filter, RANGE).await;
            assert_eq!(found.unwrap(), counts, "{context}: {by:?} {filter:?}");
            let distinct: HashMap<Option<String>, Distinct> = sets
                .into_iter()
                .map(|(value, (errors, users))| {
                    let distinct = Distinct {
                        errors: errors.len() as u64,
                        users: users.len() as u64,
                    };
                    (value, distinct)
                })
                .collect();
            let found = store
                .count_distinct(&self.scope, by, &query_of(filter))
                .await;
            assert_eq!(
                found.unwrap(),
                Some(distinct),
                "{context}: {by:?} {filter:?}"
            );
        }
        let mut by_error: HashMap<ErrorId, u64> = HashMap::new();
        for (error, _) in &matching {
            *by_error.entry(*error).or_default() += 1;
        }
        let found = store.count_by_error(&self.scope, filter, RANGE).await;
        assert_eq!(found.unwrap(), (by_error, false), "{context}: {filter:?}");
        let hours = store
            .count_hours(&self.scope, &query_of(filter), RANGE)
            .await;
        let mut hours = hours.unwrap().unwrap();
        hours.sort_by_key(|hour| hour.hour);
        assert_eq!(hours, by_hour(&matching), "{context}: {filter:?}");
        let buckets = Buckets {
            starts: vec![RANGE.since],
            end: RANGE.until,
        };
        let trend = self
            .stores
            .analytics
            .get_trend(&self.scope, filter, &buckets)
            .await;
        let occurred = trend.unwrap()[0].occurrences;
        assert_eq!(occurred, matching.len() as u64, "{context}: {filter:?}");
        self.new_errors_equal(filter, &all, context).await;
    }

    async fn new_errors_equal(
        &self,
        filter: &TrendFilter,
        all: &[(ErrorId, Occurrence)],
        context: &str,
    ) {
        let mut expected: BTreeMap<usize, u64> = BTreeMap::new();
        for error in self.all().await {
            let own = all.iter().filter(|(id, _)| *id == error.state.id);
            let earliest = own
                .map(|(_, one)| one)
                .min_by_key(|one| (one.timestamp, one.id));
            let earliest = earliest.unwrap();
            let summary = &error.summary;
            let is_shown = filter.level.is_none_or(|level| level == summary.level)
                && filter
                    .severity
                    .is_none_or(|severity| severity == summary.severity)
                && filter
                    .source
                    .as_ref()
                    .is_none_or(|source| *source == summary.source)
                && filter
                    .environment
                    .as_ref()
                    .is_none_or(|one| *one == summary.environment)
                && (filter.release.is_none() || filter.release == earliest.summary.release);
            if is_shown && (RANGE.since..RANGE.until).contains(&error.state.first_seen) {
                *expected.entry(hour_in(error.state.first_seen)).or_default() += 1;
            }
        }
        for bounded in [true, false] {
            let store = &self.stores.breakdowns;
            let found = store
                .count_new_errors(&self.scope, filter, RANGE, bounded)
                .await;
            let found = found.unwrap().unwrap().into_iter();
            let found: BTreeMap<usize, u64> = found.map(|hour| (hour.hour, hour.count)).collect();
            assert_eq!(found, expected, "{context}: {filter:?}");
        }
    }
}

fn hour_in(at: OffsetDateTime) -> usize {
    usize::try_from((at - RANGE.since).whole_hours()).unwrap()
}

fn by_hour(matching: &[&(ErrorId, Occurrence)]) -> Vec<HourCount> {
    let mut hours: BTreeMap<usize, HourCount> = BTreeMap::new();
    for (_, one) in matching {
        let hour = hour_in(one.timestamp);
        let cell = hours.entry(hour).or_insert(HourCount {
            hour,
            ..HourCount::default()
        });
        cell.count += 1;
        cell.critical += u64::from(one.summary.severity == Severity::Critical);
    }
    hours.into_values().collect()
}

fn value_of(by: Dimension, one: &Occurrence) -> Option<String> {
    let summary = &one.summary;
    match by {
        Dimension::Project => Some(one.project_id.to_string()),
        Dimension::Release => summary.release.clone(),
        Dimension::Environment => Some(summary.environment.clone()),
        Dimension::Source => Some(summary.source.clone()),
        Dimension::Level => Some(summary.level.as_str().to_owned()),
        Dimension::Severity => Some(summary.severity.as_str().to_owned()),
    }
}

fn is_of(filter: &TrendFilter, one: &Occurrence) -> bool {
    let summary = &one.summary;
    filter.level.is_none_or(|level| level == summary.level)
        && filter
            .severity
            .is_none_or(|severity| severity == summary.severity)
        && filter
            .source
            .as_ref()
            .is_none_or(|source| *source == summary.source)
        && filter
            .environment
            .as_ref()
            .is_none_or(|one| *one == summary.environment)
        && (filter.release.is_none() || filter.release == summary.release)
}

/// Returns the search for what a filter counts.
fn query_of(filter: &TrendFilter) -> ErrorQuery {
    let mut text = String::new();
    let mut term = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            text.push_str(&format!("{key}:\"{value}\" "));
        }
    };
    term("level", filter.level.map(|level| level.as_str()));
    term(
        "severity",
        filter.severity.map(|severity| severity.as_str()),
    );
    term("source", filter.source.as_deref());
    term("environment", filter.environment.as_deref());
    term("release", filter.release.as_deref());
    let mut search = Query::parse(&text, NOON).unwrap();
    search.narrow(Some(RANGE.since), Some(RANGE.until));
    debug_assert!(!OccurrenceSearch::of(&search).is_all());
    ErrorQuery {
        now: NOON,
        search: Some(search),
        ..ErrorQuery::default()
    }
}

pub async fn breakdowns_equal_a_recount_after_random_operations(stores: Stores) {
    let mut world = World::new(stores).await;
    let text = |text: &str| Some(text.to_owned());
    let filters = [
        TrendFilter::default(),
        TrendFilter {
            release: text("1.0"),
            ..TrendFilter::default()
        },
        TrendFilter {
            environment: text("staging"),
            severity: Some(Level::Warning.default_severity()),
            ..TrendFilter::default()
        },
        TrendFilter {
            level: Some(Level::Error),
            source: text("backend"),
            release: text("2.0"),
            ..TrendFilter::default()
        },
    ];
    for seed in 1..=3 {
        let mut dice = Dice(u64::wrapping_mul(seed, 0x9E37_79B9_7F4A_7C15));
        for _ in 0..20 {
            let ids: Vec<ErrorId> = world.all().await.iter().map(|one| one.state.id).collect();
            let Stores { errors, groups, .. } = &world.stores;
            let (one, other) = (dice.pick(&ids), dice.pick(&ids));
            match (dice.below(8), one, other) {
                (0, Some(one), Some(_)) => {
                    drop(errors.delete_errors(&world.scope, &[one]).await.unwrap());
                }
                (1, Some(one), Some(other)) => {
                    let merge = groups.merge_errors(&world.scope, one, other, Actor::System, NOON);
                    drop(merge.await.unwrap());
                }
                (2, Some(one), Some(_)) => {
                    let number = fingerprint(u128::from(dice.below(5)));
                    let split = groups.split_error(&world.scope, one, number, Actor::System, NOON);
                    let _: Split = split.await.unwrap();
                }
                (3, ..) => drop(world.stores.index.index_some(NOON).await.unwrap()),
                _ => {
                    let many = 1 + dice.below(6);
                    world
                        .record((0..many).map(|_| world.any_report(&mut dice)).collect())
                        .await;
                }
            }
        }
        world.index().await;
        for filter in &filters {
            world
                .breakdowns_equal_a_recount(filter, &format!("seed {seed}"))
                .await;
        }
        world = World::new(world.stores).await;
    }
}

pub async fn counts_by_release_outlive_occurrences(stores: Stores) {
    let world = World::new(stores).await;
    let one = || an_occurrence(world.project).release("1.0").build();
    world.record(vec![one(), one()]).await;
    world.index().await;
    let counted = || async {
        let by = Dimension::Release;
        let filter = TrendFilter::default();
        let store = &world.stores.breakdowns;
        store
            .count_values(&world.scope, by, &filter, RANGE)
            .await
            .unwrap()
    };
    world.expire(NOON + Duration::days(40)).await;
    world.index().await;
    assert_eq!(
        counted().await,
        ValueCounts::from([(Some("1.0".to_owned()), 2)])
    );
    world.expire(NOON + Duration::days(500)).await;
    world.index().await;
    assert_eq!(counted().await, ValueCounts::new());
}

pub async fn deploys_and_decisions_are_marks(stores: Stores) {
    let world = World::new(stores).await;
    let recorded = world.record_one(an_occurrence(world.project).build()).await;
    let error = recorded.error.id;
    let releases = &world.stores.releases;
    let announced = releases
        .announce_release(&an_announcement(world.project, "1.0"), 10)
        .await;
    announced.unwrap();
    for minute in [-5, 10, 20] {
        let deploy = a_deploy(world.project, "1.0", minute);
        assert!(releases.add_deploy(&deploy, 100).await.unwrap());
    }
    let range = HourRange {
        since: NOON,
        until: NOON + Duration::minutes(20),
    };
    let marks = world
        .stores
        .marks
        .list_deploy_marks(&world.scope, range)
        .await
        .unwrap();
    assert_eq!(marks.len(), 1);
    assert_eq!(marks[0].at, NOON + Duration::minutes(10));
    assert_eq!(marks[0].kind, MarkKind::Deploy);
    assert!(marks[0].label.starts_with("1.0 "), "{marks:?}");
    for minute in [1, 30] {
        let at = NOON + Duration::minutes(minute);
        for resolved in [true, false] {
            let triage = &world.stores.triage;
            let decision = a_decision(resolved, at);
            let decided = triage
                .change_states(&world.scope, &[error], &decision)
                .await;
            drop(decided.unwrap());
        }
    }
    let marks = &world.stores.marks;
    let found = marks
        .list_decision_marks(&world.scope, error, range)
        .await
        .unwrap();
    let kinds: Vec<MarkKind> = found.iter().map(|mark| mark.kind).collect();
    assert_eq!(kinds, [MarkKind::Resolved]);
    assert_eq!(found[0].id, Some(error.0));
    let moments = world
        .stores
        .breakdowns
        .list_moments(&world.scope, &[error], range)
        .await;
    let moments = moments.unwrap();
    assert_eq!(moments.resolved, [(error, NOON + Duration::MINUTE)]);
    assert_eq!(moments.first_seen, [NOON]);
    let other = World::new(world.stores).await;
    let found = other
        .stores
        .marks
        .list_deploy_marks(&other.scope, range)
        .await;
    assert_eq!(found.unwrap(), []);
}
