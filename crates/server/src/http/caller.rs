//! Authenticates requests: the caller as an extractor, and bodies of callers.

use super::audit_change::AuditChange;
use super::body::{self, BodyLimits, Format, Origin};
use super::denied::refusal;
use super::error::{ApiError, ApiResult, Code};
use super::policy::Policy;
use super::query::Query;
use super::rate_limit::{self, Spender};
use super::session_cookie::{self, SESSION_COOKIE, check_origin};
use super::{audit, client, json};
use crate::state::AppState;
use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use faultbook_domain::errors::Actor;
use faultbook_domain::id::{ProjectId, TenantId};
use faultbook_domain::identity::{Access, AuthError, Credential};
use faultbook_domain::identity::{KeyKind, Permission};
use faultbook_domain::identity::{Principal, TenantContext};
use faultbook_domain::log_limit::LogLimit;
use faultbook_domain::rate_limit::{Attempt, Spending};
use faultbook_domain::tenancy::{Scope, Slug, TenantScope};
use futures_util::future::LocalBoxFuture;
use serde_json::Value;
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

/// A caller whose credential was accepted.
#[derive(Debug, Clone)]
pub struct Caller {
    principal: Arc<Principal>,
    request: HttpRequest,
}

impl Caller {
    /// Goes on only if the caller may do this.
    ///
    /// # Errors
    /// 403.
    pub fn require(&self, permission: Permission) -> Result<(), ApiError> {
        if self.principal.may(permission) {
            Ok(())
        } else {
            Err(ApiError::new(Code::PermissionDenied))
        }
    }

    /// The caller whole.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What the caller may see.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.principal.scope
    }

    /// The one project that the caller's credential is for; nothing where it is for the whole tenant.
    #[must_use]
    pub fn bound_project(&self) -> Option<ProjectId> {
        self.principal.bound_project()
    }

    /// Goes on only if the caller's credential is for the whole tenant.
    ///
    /// # Errors
    /// 403.
    pub fn require_whole_tenant(&self) -> Result<(), ApiError> {
        match self.bound_project() {
            Some(_) => Err(ApiError::new(Code::PermissionDenied)),
            None => Ok(()),
        }
    }

    /// The caller's right to act in their tenant.
    #[must_use]
    pub fn tenant_scope(&self) -> TenantScope {
        self.principal.scope.tenant_scope()
    }

    /// The caller within the tenant that a path names, by id or short name.
    ///
    /// # Errors
    /// 404 for a tenant that does not exist, 403 for one that is not theirs or is suspended.
    pub async fn enter(&self, access: &Access, named: &str) -> Result<TenantContext, ApiError> {
        let entered = access.enter(&self.principal, named).await?;
        audit::record_actor(&self.request, entered.tenant.id, entered.actor);
        Ok(entered)
    }

    /// Counts an action of the caller in a tenant that sends messages, before it is taken.
    ///
    /// # Errors
    /// 429 with `Retry-After`.
    pub async fn spend(&self, tenant: TenantId, spending: Spending) -> ApiResult<Spender> {
        rate_limit::spend(&self.request, &self.principal, tenant, spending).await
    }

    /// Adds to the request's entry in the audit log: the id or name of what was made. Never a secret.
    pub fn record_detail(&self, text: impl Display) {
        audit::detail(&self.request, text);
    }

    /// Tells the audit log what the request changed.
    pub fn record_change(&self, change: AuditChange) {
        audit::change(&self.request, change);
    }

    /// Who the caller is, for histories.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.principal.actor
    }

    /// What the caller may see of what a `project` parameter selects: everything without one.
    ///
    /// # Errors
    /// 404.
    pub fn scope_of(&self, query: &Query) -> Result<Scope, ApiError> {
        Ok(match query.text("project") {
            Some(named) => self.scope().narrowed_to(self.project(named)?),
            None => self.scope().clone(),
        })
    }

    /// The project a report goes to unless it names one.
    #[must_use]
    pub fn default_project(&self) -> ProjectId {
        self.principal.default_project
    }

    /// The scope of the default project of the tenant that a path names.
    ///
    /// # Errors
    /// 404 for a tenant that does not exist, 403 for one that is not the caller's, or whose default
    /// project lies outside the caller's scope.
    pub async fn home_of(&self, named: &str, access: &Access) -> Result<Scope, ApiError> {
        self.check_organization(named, access).await?;
        let own = &self.principal;
        let home = own.scope.narrowed_to(own.tenant_default_project);
        if home.projects().is_empty() {
            return Err(ApiError::new(Code::PermissionDenied));
        }
        Ok(home)
    }

    /// Goes on only if a path names the caller's own tenant, by id or short name.
    ///
    /// # Errors
    /// 404 for a tenant that does not exist, 403 for one that is not the caller's.
    pub async fn check_organization(&self, named: &str, access: &Access) -> ApiResult<()> {
        let own = &self.principal;
        let is_own = own.tenant_slug.as_ref().map(Slug::as_str) == Some(named)
            || named.parse().ok() == Some(own.scope.tenant());
        if is_own {
            return Ok(());
        }
        let exists = access.tenant(named).await?.is_some();
        Err(ApiError::new(if exists {
            Code::ForeignTenant
        } else {
            Code::TenantNotFound
        }))
    }

    /// The caller as they are now, by the credential of the request; `None` when it is not accepted any more.
    pub async fn renewed(&self) -> Option<Arc<Principal>> {
        let state = self.request.app_data::<web::Data<AppState>>()?;
        let cookie = self.request.cookie(SESSION_COOKIE);
        let headers = self.request.headers();
        let credential = credential(headers, cookie.as_ref(), wanted_tenant(headers))?;
        match state.access.accept(credential).await {
            Ok(principal) => Some(principal),
            // What cannot be found out now is asked again soon.
            Err(AuthError::Store(_)) => Some(Arc::clone(&self.principal)),
            Err(_) => None,
        }
    }

    /// A visible project by id or short name.
    ///
    /// # Errors
    /// 404.
    pub fn project(&self, named: &str) -> Result<ProjectId, ApiError> {
        self.principal
            .project(named)
            .ok_or_else(|| ApiError::new(Code::ProjectNotFound))
    }

    /// The project of this number, where the caller's credential is for it.
    ///
    /// # Errors
    /// 403.
    pub fn project_numbered(&self, number: i64) -> Result<ProjectId, ApiError> {
        self.principal
            .project_numbered(number)
            .ok_or_else(|| ApiError::new(Code::PermissionDenied))
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { identify(&request).await })
    }
}

/// A caller who sends a body, not yet read.
pub struct AuthenticatedBody {
    /// The caller.
    pub caller: Caller,
    /// What the caller sends.
    pub payload: Payload,
}

impl AuthenticatedBody {
    /// Reads a JSON body of ordinary size.
    ///
    /// # Errors
    /// As [`body::read`] and [`json::parse`]; 415 when it claims to be something else.
    pub async fn json(self, request: &HttpRequest, state: &AppState) -> ApiResult<(Caller, Value)> {
        let Self {
            caller,
            mut payload,
        } = self;
        let limit = state.limits.max_body;
        let body = read_json(request, &mut payload, state, (limit, Origin::Known)).await?;
        Ok((caller, body))
    }
}

/// Somebody without a credential who sends a body, not yet read.
pub struct AnonymousBody(Payload);

impl AnonymousBody {
    /// Reads a small JSON body: whoever has no credential gets little room.
    ///
    /// # Errors
    /// As [`body::read`] and [`json::parse`]; 415 when it claims to be something else.
    pub async fn json(mut self, request: &HttpRequest, state: &AppState) -> ApiResult<Value> {
        let limit = state.limits.max_anonymous_body;
        read_json(request, &mut self.0, state, (limit, Origin::Anonymous)).await
    }
}

impl FromRequest for AnonymousBody {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(payload.take())))
    }
}

async fn read_json(
    request: &HttpRequest,
    payload: &mut Payload,
    state: &AppState,
    (bytes, origin): (usize, Origin),
) -> ApiResult<Value> {
    let limits = BodyLimits::decoded(bytes, state.http.body_timeout);
    let format = body::format(request.headers());
    let lease = Arc::clone(&state.bodies).lease(origin);
    let body = body::read(request, payload, limits, lease).await?;
    if format? != Format::Json {
        return Err(ApiError::new(Code::UnsupportedMediaType));
    }
    json::parse(&body.bytes, state.limits.max_values)
}

impl FromRequest for AuthenticatedBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    /// A body that will not be wanted is read and forgotten first, so that the refusal can be seen.
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            match identify(&request).await {
                Ok(caller) => Ok(Self { caller, payload }),
                Err(refused) => Err(body::refuse(refused, &mut payload).await),
            }
        })
    }
}

/// Refused credentials that are logged: anybody can send one.
static REFUSALS: LogLimit = LogLimit::new(10, Duration::from_secs(10));

/// Whose request this is. The request counts against the caller's rate limit, a wrong credential
/// against the address's: beyond that limit wrong ones are answered 429, good ones are accepted all the same.
///
/// # Errors
/// 401 without a valid credential, 403 for a suspended tenant or a change without the token that must
/// come with a cookie, 429 for too many requests, 503 when it cannot be found out.
pub async fn identify(request: &HttpRequest) -> Result<Caller, ApiError> {
    let presented = Presented {
        csrf: session_cookie::sent_token(request),
        tenant: wanted_tenant(request.headers()),
    };
    identify_with(request, presented).await
}

/// What comes beside a credential.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The token that must come with a cookie, where a change is made.
    pub csrf: &'a str,
    /// Where somebody who belongs to several tenants wants to act.
    pub tenant: Option<&'a str>,
}

/// Whose request this is, with what pages send in another place than in headers.
///
/// # Errors
/// As [`identify`].
pub async fn identify_with(
    request: &HttpRequest,
    presented: Presented<'_>,
) -> Result<Caller, ApiError> {
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or_else(|| ApiError::new(Code::Internal))?;
    let of_v1 = Policy::of(request).is_v1();
    let cookie = request.cookie(SESSION_COOKIE);
    let found = credential(request.headers(), cookie.as_ref(), presented.tenant);
    let Some(credential) = found else {
        return Err(ApiError::new(match of_v1 {
            true => Code::NoSession,
            false => Code::MissingApiKey,
        }));
    };
    let address = client::address(request, &state.http.trusted_proxies);
    let doubted = address.filter(|address| {
        let shut_out = state.rate_limits.shut_out(Attempt::Credential, *address);
        shut_out.is_some()
    });
    let accepted = match doubted {
        Some(address) => state.access.authenticate_suspect(credential, address).await,
        None => state.access.accept(credential).await,
    };
    match accepted {
        Ok(principal) => {
            if let Credential::Session { secret, .. } = credential {
                check_origin(request, secret, presented.csrf)?;
            }
            if principal.suspended && !of_v1 {
                return Err(ApiError::new(Code::TenantSuspended));
            }
            rate_limit::check_rate_limit(request, state, &principal).await?;
            audit::record_actor(request, principal.scope.tenant(), principal.actor);
            Ok(Caller {
                principal,
                request: request.clone(),
            })
        }
        Err(refused) => {
            if let Some(held_back) = REFUSALS.allow() {
                tracing::info!(reason = %refused, ?address, held_back, "a credential was refused");
            }
            if let (AuthError::Invalid, Some(address)) = (&refused, address)
                && let Some(left) = state
                    .rate_limits
                    .bad_attempt(Attempt::Credential, address)
                    .await
            {
                return Err(rate_limit::shut_out(left));
            }
            let is_token = match credential {
                Credential::Key(key) => KeyKind::of(key) == Some(KeyKind::SystemUser),
                Credential::Session { .. } => true,
            };
            Err(refusal(refused, of_v1 || is_token))
        }
    }
}

/// What a request presents: a key, else a session.
fn credential<'r>(
    headers: &'r HeaderMap,
    cookie: Option<&'r Cookie<'_>>,
    tenant: Option<&'r str>,
) -> Option<Credential<'r>> {
    if let Some(key) = key(headers) {
        return Some(Credential::Key(key));
    }
    let secret = cookie
        .map(Cookie::value)
        .filter(|secret| !secret.is_empty())?;
    Some(Credential::Session { secret, tenant })
}

/// Whether a request presents a key: `X-API-Key`, or `Authorization: Bearer`.
#[must_use]
pub fn presents_key(headers: &HeaderMap) -> bool {
    key(headers).is_some()
}

/// `X-API-Key`, or `Authorization: Bearer`.
fn key(headers: &HeaderMap) -> Option<&str> {
    let key = headers
        .get("x-api-key")
        .map(|value| value.to_str().unwrap_or("?").trim());
    key.or_else(|| {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    })
    .filter(|key| !key.is_empty())
}

/// `X-Tenant`: where somebody who belongs to several tenants wants to act.
fn wanted_tenant(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("x-tenant")?.to_str().ok()?.trim();
    Some(value).filter(|named| !named.is_empty())
}
