//! The list of errors.

use super::page::Page;
use super::visitor::Visitor;
use crate::api::list_query::ListRequest;
use crate::http::error::ApiResult;
use crate::http::query::Query;
use crate::state::AppState;
use actix_web::web::Data;
use faultbook_domain::errors::{Discussion, ErrorFinder};
use faultbook_domain::identity::Permission;
use faultbook_web::errors::ErrorsPage;
use faultbook_web::shell::Section;

/// Shows the list.
///
/// # Errors
/// 403 for those who may not read errors, 400 for a search that cannot be understood.
pub async fn list(
    visitor: Visitor,
    query: Query,
    (finder, discussion): (Data<ErrorFinder>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<Page<ErrorsPage>> {
    visitor.require(Permission::ErrorsRead)?;
    let list = ListRequest::read(&query, &visitor, state.clock.now(), &discussion).await?;
    finder.refresh().await;
    let page = finder.list(&list.scope, &list.query).await?;
    let shell = visitor.shell(Section::Errors, "Errors").await?;
    Ok(Page::new(ErrorsPage::new(shell, page.items, page.total)))
}
