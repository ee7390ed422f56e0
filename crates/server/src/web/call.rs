//! Calls of the API's handlers by pages: a form becomes the body that a program would send, so that both are judged by
//! one place; what is refused is shown again with what was typed.

use super::form::{Form, FormFields};
use super::page::{Page, see_other_with};
use super::visitor::Visitor;
use crate::http::audit;
use crate::http::error::{ApiError, ApiResult};
use crate::http::extract::{Json, TenantCaller, TenantJson};
use crate::http::request::JsonBody;
use crate::state::AppState;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, Responder};
use faultbook_domain::identity::Access;
use faultbook_web::Template;
use faultbook_web::form::{FormState, Refused};
use faultbook_web::shell::Flash;
use serde_json::{Map, Value};
use std::fmt::Display;

/// A body that is made of a form, field by field.
#[derive(Debug, Default)]
pub struct Body(Map<String, Value>);

impl Body {
    /// A body without fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a field of any value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// With a text of the form; left out when empty.
    #[must_use]
    pub fn text(self, fields: &FormFields, name: &str) -> Self {
        match fields.text(name) {
            Some(text) => self.with(name, text),
            None => self,
        }
    }

    /// With a text of the form; null when empty.
    #[must_use]
    pub fn text_or_null(self, fields: &FormFields, name: &str) -> Self {
        self.with(name, fields.text(name).map_or(Value::Null, Value::from))
    }

    /// With a text of the form, empty or not.
    #[must_use]
    pub fn any_text(self, fields: &FormFields, name: &str) -> Self {
        self.with(name, fields.get(name))
    }

    /// With a number of the form; null when empty, and as it was typed when it is none.
    #[must_use]
    pub fn number_or_null(self, fields: &FormFields, name: &str) -> Self {
        let number = fields.text(name).map_or(Value::Null, |text| {
            let whole = text.parse::<i64>().map(Value::from);
            let number = whole.or_else(|_| text.parse::<f64>().map(Value::from));
            number.unwrap_or_else(|_| Value::from(text))
        });
        self.with(name, number)
    }

    /// With whether a box is ticked.
    #[must_use]
    pub fn flag(self, fields: &FormFields, name: &str) -> Self {
        self.with(name, fields.has(name))
    }

    /// With a time of a `datetime-local` field, which is in UTC; null when empty.
    #[must_use]
    pub fn time_or_null(self, fields: &FormFields, name: &str) -> Self {
        self.with(
            name,
            fields
                .text(name)
                .map_or(Value::Null, |text| Value::from(instant(text))),
        )
    }

    /// With the lines of a text of the form.
    #[must_use]
    pub fn lines(self, fields: &FormFields, name: &str) -> Self {
        let lines = fields.get(name).lines().map(str::trim);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        self.with(name, lines)
    }

    /// With every value of the form's field `from`.
    #[must_use]
    pub fn all(self, fields: &FormFields, from: &str, name: &str) -> Self {
        let values: Vec<&str> = fields.all(from).collect();
        self.with(name, values)
    }

    /// The caller and this body, for a handler outside `/api/v1`.
    ///
    /// # Errors
    /// 500 without the state of the server.
    pub fn sent_by(self, visitor: &Visitor) -> ApiResult<Json> {
        let body = self.read(visitor, false)?;
        Ok(Json {
            caller: visitor.caller(),
            body,
        })
    }

    /// The same for a handler below `/api/v1`.
    ///
    /// # Errors
    /// As [`Self::sent_by`].
    pub fn sent_to_v1(self, visitor: &Visitor) -> ApiResult<Json> {
        let body = self.read(visitor, true)?;
        Ok(Json {
            caller: visitor.caller(),
            body,
        })
    }

    /// The same for a handler of the visitor's own tenant.
    ///
    /// # Errors
    /// As [`TenantCaller::at_home`].
    pub async fn sent_home(self, visitor: &Visitor) -> ApiResult<TenantJson> {
        let body = self.read(visitor, true)?;
        let caller = home(visitor).await?;
        Ok(TenantJson { caller, body })
    }

    fn read(self, visitor: &Visitor, is_v1: bool) -> ApiResult<JsonBody> {
        let state = AppState::of(visitor.request())?;
        Ok(JsonBody::new(Value::Object(self.0), is_v1).limited(&state.limits))
    }
}

/// The visitor within the tenant that they act in.
///
/// # Errors
/// As [`TenantCaller::at_home`].
pub async fn home(visitor: &Visitor) -> ApiResult<TenantCaller> {
    let access: &Access = &AppState::of(visitor.request())?.access;
    TenantCaller::at_home(visitor.caller(), access).await
}

/// `2026-11-27T12:00` as RFC 3339 in UTC; anything else as it is.
fn instant(text: &str) -> String {
    match text.len() {
        16 => format!("{text}:00Z"),
        19 => format!("{text}Z"),
        _ => text.to_owned(),
    }
}

/// A form as it is shown again, with the status of the answer. What is not the sender's to put right is answered by a
/// page of its own.
fn refused(form: &Form, name: &str, error: ApiError) -> ApiResult<(FormState, StatusCode)> {
    let status = error.code().status();
    let may_try_again = matches!(
        status,
        StatusCode::BAD_REQUEST
            | StatusCode::FORBIDDEN
            | StatusCode::CONFLICT
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::TOO_MANY_REQUESTS
    );
    if !may_try_again {
        return Err(error);
    }
    Ok((FormState::refused(told(form, name, &error)), status))
}

/// What a refused form says.
#[must_use]
pub fn told(fields: &FormFields, name: &str, error: &ApiError) -> Refused {
    let pairs = fields.pairs().iter();
    let problems = error.details().iter();
    let problem = |one: &crate::http::error::FieldProblem| {
        let place = one.position.map(|at| format!(" (at character {at})"));
        let message = format!("{}{}", one.message, place.unwrap_or_default());
        (one.field.clone(), message)
    };
    Refused {
        form: name.to_owned(),
        values: pairs
            .filter(|(known, _)| !known.contains("password"))
            .cloned()
            .collect(),
        problems: problems.map(problem).collect(),
        sentence: error.sentence().to_owned(),
    }
}

/// Shows a page again whose form `name` was refused.
///
/// # Errors
/// What was refused for another reason than what was typed; those of the page.
pub async fn show_again<T: Template>(
    form: &Form,
    name: &str,
    error: ApiError,
    page: impl AsyncFnOnce(FormState) -> ApiResult<T>,
) -> ApiResult<HttpResponse> {
    let (typed, status) = refused(form, name, error)?;
    let page = Page::new(page(typed).await?).with_status(status);
    Ok(page.respond_to(form.visitor.request()))
}

/// Goes to a page that says what was done, or, of an action without fields, why it was not.
///
/// # Errors
/// What was refused for another reason than what was asked for.
pub fn done<T>(
    form: &Form,
    result: ApiResult<T>,
    address: impl Display,
    said: impl Into<String>,
) -> ApiResult<HttpResponse> {
    let said = match result {
        Ok(_) => Flash::done(said),
        Err(error) => {
            let (_, _) = refused(form, "", error.clone())?;
            audit::withhold(form.visitor.request());
            Flash::failed(error.sentence())
        }
    };
    Ok(see_other_with(form.visitor.request(), address, &said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_fields_are_in_utc() {
        assert_eq!(instant("2026-11-27T12:00"), "2026-11-27T12:00:00Z");
        assert_eq!(instant("2026-11-27T12:00:30"), "2026-11-27T12:00:30Z");
        assert_eq!(instant("soon"), "soon");
    }
}
