//! Contract of `AnalyticsStore`: every figure equals a recount of the stored occurrences.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_decision, an_occurrence, fingerprint};
use crate::dice::Dice;
use crate::world::World;
use faultbook_domain::analytics::{Buckets, Summary, TrendFilter, TrendPoint, Window};
use faultbook_domain::errors::Split;
use faultbook_domain::errors::{ActivityKind, Actor, ErrorGroup, Level, Occurrence, Severity};
use faultbook_domain::id::{ErrorId, ProjectId};
use faultbook_domain::ingest::{hour_of, rollup_text};
use faultbook_domain::tenancy::Scope;
use std::collections::HashSet;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

const HOURS: i64 = 72;
const FIRST: OffsetDateTime = NOON.saturating_sub(Duration::hours(HOURS / 2));

impl Dice {
    fn occurrence(&mut self, project: ProjectId) -> Arc<Occurrence> {
        let levels = [Level::Error, Level::Warning, Level::Info];
        let long = "s".repeat(300);
        let seconds = i64::try_from(self.below(70 * 3_600)).unwrap() - 35 * 3_600;
        an_occurrence(project)
            .of(u128::from(self.below(6)))
            .at(seconds)
            .level(self.pick(&levels).unwrap())
            .source(self.pick(&["backend", "frontend", &long]).unwrap())
            .environment(self.pick(&["production", "staging"]).unwrap())
            .tags(
                self.pick(&[r#"{"plan":"pro"}"#, r#"{"plan":"free","b":""}"#])
                    .unwrap(),
            )
            .user(
                self.pick(&[r#"{"id":1}"#, r#"{"email":"Ann@x.org"}"#, "{}"])
                    .unwrap(),
            )
            .build()
    }
}

fn by_hour() -> Buckets {
    Buckets {
        starts: (0..HOURS)
            .map(|hour| FIRST + Duration::hours(hour))
            .collect(),
        end: FIRST + Duration::hours(HOURS),
    }
}

fn windows() -> Vec<Window> {
    let window = |from, to| Window {
        from: FIRST + Duration::hours(from),
        to: FIRST + Duration::hours(to),
    };
    vec![
        window(0, HOURS),
        window(20, 44),
        window(36, 36),
        window(40, HOURS),
    ]
}

/// All stored data, read through the other ports.
struct Recount {
    errors: Vec<ErrorGroup>,
    occurrences: Vec<(ErrorId, Occurrence)>,
    resolutions: Vec<(ErrorId, OffsetDateTime)>,
}

impl World {
    async fn recount(&self) -> Recount {
        let errors = self.all().await;
        let (mut occurrences, mut resolutions) = (Vec::new(), Vec::new());
        let store = &self.stores.errors;
        for error in &errors {
            let id = error.state.id;
            let page = store.list_occurrences(&self.scope, id, None, 10_000).await;
            let items = page.unwrap().unwrap().items;
            occurrences.extend(items.into_iter().map(|one| (id, one)));
            let history = store
                .list_activity(&self.scope, id, None, 10_000)
                .await
                .unwrap();
            let marks = history
                .items
                .iter()
                .filter(|entry| entry.kind() == ActivityKind::Resolved);
            resolutions.extend(marks.map(|entry| (id, entry.at)));
        }
        Recount {
            errors,
            occurrences,
            resolutions,
        }
    }

    async fn summary(&self) -> Summary {
        let store = &self.stores.analytics;
        store.get_summary(&self.scope, &windows()).await.unwrap()
    }

    async fn trend(&self, filter: &TrendFilter) -> Vec<TrendPoint> {
        let store = &self.stores.analytics;
        store
            .get_trend(&self.scope, filter, &by_hour())
            .await
            .unwrap()
    }

    async fn figures_equal_a_recount(&self, context: &str) {
        let recount = self.recount().await;
        let (mut summary, expected) = (self.summary().await, recount.summary());
        // Stores may compute the mean in floating point.
        let difference = summary.mean_resolution.zip(expected.mean_resolution);
        if difference.is_some_and(|(one, other)| (one - other).abs() < Duration::MILLISECOND) {
            summary.mean_resolution = expected.mean_resolution;
        }
        assert_eq!(summary, expected, "{context}");
        let mut filters = vec![
            TrendFilter::default(),
            TrendFilter {
                level: Some(Level::Warning),
                ..TrendFilter::default()
            },
            TrendFilter {
                source: Some("s".repeat(300)),
                ..TrendFilter::default()
            },
            TrendFilter {
                source: Some("backend".to_owned()),
                environment: Some("staging".to_owned()),
                ..TrendFilter::default()
            },
        ];
        filters.extend(recount.errors.iter().map(|error| TrendFilter {
            error: Some(error.state.id),
            ..TrendFilter::default()
        }));
        for filter in filters {
            let expected = recount.trend(&filter);
            assert_eq!(self.trend(&filter).await, expected, "{context}, {filter:?}");
        }
        self.tags_equal_a_recount(&recount.errors, context).await;
    }

    /// Makes one random change that affects the figures.
    async fn change(&self, dice: &mut Dice) {
        let at = NOON + Duration::minutes(i64::try_from(dice.below(2_000)).unwrap());
        let ids: Vec<ErrorId> = self
            .all()
            .await
            .iter()
            .map(|error| error.state.id)
            .collect();
        let (one, other) = (dice.pick(&ids), dice.pick(&ids));
        let (Some(one), Some(other)) = (one, other) else {
            self.record(vec![dice.occurrence(self.project)]).await;
            return;
        };
        let resolution = |resolved| a_decision(resolved, at);
        let Stores {
            errors,
            groups,
            triage,
            ..
        } = &self.stores;
        match dice.below(12) {
            0 => drop(
                triage
                    .change_states(&self.scope, &[one, other], &resolution(true))
                    .await
                    .unwrap(),
            ),
            1 => drop(
                triage
                    .change_states(&self.scope, &[one], &resolution(false))
                    .await
                    .unwrap(),
            ),
            2 => drop(errors.delete_errors(&self.scope, &[one]).await.unwrap()),
            3 => drop(
                groups
                    .merge_errors(&self.scope, one, other, Actor::System, at)
                    .await
                    .unwrap(),
            ),
            10 | 11 => drop(self.stores.index.index_some(NOON).await.unwrap()),
            4 => {
                let number = fingerprint(u128::from(dice.below(6)));
                let split = groups.split_error(&self.scope, one, number, Actor::System, at);
                let _: Split = split.await.unwrap();
            }
            _ => {
                let many = 1 + dice.below(9);
                let batch = (0..many).map(|_| dice.occurrence(self.project)).collect();
                self.record(batch).await;
            }
        }
    }
}

impl Recount {
    fn summary(&self) -> Summary {
        let resolved = self.errors.iter().filter(|error| error.state.resolved);
        let took: Vec<Duration> = resolved
            .map(|error| error.state.resolved_at.unwrap() - error.state.first_seen)
            .collect();
        let number = u32::try_from(took.len()).unwrap();
        let within = |window: &Window| {
            let hours = self
                .occurrences
                .iter()
                .map(|(_, one)| hour_of(one.timestamp));
            hours
                .filter(|hour| (window.from..window.to).contains(hour))
                .count() as u64
        };
        Summary {
            errors: self.errors.len() as u64,
            resolved: took.len() as u64,
            occurrences: self.occurrences.len() as u64,
            mean_resolution: (number > 0).then(|| took.iter().sum::<Duration>() / number),
            in_windows: windows().iter().map(within).collect(),
        }
    }

    fn trend(&self, filter: &TrendFilter) -> Vec<TrendPoint> {
        let buckets = by_hour();
        let ends = buckets.starts[1..].iter().chain([&buckets.end]);
        let spans = buckets.starts.iter().zip(ends);
        spans
            .map(|(start, end)| self.point(filter, *start..*end))
            .collect()
    }

    fn point(&self, filter: &TrendFilter, span: std::ops::Range<OffsetDateTime>) -> TrendPoint {
        let is = |wanted: &Option<String>, text: &str| {
            wanted
                .as_ref()
                .is_none_or(|wanted| rollup_text(wanted) == rollup_text(text))
        };
        let mut point = TrendPoint::default();
        for (error, one) in &self.occurrences {
            if span.contains(&one.timestamp)
                && filter.level.is_none_or(|level| level == one.summary.level)
                && is(&filter.source, &one.summary.source)
                && is(&filter.environment, &one.summary.environment)
                && filter.error.is_none_or(|wanted| wanted == *error)
            {
                point.occurrences += 1;
                point.critical += u64::from(one.summary.severity == Severity::Critical);
            }
        }
        let of = |id: &ErrorId| {
            self.errors
                .iter()
                .find(|error| error.state.id == *id)
                .unwrap()
        };
        let resolved: HashSet<ErrorId> = self
            .resolutions
            .iter()
            .filter(|(id, at)| {
                let error = of(id);
                span.contains(at)
                    && filter
                        .level
                        .is_none_or(|level| level == error.summary.level)
                    && is(&filter.source, &error.summary.source)
                    && is(&filter.environment, &error.summary.environment)
                    && filter.error.is_none_or(|wanted| wanted == *id)
            })
            .map(|(id, _)| *id)
            .collect();
        point.resolved = resolved.len() as u64;
        point
    }
}

pub async fn figures_equal_a_recount_after_random_operations(stores: Stores) {
    let mut world = World::new(stores).await;
    for seed in 1..=6 {
        let mut dice = Dice(u64::wrapping_mul(seed, 0x9E37_79B9_7F4A_7C15));
        for _ in 0..25 {
            world.change(&mut dice).await;
        }
        world.figures_equal_a_recount(&format!("seed {seed}")).await;
        world = World::new(world.stores).await;
    }
}

pub async fn figures_stay_exact_under_concurrent_changes(stores: Stores) {
    let world = Arc::new(World::new(stores).await);
    let changes = (1..=8).map(|seed| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let mut dice = Dice(u64::wrapping_mul(seed, 0x2545_F491_4F6C_DD1D));
            for _ in 0..12 {
                world.change(&mut dice).await;
            }
        })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap();
    }
    world.figures_equal_a_recount("concurrently").await;
}

pub async fn figures_end_at_the_scope(stores: Stores) {
    let world = World::new(stores).await;
    world
        .record(vec![an_occurrence(world.project).build()])
        .await;
    let before = world.summary().await;
    let world = World::new(world.stores).await;
    assert_eq!((before.errors, before.in_windows[0]), (1, 1));
    let nothing = Summary {
        in_windows: vec![0; 4],
        ..Summary::default()
    };
    assert_eq!(world.summary().await, nothing);
    assert_eq!(
        world.trend(&TrendFilter::default()).await,
        vec![TrendPoint::default(); 72]
    );
    let none = Scope::new(world.scope.tenant_scope(), Vec::new());
    let store = &world.stores.analytics;
    assert_eq!(store.get_summary(&none, &windows()).await.unwrap(), nothing);
    let trend = store
        .get_trend(&none, &TrendFilter::default(), &by_hour())
        .await;
    assert_eq!(trend.unwrap(), vec![TrendPoint::default(); 72]);
}

pub async fn the_feed_holds_every_error_newest_first(stores: Stores) {
    let world = World::new(stores).await;
    let mut expected = Vec::new();
    for number in 0..7 {
        let one = an_occurrence(world.project).of(number % 3).at(-60).build();
        expected.insert(0, one.id);
        world.record(vec![one]).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world
            .stores
            .errors
            .list_feed(&world.scope, after, 3)
            .await
            .unwrap();
        assert_eq!(page.total, 7);
        assert!(page.items.len() <= 3);
        seen.extend(page.items.iter().map(|one| one.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    let foreign = World::new(world.stores).await;
    let page = foreign
        .stores
        .errors
        .list_feed(&foreign.scope, None, 10)
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.total, page.next), (0, 0, None));
}
