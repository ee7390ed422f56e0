//! From an empty server to the first error, as a newcomer gets there.

use crate::tab::Tab;
use e2e::{Server, Stack, on_both_stacks};
use tokio::process::Command;

on_both_stacks!(a_newcomer_sees_the_first_error_arrive);

async fn a_newcomer_sees_the_first_error_arrive(stack: Stack) {
    let server = Server::start(stack).await;
    let tab = Tab::new(&server, stack).await;
    tab.open("/").await;
    tab.shot("login").await;
    tab.press("Continue as developer").await;
    tab.arrives("/projects/default/start").await;
    tab.sees("Listening for the first error").await;
    tab.shot("first-start").await;
    let shown = tab
        .script("return document.querySelector('#s-curl').innerText")
        .await;
    let command = shown.as_str().unwrap();
    assert!(command.contains(server.address()), "{command}");
    let sent = Command::new("sh").args(["-c", command]).output().await;
    let sent = sent.unwrap();
    assert!(sent.status.success(), "{sent:?}");
    // Nobody touches the page.
    tab.arrives("/errors").await;
    tab.sees("Hello from curl").await;
    tab.end().await;
}
