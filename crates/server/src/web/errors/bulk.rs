//! What is done to many errors at once, as the API does it.

use super::ListFilter;
use crate::api::errors::bulk::change_errors;
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::extract::Json;
use crate::http::request::JsonBody;
use crate::state::AppState;
use crate::web::failure::came_from;
use crate::web::form::Form;
use crate::web::page::{Page, see_other_with};
use crate::web::visitor::Visitor;
use actix_web::web::Data;
use actix_web::{Either, HttpRequest, HttpResponse};
use faultbook_domain::errors::{Bulk, Decisions, Discussion, ErrorFinder, Triage};
use faultbook_domain::jobs::Jobs;
use faultbook_web::errors::ConfirmDelete;
use faultbook_web::link::own_path;
use faultbook_web::number::counted;
use faultbook_web::shell::{Flash, Section, Undo};
use serde_json::{Map, Value, json};
use time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Errors of one page of a list.
const LIST: usize = 100;

/// Changes the selected errors, or all that the list finds.
///
/// # Errors
/// As the API's route.
pub async fn change(
    form: Form,
    request: HttpRequest,
    (bulk, jobs, decisions): (Data<Bulk>, Data<Jobs>, Data<Decisions>),
    (finder, discussion): (Data<ErrorFinder>, Data<Discussion>),
    state: Data<AppState>,
) -> ApiResult<Either<Page<ConfirmDelete>, HttpResponse>> {
    let came_from = came_from(&request).unwrap_or_default();
    let back = own_path(form.get("back")).filter(|back| !back.is_empty());
    let back = back
        .or(own_path(&came_from))
        .unwrap_or("/errors")
        .to_owned();
    let ids: Vec<&str> = form.all("id").flat_map(|ids| ids.split(',')).collect();
    let all = form.text("all").and_then(|total| total.parse::<u64>().ok());
    if ids.is_empty() && all.is_none() {
        let said = Flash::failed("Select errors first.");
        return Ok(Either::Right(see_other_with(&request, back, &said)));
    }
    let action = form.get("action");
    if action == "delete" && !form.has("confirm") {
        let shell = form.visitor.shell(Section::Errors, "Delete errors").await?;
        let fields = form
            .pairs()
            .iter()
            .filter(|(name, _)| name != "csrf")
            .cloned();
        let count = all.unwrap_or(ids.len() as u64);
        let question = ConfirmDelete::new(shell, fields.collect(), count, back);
        return Ok(Either::Left(Page::new(question)));
    }
    let mut body = wish(&form, state.clock.now())?;
    match all {
        Some(total) => of_list(&mut body, &back, total),
        None => drop(body.insert("ids".to_owned(), json!(ids))),
    }
    let sent = Json {
        caller: form.visitor.caller(),
        body: JsonBody::new(Value::Object(body), false).limited(&state.limits),
    };
    let services = ((bulk, jobs, decisions), (finder, discussion));
    let former = former_owner(&form.visitor, action, &ids).await?;
    let done = change_errors(sent, services.0, services.1, state).await;
    let said = match done {
        Ok(Either::Left(done)) => {
            let done = done.into_data();
            told(
                action,
                &done.ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
                done.failed.len(),
                (&back, former.as_deref()),
            )
        }
        Ok(Either::Right(job)) => {
            let total = counted(job.into_data().total, "error");
            Flash::done(format!("{total} are changed in the background."))
        }
        Err(refused) if refused.code() == Code::UnexpectedTotal => {
            let now = refused.details().first().map(|one| one.message.clone());
            let now = now.unwrap_or_default();
            Flash::failed(format!(
                "The list has {now} errors now. Look at it again, then repeat this."
            ))
        }
        Err(refused) if refused.code() == Code::InvalidInput => Flash::failed(refused.sentence()),
        Err(refused) => return Err(refused),
    };
    Ok(Either::Right(see_other_with(&request, back, &said)))
}

/// The change as the API takes it. Buttons say all of it in one value: `assign:me`, `ignore:1d`, `resolve:next_release`.
pub(crate) fn wish(form: &Form, now: OffsetDateTime) -> ApiResult<Map<String, Value>> {
    let (action, how) = form
        .get("action")
        .split_once(':')
        .unwrap_or((form.get("action"), ""));
    let mut wish = Map::new();
    let mut add = |name: &str, value: Value| drop(wish.insert(name.to_owned(), value));
    add("action", json!(action));
    match action {
        "assign" if how.is_empty() => add("assigned_to", Value::Null),
        "assign" => add("assigned_to", json!(how)),
        "ignore" => terms(how, now, &mut add)?,
        "resolve" if !how.is_empty() => {
            let (place, release) = how.split_once('=').unwrap_or((how, form.get("release")));
            add("in", json!(place));
            if place == "release" {
                add("release", json!(release));
            }
        }
        "merge" => {
            if let Some(into) = form.text("into") {
                add("into", json!(into));
            }
        }
        _ => {}
    }
    Ok(wish)
}

/// Until when an error is ignored: `1h`, `1d`, `1w`, `count=100`, `users=10`, `next`, or nothing for always.
fn terms(how: &str, now: OffsetDateTime, add: &mut impl FnMut(&str, Value)) -> ApiResult<()> {
    let for_a = |span: Duration| (now + span).format(&Rfc3339).map_err(ApiError::internal);
    match how.split_once('=').unwrap_or((how, "")) {
        ("1h", _) => add("until", json!(for_a(Duration::HOUR)?)),
        ("1d", _) => add("until", json!(for_a(Duration::DAY)?)),
        ("1w", _) => add("until", json!(for_a(Duration::WEEK)?)),
        ("next", _) => add("release", json!("next")),
        (name @ ("count" | "users"), number) => {
            let number: i64 = number
                .parse()
                .map_err(|_| ApiError::field(name, "must be a whole number"))?;
            add(name, json!(number));
        }
        _ => {}
    }
    Ok(())
}

/// The list that an address shows, and how many errors it had.
fn of_list(body: &mut Map<String, Value>, back: &str, total: u64) {
    let query = back.split_once('?').map_or("", |(_, query)| query);
    let given: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let filter = ListFilter::read(&given);
    for (name, value) in filter.parameters() {
        let wanted = matches!(name, "query" | "since" | "until" | "project");
        if wanted && (name == "query" || !value.is_empty()) {
            body.insert(name.to_owned(), json!(value));
        }
    }
    body.insert("expected".to_owned(), json!(total));
}

/// Whom errors belong to before they are assigned to another one: a member's id, empty for nobody; `None` where that
/// differs, or is not asked for.
pub(crate) async fn former_owner(
    visitor: &Visitor,
    action: &str,
    ids: &[&str],
) -> ApiResult<Option<String>> {
    if !action.starts_with("assign:") || ids.len() > LIST {
        return Ok(None);
    }
    let triage = visitor.service::<Triage>()?;
    let mut former = None;
    for id in ids.iter().filter_map(|id| id.parse().ok()) {
        let Some(detail) = triage.get(visitor.scope(), id).await? else {
            continue;
        };
        let owner = detail.error.triage.assigned_to;
        if *former.get_or_insert(owner) != owner {
            return Ok(None);
        }
    }
    Ok(former.map(|owner| owner.map(|id| id.to_string()).unwrap_or_default()))
}

/// What is said of it, with what undoes it: a change of those whom all belonged to before leads back to them.
pub(crate) fn told(
    action: &str,
    ids: &[String],
    failed: usize,
    (back, former): (&str, Option<&str>),
) -> Flash {
    let (action, how) = action.split_once(':').unwrap_or((action, ""));
    let done = match (action, how) {
        ("resolve", _) => "resolved",
        ("ignore", _) => "ignored",
        ("reopen", _) => "reopened",
        ("assign", "") => "assigned to nobody",
        ("assign", _) => "assigned",
        ("merge", _) => "merged",
        ("delete", _) => "deleted",
        ("bookmark", _) => "bookmarked",
        _ => "changed",
    };
    let mut text = format!("{} {done}", counted(ids.len(), "error"));
    if failed > 0 {
        text.push_str(&format!(
            ", {failed} left as they were: no release of their project is known"
        ));
    }
    let inverse = match (action, former) {
        ("resolve" | "ignore", _) => "reopen".to_owned(),
        ("reopen", _) => "resolve".to_owned(),
        ("assign", Some(owner)) => format!("assign:{owner}"),
        _ => return Flash::done(text),
    };
    let field = |name: &str, value: String| (name.to_owned(), value);
    Flash::done(text).with_undo(Undo {
        action: "/errors/bulk".to_owned(),
        fields: vec![
            field("action", inverse),
            field("id", ids.join(",")),
            field("back", back.to_owned()),
        ],
    })
}
