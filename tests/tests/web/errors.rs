//! Errors: the list, one error, and what is decided about them.

use crate::reader::{Reader, assert_strict};
use e2e::{Server, Stack, on_both_stacks};
use serde_json::{Value, json};

on_both_stacks!(
    a_list_is_searched_and_shared_by_its_address,
    an_error_is_resolved_and_the_change_undone,
    many_errors_are_changed_and_deleted_after_a_question,
    an_error_is_read_decided_and_discussed,
    errors_are_merged_and_split,
    hostile_texts_are_text,
    a_viewer_is_offered_no_change_of_errors,
    errors_of_others_do_not_exist,
    a_first_start_waits_for_the_first_error,
    the_rest_opens,
);

/// Reports an error as the reader, and returns its id.
async fn report(reader: &Reader, report: &Value) -> String {
    let answer = reader
        .person
        .call(reqwest::Method::POST, "/api/errors", Some(report))
        .await;
    answer.data(201)["id"].as_str().unwrap().to_owned()
}

fn traced(message: &str) -> Value {
    json!({
        "message": message, "source": "shop", "release": "1.2.3", "tags": { "region": "eu" },
        "user": { "id": "u1", "email": "someone@example.com" }, "url": "https://shop.example/pay?a=1",
        "stack_trace": "Traceback (most recent call last):\n  File \"/app/shop/cart.py\", line 14, in total\n    return sum(prices)\nKeyError: 'tea'",
        "context": {
            "breadcrumbs": [{ "timestamp": 1_764_201_601.5, "category": "query", "message": "SELECT 1" }],
            "order": { "id": 88213, "card": "[Filtered]" },
        },
    })
}

async fn a_list_is_searched_and_shared_by_its_address(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    report(
        &owner,
        &json!({ "message": "gateway timeout", "source": "pay" }),
    )
    .await;
    report(
        &owner,
        &json!({ "message": "disk full", "source": "store", "level": "warning" }),
    )
    .await;
    let all = owner.page("/errors").await;
    assert_strict("/errors", &all);
    assert!(
        all.contains("gateway timeout") && all.contains("disk full"),
        "{all}"
    );
    let found = owner
        .page("/errors?q=source%3Apay+gateway&sort=count&range=24h")
        .await;
    assert!(
        found.contains("gateway timeout") && !found.contains("disk full"),
        "{found}"
    );
    assert!(
        found.contains("<b>source:</b><span>pay</span>"),
        "a token: {found}"
    );
    assert!(found.contains("value=\"gateway\""), "the words: {found}");
    let joined = owner
        .open("/errors?f=source%3Apay&q=gateway&sort=last_seen")
        .await;
    assert_eq!(
        (joined.status, joined.header("location")),
        (303, "/errors?q=source%3Apay+gateway")
    );
    let none = owner.page("/errors?q=nothing-like-this").await;
    assert!(
        none.contains("No open errors match") && none.contains("nothing-like-this"),
        "{none}"
    );
    let bad = owner.open("/errors?q=level%3Awrong").await;
    assert_eq!(bad.status, 400);
    assert!(
        bad.text().contains("role=\"alert\"") && bad.text().contains("level:"),
        "{}",
        bad.text()
    );
    assert_eq!(owner.open("/errors?project=nowhere").await.status, 404);
}

async fn an_error_is_resolved_and_the_change_undone(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let id = report(
        &owner,
        &json!({ "message": "gateway timeout", "source": "pay" }),
    )
    .await;
    let path = format!("/errors/{id}/resolve");
    let answer = owner
        .send(&path, &[("action", "resolve"), ("back", "/errors")])
        .await;
    assert_eq!((answer.status, answer.header("location")), (303, "/errors"));
    let note = answer
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(note.starts_with("faultbook_note="), "{note}");
    let request = owner
        .person
        .request(reqwest::Method::GET, "/errors?status=resolved");
    let cookies = format!("{}; {note}", owner.person.cookie);
    let shown = e2e::Answer::to(request.header("Cookie", cookies)).await;
    let html = shown.text();
    assert!(
        html.contains("1 error resolved") && html.contains("data-undo"),
        "{html}"
    );
    assert!(
        shown.header("set-cookie").contains("faultbook_note=;"),
        "it is shown this once: {shown:?}"
    );
    owner
        .go("/errors/bulk", &[("action", "reopen"), ("id", &id)])
        .await;
    assert!(owner.page("/errors").await.contains("gateway timeout"));
    let refused = e2e::Answer::to(
        owner
            .person
            .request(reqwest::Method::POST, &path)
            .header("X-CSRF-Token", "x")
            .form(&[("action", "resolve"), ("csrf", "wrong")]),
    )
    .await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(refused.text().contains("<h1"), "{}", refused.text());
}

async fn many_errors_are_changed_and_deleted_after_a_question(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let one = report(&owner, &json!({ "message": "alpha failed", "source": "a" })).await;
    let other = report(&owner, &json!({ "message": "beta broke", "source": "b" })).await;
    let both = [("id", one.as_str()), ("id", other.as_str())];
    let with = |action: &'static str| [&both[..], &[("action", action)]].concat();
    owner.go("/errors/bulk", &with("ignore:count=100")).await;
    let ignored = owner.page("/errors?status=ignored").await;
    assert!(
        ignored.contains("Ignored for 100 more occurrences"),
        "{ignored}"
    );
    owner
        .go(
            "/errors/bulk",
            &[
                ("all", "2"),
                ("action", "reopen"),
                ("back", "/errors?status=ignored"),
            ],
        )
        .await;
    assert!(owner.page("/errors").await.contains("alpha failed"));
    owner
        .go(
            "/errors/bulk",
            &[("all", "7"), ("action", "resolve"), ("back", "/errors")],
        )
        .await;
    assert!(
        owner.page("/errors").await.contains("alpha failed"),
        "another number than was shown"
    );
    let asked = owner.send("/errors/bulk", &with("delete")).await;
    assert_eq!(asked.status, 200);
    assert!(
        asked.text().contains("Delete 2 errors?"),
        "{}",
        asked.text()
    );
    owner
        .go(
            "/errors/bulk",
            &[&with("delete")[..], &[("confirm", "yes")]].concat(),
        )
        .await;
    let left = owner.person.data("/api/errors").await;
    assert_eq!(left["total"], 0);
}

async fn an_error_is_read_decided_and_discussed(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let id = report(&owner, &traced("no price for tea")).await;
    report(&owner, &traced("no price for tea")).await;
    let path = format!("/errors/{id}");
    let html = owner.page(&path).await;
    assert_strict(&path, &html);
    for part in [
        "no price for tea",
        "/app/shop/cart.py",
        "KeyError",
        "SELECT 1",
        "https://shop.example/pay?a=1",
        "someone@example.com",
        "88213",
        "class=\"filtered\"",
        "Occurrence 2 of 2",
        "1.2.3",
        "region",
        "Fingerprint",
    ] {
        assert!(html.contains(part), "{part} is missing: {html}");
    }
    let first = owner.page(&format!("{path}/o/first")).await;
    assert!(first.contains("Occurrence 1 of 2"), "{first}");
    let raw = owner.open(&format!("{path}?frames=raw")).await;
    assert!(
        raw.text().contains("Traceback")
            && raw.header("set-cookie").contains("faultbook_frames=raw"),
        "{raw:?}"
    );
    owner
        .go(&format!("{path}/assign"), &[("action", "assign:me")])
        .await;
    assert!(
        owner
            .page(&path)
            .await
            .contains("Assigned to </span>Somebody")
    );
    owner
        .go(
            &format!("{path}/comment"),
            &[("text", "see https://a.example/1 <b>now</b>")],
        )
        .await;
    let html = owner.page(&path).await;
    assert!(
        html.contains("rel=\"noreferrer noopener\"") && html.contains("&lt;b&gt;now"),
        "{html}"
    );
    owner
        .go(
            &format!("{path}/resolve"),
            &[("action", "resolve:next_release")],
        )
        .await;
    let html = owner.page(&path).await;
    assert!(
        html.contains("Resolved in 1.2.3") && html.contains("Reopen"),
        "{html}"
    );
    assert_eq!(owner.open("/errors/nonsense").await.status, 404);
}

async fn errors_are_merged_and_split(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let from = report(&owner, &json!({ "message": "alpha failed", "source": "a" })).await;
    let into = report(&owner, &json!({ "message": "beta broke", "source": "b" })).await;
    let offered = owner.page(&format!("/errors/{from}/merge?q=beta")).await;
    assert!(
        offered.contains(&into) && !offered.contains(&format!("value=\"{from}\"")),
        "{offered}"
    );
    let merged = owner
        .go(&format!("/errors/{from}/merge"), &[("into", &into)])
        .await;
    assert_eq!(merged, format!("/errors/{into}"));
    let html = owner.page(&merged).await;
    assert!(html.contains("Split off"), "{html}");
    assert_eq!(owner.open(&format!("/errors/{from}")).await.status, 404);
    let grouping = owner
        .person
        .data(&format!("/api/errors/{into}/grouping"))
        .await;
    let fingerprint = grouping["fingerprints"][0].as_str().unwrap();
    let new = owner
        .go(
            &format!("/errors/{into}/split"),
            &[("fingerprint", fingerprint)],
        )
        .await;
    assert_ne!(new, merged);
    owner.page(&new).await;
}

async fn hostile_texts_are_text(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let bad = "<img src=x onerror=alert(1)>\u{202E}gpj.exe \u{1b}[31m'\"";
    let id = report(&owner, &json!({
        "message": bad, "source": bad, "environment": "x\"><script>alert(1)</script>", "url": "javascript:alert(1)",
        "release": "<svg/onload=alert(1)>", "tags": { "<i>": bad }, "user": { "id": bad },
        "stack_trace": format!("Error: {bad}\n    at {bad} (/app/{bad}.js:1:2)"),
        "context": { bad: { bad: bad }, "breadcrumbs": [{ "category": bad, "message": bad }], "request": { "url": "data:text/html,x", "headers": { bad: bad } } },
    })).await;
    for path in [
        "/errors".to_owned(),
        format!("/errors/{id}"),
        format!("/errors/{id}?frames=all"),
        format!("/errors/{id}/merge"),
        "/dashboard".to_owned(),
        "/find?q=onerror".to_owned(),
    ] {
        let html = owner.page(&path).await;
        for raw in [
            "<img src=x",
            "<script>alert",
            "<svg/onload",
            "href=\"javascript:",
            "href=\"data:",
            "\u{202E}gpj.exe <",
        ] {
            assert!(!html.contains(raw), "{path} has {raw}");
        }
    }
    let html = owner.page("/errors").await;
    assert!(html.contains("⟨U+202E⟩"), "{html}");
}

async fn a_viewer_is_offered_no_change_of_errors(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let id = report(&owner, &traced("no price for tea")).await;
    let viewer = Reader::within(&server, &owner.tenant, "viewer").await;
    let list = viewer.page("/errors").await;
    assert!(
        !list.contains("value=\"resolve\"") && !list.contains("Delete"),
        "{list}"
    );
    let one = viewer.page(&format!("/errors/{id}")).await;
    assert!(
        !one.contains("/resolve") && !one.contains("/merge"),
        "{one}"
    );
    for (path, fields) in [
        (
            "/errors/bulk".to_owned(),
            [("action", "resolve"), ("id", id.as_str())],
        ),
        (
            format!("/errors/{id}/resolve"),
            [("action", "resolve"), ("x", "")],
        ),
    ] {
        assert_eq!(viewer.send(&path, &fields).await.status, 403, "{path}");
    }
}

async fn errors_of_others_do_not_exist(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let id = report(&owner, &traced("no price for tea")).await;
    let other = Reader::new(&server, "owner").await;
    for path in [
        format!("/errors/{id}"),
        format!("/errors/{id}/o/first"),
        format!("/errors/{id}/merge"),
    ] {
        assert_eq!(other.open(&path).await.status, 404, "{path}");
    }
    for (path, fields) in [
        (format!("/errors/{id}/resolve"), [("action", "resolve")]),
        (format!("/errors/{id}/comment"), [("text", "mine")]),
        (format!("/errors/{id}/follow"), [("set", "true")]),
        (
            format!("/errors/{id}/split"),
            [("fingerprint", "00000000000000000000000000000000")],
        ),
    ] {
        assert_eq!(other.send(&path, &fields).await.status, 404, "{path}");
    }
    assert_eq!(
        owner.person.data(&format!("/api/errors/{id}")).await["status"],
        "open"
    );
}

async fn a_first_start_waits_for_the_first_error(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let start = owner.go_to("/errors").await;
    assert_eq!(start, "/projects/default/start");
    let html = owner.page(&start).await;
    assert_strict(&start, &html);
    let projects = owner.person.data("/api/projects").await;
    let dsn = projects["projects"][0]["dsn"].as_str().unwrap();
    for part in [
        "Listening for the first error",
        dsn,
        "curl",
        "Python",
        "Node.js",
        "Java",
        ".NET",
        "Go",
        "Rust",
        "OpenTelemetry",
    ] {
        assert!(html.contains(part), "{part}: {html}");
    }
    owner.go("/projects/default/test-error", &[]).await;
    assert!(
        owner
            .page("/errors")
            .await
            .contains("Test error from Faultbook")
    );
}

async fn the_rest_opens(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    report(&owner, &traced("no price for tea")).await;
    for path in [
        "/dashboard",
        "/dashboard?range=1y",
        "/find",
        "/find?q=tea",
        "/help/keys",
        "/errors?status=all&range=90d",
    ] {
        assert_strict(path, &owner.page(path).await);
    }
}
