//! Contract of `AlertMetricsStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_decision, an_occurrence};
use crate::world::World;
use faultbook_domain::alerts::{AlertMetric, MetricCell, MetricDimensions, MetricFilter};
use faultbook_domain::errors::{JsonText, Level, Occurrence, Severity};
use std::collections::BTreeMap;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

fn at(seconds: i64) -> OffsetDateTime {
    NOON + Duration::seconds(seconds)
}

impl World {
    async fn count(&self, metric: AlertMetric, since: i64, filter: &MetricFilter) -> u64 {
        self.counts(metric, &[since], filter).await[0]
    }

    /// Counts events since each of these times.
    async fn counts(&self, metric: AlertMetric, since: &[i64], filter: &MetricFilter) -> Vec<u64> {
        let times: Vec<OffsetDateTime> = since.iter().copied().map(at).collect();
        let metrics = &self.stores.alert_metrics;
        let mut apart = MetricDimensions::default();
        apart.add(filter);
        let cells = metrics
            .count_by_cell(metric, &[self.project], &times, &apart)
            .await;
        let cells: Vec<(usize, MetricCell)> = cells.unwrap();
        let from = |first: usize| {
            let later = cells.iter().filter(|(place, _)| *place >= first);
            let admitted = later.filter(|(_, cell)| filter.matches(cell));
            admitted.map(|(_, cell)| cell.count).sum()
        };
        (0..since.len()).map(from).collect()
    }

    /// Counts users since each of these times.
    async fn users(&self, since: &[i64], filter: &MetricFilter) -> Vec<u64> {
        let times: Vec<OffsetDateTime> = since.iter().copied().map(at).collect();
        let metrics = &self.stores.alert_metrics;
        let users = metrics
            .count_users(&[self.project], &times, filter, false)
            .await;
        users.unwrap()
    }

    async fn top(
        &self,
        metric: AlertMetric,
        since: i64,
        filter: &MetricFilter,
    ) -> Vec<(String, u64)> {
        let top = self
            .stores
            .alert_metrics
            .list_top_errors(metric, &[self.project], at(since), filter)
            .await;
        top.unwrap()
            .into_iter()
            .map(|error| (error.message, error.count))
            .collect()
    }
}

fn of_user(world: &World, user: &str) -> Arc<Occurrence> {
    let one = an_occurrence(world.project).build();
    let user = Some(JsonText::from_stored(user.to_owned()));
    Arc::new(Occurrence {
        user,
        ..Occurrence::clone(&one)
    })
}

pub async fn occurrences_are_counted_to_the_second_and_by_kind(stores: Stores) {
    let world = World::new(stores).await;
    let one = |number, seconds, level| {
        let message = format!("message {number}");
        an_occurrence(world.project)
            .of(number)
            .at(seconds)
            .level(level)
            .message(&message)
    };
    world
        .record(vec![
            one(1, -400, Level::Error).build(),
            one(1, -10, Level::Error).build(),
            one(1, -5, Level::Error).build(),
            one(2, -5, Level::Warning).source("api").build(),
            one(2, 0, Level::Warning)
                .full()
                .environment("staging")
                .build(),
        ])
        .await;
    let all = MetricFilter::default();
    assert_eq!(world.count(AlertMetric::Occurrences, -300, &all).await, 4);
    assert_eq!(world.count(AlertMetric::Occurrences, -10, &all).await, 4);
    assert_eq!(world.count(AlertMetric::Occurrences, -9, &all).await, 3);
    assert_eq!(
        world.count(AlertMetric::OccurrencesByHour, -9, &all).await,
        5,
        "whole hours"
    );
    for (filter, expected) in [
        (
            MetricFilter {
                level: Some(Level::Warning),
                ..all.clone()
            },
            2,
        ),
        (
            MetricFilter {
                severity: Some(Severity::Critical),
                ..all.clone()
            },
            2,
        ),
        (
            MetricFilter {
                source: Some("api".to_owned()),
                ..all.clone()
            },
            1,
        ),
        (
            MetricFilter {
                environment: Some("staging".to_owned()),
                ..all.clone()
            },
            1,
        ),
        (
            MetricFilter {
                release: Some("1.2.3".to_owned()),
                ..all.clone()
            },
            1,
        ),
        (
            MetricFilter {
                release: Some("1.2".to_owned()),
                ..all.clone()
            },
            0,
        ),
    ] {
        assert_eq!(
            world.count(AlertMetric::Occurrences, -300, &filter).await,
            expected,
            "{filter:?}"
        );
        let top = world.top(AlertMetric::Occurrences, -300, &filter).await;
        assert_eq!(
            top.iter().map(|(_, count)| count).sum::<u64>(),
            expected,
            "{filter:?}"
        );
    }
    let windows = [-500, -300, -9, -5, 0, 1];
    let counts = world.counts(AlertMetric::Occurrences, &windows, &all).await;
    assert_eq!(counts, [5, 4, 3, 3, 1, 0], "many windows at once");
    let by_hour = world
        .counts(AlertMetric::OccurrencesByHour, &[-7_200, -9], &all)
        .await;
    assert_eq!(by_hour, [5, 5]);
    let top = world.top(AlertMetric::Occurrences, -9, &all).await;
    let expected = [("message 2".to_owned(), 2), ("message 1".to_owned(), 1)];
    assert_eq!(top, expected);
}

pub async fn new_errors_and_regressions_are_counted(stores: Stores) {
    let world = World::new(stores).await;
    let old = world
        .record_one(an_occurrence(world.project).of(1).at(-4_000).build())
        .await;
    world
        .record(vec![
            an_occurrence(world.project).of(2).build(),
            an_occurrence(world.project).of(2).build(),
            an_occurrence(world.project)
                .of(3)
                .level(Level::Info)
                .build(),
        ])
        .await;
    let all = MetricFilter::default();
    let counts = world
        .counts(AlertMetric::NewErrors, &[-5_000, -60, 60], &all)
        .await;
    assert_eq!(counts, [3, 2, 0]);
    let info = MetricFilter {
        level: Some(Level::Info),
        ..all.clone()
    };
    assert_eq!(world.count(AlertMetric::NewErrors, -60, &info).await, 1);
    assert_eq!(world.top(AlertMetric::NewErrors, -60, &all).await.len(), 2);

    assert_eq!(world.count(AlertMetric::Regressions, -60, &all).await, 0);
    let resolution = a_decision(true, at(-10));
    world
        .stores
        .triage
        .change_states(&world.scope, &[old.error.id], &resolution)
        .await
        .unwrap();
    world
        .record_one(an_occurrence(world.project).of(1).message("again").build())
        .await;
    assert_eq!(world.count(AlertMetric::Regressions, -60, &all).await, 1);
    assert_eq!(
        world.count(AlertMetric::NewErrors, -60, &all).await,
        2,
        "it is not new"
    );
    assert_eq!(
        world.top(AlertMetric::Regressions, -60, &all).await,
        [("again".to_owned(), 1)]
    );
}

pub async fn users_are_counted_once(stores: Stores) {
    let world = World::new(stores).await;
    let users = [
        r#"{"id":7,"name":"a"}"#,
        r#"{"id":"7"}"#,
        r#"{"id":8}"#,
        r#"{"email":"x@example.com"}"#,
        r#"{"email":"x@example.com"}"#,
        r#"{"email":"y@example.com"}"#,
    ];
    let mut batch: Vec<_> = users.iter().map(|user| of_user(&world, user)).collect();
    batch.push(an_occurrence(world.project).build());
    world.record(batch).await;
    let all = MetricFilter::default();
    assert_eq!(world.users(&[-60], &all).await, [4]);
    let info = MetricFilter {
        level: Some(Level::Info),
        ..all.clone()
    };
    assert_eq!(world.users(&[-60], &info).await, [0]);
    assert_eq!(world.users(&[60], &all).await, [0]);
}

pub async fn users_are_counted_within_many_windows(stores: Stores) {
    let world = World::new(stores).await;
    let mut batch = Vec::new();
    for (user, times) in [
        ("a", &[-500, -10][..]),
        ("b", &[-200]),
        ("c", &[-500, -400]),
    ] {
        for seconds in times {
            let one = of_user(&world, &format!(r#"{{"id":"{user}"}}"#));
            batch.push(Arc::new(Occurrence {
                timestamp: at(*seconds),
                ..Occurrence::clone(&one)
            }));
        }
    }
    world.record(batch).await;
    let all = MetricFilter::default();
    let windows = [-600, -500, -499, -400, -399, -200, -10, -9];
    let counts = world.users(&windows, &all).await;
    assert_eq!(counts, [3, 3, 3, 3, 2, 2, 1, 0]);
    assert!(world.users(&[], &all).await.is_empty());
}

pub async fn whatever_a_user_holds_is_counted(stores: Stores) {
    let world = World::new(stores).await;
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    let users = [
        r#"{"id":1e200000}"#.to_owned(),
        r#"{"id":1E+200000}"#.to_owned(),
        r#"{"id":1e-200000}"#.to_owned(),
        r#"{"id":"x","age":-1e200000}"#.to_owned(),
        format!(r#"{{"id":{}}}"#, "7".repeat(140_000)),
        format!(r#"{{"id":{}}}"#, "7".repeat(140_001)),
        format!(r#"{{"id":0.{}1}}"#, "0".repeat(140_000)),
        format!(r#"{{"id":"{}"}}"#, "long ".repeat(200_000)),
        format!(r#"{{"id":{deep}}}"#),
        format!(r#"{{"name":{deep}}}"#),
        r#"{"id":"\u0000"}"#.to_owned(),
        r#"{"id":"\ud83d\udc1e"}"#.to_owned(),
        // Not written by any version of Faultbook.
        "no JSON".to_owned(),
        String::new(),
    ];
    let batch = users.iter().map(|user| of_user(&world, user)).collect();
    world.record(batch).await;
    let all = MetricFilter::default();
    let distinct = users.len() as u64 - 1;
    assert_eq!(world.users(&[-60], &all).await, [distinct]);
}

pub async fn other_projects_do_not_count(stores: Stores) {
    let world = World::new(stores).await;
    world
        .record(vec![an_occurrence(world.project).build()])
        .await;
    let foreign = World::new(world.stores).await;
    let all = MetricFilter::default();
    for metric in [
        AlertMetric::Occurrences,
        AlertMetric::OccurrencesByHour,
        AlertMetric::NewErrors,
        AlertMetric::Regressions,
    ] {
        assert_eq!(foreign.count(metric, -60, &all).await, 0);
        assert_eq!(foreign.top(metric, -60, &all).await, []);
        let none = MetricDimensions::default();
        let metrics = &foreign.stores.alert_metrics;
        let none = metrics.count_by_cell(metric, &[], &[at(-60)], &none).await;
        assert_eq!(none.unwrap(), []);
    }
}

pub async fn no_more_kinds_come_than_are_asked_for(stores: Stores) {
    type Kind = (String, String, Option<String>);
    let world = World::new(stores).await;
    let batch = (0..40).map(|number| {
        let source = format!("source {}", number % 20);
        let one = an_occurrence(world.project).of(number % 3).source(&source);
        let one = one.environment(&format!("environment {number}")).build();
        let mut one = Occurrence::clone(&one);
        one.summary.release = (number % 2 == 0).then(|| format!("1.{}", number % 4));
        Arc::new(one)
    });
    world.record(batch.collect()).await;
    let metrics = &world.stores.alert_metrics;
    let cells = async |metric, apart: &MetricDimensions| {
        let since = [at(-4_000), at(-60)];
        let cells = metrics
            .count_by_cell(metric, &[world.project], &since, apart)
            .await;
        let mut kinds: BTreeMap<Kind, u64> = BTreeMap::new();
        for (_, cell) in cells.unwrap() {
            let kind = (cell.source, cell.environment, cell.release);
            *kinds.entry(kind).or_default() += cell.count;
        }
        kinds.into_iter().collect::<Vec<(Kind, u64)>>()
    };
    let text = |text: &str| text.to_owned();
    let other = || (String::new(), String::new(), None);
    for metric in [AlertMetric::Occurrences, AlertMetric::OccurrencesByHour] {
        assert_eq!(
            cells(metric, &MetricDimensions::default()).await,
            [(other(), 40)]
        );
        let apart = MetricDimensions {
            sources: [text("source 7"), text("nowhere")].into(),
            environments: [text("environment 7")].into(),
            ..MetricDimensions::default()
        };
        let expected = [
            (other(), 38),
            ((text("source 7"), String::new(), None), 1),
            ((text("source 7"), text("environment 7"), None), 1),
        ];
        assert_eq!(cells(metric, &apart).await, expected);
    }
    let apart = MetricDimensions {
        releases: [text("1.2")].into(),
        ..MetricDimensions::default()
    };
    let named = (String::new(), String::new(), Some(text("1.2")));
    let found = cells(AlertMetric::Occurrences, &apart).await;
    assert_eq!(found, [(other(), 30), (named, 10)]);
}
