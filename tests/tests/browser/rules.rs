//! A rule is written with its preview, fires, and is told.

use crate::seed::{Member, plain};
use crate::tab::Tab;
use e2e::{Receiver, Server, Stack, on_both_stacks};

on_both_stacks!(a_rule_is_previewed_and_told_to_a_webhook);

async fn a_rule_is_previewed_and_told_to_a_webhook(stack: Stack) {
    let server = Server::start(stack).await;
    let (owner, receiver) = (Member::owner(&server).await, Receiver::start().await);
    for _ in 0..3 {
        owner.report(&plain("gateway timed out", "pay")).await;
    }
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.open("/settings/integrations/webhook").await;
    tab.fill("[name=url]", &receiver.url("/hook")).await;
    tab.fill("[name=secret]", "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u")
        .await;
    tab.press("Save").await;
    tab.arrives("/settings/integrations").await;

    tab.open("/alerts/new").await;
    tab.fill("[name=name]", "Payments fail").await;
    tab.fill("#cond", "error_cuont > 2 in 5m").await;
    tab.finds("#cond-msg .bad").await;
    tab.sees("Did you mean").await;
    tab.fill("#cond", "error_count > 2 in 5m where source = pay")
        .await;
    tab.finds("#cond-msg .good").await;
    tab.finds("#preview .badge.amber").await;
    tab.shot("alert-preview").await;
    // The channel that is set up is ticked already.
    tab.finds("[name=notifications][value=webhook]:checked")
        .await;
    tab.press("Save rule").await;
    tab.arrives("/alerts").await;
    tab.sees("Payments fail").await;
    let told = receiver.wait_for(1).await;
    assert!(told[0].body.contains("Payments fail"), "{told:?}");
    tab.until(
        "the delivery is listed",
        "document.querySelector('#deliveries')?.innerText.includes('Delivered') || (setTimeout(() => location.reload()), false)",
    )
    .await;
    tab.shot("alerts-delivered").await;
    tab.end().await;
}
