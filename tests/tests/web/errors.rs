//! Lists of errors, and what is decided in them.

use crate::reader::{Reader, assert_strict, report, traced};
use e2e::{Server, Stack, on_both_stacks};
use serde_json::json;

on_both_stacks!(
    a_list_is_searched_and_shared_by_its_address,
    an_error_is_resolved_and_the_change_undone,
    many_errors_are_changed_and_deleted_after_a_question,
    a_viewer_is_offered_no_change_of_errors,
    a_first_start_waits_for_the_first_error,
    charts_tell_what_happened_meanwhile,
    the_rest_opens,
);

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

async fn charts_tell_what_happened_meanwhile(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Reader::new(&server, "owner").await;
    let id = report(&owner, &traced("no price for tea")).await;
    let deploy = [
        ("version", "1.2.3"),
        ("project", "default"),
        ("environment", "production"),
    ];
    owner.go("/releases/deploys", &deploy).await;
    let marked = "<title>Deploy 1.2.3 production";
    for path in ["/errors", "/dashboard", &format!("/errors/{id}")] {
        let html = owner.page(path).await;
        assert!(html.contains(marked), "{path}: {html}");
    }
    let searched = owner.page("/errors?q=source%3Ashop").await;
    let later = "hx-get=\"/errors/volume?q=source%3Ashop\"";
    assert!(searched.contains(later), "{searched}");
    let chart = owner.page("/errors/volume?q=source%3Ashop").await;
    assert!(
        chart.contains("1 occurrences, 1 of them critical.") && !chart.contains("<html"),
        "{chart}"
    );
    let other = owner.page("/errors/volume?q=source%3Aelsewhere").await;
    assert!(other.contains("0 occurrences"), "{other}");
    let divided = owner.page("/dashboard?range=24h").await;
    for part in [
        "Releases",
        "Environments",
        "Sources",
        "/errors?q=release%3A1.2.3",
    ] {
        assert!(divided.contains(part), "{part}: {divided}");
    }
}
