//! Route policy: what holds of a route beside its handler. It is declared where the route is (`routes.rs`) and read
//! by middlewares, extractors and the OpenAPI document.

use super::error_format::ErrorFormat;
use actix_web::HttpRequest;
use actix_web::http::Method;
use faultbook_domain::rate_limit::Class;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// Whoever presents a key, a system user's token or a session.
    Credential,
    /// Whoever presents the DSN key of the project.
    DsnKey,
    /// Whoever presents an API key or the DSN key of a project.
    AnyKey,
    /// Anybody.
    Open,
}

/// When a route answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// While the installation is not closed for maintenance.
    Operation,
    /// Also during maintenance.
    Maintenance,
    /// As long as the process lives: it needs no dependency, so that 503 is not among its answers.
    Always,
}

/// Which of the two HTTP contracts a route keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contract {
    /// Outside `/api/v1`: errors speak of keys, and a value that breaks a rule is answered 400.
    Api,
    /// Below `/api/v1`: errors speak of sessions and tokens, and a value that breaks a rule is answered 422.
    V1,
}

/// Which web pages of other origins may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrossOrigin {
    /// Those of `http.cors_origins`.
    Configured,
    /// All.
    Any,
    /// None: a page is for those who open it.
    None,
}

/// What holds of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Who may call.
    pub authentication: Authentication,
    /// The rate limit that a caller's requests count against.
    pub class: Class,
    /// Whether changes are written to the audit log.
    pub audited: bool,
    /// When it answers.
    pub availability: Availability,
    /// Which contract it keeps.
    pub contract: Contract,
    /// Whether it may answer 409.
    pub conflicts: bool,
    /// How it writes errors.
    pub errors: ErrorFormat,
}

impl Policy {
    /// What holds unless a route declares otherwise, and of whatever is not routed.
    pub const DEFAULT: Self = Self {
        authentication: Authentication::Credential,
        class: Class::General,
        audited: false,
        availability: Availability::Operation,
        contract: Contract::Api,
        conflicts: false,
        errors: ErrorFormat::Envelope,
    };

    /// What holds below `/api/v1` unless a route declares otherwise.
    pub const V1: Self = Self {
        audited: true,
        contract: Contract::V1,
        conflicts: true,
        ..Self::DEFAULT
    };

    /// What holds where SDKs send envelopes.
    pub const SENTRY: Self = Self {
        authentication: Authentication::DsnKey,
        class: Class::Ingest,
        errors: ErrorFormat::Sentry,
        ..Self::DEFAULT
    };

    /// What holds where build tools upload.
    pub const BUILD_TOOLS: Self = Self {
        class: Class::Artifacts,
        audited: true,
        errors: ErrorFormat::Detail,
        ..Self::DEFAULT
    };

    /// What holds where OpenTelemetry exporters send.
    pub const OTLP: Self = Self {
        authentication: Authentication::AnyKey,
        class: Class::Ingest,
        errors: ErrorFormat::Otlp,
        ..Self::DEFAULT
    };

    /// What holds of pages.
    pub const PAGE: Self = Self {
        errors: ErrorFormat::Page,
        ..Self::DEFAULT
    };

    /// The policy of the route that a request was matched to.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let policies = request.app_data::<Policies>();
        policies.map_or(Self::DEFAULT, |all| all.of_method(request.method()))
    }

    /// Whether the route keeps the contract of `/api/v1`.
    #[must_use]
    pub fn is_v1(&self) -> bool {
        self.contract == Contract::V1
    }
}

/// The policies of the methods of a path, and what holds of other methods.
#[derive(Debug, Clone)]
pub struct Policies {
    /// What holds of the path's other methods, which are answered 405.
    pub path: Policy,
    /// What holds of each method, without the HEAD that comes with GET.
    pub methods: Vec<(Method, Policy)>,
}

impl Policies {
    /// The policy of a method.
    #[must_use]
    pub fn of_method(&self, method: &Method) -> Policy {
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let found = self.methods.iter().find(|(known, _)| known == method);
        found.map_or(self.path, |(_, policy)| *policy)
    }
}
