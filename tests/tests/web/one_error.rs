//! One error, and what is decided about it.

use crate::reader::{Reader, assert_strict, report, traced};
use e2e::{Server, Stack, on_both_stacks};
use serde_json::json;

on_both_stacks!(
    an_error_is_read_decided_and_discussed,
    errors_are_merged_and_split,
    hostile_texts_are_text,
    errors_of_others_do_not_exist,
);

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
