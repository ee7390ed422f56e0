//! Errors are found, decided, undone, and come back.

use crate::seed::{Member, plain, rich};
use crate::tab::Tab;
use e2e::{Server, Stack, on_both_stacks};

on_both_stacks!(
    an_error_is_found_resolved_undone_and_comes_back,
    many_are_decided_by_keyboard,
    deleting_is_held_back,
    an_assignment_is_undone,
    a_newcomer_resolves_in_three_actions,
    an_error_is_read_by_keyboard,
);

async fn an_error_is_found_resolved_undone_and_comes_back(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    let wanted = plain("gateway timed out", "pay");
    let id = owner.report(&wanted).await;
    owner.report(&plain("disk is full", "store")).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open("/errors").await;
    assert_eq!(tab.count(".row").await, 2);
    tab.keys("/").await;
    tab.keys("source:pay").await;
    tab.enter().await;
    tab.until(
        "the search is in the address",
        "location.search.includes('source%3Apay')",
    )
    .await;
    tab.sees_no("disk is full").await;
    tab.finds("#volume svg.chart").await;
    tab.keys("jo").await;
    tab.arrives(&format!("/errors/{id}")).await;
    tab.keys("e").await;
    tab.sees("1 error resolved").await;
    tab.finds(".error-head .badge.green").await;
    tab.keys("z").await;
    tab.finds(".error-head [value=resolve]").await;
    tab.sees("1 error reopened").await;
    tab.press("Resolve").await;
    tab.finds(".error-head .badge.green").await;

    // The list is open when it occurs again.
    tab.open("/errors").await;
    tab.finds("#live:not([hidden])").await;
    assert_eq!(tab.count(".row").await, 1);
    owner.report(&wanted).await;
    tab.finds("#news:not([hidden])").await;
    assert_eq!(tab.count(".row").await, 1, "nothing appears by itself");
    tab.keys(".").await;
    tab.sees("Regressed").await;
    tab.end().await;
}

async fn many_are_decided_by_keyboard(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    for name in ["alpha", "beta", "gamma", "delta"] {
        owner.report(&plain(&format!("{name} failed"), name)).await;
    }
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open("/errors").await;
    tab.keys("jxjjX").await;
    tab.until(
        "three are selected",
        "document.querySelectorAll('.row input:checked').length === 3",
    )
    .await;
    tab.shot("errors-selected").await;
    tab.keys("e").await;
    tab.sees("3 errors resolved").await;
    tab.until(
        "one is left",
        "document.querySelectorAll('.row').length === 1",
    )
    .await;
    tab.keys("z").await;
    tab.until(
        "all are back",
        "document.querySelectorAll('.row').length === 4",
    )
    .await;
    tab.keys("jxi").await;
    tab.sees("1 error ignored").await;
    tab.until(
        "it has left",
        "document.querySelectorAll('.row').length === 3",
    )
    .await;
    tab.end().await;
}

async fn deleting_is_held_back(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    for name in ["alpha", "beta"] {
        owner.report(&plain(&format!("{name} failed"), name)).await;
    }
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open("/errors").await;
    tab.keys("jx").await;
    tab.click(".bulk [value=delete]").await;
    tab.sees("1 error deleted").await;
    tab.keys("z").await;
    tab.until(
        "it is back",
        "document.querySelectorAll('.row:not([hidden])').length === 2",
    )
    .await;
    tab.click(".bulk [value=delete]").await;
    tab.sees("1 error deleted").await;
    // Whoever leaves has decided.
    tab.open("/dashboard").await;
    tab.open("/errors").await;
    tab.until(
        "one is left",
        "document.querySelectorAll('.row').length === 1 || location.reload()",
    )
    .await;
    tab.end().await;
}

async fn an_assignment_is_undone(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    let id = owner.report(&rich(0)).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open(&format!("/errors/{id}")).await;
    tab.keys("a").await;
    tab.press("To me").await;
    tab.sees("1 error assigned").await;
    tab.keys("z").await;
    tab.sees("1 error assigned to nobody").await;
    let path = format!("/api/errors/{id}");
    let error = owner.person.data(&path).await;
    assert_eq!(error["assigned_to"], serde_json::Value::Null);
    tab.end().await;
}

/// By mouse: the error, "Resolve". By keyboard: `j`, `o`, `e`.
async fn a_newcomer_resolves_in_three_actions(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    owner.report(&plain("gateway timed out", "pay")).await;
    owner.report(&plain("disk is full", "store")).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open("/").await;
    tab.arrives("/errors").await;
    tab.click(".row .title a").await;
    tab.press("Resolve").await;
    tab.finds(".error-head .badge.green").await;
    tab.open("/").await;
    tab.arrives("/errors").await;
    tab.keys("j").await;
    tab.keys("o").await;
    tab.finds(".error-head [value=resolve]").await;
    tab.keys("e").await;
    tab.finds(".error-head .badge.green").await;
    tab.end().await;
}

async fn an_error_is_read_by_keyboard(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    let mut id = String::new();
    for order in (0..3).rev() {
        id = owner.report(&rich(order)).await;
    }
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open(&format!("/errors/{id}")).await;
    tab.sees("Occurrence 3 of 3").await;
    tab.keys("[").await;
    tab.sees("Occurrence 2 of 3").await;
    tab.keys("]").await;
    tab.sees("Occurrence 3 of 3").await;
    tab.keys("t").await;
    tab.finds(".fold[open]").await;
    tab.keys("c").await;
    tab.keys("Asked the bank.").await;
    tab.press("Comment").await;
    tab.until(
        "it is said",
        "document.querySelector('.log')?.innerText.includes('Asked the bank.')",
    )
    .await;
    tab.end().await;
}
