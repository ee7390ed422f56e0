//! Contract of `PastMetricsStore`.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_decision, an_occurrence, id_at};
use crate::world::World;
use faultbook_domain::alerts::{MetricFilter, PastCounts, PastMetric, PastQuery};
use faultbook_domain::errors::{Level, Occurrence};
use faultbook_domain::id::OccurrenceId;
use std::collections::BTreeSet;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

fn at(seconds: i64) -> OffsetDateTime {
    NOON + Duration::seconds(seconds)
}

impl World {
    async fn past(
        &self,
        metric: PastMetric,
        (from, to): (i64, i64),
        filter: &MetricFilter,
        most: u32,
    ) -> PastCounts {
        let query = PastQuery {
            metric,
            include_ignored: false,
            projects: vec![self.project],
            filter: filter.clone(),
            from: at(from),
            to: at(to),
            most,
        };
        self.stores.past_metrics.count_past(&query).await.unwrap()
    }
}

/// Seconds after noon and counts, in order.
fn shown(past: &PastCounts) -> Vec<(i64, u64)> {
    let counts = past.counts.iter();
    let mut counts: Vec<(i64, u64)> = counts
        .map(|count| ((count.at - NOON).whole_seconds(), count.count))
        .collect();
    counts.sort_unstable();
    counts
}

/// An occurrence that was received at another time than its own.
fn received(occurrence: &Occurrence, seconds: i64) -> Arc<Occurrence> {
    Arc::new(Occurrence {
        id: OccurrenceId(id_at(at(seconds))),
        received_at: at(seconds),
        ..occurrence.clone()
    })
}

pub async fn the_past_is_counted_by_second_and_hour(stores: Stores) {
    let world = World::new(stores).await;
    let foreign = World::new(world.stores).await;
    let world = World {
        stores: foreign.stores,
        project: world.project,
        scope: world.scope,
    };
    let one = |seconds| an_occurrence(world.project).at(seconds);
    let half = Occurrence {
        timestamp: at(0) + Duration::milliseconds(500),
        ..Occurrence::clone(&one(0).build())
    };
    let late = received(&one(-4_000).build(), 100);
    world
        .record(vec![
            received(&one(0).build(), 0),
            received(&half, 1),
            received(&one(-5).level(Level::Info).build(), 2),
            received(&one(-5).release("1.2").build(), 3),
            late,
            an_occurrence(foreign.project).build(),
        ])
        .await;
    let all = MetricFilter::default();
    let past = world
        .past(PastMetric::Occurrences, (-9_000, 9_000), &all, 100)
        .await;
    assert_eq!(shown(&past), [(-4_000, 1), (-5, 2), (0, 2)]);
    assert_eq!(past.read, 5);
    // Parts are ranges of receipt.
    let past = world
        .past(PastMetric::Occurrences, (2, 100), &all, 100)
        .await;
    assert_eq!((shown(&past), past.read), (vec![(-5, 2)], 2));
    let past = world
        .past(PastMetric::Occurrences, (100, 9_000), &all, 100)
        .await;
    assert_eq!(shown(&past), [(-4_000, 1)]);
    let info = MetricFilter {
        level: Some(Level::Info),
        ..all.clone()
    };
    let past = world
        .past(PastMetric::Occurrences, (-9_000, 9_000), &info, 100)
        .await;
    assert_eq!(
        (shown(&past), past.read),
        (vec![(-5, 1)], 5),
        "read all the same"
    );
    let release = MetricFilter {
        release: Some("1.2".to_owned()),
        ..all.clone()
    };
    let past = world
        .past(PastMetric::Occurrences, (-9_000, 9_000), &release, 100)
        .await;
    assert_eq!(shown(&past), [(-5, 1)]);
    let past = world
        .past(PastMetric::Hours, (-7_200, 3_600), &all, 100)
        .await;
    assert_eq!(shown(&past), [(-7_200, 1), (-3_600, 2), (0, 2)]);
    let past = world.past(PastMetric::Hours, (-10, 0), &all, 100).await;
    assert_eq!(shown(&past), [(-3_600, 2)], "whole hours");
}

pub async fn the_past_of_users_errors_and_regressions_is_counted(stores: Stores) {
    let world = World::new(stores).await;
    let one = |number, seconds| an_occurrence(world.project).of(number).at(seconds);
    let recorded = world
        .record(vec![
            one(1, -100).user(r#"{"id":7}"#).build(),
            one(1, -50).user(r#"{"id":"7"}"#).build(),
            one(2, -50).user(r#"{"id":8}"#).build(),
            one(3, -50).level(Level::Info).build(),
        ])
        .await;
    let all = MetricFilter::default();
    let past = world
        .past(PastMetric::Users, (-9_000, 9_000), &all, 100)
        .await;
    assert_eq!(shown(&past), [(-100, 1), (-50, 1), (-50, 1)]);
    let users: BTreeSet<_> = past
        .counts
        .iter()
        .map(|count| *count.user.unwrap().as_bytes())
        .collect();
    assert_eq!((users.len(), past.read), (2, 3));

    let past = world
        .past(PastMetric::NewErrors, (-9_000, 0), &all, 100)
        .await;
    assert_eq!(shown(&past), [(-100, 1), (-50, 2)]);
    let past = world.past(PastMetric::NewErrors, (-50, 0), &all, 100).await;
    assert_eq!(shown(&past), [(-50, 2)]);
    let past = world
        .past(PastMetric::NewErrors, (-100, -50), &all, 100)
        .await;
    assert_eq!(shown(&past), [(-100, 1)]);
    let info = MetricFilter {
        level: Some(Level::Info),
        ..all.clone()
    };
    let past = world
        .past(PastMetric::NewErrors, (-9_000, 0), &info, 100)
        .await;
    assert_eq!(shown(&past), [(-50, 1)]);

    let resolution = a_decision(true, at(-10));
    let resolved = world
        .stores
        .triage
        .change_states(&world.scope, &[recorded[0].error.id], &resolution)
        .await;
    resolved.unwrap();
    world.record_one(one(1, 0).build()).await;
    let past = world
        .past(PastMetric::Regressions, (-10, 9_000), &all, 100)
        .await;
    assert_eq!(past.counts.iter().map(|count| count.count).sum::<u64>(), 1);
    let past = world
        .past(PastMetric::Regressions, (-9_000, -10), &all, 100)
        .await;
    assert_eq!(shown(&past), []);
}

pub async fn no_more_of_the_past_is_read_than_allowed(stores: Stores) {
    let world = World::new(stores).await;
    let batch = (0..6).map(|number| an_occurrence(world.project).of(number).build());
    world.record(batch.collect()).await;
    let all = MetricFilter::default();
    for metric in [PastMetric::Occurrences, PastMetric::NewErrors] {
        for (most, read) in [(3, 4), (5, 6), (6, 6), (9, 6)] {
            let past = world.past(metric, (-9_000, 9_000), &all, most).await;
            assert_eq!(past.read, read, "{metric:?}, at most {most}");
        }
    }
}
