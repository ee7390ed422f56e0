//! Who looks at a page.

use super::flash;
use crate::api::errors::get_attention;
use crate::http::caller::{Caller, Presented, identify_with, presents_key};
use crate::http::error::{ApiError, ApiResult, Code};
use crate::http::query::Query;
use crate::http::session_cookie::{self, SESSION_COOKIE};
use crate::state::AppState;
use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use faultbook_domain::errors::Overview;
use faultbook_domain::id::ProjectId;
use faultbook_domain::identity::{
    Access, Member, MemberStatus, Profiles, Sessions, TimeZone, csrf_token,
};
use faultbook_web::Clock;
use faultbook_web::link::Address;
use faultbook_web::shell::{Attention, Section, Shell, TenantLink, Theme};
use futures_util::future::LocalBoxFuture;
use std::ops::Deref;

/// The cookie that names the tenant to act in.
pub const TENANT_COOKIE: &str = "faultbook_tenant";

/// The cookie that names the colours.
pub const THEME_COOKIE: &str = "faultbook_theme";

/// Somebody who is signed in: what handlers that show something take. Whoever is not is sent to sign in, and comes back.
pub struct Visitor {
    caller: Caller,
    request: HttpRequest,
    csrf: String,
}

impl Deref for Visitor {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl FromRequest for Visitor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let sent = session_cookie::sent_token(&request);
            Self::identify(&request, sent).await
        })
    }
}

impl Visitor {
    /// Whose request this is; `sent` is the token that came with it.
    ///
    /// # Errors
    /// 401 without a session, 403 for a change without its token, 429 for too many requests, 503 when it cannot be found
    /// out.
    pub async fn identify(request: &HttpRequest, sent: &str) -> ApiResult<Self> {
        let session = request.cookie(SESSION_COOKIE);
        let session = session.filter(|_| !presents_key(request.headers()));
        let session = session.ok_or_else(|| ApiError::new(Code::NoSession))?;
        let tenant = request.cookie(TENANT_COOKIE);
        let tenant = tenant
            .as_ref()
            .map(Cookie::value)
            .filter(|named| !named.is_empty());
        let presented = Presented { csrf: sent, tenant };
        let caller = match identify_with(request, presented).await {
            // They belong there no more: they act where they do.
            Err(refused) if tenant.is_some() && is_elsewhere(refused.code()) => {
                let tenant = None;
                identify_with(
                    request,
                    Presented {
                        tenant,
                        ..presented
                    },
                )
                .await?
            }
            found => found?,
        };
        if caller.principal().session.is_none() {
            return Err(ApiError::new(Code::NoSession));
        }
        Ok(Self {
            caller,
            request: request.clone(),
            csrf: csrf_token(session.value()),
        })
    }

    /// The caller, for handlers of the API that a page calls.
    #[must_use]
    pub fn caller(&self) -> Caller {
        self.caller.clone()
    }

    /// The request.
    #[must_use]
    pub const fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The token that this visitor's forms carry.
    #[must_use]
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// The page's own address.
    #[must_use]
    pub fn address(&self) -> Address {
        let pairs = form_urlencoded::parse(self.request.query_string().as_bytes());
        let path = Address::new(self.request.path());
        pairs.fold(path, |address, (name, value)| address.with(&name, &value))
    }

    /// The parameters of the address, in order, repeated ones too.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, String)> {
        let given = form_urlencoded::parse(self.request.query_string().as_bytes());
        let given = given.into_owned();
        given
            .map(|(name, value)| (name, value.replace('\0', "\u{FFFD}")))
            .collect()
    }

    /// The address under which others reach a path of ours.
    #[must_use]
    pub fn public_address(&self, path: &str) -> String {
        let reached = self.request.connection_info();
        format!("{}://{}{path}", reached.scheme(), reached.host())
    }

    /// The short name of a project that the visitor sees; empty for others.
    #[must_use]
    pub fn slug_of(&self, project: ProjectId) -> String {
        let mut projects = self.caller.principal().projects.iter();
        let found = projects.find(|one| one.id == project);
        found.map(|one| one.slug.to_string()).unwrap_or_default()
    }

    /// The frame of a page.
    ///
    /// # Errors
    /// 404 for a project that the visitor does not see, 503 when the store is away.
    pub async fn shell(&self, section: Section, title: impl Into<String>) -> ApiResult<Shell> {
        let state = AppState::of(&self.request)?;
        let (sessions, access) = (self.service::<Sessions>()?, self.service::<Access>()?);
        let principal = self.caller.principal();
        let (user, members) = sessions.who(principal).await?;
        let (_, profile) = self.service::<Profiles>()?.get(principal).await?;
        let chosen = self.request.cookie(THEME_COOKIE).is_some();
        Ok(Shell {
            title: title.into(),
            section,
            csrf: self.csrf.clone(),
            name: user.name,
            email: user.email,
            theme: if chosen {
                theme(&self.request)
            } else {
                Theme::named(profile.theme.as_str())
            },
            time_zone: zone(profile.time_zone).to_owned(),
            shortcuts: profile.shortcuts,
            permissions: principal.permissions,
            platform_admin: principal.platform_admin,
            tenants: self.tenants(&access, members).await?,
            projects: principal
                .projects
                .iter()
                .map(|one| one.slug.to_string())
                .collect(),
            project: self.project_slug()?,
            attention: self.attention().await?,
            flash: flash::read(&self.request),
            clock: Clock::new(state.clock.now()),
            address: self.address(),
        })
    }

    /// What needs a person now, by the route that tells it.
    async fn attention(&self) -> ApiResult<Attention> {
        let overview = self.service::<Overview>()?;
        let (rules, store) = (self.service()?, self.service()?);
        let counted = get_attention(self.caller(), (overview, rules), store).await?;
        let counted = counted.into_data();
        Ok(Attention {
            errors: counted.errors,
            rules: counted.rules,
            incidents: counted.incidents,
        })
    }

    /// A service of the server.
    ///
    /// # Errors
    /// 500 for an app that was put together without it.
    pub fn service<T: ?Sized + 'static>(&self) -> ApiResult<Data<T>> {
        let service = self.request.app_data::<Data<T>>();
        service
            .cloned()
            .ok_or_else(|| ApiError::new(Code::Internal))
    }

    /// The short name of the project that the address names; empty without one.
    fn project_slug(&self) -> ApiResult<String> {
        let query = Query::of(self.request.query_string());
        let Some(named) = query.text("project") else {
            return Ok(String::new());
        };
        let id = self.caller.project(named)?;
        let mut projects = self.caller.principal().projects.iter();
        let project = projects.find(|one| one.id == id);
        Ok(project.map(|one| one.slug.to_string()).unwrap_or_default())
    }

    /// Where they belong, if to more than one tenant.
    async fn tenants(&self, access: &Access, members: Vec<Member>) -> ApiResult<Vec<TenantLink>> {
        let mut links = Vec::new();
        if members.len() < 2 {
            return Ok(links);
        }
        let own = self.caller.scope().tenant();
        for member in members {
            let tenant = access.tenant(&member.tenant_id.to_string()).await?;
            let open = tenant.filter(|one| !one.suspended && member.status == MemberStatus::Active);
            links.extend(open.map(|tenant| TenantLink {
                slug: tenant.slug.to_string(),
                name: tenant.name,
                current: tenant.id == own,
            }));
        }
        Ok(links)
    }
}

/// The name of a time zone that was chosen; empty for the one that every profile begins with, in place of which pages
/// show times in the browser's.
#[must_use]
pub fn zone(zone: TimeZone) -> &'static str {
    if zone == TimeZone::default() {
        ""
    } else {
        zone.as_str()
    }
}

/// The colours that the browser's owner chose.
#[must_use]
pub fn theme(request: &HttpRequest) -> Theme {
    let cookie = request.cookie(THEME_COOKIE);
    cookie.map_or(Theme::System, |cookie| Theme::named(cookie.value()))
}

const fn is_elsewhere(code: Code) -> bool {
    matches!(
        code,
        Code::ForeignTenant | Code::TenantNotFound | Code::TenantSuspended
    )
}
