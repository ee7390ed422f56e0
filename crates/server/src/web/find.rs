//! The command palette, and the keyboard's help.

use super::errors::api_query;
use super::page::{Page, is_fragment};
use super::visitor::Visitor;
use crate::api::list_query::ListRequest;
use crate::http::error::{ApiResult, Code};
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use faultbook_domain::errors::{Discussion, ErrorFinder};
use faultbook_domain::identity::Permission;
use faultbook_web::Number;
use faultbook_web::errors::row::one_line;
use faultbook_web::find::{FindPage, Group, Item, KeysDialog, KeysPage, PAGES, Palette};
use faultbook_web::link::Address;
use faultbook_web::shell::Section;
use faultbook_web::ui;

/// Characters that are looked for.
const MOST: usize = 200;

/// Finds errors, projects and pages.
///
/// # Errors
/// 503 when the store is away.
pub async fn find(
    visitor: Visitor,
    query: Query,
    request: HttpRequest,
    (finder, discussion): (Data<ErrorFinder>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<HttpResponse> {
    let text: String = query
        .text("q")
        .unwrap_or_default()
        .trim()
        .chars()
        .take(MOST)
        .collect();
    let mut groups = Vec::new();
    let reads = visitor.principal().may(Permission::ErrorsRead);
    if reads && text.chars().count() >= 3 {
        let asked = api_query(&[("query", text.clone()), ("limit", "5".to_owned())]);
        match ListRequest::read(&asked, &visitor, state.clock.now(), &discussion).await {
            Ok(list) => {
                finder.refresh().await;
                let found = finder.list(&list.scope, &list.query).await?;
                let items: Vec<Item> = found
                    .items
                    .into_iter()
                    .map(|one| {
                        let summary = &one.error.summary;
                        let name = one
                            .figures
                            .as_ref()
                            .and_then(|figures| figures.exception_type.clone());
                        Item {
                            mark: ui::level(ui::level_name(summary.level, summary.severity)),
                            more: one_line(&summary.message),
                            name: name.unwrap_or_default(),
                            href: format!("/errors/{}", one.error.state.id),
                            count: Some(Number(one.error.state.count)),
                            keys: "",
                        }
                    })
                    .collect();
                if !items.is_empty() {
                    groups.push(Group {
                        title: "Errors",
                        items,
                    });
                }
            }
            Err(refused) if refused.code() == Code::InvalidInput => {}
            Err(refused) => return Err(refused),
        }
    }
    groups.extend(places(&visitor, &text));
    if !text.is_empty() && reads {
        let href = Address::new("/errors")
            .with("q", &text)
            .with("status", "all")
            .to_string();
        groups.push(Group {
            title: "Do",
            items: vec![Item {
                mark: ui::icon("search"),
                name: format!("Search errors for “{text}”"),
                more: String::new(),
                href,
                count: None,
                keys: "",
            }],
        });
    }
    if is_fragment(&request) {
        return Ok(Page::new(Palette::new(text, groups)).respond_to(&request));
    }
    let shell = visitor.shell(Section::Elsewhere, "Search or jump").await?;
    Ok(Page::new(FindPage::new(shell, text, groups)).respond_to(&request))
}

/// Pages and projects that a text names.
fn places(visitor: &Visitor, text: &str) -> Vec<Group> {
    let text = text.to_lowercase();
    let principal = visitor.principal();
    let may = |permission: &str| {
        permission.is_empty() || permission.parse().is_ok_and(|one| principal.may(one))
    };
    let pages = PAGES.iter().filter(|(name, _, _, _, permission)| {
        may(permission) && name.to_lowercase().contains(&text)
    });
    let pages: Vec<Item> = pages
        .map(|(name, href, icon, keys, _)| place(icon, name, (*href).to_owned(), keys))
        .collect();
    let projects = principal
        .projects
        .iter()
        .filter(|one| !text.is_empty() && one.slug.as_str().contains(&text));
    let projects: Vec<Item> = projects
        .take(5)
        .map(|one| {
            place(
                "layers",
                one.slug.as_str(),
                format!("/errors?project={}", one.slug),
                "",
            )
        })
        .collect();
    let groups = [("Go to", pages), ("Projects", projects)];
    let groups = groups.into_iter().filter(|(_, items)| !items.is_empty());
    groups
        .map(|(title, items)| Group { title, items })
        .collect()
}

fn place(icon: &str, name: &str, href: String, keys: &'static str) -> Item {
    Item {
        mark: ui::icon(icon),
        name: name.to_owned(),
        more: String::new(),
        href,
        count: None,
        keys,
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
