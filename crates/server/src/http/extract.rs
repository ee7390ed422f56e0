//! Extractors of handlers: a caller with a JSON body, a caller within the tenant of the path, an id of the path.
//!
//! Actix asks a handler's extractors at once, and whichever fails first is the answer. A check that must come after
//! another one is therefore part of the same extractor ([`TenantJson`]), or left to the handler ([`PathId::get`]).

use super::audit_change::AuditChange;
use super::caller::{AuthenticatedBody, Caller};
use super::error::{ApiError, ApiResult, FieldProblem};
use super::policy::Policy;
use super::rate_limit::Spender;
use super::request::JsonBody;
use crate::state::AppState;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpRequest};
use faultbook_domain::identity::{Access, TenantContext};
use faultbook_domain::rate_limit::Spending;
use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value};
use std::fmt::Display;
use std::future::{Ready, ready};
use std::ops::Deref;
use std::str::FromStr;

/// The path parameter that names a tenant, by id or short name.
const TENANT: &str = "id";

/// A caller and the JSON body of ordinary size that they sent.
pub struct Json {
    /// The caller.
    pub caller: Caller,
    /// The body.
    pub body: JsonBody,
}

impl FromRequest for Json {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let sender = AuthenticatedBody::from_request(&request, payload);
        Box::pin(async move {
            let state = AppState::of(&request)?;
            let (caller, body) = sender.await?.json(&request, state).await?;
            let is_v1 = Policy::of(&request).is_v1();
            let body = JsonBody::new(body, is_v1).limited(&state.limits);
            Ok(Self { caller, body })
        })
    }
}

/// A caller and the JSON body that they sent; without one, an object without fields.
pub struct OptionalJson {
    /// The caller.
    pub caller: Caller,
    /// The body.
    pub body: JsonBody,
}

impl FromRequest for OptionalJson {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let headers = request.headers();
        let length = headers.get(CONTENT_LENGTH);
        let is_empty = length.map_or_else(
            || !headers.contains_key(TRANSFER_ENCODING),
            |length| length.as_bytes() == b"0",
        );
        if !is_empty {
            let sent = Json::from_request(request, payload);
            return Box::pin(async move {
                let Json { caller, body } = sent.await?;
                Ok(Self { caller, body })
            });
        }
        let is_v1 = Policy::of(request).is_v1();
        let caller = Caller::from_request(request, payload);
        Box::pin(async move {
            let body = JsonBody::new(Value::Object(Map::new()), is_v1);
            Ok(Self {
                caller: caller.await?,
                body,
            })
        })
    }
}

/// A caller within the tenant that the path names: 404 for a tenant that does not exist, 403 for one that is not
/// theirs or is suspended.
pub struct TenantCaller {
    caller: Caller,
    entered: TenantContext,
}

impl TenantCaller {
    /// The caller within the tenant that they act in.
    ///
    /// # Errors
    /// 403 when it is suspended.
    pub async fn at_home(caller: Caller, access: &Access) -> ApiResult<Self> {
        let own = caller.scope().tenant().to_string();
        let entered = caller.enter(access, &own).await?;
        Ok(Self { caller, entered })
    }

    async fn enter(caller: Caller, request: &HttpRequest) -> ApiResult<Self> {
        let named = request.match_info().get(TENANT).unwrap_or_default();
        let entered = caller.enter(&AppState::of(request)?.access, named).await?;
        Ok(Self { caller, entered })
    }

    /// Counts an action of the caller in this tenant that sends messages, before it is taken.
    ///
    /// # Errors
    /// 429 with `Retry-After`.
    pub async fn spend(&self, spending: Spending) -> ApiResult<Spender> {
        self.caller.spend(self.tenant.id, spending).await
    }

    /// Adds to the request's entry in the audit log: the id or name of what was made. Never a secret.
    pub fn record_detail(&self, text: impl Display) {
        self.caller.record_detail(text);
    }

    /// Tells the audit log what the request changed.
    pub fn record_change(&self, change: AuditChange) {
        self.caller.record_change(change);
    }
}

impl Deref for TenantCaller {
    type Target = TenantContext;

    fn deref(&self) -> &TenantContext {
        &self.entered
    }
}

impl FromRequest for TenantCaller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let caller = Caller::from_request(&request, payload);
        Box::pin(async move { Self::enter(caller.await?, &request).await })
    }
}

/// A [`TenantCaller`] and the JSON body that they sent.
pub struct TenantJson {
    /// The caller.
    pub caller: TenantCaller,
    /// The body.
    pub body: JsonBody,
}

impl FromRequest for TenantJson {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let sent = Json::from_request(&request, payload);
        Box::pin(async move {
            let Json { caller, body } = sent.await?;
            let caller = TenantCaller::enter(caller, &request).await?;
            Ok(Self { caller, body })
        })
    }
}

/// An id that the last parameter of the path holds.
pub struct PathId<T>(ApiResult<T>);

impl<T> PathId<T> {
    /// An id that is known already.
    #[must_use]
    pub const fn of(id: T) -> Self {
        Self(Ok(id))
    }

    /// Gets the id.
    ///
    /// # Errors
    /// 400, below `/api/v1` 422, naming the parameter.
    pub fn get(self) -> ApiResult<T> {
        self.0
    }
}

impl<T: FromStr> FromRequest for PathId<T> {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (name, text) = request.match_info().iter().last().unwrap_or_default();
        let id = text.parse().map_err(|_| {
            let problem = FieldProblem::new(name, "must be a UUID");
            if Policy::of(request).is_v1() {
                ApiError::rules(vec![problem])
            } else {
                ApiError::fields(vec![problem])
            }
        });
        ready(Ok(Self(id)))
    }
}
