//! Routes: a path with its methods, their handlers and their policy.

use super::error::{ApiError, Code};
use super::policy::{Authentication, Availability, CrossOrigin, Policies, Policy};
use super::{audit, cors};
use crate::state::AppState;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::{Error, FromRequest, Handler, Responder, ResponseError, web};
use faultbook_domain::rate_limit::Class;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// A path, what may be done there, and what holds of it.
///
/// What is declared before the first method holds for every method of the path; what is declared after a method holds
/// for that method alone. A known path answers other methods with 405 and `Allow`.
pub struct Route {
    path: &'static str,
    aliases: Vec<&'static str>,
    ends_in_slash: bool,
    policies: Policies,
    cross_origin: CrossOrigin,
    handlers: Vec<actix_web::Route>,
}

/// Begins a route.
#[must_use]
pub const fn route(path: &'static str) -> Route {
    Route {
        path,
        aliases: Vec::new(),
        ends_in_slash: false,
        policies: Policies {
            path: Policy::DEFAULT,
            methods: Vec::new(),
        },
        cross_origin: CrossOrigin::Configured,
        handlers: Vec::new(),
    }
}

/// Writes a function that adds a method.
macro_rules! methods {
    ($($name:ident = $method:ident;)+) => {
        $(
            #[doc = concat!("Handles ", stringify!($method), ".")]
            #[must_use]
            pub fn $name<F, Args>(self, handler: F) -> Self
            where
                F: Handler<Args>,
                Args: FromRequest + 'static,
                F::Output: Responder + 'static,
            {
                self.on(Method::$method, handler)
            }
        )+
    };
}

impl Route {
    methods! {
        get = GET;
        post = POST;
        put = PUT;
        delete = DELETE;
    }

    fn on<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.handlers
            .push(web::method(method.clone()).to(handler.clone()));
        if method == Method::GET {
            self.handlers.push(web::method(Method::HEAD).to(handler));
        }
        self.policies.methods.push((method, self.policies.path));
        self
    }

    /// Begins with another policy than the default.
    #[must_use]
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policies.path = policy;
        self
    }

    /// Serves another path as well.
    #[must_use]
    pub fn also(mut self, alias: &'static str) -> Self {
        self.aliases.push(alias);
        self
    }

    /// Serves each path with and without a slash at its end.
    #[must_use]
    pub const fn with_or_without_slash(mut self) -> Self {
        self.ends_in_slash = true;
        self
    }

    /// Lets pages of any origin call.
    #[must_use]
    pub const fn from_any_origin(mut self) -> Self {
        self.cross_origin = CrossOrigin::Any;
        self
    }

    /// Lets no page of another origin call.
    #[must_use]
    pub const fn from_own_pages(mut self) -> Self {
        self.cross_origin = CrossOrigin::None;
        self
    }

    /// Counts requests against this rate limit.
    #[must_use]
    pub fn class(self, class: Class) -> Self {
        self.with(|policy| policy.class = class)
    }

    /// Lets anybody call.
    #[must_use]
    pub fn open(self) -> Self {
        self.with(|policy| policy.authentication = Authentication::Open)
    }

    /// Writes changes to the audit log.
    #[must_use]
    pub fn audited(self) -> Self {
        self.with(|policy| policy.audited = true)
    }

    /// Answers in these circumstances.
    #[must_use]
    pub fn available(self, availability: Availability) -> Self {
        self.with(|policy| policy.availability = availability)
    }

    /// May answer 409.
    #[must_use]
    pub fn conflicts(self) -> Self {
        self.with(|policy| policy.conflicts = true)
    }

    fn with(mut self, declare: impl FnOnce(&mut Policy)) -> Self {
        match self.policies.methods.last_mut() {
            Some((_, policy)) => declare(policy),
            None => declare(&mut self.policies.path),
        }
        self
    }

    /// The path as registered and documented.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// The other paths.
    #[must_use]
    pub fn aliases(&self) -> &[&'static str] {
        &self.aliases
    }

    /// Every path that is served.
    fn patterns(&self) -> Vec<String> {
        let mut patterns = Vec::new();
        for path in std::iter::once(&self.path).chain(&self.aliases) {
            if self.ends_in_slash {
                let bare = path.trim_end_matches('/');
                patterns.extend([bare.to_owned(), format!("{bare}/")]);
            } else {
                patterns.push((*path).to_owned());
            }
        }
        patterns
    }

    /// The policies of its methods.
    #[must_use]
    pub const fn policies(&self) -> &Policies {
        &self.policies
    }

    fn allowed(&self) -> String {
        let methods = self.policies.methods.iter().map(|(method, _)| method);
        let mut names: Vec<&str> = methods.map(Method::as_str).collect();
        if names.contains(&"GET") {
            names.push("HEAD");
        }
        names.join(", ")
    }

    /// What serves it, to web pages of these origins as far as its policy goes.
    pub fn service(self, origins: &[String]) -> impl HttpServiceFactory + use<> {
        let refused = ApiError::new(Code::MethodNotAllowed);
        let refused = match HeaderValue::from_str(&self.allowed()) {
            Ok(allowed) => refused.with_header(ALLOW, allowed),
            Err(_) => refused,
        };
        let refuse = web::to(move || {
            let refused = refused.clone();
            async move { Err::<String, ApiError>(refused) }
        });
        let from_any = self.cross_origin == CrossOrigin::Any;
        let from_configured = self.cross_origin == CrossOrigin::Configured;
        let (path, patterns, handlers) = (self.path, self.patterns(), self.handlers);
        handlers
            .into_iter()
            .fold(web::resource(patterns), |resource, handler| {
                resource.route(handler)
            })
            .app_data(self.policies)
            .default_service(refuse)
            .wrap(from_fn(move |request, next| guard(path, request, next)))
            .wrap(Condition::new(from_configured, cors::configured(origins)))
            .wrap(Condition::new(from_any, from_fn(cors::any_origin)))
    }
}

/// How long a client is asked to wait while the installation is closed, in seconds.
const MAINTENANCE_PAUSE: u32 = 30;

/// Stands between the router and the handlers of a path: refuses while the installation is closed, turns
/// panics into answers, and has changes written down.
async fn guard(
    path: &'static str,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let state = request.app_data::<web::Data<AppState>>();
    let policy = Policy::of(request.request());
    let closed = state.is_some_and(|state| state.platform.is_closed());
    if closed && policy.availability == Availability::Operation {
        let error = ApiError::new(Code::Maintenance).retry_after(MAINTENANCE_PAUSE);
        return Ok(request.into_response(error.error_response()));
    }
    let answer = catch_panics(request, next).await?;
    if policy.audited {
        audit::record(answer.request(), path, answer.status()).await;
    }
    Ok(answer)
}

/// Turns a panic into a 500. Stands behind the router, where the request may be shared.
async fn catch_panics(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let original = request.request().clone();
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answer) => answer.map(ServiceResponse::map_into_boxed_body),
        Err(panic) => {
            let said = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_default();
            let cause: Arc<dyn std::error::Error + Send + Sync> =
                Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(format!(
                    "a handler panicked: {said}"
                )));
            let error = ApiError::new(Code::Internal).caused_by(cause);
            Ok(ServiceResponse::new(original, error.error_response()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request_context::request_context;
    use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
    use actix_web::{App, HttpResponse};
    use serde_json::Value;

    async fn boom() -> HttpResponse {
        panic!("secret detail")
    }

    async fn answer(request: TestRequest) -> (u16, Option<String>, Value) {
        let app = App::new()
            .wrap(from_fn(request_context))
            .service(route("/boom").get(boom).delete(boom).service(&[]));
        let app = init_service(app).await;
        let response = call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        let allow = response
            .headers()
            .get(ALLOW)
            .map(|value| value.to_str().unwrap().to_owned());
        (status, allow, read_body_json(response).await)
    }

    #[actix_web::test]
    async fn a_panic_is_a_500_that_says_nothing() {
        let (status, _, body) = answer(TestRequest::get().uri("/boom")).await;
        assert_eq!(status, 500);
        assert_eq!(body["error"], "Internal server error");
        assert_eq!(body["code"], "internal_error");
        assert!(!body.to_string().contains("secret"));
    }

    #[actix_web::test]
    async fn a_wrong_method_names_the_right_ones() {
        let (status, allow, body) = answer(TestRequest::post().uri("/boom")).await;
        assert_eq!((status, allow.as_deref()), (405, Some("GET, DELETE, HEAD")));
        assert_eq!(body["code"], "method_not_allowed");
    }

    #[actix_web::test]
    async fn what_the_framework_answers_gets_our_envelope() {
        let (status, _, body) = answer(TestRequest::get().uri("/nowhere")).await;
        assert_eq!((status, body["success"].as_bool()), (404, Some(false)));
        assert!(body["request_id"].is_string());
    }
}
