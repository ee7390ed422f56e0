//! Every page: readable for everybody in both colours, fitting a phone, within its budget.

use crate::axe::violations;
use crate::seed::Shop;
use crate::tab::Tab;
use e2e::{Server, Site, Stack, on_both_stacks};

on_both_stacks!(
    every_page_is_accessible_in_both_colours,
    pages_of_strangers_and_admins_are_accessible,
    every_page_fits_a_phone,
    pages_are_light_over_the_wire,
);

/// Rules that depend on colours.
const COLOUR_RULES: &[&str] = &["color-contrast", "link-in-text-block"];

/// What stands out to the right of the page, or nothing.
const OVERFLOW: &str = "const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth <= width) return null;
const out = [...document.querySelectorAll('body *')].filter((one) => {
  const box = one.getBoundingClientRect();
  return box.width > 0 && box.right > width + 0.5 && ![...(function* (at) { while ((at = at.parentElement)) yield at; })(one)].some((at) => getComputedStyle(at).overflowX !== 'visible');
});
return `${document.documentElement.scrollWidth} > ${width}: ${out.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(' | ')}`;";

async fn every_page_is_accessible_in_both_colours(stack: Stack) {
    let server = Server::start(stack).await;
    let shop = Shop::open(&server).await;
    let tab = Tab::of(&server, stack, &shop.owner.email).await;
    assert_accessible(&tab, &shop.pages).await;
    tab.end().await;
}

async fn pages_of_strangers_and_admins_are_accessible(stack: Stack) {
    let site = Site::new(stack).await.set("ENVIRONMENT", "production");
    let mut server = site.start().await;
    let line = server.announced("makes the first owner");
    let setup = line
        .split_whitespace()
        .find_map(|word| Some(&word[word.find("/setup/")?..]));
    let pages = [
        ("login-production", "/login"),
        ("forgot", "/forgot"),
        ("reset", "/reset?token=none"),
        ("invite-wrong", "/invite/iv_live_wrong"),
        ("setup", setup.unwrap()),
    ];
    let tab = Tab::new(&server, stack).await;
    assert_accessible(&tab, &pages.map(|(name, path)| (name, path.to_owned()))).await;
    tab.end().await;
    let server = Server::start(stack).await;
    let tab = Tab::new(&server, stack).await;
    tab.open("/login").await;
    tab.press("Continue as developer").await;
    tab.until("somebody is signed in", "location.pathname !== '/login'")
        .await;
    let pages = [("platform", "/platform"), ("start-waiting", "/errors")];
    assert_accessible(&tab, &pages.map(|(name, path)| (name, path.to_owned()))).await;
    tab.end().await;
}

/// Looks at pages in both colours, and keeps pictures of them.
async fn assert_accessible(tab: &Tab, pages: &[(&'static str, String)]) {
    let mut found = Vec::new();
    for (name, path) in pages {
        tab.prefer("light").await;
        tab.open(path).await;
        tab.shot(&format!("{name}.light")).await;
        let light = violations(tab, None).await;
        found.extend(light.into_iter().map(|one| format!("{path} light: {one}")));
        tab.prefer("dark").await;
        tab.shot(&format!("{name}.dark")).await;
        let dark = violations(tab, Some(COLOUR_RULES)).await;
        found.extend(dark.into_iter().map(|one| format!("{path} dark: {one}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
}

async fn every_page_fits_a_phone(stack: Stack) {
    let server = Server::start(stack).await;
    let shop = Shop::open(&server).await;
    let tab = Tab::of(&server, stack, &shop.owner.email).await;
    let mut found = Vec::new();
    for (name, path) in &shop.pages {
        tab.resize(390, 844).await;
        tab.open(path).await;
        tab.shot(&format!("{name}.390")).await;
        let rules = violations(&tab, None).await;
        found.extend(rules.into_iter().map(|one| format!("{path} at 390: {one}")));
        for width in [390, 320] {
            tab.resize(width, 700).await;
            let out = tab.script(OVERFLOW).await;
            if let Some(out) = out.as_str() {
                found.push(format!("{path} at {width}: {out}"));
            }
        }
        let nav = tab
            .script("const nav = document.querySelector('#nav'); return !nav || nav.scrollWidth <= nav.clientWidth")
            .await;
        if nav != true {
            found.push(format!("{path} at 320: its navigation is too wide"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
    tab.end().await;
}

/// The bytes of the page and of all that it fetched.
const LOADED: &str = "return [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter((one) => !one.name.includes('/api/stream'))
  .reduce((sum, one) => sum + one.transferSize, 0)";

async fn pages_are_light_over_the_wire(stack: Stack) {
    let server = Server::start(stack).await;
    let shop = Shop::open(&server).await;
    let mut found = Vec::new();
    let tab = Tab::of(&server, stack, &shop.owner.email).await;
    for (_, path) in &shop.pages {
        tab.devtools("Network.clearBrowserCache", serde_json::json!({}))
            .await;
        tab.open(path).await;
        let first = tab.script(LOADED).await.as_u64().unwrap();
        tab.open(path).await;
        let next = tab.script(LOADED).await.as_u64().unwrap();
        assert!(next > 0 && first > next, "{path}: {first}, then {next}");
        if first >= 100_000 || next >= 30_000 {
            found.push(format!("{path}: {first} bytes, then {next}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    tab.end().await;
}
