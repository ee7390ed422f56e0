//! Places, palette and help by keyboard alone.

use crate::seed::{Member, plain, rich};
use crate::tab::Tab;
use e2e::{Server, Stack, on_both_stacks};

on_both_stacks!(
    keys_lead_everywhere,
    colours_are_switched_by_hand,
    times_are_those_of_the_browser,
    a_phone_unfolds_the_rest_of_the_navigation,
);

async fn keys_lead_everywhere(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    owner.report(&plain("disk is full", "store")).await;
    let id = owner.report(&rich(0)).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    for (key, path) in [
        ("d", "/dashboard"),
        ("a", "/alerts"),
        ("i", "/incidents"),
        ("r", "/releases"),
        ("m", "/monitoring"),
        ("s", "/settings/projects"),
        ("e", "/errors"),
    ] {
        tab.keys("g").await;
        tab.keys(key).await;
        tab.arrives(path).await;
    }
    tab.keys("?").await;
    tab.finds("#keys[open]").await;
    tab.shot("keys-dialog").await;
    tab.escape().await;
    tab.until("help is gone", "!document.querySelector('#keys[open]')")
        .await;
    tab.control('k').await;
    tab.finds("#palette[open] input").await;
    tab.keys("price").await;
    tab.until(
        "it is found",
        "document.querySelector('#found [aria-selected=true]')?.innerText.includes('price')",
    )
    .await;
    tab.shot("palette").await;
    tab.enter().await;
    tab.arrives(&format!("/errors/{id}")).await;
    tab.end().await;
}

async fn colours_are_switched_by_hand(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    owner.report(&plain("disk is full", "store")).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    let paper = "getComputedStyle(document.documentElement).backgroundColor";
    tab.prefer("light").await;
    tab.open("/errors").await;
    let light = tab.script(&format!("return {paper}")).await;
    tab.prefer("dark").await;
    let dark = tab.script(&format!("return {paper}")).await;
    assert_ne!(light, dark);
    tab.click(".side-foot > .theme button[value=light]").await;
    tab.until("it is light", &format!("{paper} === {light}"))
        .await;
    // It is remembered once the server has heard of it.
    tab.until(
        "it stays light",
        "fetch('/errors').then((page) => page.text()).then((html) => html.includes('data-theme=\"light\"'))",
    )
    .await;
    tab.open("/dashboard").await;
    assert_eq!(tab.script(&format!("return {paper}")).await, light);
    tab.end().await;
}

async fn times_are_those_of_the_browser(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    let id = owner.report(&rich(0)).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    let zone = serde_json::json!({ "timezoneId": "Asia/Kathmandu" });
    tab.devtools("Emulation.setTimezoneOverride", zone).await;
    let clock =
        "[...document.querySelectorAll('.bread time')].map((one) => one.textContent).join()";
    // The breadcrumbs of the report are of 00:00:01.500 and 00:00:02.250 UTC.
    tab.open(&format!("/errors/{id}")).await;
    tab.until(
        "it is a quarter to six there",
        &format!("{clock}.includes('05:45:01.500')"),
    )
    .await;
    tab.open("/profile").await;
    tab.click("[name=time_zone]").await;
    tab.until(
        "zones are offered",
        "document.querySelectorAll('#zones option').length > 300",
    )
    .await;
    tab.fill("[name=time_zone]", "UTC").await;
    tab.press("Save").await;
    tab.sees("Profile saved").await;
    tab.open(&format!("/errors/{id}")).await;
    tab.until(
        "it is midnight",
        &format!("{clock}.includes('00:00:01.500')"),
    )
    .await;
    tab.end().await;
}

async fn a_phone_unfolds_the_rest_of_the_navigation(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    owner.report(&plain("disk is full", "store")).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    tab.resize(390, 844).await;
    tab.open("/errors").await;
    tab.click("#nav .more summary").await;
    tab.shot("more.390").await;
    tab.click("#nav .more [href='/monitoring']").await;
    tab.arrives("/monitoring").await;
    tab.finds("#nav .more summary.on").await;
    tab.end().await;
}
