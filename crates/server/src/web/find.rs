//! The command palette, and the keyboard's help.

use super::page::{Page, is_fragment};
use super::visitor::Visitor;
use crate::api::find::{Found, Places, find_for};
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use faultbook_domain::identity::Permission;
use faultbook_web::Number;
use faultbook_web::errors::row::one_line;
use faultbook_web::find::{FindPage, Group, Item, KeysDialog, KeysPage, Palette};
use faultbook_web::link::Address;
use faultbook_web::shell::Section;
use faultbook_web::ui;

/// Characters that are looked for.
const MOST: usize = 200;

/// Finds errors, rules, incidents, projects, releases and pages.
///
/// # Errors
/// 503 when the store is away.
pub async fn find(
    visitor: Visitor,
    query: Query,
    request: HttpRequest,
    places: Places,
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let text = query.text("q").unwrap_or_default().trim();
    let text: String = text.chars().take(MOST).collect();
    let found = find_for(&visitor, &text, &places, &state).await?;
    let mut groups = groups(found);
    if !text.is_empty() && visitor.require(Permission::ErrorsRead).is_ok() {
        let href = Address::new("/errors")
            .with("q", &text)
            .with("status", "all")
            .to_string();
        groups.push(Group {
            title: "Do",
            items: vec![place("search", format!("Search errors for “{text}”"), href)],
        });
    }
    if is_fragment(&request) {
        return Ok(Page::new(Palette::new(text, groups)).respond_to(&request));
    }
    let shell = visitor.shell(Section::Elsewhere, "Search or jump").await?;
    Ok(Page::new(FindPage::new(shell, text, groups)).respond_to(&request))
}

/// What was found, by kind.
fn groups(found: Found) -> Vec<Group> {
    let errors = found.errors.into_iter().map(|one| Item {
        mark: ui::level(ui::level_name(one.level, one.severity)),
        more: one_line(&one.message),
        name: one.exception_type.unwrap_or_default(),
        href: one.url,
        count: Some(Number(one.count)),
        keys: "",
    });
    let rules = found.rules.into_iter();
    let rules = rules.map(|one| with_more(place("bell", one.name, one.url), one.state));
    let incidents = found.incidents.into_iter();
    let incidents = incidents.map(|one| with_more(place("flag", one.title, one.url), one.status));
    let projects = found.projects.into_iter();
    let projects = projects.map(|one| with_more(place("layers", one.name, one.url), &one.slug));
    let releases = found.releases.into_iter();
    let releases = releases.map(|one| place("release", one.version, one.url));
    let pages = found.pages.into_iter().map(|one| Item {
        keys: one.keys,
        ..place(one.icon, one.name.to_owned(), one.url.to_owned())
    });
    let groups: [(&'static str, Vec<Item>); 6] = [
        ("Errors", errors.collect()),
        ("Go to", pages.collect()),
        ("Projects", projects.collect()),
        ("Rules", rules.collect()),
        ("Incidents", incidents.collect()),
        ("Releases", releases.collect()),
    ];
    let groups = groups.into_iter().filter(|(_, items)| !items.is_empty());
    groups
        .map(|(title, items)| Group { title, items })
        .collect()
}

fn with_more(item: Item, more: &str) -> Item {
    Item {
        more: more.to_owned(),
        ..item
    }
}

fn place(icon: &str, name: String, href: String) -> Item {
    Item {
        mark: ui::icon(icon),
        name,
        more: String::new(),
        href,
        count: None,
        keys: "",
    }
}

/// Shows what the keyboard does.
///
/// # Errors
/// As [`Visitor`].
pub async fn show_keys(visitor: Visitor, request: HttpRequest) -> ApiResult<HttpResponse> {
    if is_fragment(&request) {
        return Ok(Page::new(KeysDialog).respond_to(&request));
    }
    let shell = visitor
        .shell(Section::Elsewhere, "Keyboard shortcuts")
        .await?;
    Ok(Page::new(KeysPage::new(shell)).respond_to(&request))
}
