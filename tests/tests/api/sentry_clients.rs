//! Applications with unmodified Sentry SDKs: what they report arrives, once and as it was.

use Application::{SentryBrowser, SentryNode, SentryPython, SentryRust};
use e2e::value::text;
use e2e::{Application, Relay, Server, Site, Stack, on_both_stacks};
use serde_json::{Value, json};
use std::time::Duration;

on_both_stacks! {
    python_reports_errors,
    node_reports_errors,
    a_browser_reports_errors,
    rust_reports_errors,
    what_is_sent_again_counts_once,
    a_limit_pauses_an_sdk,
}

/// What marks a request that holds an event, uncompressed.
const EVENT: &[u8] = b"\"type\":\"event\"";

/// What an application's errors look like.
struct Expected {
    application: Application,
    /// What a handled error's message begins with; behind it is the order.
    message: &'static str,
    /// The innermost frames of an error that is thrown, none where it has no frames.
    frames: &'static [&'static str],
    /// The innermost frames of one that nobody handles.
    crash_frames: &'static [&'static str],
    source: &'static str,
}

async fn dsn(server: &Server) -> String {
    let projects = server.data("/api/projects").await;
    text(&projects["projects"][0]["dsn"]).to_owned()
}

/// The number of all occurrences.
async fn count(server: &Server) -> u64 {
    let errors = server.errors("").await;
    errors
        .iter()
        .map(|error| error["count"].as_u64().unwrap())
        .sum()
}

/// The only error with this text in its message, whole.
async fn error_about(server: &Server, words: &str) -> Value {
    let errors = server.errors("").await;
    let mut about = errors
        .iter()
        .filter(|error| text(&error["message"]).contains(words));
    let error = about
        .next()
        .unwrap_or_else(|| panic!("{words}: {errors:?}"));
    assert!(about.next().is_none(), "{words}: {errors:?}");
    server
        .data(&format!("/api/errors/{}", text(&error["id"])))
        .await
}

/// The functions of the innermost frames of the exception that was thrown last.
fn functions(error: &Value, count: usize) -> Vec<&str> {
    let frames = error["exceptions"][0]["frames"].as_array();
    let frames = frames.map(Vec::as_slice).unwrap_or_default();
    frames
        .iter()
        .take(count)
        .map(|frame| text(&frame["function"]))
        .collect()
}

#[track_caller]
fn calls(error: &Value, expected: &[&str]) {
    let found = functions(error, expected.len());
    let same = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(found, expected)| found.ends_with(expected));
    assert!(same, "{found:?} are not {expected:?}: {error:#}");
}

async fn reports_errors(stack: Stack, expected: Expected) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    let run = async |scenario: &str, number: u32| {
        expected
            .application
            .run(scenario, number, &[("DSN", &dsn)])
            .await
    };
    run("report", 41).await;
    let error = error_about(&server, "order 41").await;
    let message = text(&error["message"]);
    assert_eq!(
        message,
        format!("{}order 41 was refused by bank 287", expected.message)
    );
    assert_eq!(error["count"], 1);
    assert_eq!(
        (&error["level"], &error["source"]),
        (&json!("error"), &json!(expected.source))
    );
    assert_eq!(error["release"], "shop@1.4.2");
    assert_eq!(error["environment"], "staging");
    assert_eq!(error["user"]["id"], "7");
    assert_eq!(error["user"]["email"], "ada@example.com");
    assert_eq!(error["tags"]["region"], "eu");
    let crumbs = error["context"]["breadcrumbs"].as_array().unwrap();
    assert!(
        crumbs.iter().any(|crumb| crumb["message"] == "cart opened"),
        "{crumbs:?}"
    );
    calls(&error, expected.frames);

    run("report", 4_242).await;
    let again = error_about(&server, "was refused").await;
    assert_eq!((&again["id"], &again["count"]), (&error["id"], &json!(2)));

    run("message", 0).await;
    let warning = error_about(&server, "disk almost full").await;
    assert_eq!(warning["level"], "warning");
    assert_eq!(warning["message"], "disk almost full");
    assert_eq!(count(&server).await, 3);
}

async fn reports_crashes(stack: Stack, expected: Expected) {
    let server = Server::start(stack).await;
    let dsn = dsn(&server).await;
    for order in [41, 4_242] {
        expected
            .application
            .run("crash", order, &[("DSN", &dsn)])
            .await;
    }
    let error = error_about(&server, "was refused").await;
    assert_eq!(
        (&error["count"], &error["level"]),
        (&json!(2), &json!("error"))
    );
    assert_eq!(error["context"]["handled"], false);
    calls(&error, expected.crash_frames);
}

async fn python_reports_errors(stack: Stack) {
    let expected = || Expected {
        application: SentryPython,
        message: "ValueError: ",
        frames: &["charge", "checkout", "report"],
        crash_frames: &["charge", "checkout", "crash"],
        source: "backend",
    };
    reports_errors(stack, expected()).await;
    reports_crashes(stack, expected()).await;
}

async fn node_reports_errors(stack: Stack) {
    let expected = || Expected {
        application: SentryNode,
        message: "RangeError: ",
        frames: &["charge", "checkout", "report"],
        crash_frames: &["charge", "checkout"],
        source: "backend",
    };
    reports_errors(stack, expected()).await;
    reports_crashes(stack, expected()).await;
}

async fn a_browser_reports_errors(stack: Stack) {
    let expected = || Expected {
        application: SentryBrowser,
        message: "RangeError: ",
        frames: &["charge", "checkout"],
        crash_frames: &["charge", "checkout"],
        source: "frontend",
    };
    reports_errors(stack, expected()).await;
    reports_crashes(stack, expected()).await;
}

async fn rust_reports_errors(stack: Stack) {
    let expected = || Expected {
        application: SentryRust,
        message: "PaymentError: ",
        // An error that is returned has none.
        frames: &[],
        crash_frames: &["checkout", "main"],
        source: "backend",
    };
    reports_errors(stack, expected()).await;
    reports_crashes(stack, expected()).await;
}

/// An SDK with an offline store sends again what was not answered.
async fn what_is_sent_again_counts_once(stack: Stack) {
    for application in [SentryNode, SentryBrowser] {
        let server = Server::start(stack).await;
        let relay = Relay::start(server.address(), EVENT).await;
        relay.lose_answers(1);
        let dsn = dsn(&server)
            .await
            .replace(server.address(), relay.address());
        application.run("offline", 41, &[("DSN", &dsn)]).await;
        assert_eq!(relay.statuses().await, [200, 200], "{application:?}");
        assert_eq!(count(&server).await, 1, "{application:?}");
    }
}

async fn a_limit_pauses_an_sdk(stack: Stack) {
    for application in [SentryPython, SentryNode, SentryBrowser, SentryRust] {
        let site = Site::new(stack).await;
        let site = site.set("FAULTBOOK__RATE_LIMITS__ENABLED", "true");
        let server = site.start().await;
        let project = server.data("/api/projects").await["projects"][0].clone();
        let path = format!("/api/projects/{}/keys", text(&project["id"]));
        let limited = server
            .post(&path, &json!({ "rate_limit": 3 }))
            .await
            .data(201);
        // What Python sends is compressed.
        let marker: &[u8] = if application == SentryPython {
            b"POST "
        } else {
            EVENT
        };
        let relay = Relay::start(server.address(), marker).await;
        let dsn = text(&limited["dsn"]).replace(server.address(), relay.address());
        application.run("flood", 12, &[("DSN", &dsn)]).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let statuses = relay.statuses().await;
        let refused = statuses.iter().position(|status| *status == 429);
        assert_eq!(
            refused,
            statuses.len().checked_sub(1),
            "{application:?} {statuses:?}"
        );
        let stored = count(&server).await;
        assert!((1..=3).contains(&stored), "{application:?} {stored}");
    }
}
