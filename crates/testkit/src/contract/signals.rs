//! Promises of `SignalStore`.
#![allow(missing_docs, reason = "the name of a promise is the promise")]

use super::{Stores, World};
use crate::builder::{NOON, an_occurrence};
use faultbook_domain::entity::{Actor, JsonText, Level, Occurrence, Severity};
use faultbook_domain::port::{Resolution, Signal, SignalCell, SignalFilter};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

fn at(seconds: i64) -> OffsetDateTime {
    NOON + Duration::seconds(seconds)
}

impl World {
    async fn count(&self, signal: Signal, since: i64, filter: &SignalFilter) -> u64 {
        self.counts(signal, &[since], filter).await[0]
    }

    /// Since each of these times.
    async fn counts(&self, signal: Signal, since: &[i64], filter: &SignalFilter) -> Vec<u64> {
        let times: Vec<OffsetDateTime> = since.iter().copied().map(at).collect();
        let signals = &self.stores.signals;
        let cells = signals.cells(signal, &[self.project], &times).await;
        let cells: Vec<(usize, SignalCell)> = cells.unwrap();
        let from = |first: usize| {
            let later = cells.iter().filter(|(place, _)| *place >= first);
            let admitted = later.filter(|(_, cell)| filter.admits(cell));
            admitted.map(|(_, cell)| cell.count).sum()
        };
        (0..since.len()).map(from).collect()
    }

    async fn top(&self, signal: Signal, since: i64, filter: &SignalFilter) -> Vec<(String, u64)> {
        let top = self
            .stores
            .signals
            .top(signal, &[self.project], at(since), filter)
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
    let all = SignalFilter::default();
    assert_eq!(world.count(Signal::Occurrences, -300, &all).await, 4);
    assert_eq!(world.count(Signal::Occurrences, -10, &all).await, 4);
    assert_eq!(world.count(Signal::Occurrences, -9, &all).await, 3);
    assert_eq!(
        world.count(Signal::OccurrencesByHour, -9, &all).await,
        5,
        "whole hours"
    );
    for (filter, expected) in [
        (
            SignalFilter {
                level: Some(Level::Warning),
                ..all.clone()
            },
            2,
        ),
        (
            SignalFilter {
                severity: Some(Severity::Critical),
                ..all.clone()
            },
            2,
        ),
        (
            SignalFilter {
                source: Some("api".to_owned()),
                ..all.clone()
            },
            1,
        ),
        (
            SignalFilter {
                environment: Some("staging".to_owned()),
                ..all.clone()
            },
            1,
        ),
        (
            SignalFilter {
                release: Some("1.2.3".to_owned()),
                ..all.clone()
            },
            1,
        ),
        (
            SignalFilter {
                release: Some("1.2".to_owned()),
                ..all.clone()
            },
            0,
        ),
    ] {
        assert_eq!(
            world.count(Signal::Occurrences, -300, &filter).await,
            expected,
            "{filter:?}"
        );
        let top = world.top(Signal::Occurrences, -300, &filter).await;
        assert_eq!(
            top.iter().map(|(_, count)| count).sum::<u64>(),
            expected,
            "{filter:?}"
        );
    }
    let windows = [-500, -300, -9, -5, 0, 1];
    let counts = world.counts(Signal::Occurrences, &windows, &all).await;
    assert_eq!(counts, [5, 4, 3, 3, 1, 0], "many windows at once");
    let by_hour = world
        .counts(Signal::OccurrencesByHour, &[-7_200, -9], &all)
        .await;
    assert_eq!(by_hour, [5, 5]);
    let top = world.top(Signal::Occurrences, -9, &all).await;
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
    let all = SignalFilter::default();
    let counts = world
        .counts(Signal::NewErrors, &[-5_000, -60, 60], &all)
        .await;
    assert_eq!(counts, [3, 2, 0]);
    let info = SignalFilter {
        level: Some(Level::Info),
        ..all.clone()
    };
    assert_eq!(world.count(Signal::NewErrors, -60, &info).await, 1);
    assert_eq!(world.top(Signal::NewErrors, -60, &all).await.len(), 2);

    assert_eq!(world.count(Signal::Regressions, -60, &all).await, 0);
    let resolution = Resolution {
        resolved: true,
        actor: Actor::System,
        at: at(-10),
    };
    let errors = &world.stores.errors;
    errors
        .resolve(&world.scope, &[old.error.id], resolution)
        .await
        .unwrap();
    world
        .record_one(an_occurrence(world.project).of(1).message("again").build())
        .await;
    assert_eq!(world.count(Signal::Regressions, -60, &all).await, 1);
    assert_eq!(
        world.count(Signal::NewErrors, -60, &all).await,
        2,
        "it is not new"
    );
    assert_eq!(
        world.top(Signal::Regressions, -60, &all).await,
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
    let (signals, all) = (&world.stores.signals, SignalFilter::default());
    let projects = [world.project];
    assert_eq!(signals.users(&projects, at(-60), &all).await.unwrap(), 4);
    let info = SignalFilter {
        level: Some(Level::Info),
        ..all.clone()
    };
    assert_eq!(signals.users(&projects, at(-60), &info).await.unwrap(), 0);
    assert_eq!(signals.users(&projects, at(60), &all).await.unwrap(), 0);
}

pub async fn other_projects_do_not_count(stores: Stores) {
    let world = World::new(stores).await;
    world
        .record(vec![an_occurrence(world.project).build()])
        .await;
    let foreign = World::new(world.stores).await;
    let all = SignalFilter::default();
    for signal in [
        Signal::Occurrences,
        Signal::OccurrencesByHour,
        Signal::NewErrors,
        Signal::Regressions,
    ] {
        assert_eq!(foreign.count(signal, -60, &all).await, 0);
        assert_eq!(foreign.top(signal, -60, &all).await, []);
        let none = foreign.stores.signals.cells(signal, &[], &[at(-60)]).await;
        assert_eq!(none.unwrap(), []);
    }
}
