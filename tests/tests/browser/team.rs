//! People join, may do what their role allows, and see nothing of other organizations.

use crate::seed::{Member, plain};
use crate::tab::Tab;
use e2e::people::PASSWORD;
use e2e::{Server, Stack, on_both_stacks};

on_both_stacks!(
    somebody_joins_in_a_browser_of_their_own,
    a_key_is_shown_once,
    addresses_of_others_lead_nowhere,
    a_session_that_ended_returns_to_where_one_was,
);

async fn somebody_joins_in_a_browser_of_their_own(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    let id = owner.report(&plain("gateway timed out", "pay")).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open("/settings/team").await;
    tab.fill("[name=email]", &format!("new-{}", owner.email))
        .await;
    tab.choose("[name=role]", "Viewer").await;
    tab.press("Send invitation").await;
    let link = tab
        .until(
            "the address shows",
            "document.querySelector('#secret')?.innerText",
        )
        .await;
    let link = link.as_str().unwrap();
    let at = link.find("/invite/").unwrap();
    let theirs = Tab::new(&server, stack).await;
    theirs.open(&link[at..]).await;
    theirs.shot("invitation").await;
    theirs.fill("[name=name]", "Grace Hopper").await;
    theirs.fill("[name=password]", PASSWORD).await;
    theirs.press("Accept the invitation").await;
    theirs.arrives("/errors").await;
    theirs.sees("gateway timed out").await;
    theirs.open(&format!("/errors/{id}")).await;
    theirs.sees("gateway timed out").await;
    assert_eq!(theirs.count("[value=resolve]").await, 0);
    theirs.keys("e").await;
    theirs.open("/settings/keys").await;
    theirs.sees("Status 403").await;
    let path = format!("/api/errors/{id}");
    assert_eq!(owner.person.data(&path).await["status"], "open");
    tab.open("/settings/team").await;
    tab.sees("Grace Hopper").await;
    tab.end().await;
    theirs.end().await;
}

async fn a_key_is_shown_once(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open("/settings/keys").await;
    tab.fill("[name=name]", "Pipeline").await;
    tab.press("Create key").await;
    let secret = tab
        .until("it shows", "document.querySelector('#secret')?.innerText")
        .await;
    let secret = secret.as_str().unwrap();
    tab.shot("settings-key-made").await;
    let reported = server.with_key(secret);
    reported.report(&plain("by the key", "pipeline")).await;
    tab.open("/settings/keys").await;
    tab.sees("Pipeline").await;
    assert!(!tab.html().await.contains(secret));
    tab.script("history.back()").await;
    tab.until(
        "the page before shows",
        "document.readyState === 'complete'",
    )
    .await;
    tab.open("/errors").await;
    tab.sees("by the key").await;
    assert!(!tab.html().await.contains(secret));
    tab.end().await;
}

async fn addresses_of_others_lead_nowhere(stack: Stack) {
    let server = Server::start(stack).await;
    let (ours, theirs) = (Member::owner(&server).await, Member::owner(&server).await);
    let id = ours.report(&plain("gateway timed out", "pay")).await;
    theirs.report(&plain("disk is full", "store")).await;
    let tab = Tab::of(&server, stack, &theirs.email).await;
    for path in [
        format!("/errors/{id}"),
        format!("/errors/{id}/o/first"),
        format!("/errors/{id}/merge"),
    ] {
        tab.open(&path).await;
        tab.sees("Status 404").await;
    }
    for path in ["/errors?status=all", "/find?q=gateway", "/dashboard"] {
        tab.open(path).await;
        assert!(!tab.text().await.contains("gateway timed out"), "{path}");
    }
    tab.end().await;
}

async fn a_session_that_ended_returns_to_where_one_was(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    owner.report(&plain("gateway timed out", "pay")).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open("/errors?q=source%3Apay").await;
    let out = "return fetch('/logout', { method: 'POST', body: new URLSearchParams({ csrf: document.querySelector('meta[name=csrf]').content }) }).then(() => 1)";
    tab.script(out).await;
    tab.keys("jo").await;
    tab.arrives("/login").await;
    tab.fill("#email", &owner.email).await;
    tab.fill("#password", PASSWORD).await;
    tab.press("Sign in").await;
    tab.finds(".error-head").await;
    tab.sees("gateway timed out").await;
    tab.end().await;
}
