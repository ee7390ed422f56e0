//! Everything is read and all basic changes are made without JavaScript.

use crate::seed::{Member, plain, rich};
use crate::tab::Tab;
use e2e::{Server, Stack, on_both_stacks};

on_both_stacks!(errors_are_worked_on_without_scripts);

async fn errors_are_worked_on_without_scripts(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    let id = owner.report(&rich(0)).await;
    owner.report(&plain("disk is full", "store")).await;
    let tab = Tab::without_scripts(&server, stack).await;
    tab.sign_in(&owner.email).await;
    tab.open("/errors").await;
    assert_eq!(
        tab.script("return document.querySelectorAll('#live[hidden]').length")
            .await,
        1
    );
    tab.fill("#q", "source:shop").await;
    tab.enter().await;
    tab.sees_no("disk is full").await;
    tab.click(".row .title a").await;
    tab.arrives(&format!("/errors/{id}")).await;
    tab.shot("error-without-scripts").await;
    tab.press("Resolve").await;
    tab.sees("1 error resolved").await;
    tab.press("Undo").await;
    tab.sees("1 error reopened").await;
    tab.fill("#say", "Asked the bank.").await;
    tab.press("Comment").await;
    tab.sees("Asked the bank.").await;
    tab.open("/errors").await;
    tab.click(".row input").await;
    tab.shot("errors-selected-without-scripts").await;
    tab.click(".bulk [value=ignore]").await;
    tab.sees("1 error ignored").await;
    tab.click(".row input").await;
    tab.click(".bulk [value=delete]").await;
    tab.sees("Delete 1 error?").await;
    tab.click(".side-foot > .theme button[value=dark]").await;
    tab.finds("html[data-theme=dark]").await;
    tab.end().await;
}
