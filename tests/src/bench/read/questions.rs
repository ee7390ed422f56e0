//! What is asked, with the bars.

use crate::setup::Server;
use anyhow::Context;
use std::time::Duration;

/// A question in several variants, and the bar for its uncached answer.
pub struct Question {
    pub name: &'static str,
    pub paths: Vec<String>,
    pub bar: Option<Duration>,
}

/// The questions that are asked of the cache too.
pub const CACHED: [&str; 2] = ["list", "stats"];

/// Searches of lists by their last sight: one filter or state.
const SINGLE: [(&str, &[&str]); 21] = [
    ("list is:open", &["is:open"]),
    ("list is:resolved", &["is:resolved"]),
    ("list is:ignored", &["is:ignored"]),
    ("list is:regressed", &["is:regressed"]),
    ("list is:assigned", &["is:assigned"]),
    ("list is:unassigned", &["is:unassigned"]),
    ("list is:bookmarked", &["is:bookmarked"]),
    ("list is:new", &["is:new"]),
    ("list level", &["level:error", "level:info", "level:fatal"]),
    (
        "list environment",
        &[
            "environment:production",
            "environment:staging",
            "environment:development",
        ],
    ),
    (
        "list release",
        &["release:1.59.0", "release:1.30.0", "release:1.2.0"],
    ),
    ("list source", &["source:backend", "source:mailer"]),
    (
        "list url",
        &[
            "url:https://shop.example.com/1/1",
            "url:https://shop.example.com/*/9",
        ],
    ),
    (
        "list user",
        &["user:user7@example.com", "user:user150000@example.com"],
    ),
    ("list has:user", &["has:user"]),
    (
        "list !environment",
        &["!environment:staging", "!environment:production"],
    ),
    ("list count:>", &["count:>100", "count:>1", "count:1"]),
    ("list users:>=", &["users:>=10", "users:>=500"]),
    ("list first_seen", &["first_seen:<2h", "first_seen:>7d"]),
    ("list last_seen", &["last_seen:<2h", "last_seen:>7d"]),
    ("list since", &["since:1h", "since:7d", "until:7d"]),
];

const SORTS: [(&str, &str); 4] = [
    ("list sort=first_seen", "first_seen"),
    ("list sort=count", "count"),
    ("list sort=users", "users"),
    ("list sort=trend", "trend"),
];

const WORDS: [&str; 6] = [
    "rare0042",
    "common07",
    "common00",
    "\"order: part rare1\"",
    "message:rare0777",
    "missing",
];

const TAGS: [&str; 4] = [
    "region:region-5",
    "region:region-0",
    "server_name:web-7",
    "server_name:web-*",
];

/// Several filters, a range and another sort: search and sort.
const TOGETHER: [(&str, &str); 6] = [
    ("environment:staging release:1.40.0 since:14d", "count"),
    ("level:error source:mailer since:7d", "users"),
    (
        "environment:production level:error region:region-3 since:1d",
        "trend",
    ),
    (
        "user:user77@example.com environment:production until:1d",
        "first_seen",
    ),
    (
        "url:https://shop.example.com/1/1 level:error since:30d !region:region-5",
        "count",
    ),
    (
        "is:open source:search environment:staging count:>5 since:20d",
        "users",
    ),
];

fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => quoted.push(char::from(byte)),
            other => quoted.push_str(&format!("%{other:02X}")),
        }
    }
    quoted
}

/// What is asked.
///
/// # Errors
/// When the server does not answer as documented.
pub async fn questions(server: &Server) -> anyhow::Result<Vec<Question>> {
    let list = |query: &str| format!("/api/errors?limit=50&query={}", quoted(query));
    let lists = |queries: &[&str]| queries.iter().map(|query| list(query)).collect();
    let question = |name, paths: Vec<String>, millis: u64| Question {
        name,
        paths,
        bar: Some(Duration::from_millis(millis)),
    };
    let some = ids(server, "/api/errors?limit=50").await?;
    let hot = ids(server, "/api/errors?limit=10&sort=count").await?;
    let of = |path: fn(&str) -> String| -> Vec<String> {
        some.iter().chain(&hot).map(|id| path(id)).collect()
    };
    let deep = deep(server).await?;
    let first = || vec!["/api/errors?limit=50".to_owned()];
    let mut all = vec![question("list", first(), 20)];
    all.push(question("list, 60 pages deep", vec![deep], 20));
    for (name, sort) in SORTS {
        all.push(question(
            name,
            vec![format!("/api/errors?limit=50&sort={sort}")],
            20,
        ));
    }
    for (name, queries) in SINGLE {
        all.push(question(name, lists(queries), 20));
    }
    all.push(question("search by words", lists(&WORDS), 50));
    all.push(question("search by a tag", lists(&TAGS), 50));
    let together = TOGETHER.iter();
    let together = together.map(|(query, sort)| format!("{}&sort={sort}", list(query)));
    all.push(question(
        "several filters, range, sort",
        together.collect(),
        250,
    ));
    all.push(question(
        "facets",
        vec!["/api/errors/facets".to_owned()],
        10,
    ));
    all.push(question("stats", vec!["/api/stats".to_owned()], 10));
    all.push(question("tag keys", vec!["/api/tags".to_owned()], 10));
    all.push(question(
        "tags of an error",
        of(|id| format!("/api/errors/{id}/tags")),
        10,
    ));
    let values = of(|id| format!("/api/errors/{id}/tags/url"));
    all.push(question("values of an error's tag", values, 10));
    all.push(question(
        "get one error",
        of(|id| format!("/api/errors/{id}")),
        20,
    ));
    all.push(question(
        "similar errors",
        of(|id| format!("/api/errors/{id}/similar")),
        50,
    ));
    all.push(question(
        "trend, week by day",
        vec!["/api/analytics/trends".to_owned()],
        20,
    ));
    let year = "/api/analytics/trends?period=year&group_by=month".to_owned();
    all.push(question("trend, year by month", vec![year], 20));
    let month = |id: &str| format!("/api/analytics/trends?period=month&error_id={id}");
    all.push(question("trend of one error", of(month), 20));
    let feed = "/orgs/default/errors?limit=100".to_owned();
    all.push(question("organization's events", vec![feed], 20));
    all.push(question(
        "releases",
        vec!["/api/releases?limit=20".to_owned()],
        50,
    ));
    Ok(all)
}

async fn ids(server: &Server, path: &str) -> anyhow::Result<Vec<String>> {
    let list = server.get(path).await?;
    let errors = list["errors"].as_array().context("no errors")?;
    let ids = errors.iter().filter_map(|error| error["id"].as_str());
    Ok(ids.map(str::to_owned).collect())
}

async fn deep(server: &Server) -> anyhow::Result<String> {
    let mut path = "/api/errors?limit=100".to_owned();
    for _ in 0..60 {
        let page = server.get(&path).await?;
        let cursor = page["next_cursor"].as_str().context("too few errors")?;
        path = format!("/api/errors?limit=100&cursor={cursor}");
    }
    Ok(path)
}
