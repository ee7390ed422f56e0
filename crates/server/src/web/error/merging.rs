//! Errors are merged and split.

use super::decisions::back;
use super::show::{detail, title};
use crate::api::errors::not_found;
use crate::api::list_query::ListRequest;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::state::AppState;
use crate::web::errors::api_query;
use crate::web::form::Form;
use crate::web::page::{Page, see_other_with};
use crate::web::visitor::Visitor;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use faultbook_domain::errors::{Discussion, ErrorDetail, ErrorFinder, Merge, Split, Triage};
use faultbook_domain::id::ErrorId;
use faultbook_domain::identity::Permission;
use faultbook_web::error::{Candidate, MergePage};
use faultbook_web::shell::{Flash, Section, Undo};

/// Offers errors to merge one into: similar ones, or those of a search.
///
/// # Errors
/// As [`decide`].
pub async fn show_merge(visitor: Visitor, id: Path<String>) -> ApiResult<Page<MergePage>> {
    visitor.require(Permission::ErrorsResolve)?;
    let id: ErrorId = id.parse().map_err(|_| not_found())?;
    let detail = detail(&visitor, id).await?;
    let project = visitor.slug_of(detail.error.project_id);
    let finder = visitor.service::<ErrorFinder>()?;
    let discussion = visitor.service::<Discussion>()?;
    let now = visitor.service::<AppState>()?.clock.now();
    let words = visitor.address().get("q").to_owned();
    let asked = api_query(&[
        ("query", words.clone()),
        ("project", project),
        ("limit", "20".to_owned()),
        ("trend", "14d".to_owned()),
    ]);
    let shell = visitor.shell(Section::Errors, "Merge").await?;
    let own = (id.to_string(), title(&detail));
    let list = match ListRequest::read(&asked, &visitor, now, &discussion).await {
        Ok(list) => list,
        Err(refused) if refused.code() == Code::InvalidInput => {
            let problem = Some(refused.sentence().to_owned());
            return Ok(Page::new(MergePage::new(
                shell,
                own,
                words,
                Vec::new(),
                problem,
            )));
        }
        Err(refused) => return Err(refused),
    };
    let found: Vec<ErrorDetail> = if words.is_empty() {
        let similar = finder.similar(&list.scope, &list.query, id).await?;
        let similar = similar.unwrap_or_default().into_iter();
        similar.map(|(detail, _)| detail).collect()
    } else {
        finder.refresh().await;
        finder.list(&list.scope, &list.query).await?.items
    };
    let others = found.into_iter().filter(|one| one.error.state.id != id);
    let offered = others.map(|one| Candidate::of(&shell, one)).collect();
    Ok(Page::new(MergePage::new(shell, own, words, offered, None)))
}

/// Merges an error into another one.
///
/// # Errors
/// As the API's route.
pub async fn merge(form: Form, id: Path<String>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let visitor = &form.visitor;
    visitor.require(Permission::ErrorsResolve)?;
    let from: ErrorId = id.parse().map_err(|_| not_found())?;
    let into: ErrorId = form.get("into").parse().map_err(|_| not_found())?;
    let triage = visitor.service::<Triage>()?;
    let explained = triage.explain(visitor.scope(), from).await?;
    match triage
        .merge(visitor.scope(), from, into, visitor.actor())
        .await?
    {
        Merge::Done(_) => {}
        Merge::NotFound => return Err(not_found()),
        Merge::OtherProject => {
            let said = Flash::failed("Errors of two projects cannot be merged.");
            return Ok(see_other_with(
                &request,
                format!("/errors/{from}/merge"),
                &said,
            ));
        }
    }
    let own = explained.map(|one| one.fingerprints).unwrap_or_default();
    let said = Flash::done("Merged into this error");
    let said = match &own[..] {
        [only] => said.with_undo(Undo {
            action: format!("/errors/{into}/split"),
            fields: vec![("fingerprint".to_owned(), only.to_string())],
        }),
        _ => said,
    };
    Ok(see_other_with(&request, format!("/errors/{into}"), &said))
}

/// Splits a fingerprint off: it becomes an error of its own.
///
/// # Errors
/// As the API's route.
pub async fn split(form: Form, id: Path<String>, request: HttpRequest) -> ApiResult<HttpResponse> {
    let visitor = &form.visitor;
    visitor.require(Permission::ErrorsResolve)?;
    let own: ErrorId = id.parse().map_err(|_| not_found())?;
    let expected = "must be 32 hexadecimal digits";
    let fingerprint = form.get("fingerprint").parse();
    let fingerprint = fingerprint.map_err(|_| ApiError::field("fingerprint", expected))?;
    let triage = visitor.service::<Triage>()?;
    let split = triage.split(visitor.scope(), own, fingerprint, visitor.actor());
    let new = match split.await? {
        Split::Done(error) => error.state.id,
        Split::NotFound => return Err(not_found()),
        Split::NotOwned | Split::OnlyOne => {
            let said = Flash::failed("This fingerprint cannot be split off any more.");
            return Ok(see_other_with(&request, back(&form, &id), &said));
        }
    };
    let said = Flash::done("Split off: this is its own error now").with_undo(Undo {
        action: format!("/errors/{new}/merge"),
        fields: vec![("into".to_owned(), own.to_string())],
    });
    Ok(see_other_with(&request, format!("/errors/{new}"), &said))
}
