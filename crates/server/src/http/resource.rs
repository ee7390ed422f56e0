//! Paths with their methods: a known path answers a wrong method with 405 and `Allow`.

use super::audit;
use super::error::{ApiError, Code};
use crate::state::AppState;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{AppService, HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{Error, FromRequest, Handler, Resource, Responder, ResponseError, Route, web};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// A path and what may be done there.
pub struct PathMethods {
    path: &'static str,
    methods: Vec<Method>,
    routes: Vec<Route>,
}

/// Begins a path.
#[must_use]
pub const fn path(path: &'static str) -> PathMethods {
    PathMethods {
        path,
        methods: Vec::new(),
        routes: Vec::new(),
    }
}

impl PathMethods {
    /// Adds a method.
    #[must_use]
    pub fn on<F, Args>(mut self, method: Method, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.routes
            .push(web::method(method.clone()).to(handler.clone()));
        if method == Method::GET {
            self.routes.push(web::method(Method::HEAD).to(handler));
        }
        self.methods.push(method);
        self
    }

    /// The path as registered and documented.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// The methods, without the HEAD that comes with GET.
    #[must_use]
    pub fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn allowed(&self) -> String {
        let mut names: Vec<&str> = self.methods.iter().map(Method::as_str).collect();
        if self.methods.contains(&Method::GET) {
            names.push("HEAD");
        }
        names.join(", ")
    }
}

impl HttpServiceFactory for PathMethods {
    fn register(self, config: &mut AppService) {
        let refused = ApiError::new(Code::MethodNotAllowed);
        let refused = match HeaderValue::from_str(&self.allowed()) {
            Ok(allowed) => refused.with_header(ALLOW, allowed),
            Err(_) => refused,
        };
        let refuse = web::to(move || {
            let refused = refused.clone();
            async move { Err::<String, ApiError>(refused) }
        });
        let mut resource: Resource = web::resource(self.path).default_service(refuse);
        for route in self.routes {
            resource = resource.route(route);
        }
        let path = self.path;
        resource
            .wrap(from_fn(move |request, next| guard(path, request, next)))
            .register(config);
    }
}

/// Paths that answer while the installation is closed: signs of life, and what it takes to open it.
const OPEN_IN_MAINTENANCE: [&str; 6] = [
    "/health",
    "/livez",
    "/readyz",
    "/metrics",
    "/api/v1/auth/login",
    "/api/v1/platform/maintenance",
];

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
    let closed = state.is_some_and(|state| state.platform.is_closed());
    if closed && !OPEN_IN_MAINTENANCE.contains(&path) {
        let error = ApiError::new(Code::Maintenance).retry_after(MAINTENANCE_PAUSE);
        return Ok(request.into_response(error.error_response()));
    }
    let answer = catch_panics(request, next).await?;
    if audit::covers(path) {
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
    use crate::http::edge::edge;
    use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
    use actix_web::{App, HttpResponse};
    use serde_json::Value;

    async fn boom() -> HttpResponse {
        panic!("secret detail")
    }

    async fn answer(request: TestRequest) -> (u16, Option<String>, Value) {
        let app = App::new()
            .wrap(from_fn(edge))
            .service(path("/boom").on(Method::GET, boom).on(Method::DELETE, boom));
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
