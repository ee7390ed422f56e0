//! Contract of `ErrorStore`: searches, compared with the reference in memory.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, OccurrenceBuilder, an_occurrence};
use crate::world::World;
use faultbook_domain::errors::{
    ErrorDetail, ErrorQuery, ErrorSort, Level, Likeness, Occurrence, Severity, TrendShape,
};
use faultbook_domain::ingest::EventStore;
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::page::PageStart;
use faultbook_domain::search::Query;
use faultbook_domain::tenancy::{Project, Scope};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// The time of searches.
const NOW: OffsetDateTime = NOON.saturating_add(Duration::hours(3));

fn query(text: &str) -> ErrorQuery {
    ErrorQuery {
        now: NOW,
        search: Some(Query::parse(text, NOW).unwrap()),
        limit: 100,
        ..ErrorQuery::default()
    }
}

impl World {
    async fn search(&self, query: &ErrorQuery) -> Vec<ErrorDetail> {
        self.index().await;
        let page = self.stores.errors.list_errors(&self.scope, query).await;
        let page = page.unwrap();
        assert_eq!(page.total, page.items.len() as u64, "{query:?}");
        // Ranks by trend as seen from the hour of the question, too, are what was counted.
        while self.stores.index.turn_some(query.now).await.unwrap().more {}
        let turned = self.stores.errors.list_errors(&self.scope, query).await;
        assert_eq!(turned.unwrap(), page, "{query:?}");
        let some = ErrorQuery {
            start: PageStart::Offset(1),
            limit: 1,
            ..query.clone()
        };
        let ids = self.stores.errors.list_error_ids(&self.scope, &some).await;
        let mut ids = ids.unwrap();
        ids.sort_unstable();
        let mut listed: Vec<_> = page.items.iter().map(|one| one.error.state.id).collect();
        listed.sort_unstable();
        assert_eq!(ids, listed, "all of them, wherever the page: {query:?}");
        page.items
    }

    /// Returns the messages of the errors that a search finds, sorted.
    async fn finds(&self, text: &str) -> Vec<String> {
        let found = self.search(&query(text)).await.into_iter();
        let mut messages: Vec<String> = found.map(|one| one.error.summary.message).collect();
        messages.sort_unstable();
        messages
    }

    fn one(&self, number: u128, message: &str) -> OccurrenceBuilder {
        an_occurrence(self.project).of(number).message(message)
    }

    /// Records errors that differ in everything that is searched.
    async fn varied(&self) -> Vec<Arc<Occurrence>> {
        let all = vec![
            self.one(1, "Straße gesperrt")
                .at(10)
                .release("1.0")
                .tags(r#"{"plan":"Pro"}"#)
                .user(r#"{"id":"7","email":"Ann@shop.example"}"#)
                .build(),
            self.one(1, "Straße gesperrt")
                .at(4_000)
                .environment("staging")
                .release("2.0")
                .tags(r#"{"plan":"free"}"#)
                .user(r#"{"id":"8"}"#)
                .build(),
            self.one(2, "Échec du paiement")
                .at(20)
                .level(Level::Warning)
                .source("worker")
                .build(),
            self.one(2, "Échec du paiement")
                .at(25)
                .level(Level::Warning)
                .environment("staging")
                .user(r#"{"username":"ann"}"#)
                .build(),
            self.one(3, "50% of *all* [jobs]")
                .at(30)
                .severity(Severity::Low)
                .tags(r#"{"plan":"pro","level":"own"}"#)
                .build(),
            self.one(4, "が違う")
                .at(-40_000)
                .level(Level::Info)
                .release("2.0")
                .build(),
            self.one(5, "ab").at(5).full().build(),
        ];
        self.record(all.clone()).await;
        all
    }
}

pub async fn words_are_found_folded(stores: Stores) {
    let world = World::new(stores).await;
    world.varied().await;
    assert_eq!(world.finds("STRASSE").await, ["Straße gesperrt"]);
    assert_eq!(world.finds("echec paiement").await, ["Échec du paiement"]);
    assert_eq!(world.finds("か").await, Vec::<String>::new());
    assert_eq!(world.finds("が").await, ["が違う"]);
    assert_eq!(world.finds("*all*").await, ["50% of *all* [jobs]"]);
    assert_eq!(world.finds("[jobs]").await, ["50% of *all* [jobs]"]);
    assert_eq!(world.finds("0%").await, ["50% of *all* [jobs]"]);
    assert_eq!(world.finds("_").await, Vec::<String>::new());
    assert_eq!(world.finds("message:ab").await, ["ab"]);
    assert_eq!(world.finds("\"du pai\"").await, ["Échec du paiement"]);
    assert_eq!(world.finds("-a -e").await, ["が違う"]);
    assert_eq!(world.finds("b\u{0}").await, Vec::<String>::new());
}

pub async fn an_error_is_found_by_every_occurrence(stores: Stores) {
    let world = World::new(stores).await;
    world.varied().await;
    let street = "Straße gesperrt";
    assert!(
        world
            .finds("environment:production")
            .await
            .contains(&street.to_owned())
    );
    assert_eq!(
        world.finds("environment:staging").await,
        [street, "Échec du paiement"]
    );
    assert_eq!(
        world.finds("environment:staging release:1.0").await,
        Vec::<String>::new()
    );
    assert_eq!(
        world.finds("environment:staging release:2.0").await,
        [street]
    );
    assert_eq!(
        world.finds("plan:PRO").await,
        ["50% of *all* [jobs]", street]
    );
    assert_eq!(
        world.finds("plan:[pro,free] !release:1.0").await,
        ["50% of *all* [jobs]"]
    );
    assert_eq!(world.finds("tag.level:own").await, ["50% of *all* [jobs]"]);
    assert_eq!(
        world.finds("user:ann*").await,
        [street, "Échec du paiement"]
    );
    assert_eq!(
        world.finds("has:plan -plan:free").await,
        ["50% of *all* [jobs]"]
    );
}

pub async fn figures_are_those_of_the_matching_occurrences(stores: Stores) {
    let world = World::new(stores).await;
    world.varied().await;
    let found = world.search(&query("environment:staging Strasse")).await;
    let figures = found[0].figures.clone().unwrap();
    assert_eq!((figures.of.count, figures.of.users), (1, 1));
    assert_eq!(figures.of.first_seen, NOON + Duration::seconds(4_000));
    assert_eq!(found[0].error.state.count, 2);
    assert_eq!(figures.trend.len(), 24);
    assert_eq!(figures.trend.iter().sum::<i64>(), 1);
    let found = world.search(&query("Strasse")).await;
    let figures = found[0].figures.clone().unwrap();
    assert_eq!((figures.of.count, figures.of.users), (2, 2));
    assert_eq!(figures.trend.iter().sum::<i64>(), 2);
}

/// The searches that stores are compared by.
const SEARCHES: [&str; 44] = [
    "",
    "a",
    "e",
    "strasse",
    "is:open",
    "is:resolved",
    "is:new",
    "is:unassigned",
    "is:assigned",
    "assigned:me",
    "!assigned:me",
    "assigned:none",
    "is:bookmarked",
    "level:error",
    "level:[warning,info]",
    "level:critical",
    "!level:error",
    "severity:low",
    "source:worker",
    "source:wor*",
    "environment:staging",
    "!environment:staging",
    "environment:staging level:warning",
    "release:2.0",
    "release:latest",
    "url:*",
    "user:ann",
    "user:7",
    "has:user",
    "!has:user",
    "has:release",
    "plan:pro",
    "plan:p*",
    "-plan:free",
    "has:type",
    "type:Error",
    "count:>1",
    "count:1 environment:production",
    "users:>=1",
    "users:0",
    "first_seen:<4h",
    "last_seen:>2026-11-20",
    "since:2026-11-20T12:00:15Z",
    "since:2h until:1h level:error",
];

/// Copies occurrences into the store in memory.
async fn reference(world: &World, all: &[Arc<Occurrence>]) -> (MemoryStore, Scope) {
    let store = MemoryStore::default();
    let project = Project {
        id: world.project,
        ..crate::builder::a_project(world.scope.tenant())
    };
    let tenant = faultbook_domain::tenancy::Tenant {
        id: world.scope.tenant(),
        ..crate::builder::a_tenant()
    };
    let tenants: &dyn faultbook_domain::tenancy::TenantStore = &store;
    tenants
        .create_tenant(&tenant, &project, None)
        .await
        .unwrap();
    store
        .record(&crate::builder::a_batch(all.to_vec()))
        .await
        .unwrap();
    (store, world.scope.clone())
}

pub async fn stores_find_what_the_reference_finds(stores: Stores) {
    let world = World::new(stores).await;
    let all = world.varied().await;
    world.index().await;
    let (memory, scope) = reference(&world, &all).await;
    let sorts = [
        ErrorSort::LastSeen,
        ErrorSort::FirstSeen,
        ErrorSort::Count,
        ErrorSort::Users,
        ErrorSort::Trend,
    ];
    for text in SEARCHES {
        let asked = ErrorQuery {
            latest_releases: vec![(world.project, "2.0".to_owned())],
            ..query(text)
        };
        let facets = world.stores.errors.list_facets(&world.scope, &asked).await;
        let reference: &dyn faultbook_domain::errors::ErrorStore = &memory;
        let expected = reference.list_facets(&scope, &asked).await.unwrap();
        assert_eq!(facets.unwrap(), expected, "facets of {text:?}");
        for sort in sorts {
            for trend in [TrendShape::Day, TrendShape::Fortnight] {
                let asked = ErrorQuery {
                    sort,
                    trend,
                    latest_releases: vec![(world.project, "2.0".to_owned())],
                    ..query(text)
                };
                let errors = &world.stores.errors;
                let found = errors.list_errors(&world.scope, &asked).await.unwrap();
                let reference: &dyn faultbook_domain::errors::ErrorStore = &memory;
                let expected = reference.list_errors(&scope, &asked).await.unwrap();
                // Ids of errors differ; what is equal in rank is ordered by them.
                let shown = |page: &faultbook_domain::page::Page<ErrorDetail>| {
                    let items = page.items.iter();
                    let mut shown: Vec<_> = items
                        .map(|one| {
                            let message = one.error.summary.message.clone();
                            (message, one.error.state.count, one.figures.clone().unwrap())
                        })
                        .collect();
                    shown.sort_by(|one, other| one.0.cmp(&other.0));
                    shown
                };
                assert_eq!(shown(&found), shown(&expected), "{text:?} by {sort:?}");
                assert_eq!(found.total, expected.total, "{text:?} by {sort:?}");
            }
        }
    }
}

pub async fn pages_of_searches_join(stores: Stores) {
    let world = World::new(stores).await;
    world.varied().await;
    world.index().await;
    for text in [
        "",
        "level:[error,warning]",
        "is:open",
        "since:2026-11-20T00:00:00Z",
    ] {
        for sort in [
            ErrorSort::LastSeen,
            ErrorSort::FirstSeen,
            ErrorSort::Count,
            ErrorSort::Users,
            ErrorSort::Trend,
        ] {
            let whole = ErrorQuery {
                sort,
                ..query(text)
            };
            let ids = |items: Vec<ErrorDetail>| -> Vec<_> {
                items.into_iter().map(|one| one.error.state.id).collect()
            };
            let expected = ids(world.search(&whole).await);
            let (mut seen, mut start) = (Vec::new(), PageStart::default());
            loop {
                let asked = ErrorQuery {
                    limit: 2,
                    start,
                    ..whole.clone()
                };
                let page = world
                    .stores
                    .errors
                    .list_errors(&world.scope, &asked)
                    .await
                    .unwrap();
                assert_eq!(page.total, expected.len() as u64, "{text:?} by {sort:?}");
                seen.extend(ids(page.items));
                let Some(next) = page.next else { break };
                start = PageStart::After(next);
            }
            assert_eq!(seen, expected, "{text:?} by {sort:?}");
        }
    }
}

pub async fn a_search_may_name_the_errors(stores: Stores) {
    let world = World::new(stores).await;
    world.varied().await;
    let all = world.search(&query("")).await;
    let ids = vec![all[0].error.state.id, all[1].error.state.id];
    for text in ["", "level:[error,warning,info]"] {
        let asked = ErrorQuery {
            ids: Some(ids.clone()),
            ..query(text)
        };
        assert_eq!(world.search(&asked).await.len(), 2, "{text:?}");
    }
    let nobody = ErrorQuery {
        ids: Some(Vec::new()),
        ..query("")
    };
    assert_eq!(world.search(&nobody).await.len(), 0);
}

pub async fn candidates_have_something_in_common(stores: Stores) {
    let world = World::new(stores).await;
    // Of one function and file; lines and types differ.
    let with_trace = |number, message: &str| {
        let trace = format!(
            "Traceback (most recent call last):\n  File \"/srv/shop.py\", line {number}, in pay\n    \
             charge()\nError{number}: no"
        );
        let mut one = Occurrence::clone(
            &world
                .one(number, message)
                .at(i64::try_from(number).unwrap())
                .build(),
        );
        one.stack_trace = Some(trace);
        Arc::new(one)
    };
    let recorded = world
        .record(vec![
            with_trace(1, "first"),
            with_trace(2, "second"),
            world.one(3, "the warehouse is closed").build(),
            world.one(4, "the WAREHOUSE has burnt").build(),
            world.one(5, "nothing").build(),
        ])
        .await;
    let ids: Vec<_> = recorded.iter().map(|one| one.error.id).collect();
    let found = world.search(&query("")).await;
    let like = |id| {
        let detail = found.iter().find(|one| one.error.state.id == id).unwrap();
        let figures = detail.figures.clone().unwrap();
        Likeness {
            exception_type: figures.exception_type,
            culprit: figures.culprit,
            message: detail.error.summary.message.clone(),
        }
    };
    for (one, other) in [(0, 1), (1, 0), (2, 3), (3, 2)] {
        let store = &world.stores.errors;
        let candidates = store
            .list_candidates(world.project, ids[one], &like(ids[one]), 10)
            .await;
        let candidates = candidates.unwrap();
        assert!(candidates.contains(&ids[other]), "{one} and {other}");
        assert!(!candidates.contains(&ids[one]), "{one}");
    }
    let store = &world.stores.errors;
    let one = store
        .list_candidates(world.project, ids[0], &like(ids[0]), 1)
        .await;
    assert_eq!(one.unwrap().len(), 1);
}
