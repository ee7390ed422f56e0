//! Contract of `ErrorStore`: order and pages.
#![allow(missing_docs, reason = "a test's name states what it checks")]

use crate::Stores;
use crate::builder::{NOON, a_project, an_occurrence};
use crate::world::World;
use faultbook_domain::errors::ErrorQuery;
use faultbook_domain::errors::{ErrorFilter, ErrorGroup, ErrorSort, summary_message, summary_text};
use faultbook_domain::id::ErrorId;
use faultbook_domain::page::{Cursor, PAGE_BYTES, PageStart};
use faultbook_domain::search::Figures;
use faultbook_domain::tenancy::Scope;
use std::sync::Arc;
use time::Duration;

/// Records twelve errors, of which several share a time or a count.
async fn twelve(world: &World) {
    for number in 0..12_u128 {
        let seconds = (number as i64 * 7) % 5 * 40;
        for occurrence in 0..=(number % 4) as i64 {
            let one = an_occurrence(world.project)
                .of(number)
                .at(seconds - occurrence * 90);
            world.record_one(one.build()).await;
        }
    }
}

fn rank(sort: ErrorSort, error: &ErrorGroup) -> i64 {
    let figures = Figures {
        count: error.state.count,
        users: 0,
        first_seen: error.state.first_seen,
        last_seen: error.state.last_seen,
    };
    sort.rank(&figures, 0)
}

async fn walk(world: &World, scope: &Scope, sort: ErrorSort, limit: u32) -> Vec<ErrorId> {
    let mut seen = Vec::new();
    let mut start = PageStart::default();
    loop {
        let query = ErrorQuery {
            sort,
            start,
            limit,
            ..ErrorQuery::default()
        };
        let page = world
            .stores
            .errors
            .list_errors(scope, &query)
            .await
            .unwrap();
        assert!(page.items.len() <= limit as usize);
        seen.extend(page.items.iter().map(|detail| detail.error.state.id));
        assert!(seen.len() <= 100, "a walk ends");
        match page.next {
            Some(cursor) => {
                assert_eq!(cursor, cursor.to_string().parse::<Cursor>().unwrap());
                start = PageStart::After(cursor);
            }
            None => return seen,
        }
    }
}

pub async fn cursors_walk_every_order_once(stores: Stores) {
    let world = World::new(stores).await;
    twelve(&world).await;
    world.index().await;
    for sort in [ErrorSort::LastSeen, ErrorSort::FirstSeen, ErrorSort::Count] {
        let mut expected = world.all().await;
        expected.sort_by_key(|error| std::cmp::Reverse((rank(sort, error), error.state.id)));
        let expected: Vec<ErrorId> = expected.iter().map(|error| error.state.id).collect();
        for limit in [1, 5, 6, 12, 50] {
            assert_eq!(
                walk(&world, &world.scope, sort, limit).await,
                expected,
                "{sort:?} by {limit}"
            );
        }
    }
}

pub async fn offsets_count_from_the_newest(stores: Stores) {
    let world = World::new(stores).await;
    twelve(&world).await;
    let all = walk(&world, &world.scope, ErrorSort::LastSeen, 50).await;
    for offset in [0, 3, 11, 12, 1_000_000] {
        let start = PageStart::Offset(offset);
        let query = ErrorQuery {
            start,
            limit: 4,
            ..ErrorQuery::default()
        };
        let page = world
            .stores
            .errors
            .list_errors(&world.scope, &query)
            .await
            .unwrap();
        let ids: Vec<ErrorId> = page
            .items
            .iter()
            .map(|detail| detail.error.state.id)
            .collect();
        let from = (offset as usize).min(12);
        assert_eq!(ids, all[from..(from + 4).min(12)], "from {offset}");
        assert_eq!(page.total, 12);
        assert_eq!(page.next.is_some(), from + 4 < 12);
    }
}

pub async fn pages_span_projects(stores: Stores) {
    let world = World::new(stores).await;
    let second = a_project(world.scope.tenant());
    world.stores.projects.create_project(&second).await.unwrap();
    for number in 0..6_u128 {
        let project = if number % 2 == 0 {
            world.project
        } else {
            second.id
        };
        world
            .record_one(an_occurrence(project).of(number).at(number as i64).build())
            .await;
    }
    world.index().await;
    let both = Scope::new(world.scope.tenant_scope(), vec![world.project, second.id]);
    for sort in [ErrorSort::LastSeen, ErrorSort::FirstSeen, ErrorSort::Count] {
        let seen = walk(&world, &both, sort, 2).await;
        assert_eq!(seen.len(), 6);
        let mut unique = seen.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 6);
    }
    assert_eq!(
        walk(&world, &world.scope, ErrorSort::LastSeen, 2)
            .await
            .len(),
        3
    );
    let id = walk(&world, &both.narrowed_to(second.id), ErrorSort::LastSeen, 2).await[0];
    let detail = world
        .stores
        .errors
        .get_error(&both, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(detail.error.project_id, second.id);
}

pub async fn ties_are_broken_by_id(stores: Stores) {
    let world = World::new(stores).await;
    let batch = (0..20)
        .map(|number| an_occurrence(world.project).of(number).build())
        .collect();
    world.record(batch).await;
    let mut expected: Vec<ErrorId> = world
        .all()
        .await
        .iter()
        .map(|error| error.state.id)
        .collect();
    assert!(
        world
            .all()
            .await
            .iter()
            .all(|error| error.state.last_seen == NOON + Duration::ZERO)
    );
    expected.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(
        walk(&world, &world.scope, ErrorSort::LastSeen, 3).await,
        expected
    );
}

pub async fn a_page_ends_before_it_holds_too_much_text(stores: Stores) {
    let world = World::new(stores).await;
    let half = "x".repeat(PAGE_BYTES / 2 - 4_096);
    let (mut expected, mut error) = (Vec::new(), None);
    for number in 0..5_i64 {
        let mut one = Arc::unwrap_or_clone(an_occurrence(world.project).of(1).at(number).build());
        // A single one exceeds a page.
        one.stack_trace = Some(half.repeat(if number == 2 { 3 } else { 1 }));
        expected.insert(0, one.id);
        let other = an_occurrence(world.project)
            .of(100 + u128::from(number.unsigned_abs()))
            .at(number);
        let mut other = Arc::unwrap_or_clone(other.build());
        other.stack_trace = Some(half.clone());
        world.record_one(Arc::new(other)).await;
        error = Some(world.record_one(Arc::new(one)).await.error.id);
    }
    let error = error.unwrap();
    let (mut seen, mut after, mut lengths) = (Vec::new(), None, Vec::new());
    loop {
        let page = world
            .stores
            .errors
            .list_occurrences(&world.scope, error, after, 50)
            .await;
        let page = page.unwrap().unwrap();
        lengths.push(page.items.len());
        seen.extend(page.items.iter().map(|one| one.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    assert_eq!(lengths, [2, 1, 2]);

    let mut query = ErrorQuery {
        limit: 50,
        with_latest: true,
        ..ErrorQuery::default()
    };
    let mut pages = Vec::new();
    loop {
        let page = world
            .stores
            .errors
            .list_errors(&world.scope, &query)
            .await
            .unwrap();
        assert_eq!(page.total, 6);
        assert!(page.items.iter().all(|detail| detail.latest.is_some()));
        pages.push(page.items.len());
        match page.next {
            Some(cursor) => query.start = PageStart::After(cursor),
            None => break,
        }
    }
    assert_eq!(pages, [2, 2, 2]);
    let light = ErrorQuery {
        limit: 50,
        ..ErrorQuery::default()
    };
    let page = world
        .stores
        .errors
        .list_errors(&world.scope, &light)
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.next), (6, None));
}

pub async fn an_error_keeps_the_beginning_of_long_texts(stores: Stores) {
    let world = World::new(stores).await;
    let long = |letter: &str| letter.repeat(100_000);
    let mut one = Arc::unwrap_or_clone(an_occurrence(world.project).of(1).build());
    one.summary.message = long("\u{dc}");
    one.summary.source = long("s");
    one.summary.environment = long("e");
    one.summary.url = Some(long("u"));
    one.summary.user_agent = Some(long("a"));
    one.summary.release = Some(long("r"));
    let id = world.record_one(Arc::new(one.clone())).await.error.id;
    world
        .record_one(an_occurrence(world.project).of(2).build())
        .await;
    let error = world.error(id).await;
    assert_eq!(error.summary.message, summary_message(&one.summary.message));
    assert_eq!(error.summary.source, summary_text(&one.summary.source));
    assert_eq!(
        error.summary.environment,
        summary_text(&one.summary.environment)
    );
    assert_eq!(
        error.summary.url.as_deref(),
        one.summary.url.as_deref().map(summary_text)
    );
    assert_eq!(
        error.summary.user_agent.as_deref(),
        one.summary.user_agent.as_deref().map(summary_text)
    );
    assert_eq!(
        error.summary.release.as_deref(),
        one.summary.release.as_deref().map(summary_text)
    );
    let detail = world
        .stores
        .errors
        .get_error(&world.scope, error.state.id)
        .await;
    let latest = detail.unwrap().unwrap().latest.unwrap();
    assert_eq!(
        (&latest.summary.message, &latest.summary.source),
        (&one.summary.message, &one.summary.source)
    );
    let filter = ErrorFilter {
        source: Some(one.summary.source.clone()),
        environment: Some(one.summary.environment.clone()),
        ..ErrorFilter::default()
    };
    let query = ErrorQuery {
        filter,
        limit: 10,
        ..ErrorQuery::default()
    };
    world.index().await;
    let page = world
        .stores
        .errors
        .list_errors(&world.scope, &query)
        .await
        .unwrap();
    assert_eq!(page.total, 1);
    let feed = world
        .stores
        .errors
        .list_feed(&world.scope, None, 10)
        .await
        .unwrap();
    assert!(
        feed.items
            .iter()
            .any(|entry| entry.message == summary_message(&one.summary.message))
    );
}
