//! The sections of the settings, as the rest of the server reads them.

use super::{SecretText, without_credentials};
use faultbook_domain::identity::SessionLife;
use faultbook_domain::notifications::{ChannelKind, ChannelSettings};
use faultbook_domain::rate_limit::Rates;
use faultbook_domain::releases::ReleaseLimits;
use faultbook_domain::retention::RetentionPolicy;
use faultbook_domain::tenancy::TenantLimits;
use faultbook_protocols::otlp::Severity;
use faultbook_symbolicate::bundle::BundleLimits;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What kind of installation this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// Works out of the box, with a known key.
    Development,
    /// Nothing is open that was not opened.
    Production,
}

/// Where errors are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// An embedded database in this file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(SecretText),
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Development or production.
    pub environment: Environment,
    /// Host to listen on.
    pub host: String,
    /// Port to listen on; 0 picks a free one.
    pub port: u16,
    /// HTTP threads; 0 means one per core.
    pub workers: usize,
    /// How long a stop may take.
    pub shutdown_timeout: Duration,
    /// HTTP.
    pub http: HttpSettings,
    /// Bounds on what is accepted.
    pub limits: Limits,
    /// Bounds on what a tenant stores beside its errors.
    pub tenant_limits: TenantLimits,
    /// Comments that an error may have.
    pub max_comments: u32,
    /// E-mails about errors that one person gets within an hour.
    pub max_letters: u32,
    /// Bounds on its releases.
    pub release_limits: ReleaseLimits,
    /// Where errors are kept.
    pub database: DatabaseSettings,
    /// Where caches are shared between nodes.
    pub redis: Option<RedisSettings>,
    /// Ingestion: group commit and queue.
    pub ingest: IngestSettings,
    /// Which log records of OpenTelemetry without an exception become errors: those of this severity and above.
    pub otlp_min_severity: Severity,
    /// How often callers may call; unlimited if absent.
    pub rate_limits: Option<Rates>,
    /// How long answers may be cached.
    pub cache_times: CacheTimes,
    /// Notifications people.
    pub notifications: NotificationSettings,
    /// How long logged-in people stay so.
    pub sessions: SessionLife,
    /// Who prepares new tenants.
    pub tenants: TenantSettings,
    /// How long things are kept.
    pub retention: RetentionPolicy,
    /// Uploaded scripts and source maps.
    pub artifacts: ArtifactSettings,
    /// Keys whose values are never stored.
    pub scrub_keys: Vec<String>,
    /// Prometheus.
    pub metrics: MetricsSettings,
    /// How logs are written.
    pub log_format: LogFormat,
}

/// HTTP.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins that may call from a web page; `*` stands for any.
    pub cors_origins: Vec<String>,
    /// Time for a request's headers.
    pub header_timeout: Duration,
    /// Time for a request's body.
    pub body_timeout: Duration,
    /// Time an idle connection is kept.
    pub keep_alive: Duration,
}

/// Bounds on what is accepted.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a body after decompression.
    pub max_body: usize,
    /// Bytes of a batch after decompression.
    pub max_batch_body: usize,
    /// Reports in a batch.
    pub max_batch_items: usize,
    /// Bytes of a Sentry envelope or an OTLP request as sent.
    pub max_envelope: usize,
    /// Bytes of a Sentry envelope or an OTLP request after decompression.
    pub max_envelope_decoded: usize,
    /// Bytes of one event of an envelope, or of one OTLP record.
    pub max_event: usize,
    /// Values and keys in a JSON body, or in each report of a batch.
    pub max_values: usize,
    /// Bytes of a body that needs no credential.
    pub max_anonymous_body: usize,
    /// Bytes that all bodies take together while they are read and handled.
    pub body_memory: usize,
    /// Alert rules of a tenant.
    pub max_rules: u32,
    /// Incidents that a tenant may have; those that rules open are not refused.
    pub max_incidents: u64,
    /// Jobs of a tenant that are not finished.
    pub max_jobs: u64,
    /// Characters of an alert rule's condition.
    pub max_condition: usize,
    /// Characters of a name.
    pub max_name: usize,
    /// Characters of the description of a role, a policy or a permission.
    pub max_description: usize,
}

/// How long answers may be cached.
#[derive(Debug, Clone, Copy)]
pub struct CacheTimes {
    /// Lists.
    pub lists: Duration,
    /// Stats, trends, uptime.
    pub analytics: Duration,
    /// Services and metrics.
    pub monitoring: Duration,
    /// Performance.
    pub performance: Duration,
}

/// The database.
#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// Which one.
    pub url: StoreUrl,
    /// Connections or threads for reading.
    pub pool_size: usize,
    /// Whether prepared statements are kept.
    pub statement_cache: bool,
}

/// Redis.
#[derive(Debug, Clone)]
pub struct RedisSettings {
    /// Which one.
    pub url: SecretText,
    /// Connections.
    pub pool_size: usize,
    /// Time for one operation.
    pub timeout: Duration,
    /// Bytes of a cached answer.
    pub max_entry: usize,
}

/// Ingestion: group commit and queue.
#[derive(Debug, Clone, Copy)]
pub struct IngestSettings {
    /// Reports that may wait.
    pub max_waiting: usize,
    /// Bytes of text that may wait.
    pub max_waiting_bytes: usize,
    /// Reports in one transaction.
    pub max_batch: usize,
    /// Reports that the queue may hold.
    pub queue_capacity: u64,
    /// After how long a report that a node took out of the queue goes to another.
    pub queue_reclaim_after: Duration,
}

/// Notifications people. Its `Debug` shows no secrets of channels.
#[derive(Clone)]
pub struct NotificationSettings {
    /// Where people reach this server; empty for the address it listens on.
    pub public_url: String,
    /// Whether private addresses may be reached.
    pub allow_private_targets: bool,
    /// What encrypts channels' secrets; a file beside the data without it.
    pub secret_key: Option<SecretText>,
    /// Channels of tenants that set up none.
    pub defaults: BTreeMap<ChannelKind, ChannelSettings>,
}

impl fmt::Debug for NotificationSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<&ChannelKind> = self.defaults.keys().collect();
        f.debug_struct("NotificationSettings")
            .field("public_url", &without_credentials(&self.public_url))
            .field("allow_private_targets", &self.allow_private_targets)
            .field("secret_key", &self.secret_key)
            .field("defaults", &kinds)
            .finish()
    }
}

/// Uploaded scripts and source maps.
#[derive(Debug, Clone)]
pub struct ArtifactSettings {
    /// Where the files are kept; in the database without.
    pub directory: Option<PathBuf>,
    /// Bytes that the files of a tenant may take up.
    pub quota: u64,
    /// Days that a bundle is kept after it was last uploaded or used.
    pub keep_days: u32,
    /// Bytes of maps in memory.
    pub cache: usize,
    /// What a bundle may hold.
    pub bundle: BundleLimits,
}

/// New tenants.
#[derive(Debug, Clone)]
pub struct TenantSettings {
    /// What is told of each new tenant, and signs it: both or none.
    pub provisioning: Option<(SecretText, SecretText)>,
}

/// Prometheus.
#[derive(Debug, Clone)]
pub struct MetricsSettings {
    /// A listener of its own.
    pub bind: Option<SocketAddr>,
    /// A token for the main listener.
    pub token: Option<SecretText>,
}
