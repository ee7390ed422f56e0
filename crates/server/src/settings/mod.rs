//! Settings: one embedded, commented table of defaults, overridden by files and the environment.

mod reader;
mod secret;
mod sections;

pub use faultbook_protocols::otlp::Severity;
use reader::InvalidSettings;
pub use secret::{SecretText, without_credentials};
pub use sections::{
    ArtifactSettings, CacheTimes, DatabaseSettings, Environment, HttpSettings, IngestSettings,
    Limits, LogFormat, MetricsSettings, NotificationSettings, RedisSettings, Settings, StoreUrl,
    TenantSettings,
};

use crate::adapters::channel_registry::channel_registry;
use faultbook_domain::identity::SessionLife;
use faultbook_domain::notifications::ChannelSettings;
use faultbook_domain::rate_limit::Rates;
use faultbook_domain::releases::ReleaseLimits;
use faultbook_domain::retention::RetentionPolicy;
use faultbook_domain::tenancy::TenantLimits;
use faultbook_symbolicate::bundle::BundleLimits;
use reader::Reader;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The defaults, as the binary prints and documents them.
pub const DEFAULTS: &str = include_str!("../../../../config/default.toml");

impl Settings {
    /// Reads defaults, files and the process's environment variables.
    ///
    /// # Errors
    /// [`InvalidSettings`] with every unknown key and every bad value.
    pub fn load() -> Result<Self, InvalidSettings> {
        Self::read(Reader::from_surroundings()?)
    }

    /// Where this node keeps what no server keeps for it.
    #[must_use]
    pub fn data_directory(&self) -> PathBuf {
        let file = match &self.database.url {
            StoreUrl::Sqlite(file) => file.parent(),
            StoreUrl::Postgres(_) => None,
        };
        file.map_or_else(|| PathBuf::from("data"), Path::to_path_buf)
    }

    fn read(mut reader: Reader) -> Result<Self, InvalidSettings> {
        let settings = Self::take(&mut reader);
        reader.finish(settings)
    }

    fn take(reader: &mut Reader) -> Self {
        let environment = reader.one_of(
            "environment",
            &[
                ("development", Environment::Development),
                ("production", Environment::Production),
            ],
        );
        let production = environment == Environment::Production;
        let host = reader.text("server.host");
        let default_host = if production { "0.0.0.0" } else { "127.0.0.1" };
        let default_format = if production {
            LogFormat::Json
        } else {
            LogFormat::Text
        };
        Self {
            environment,
            host: if host.is_empty() {
                default_host.to_owned()
            } else {
                host
            },
            port: reader.number("server.port", 0..=65_535),
            workers: reader.number("server.workers", 0..=1_024),
            shutdown_timeout: reader.duration("server.shutdown_timeout"),
            http: Self::take_http(reader, environment),
            limits: Limits {
                max_body: reader.bytes("limits.max_body"),
                max_batch_body: reader.bytes("limits.max_batch_body"),
                max_batch_items: reader.number("limits.max_batch_items", 1..=100_000),
                max_envelope: reader.bytes("limits.max_envelope"),
                max_envelope_decoded: reader.bytes("limits.max_envelope_decoded"),
                max_event: reader.bytes("limits.max_event"),
                max_values: reader.number("limits.max_values", 1_000..=10_000_000),
                max_anonymous_body: reader.bytes("limits.max_anonymous_body"),
                body_memory: reader.bytes("limits.body_memory"),
                max_rules: reader.number("limits.max_rules", 1..=100_000),
                max_incidents: reader.number("limits.max_incidents", 1..=1_000_000_000),
                max_jobs: reader.number("limits.max_jobs", 1..=10_000),
                max_condition: reader.number("limits.max_condition", 300..=4_000),
                max_name: reader.number("limits.max_name", 50..=600),
                max_description: reader.number("limits.max_description", 0..=20_000),
            },
            tenant_limits: Self::take_tenant_limits(reader),
            max_comments: reader.number("limits.max_comments", 1..=100_000),
            max_letters: reader.number("limits.max_letters", 0..=100_000),
            release_limits: ReleaseLimits {
                releases: reader.number("limits.max_releases", 1..=100_000),
                deploys: reader.number("limits.max_deploys", 100..=100_000),
            },
            otlp_min_severity: reader
                .optional("otlp.min_severity", "a severity such as ERROR, WARN2 or 17")
                .unwrap_or(Severity::ERROR),
            database: DatabaseSettings {
                url: reader.store_url("database.url"),
                pool_size: reader.number("database.pool_size", 1..=1_000),
                statement_cache: reader.flag("database.statement_cache"),
            },
            redis: Self::take_redis(reader),
            ingest: IngestSettings {
                max_waiting: reader.number("ingest.max_waiting", 1_000..=1_000_000),
                max_waiting_bytes: reader.bytes("ingest.max_waiting_bytes"),
                max_batch: reader.number("ingest.max_batch", 1..=10_000),
                queue_capacity: reader.number("ingest.queue_capacity", 1..=1_000_000_000),
                queue_reclaim_after: reader.duration("ingest.queue_reclaim_after"),
            },
            rate_limits: Self::take_rate_limits(reader, environment),
            cache_times: CacheTimes {
                lists: reader.duration("cache.lists"),
                analytics: reader.duration("cache.analytics"),
                monitoring: reader.duration("cache.monitoring"),
                performance: reader.duration("cache.performance"),
            },
            notifications: Self::take_notifications(reader, environment),
            sessions: SessionLife {
                idle: reader
                    .duration("sessions.idle")
                    .try_into()
                    .unwrap_or(time::Duration::MAX),
                absolute: reader
                    .duration("sessions.absolute")
                    .try_into()
                    .unwrap_or(time::Duration::MAX),
            },
            tenants: TenantSettings {
                provisioning: reader
                    .secret_url("tenants.provision_url")
                    .zip(reader.secret("tenants.provision_secret")),
            },
            retention: RetentionPolicy {
                occurrence_days: reader.number("retention.occurrence_days", 1..=36_500),
                count_days: reader.number("retention.count_days", 31..=36_500),
                audit_days: reader.number("retention.audit_days", 1..=36_500),
                firing_days: reader.number("retention.firing_days", 1..=36_500),
                incident_days: reader.number("retention.incident_days", 1..=36_500),
                // Trends of a year count resolutions out of it, from the first of a month on.
                activity_days: reader.number("retention.activity_days", 400..=36_500),
                key_days: reader.number("retention.key_days", 1..=36_500),
                invitation_days: reader.number("retention.invitation_days", 1..=36_500),
            },
            artifacts: Self::take_artifacts(reader),
            scrub_keys: reader.texts("scrub.keys"),
            metrics: MetricsSettings {
                bind: reader.optional("metrics.bind", "an address such as 127.0.0.1:9464"),
                token: reader.secret("metrics.token"),
            },
            log_format: reader.one_of(
                "log.format",
                &[
                    ("", default_format),
                    ("text", LogFormat::Text),
                    ("json", LogFormat::Json),
                ],
            ),
        }
    }

    fn take_tenant_limits(reader: &mut Reader) -> TenantLimits {
        let mut number = |key| reader.number(key, 1..=1_000_000);
        TenantLimits {
            keys: number("limits.max_keys"),
            system_users: number("limits.max_system_users"),
            members: number("limits.max_members"),
            invitations: number("limits.max_invitations"),
            projects: number("limits.max_projects"),
            project_keys: number("limits.max_project_keys"),
            rbac_items: number("limits.max_grants"),
            tenants_per_person: number("limits.max_tenants_per_person"),
            recipients: number("limits.max_recipients"),
            channel_config: reader.bytes("limits.max_channel_config"),
        }
    }

    fn take_artifacts(reader: &mut Reader) -> ArtifactSettings {
        let in_directory = reader.one_of(
            "artifacts.store",
            &[("database", false), ("directory", true)],
        );
        let directory = reader.optional("artifacts.dir", "a path");
        if in_directory && directory.is_none() {
            reader.problem(
                "artifacts.dir",
                "a path, since artifacts.store is \"directory\"",
            );
        }
        ArtifactSettings {
            directory: directory.filter(|_| in_directory),
            quota: reader.bytes("artifacts.quota") as u64,
            keep_days: reader.number("artifacts.keep_days", 1..=36_500),
            cache: reader.bytes("artifacts.cache"),
            bundle: BundleLimits {
                bundle: reader.bytes("artifacts.max_bundle") as u64,
                files: reader.number("artifacts.max_files", 1..=1_000_000),
                file: reader.bytes("artifacts.max_file") as u64,
                inflated: reader.bytes("artifacts.max_inflated") as u64,
                manifest: reader.bytes("artifacts.max_manifest") as u64,
            },
        }
    }

    fn take_http(reader: &mut Reader, environment: Environment) -> HttpSettings {
        let mut cors_origins = reader.texts("http.cors_origins");
        if cors_origins.is_empty() && environment == Environment::Development {
            cors_origins.push("*".to_owned());
        }
        HttpSettings {
            trusted_proxies: reader.networks("http.trusted_proxies"),
            cors_origins,
            header_timeout: reader.duration("http.header_timeout"),
            body_timeout: reader.duration("http.body_timeout"),
            keep_alive: reader.duration("http.keep_alive"),
        }
    }

    fn take_notifications(reader: &mut Reader, environment: Environment) -> NotificationSettings {
        let development = environment == Environment::Development;
        let mut defaults = BTreeMap::new();
        let registry = channel_registry();
        for kind in registry.kinds() {
            let key = format!("notifications.{kind}");
            let channel =
                reader.secret_noted(&key, "a JSON object that sets the channel up", |text| {
                    let config: ChannelSettings = serde_json::from_str(text).ok()?;
                    registry.validate(kind, &config).ok()?;
                    Some(config)
                });
            defaults.extend(channel.map(|config| (kind, config)));
        }
        NotificationSettings {
            public_url: reader
                .text("notifications.public_url")
                .trim_end_matches('/')
                .to_owned(),
            allow_private_targets: reader.one_of(
                "notifications.allow_private_targets",
                &[("", development), ("true", true), ("false", false)],
            ),
            secret_key: reader.secret("notifications.secret_key"),
            defaults,
        }
    }

    fn take_rate_limits(reader: &mut Reader, environment: Environment) -> Option<Rates> {
        let default = environment == Environment::Production;
        let enabled = reader.one_of(
            "rate_limits.enabled",
            &[("", default), ("true", true), ("false", false)],
        );
        let mut rate = |key| reader.number(key, 1..=60_000_000);
        let rates = Rates {
            ingest: rate("rate_limits.ingest"),
            analytics: rate("rate_limits.analytics"),
            artifacts: rate("rate_limits.artifacts"),
            general: rate("rate_limits.general"),
            bad_credentials: rate("rate_limits.bad_credentials"),
            failed_logins: rate("rate_limits.failed_logins"),
            invitations: rate("rate_limits.invitations"),
            channel_tests: rate("rate_limits.channel_tests"),
        };
        enabled.then_some(rates)
    }

    fn take_redis(reader: &mut Reader) -> Option<RedisSettings> {
        let pool_size = reader.number("redis.pool_size", 1..=1_000);
        let timeout = reader.duration("redis.timeout");
        let max_entry = reader.bytes("cache.max_entry");
        reader.redis_url("redis.url").map(|url| RedisSettings {
            url,
            pool_size,
            timeout,
            max_entry,
        })
    }
}

/// The effective settings as a commented-free table, secrets as `***`.
///
/// # Errors
/// [`InvalidSettings`] as [`Settings::load`].
pub fn effective() -> Result<String, InvalidSettings> {
    shown(Reader::from_surroundings()?)
}

/// Reading tells which settings are secrets.
fn shown(mut reader: Reader) -> Result<String, InvalidSettings> {
    Settings::take(&mut reader);
    let shown = reader.to_toml();
    reader.finish(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn read(toml: &str, variables: &[(&str, &str)]) -> Result<Settings, InvalidSettings> {
        Settings::read(Reader::from_parts(toml, variables).unwrap())
    }

    #[test]
    fn defaults_are_those_of_the_contract() {
        let settings = read("", &[]).unwrap();
        assert_eq!(settings.environment, Environment::Development);
        assert_eq!((settings.host.as_str(), settings.port), ("127.0.0.1", 8080));
        assert_eq!(
            settings.database.url,
            StoreUrl::Sqlite("data/faultbook.db".into())
        );
        assert!(settings.redis.is_none());
        assert_eq!(settings.limits.max_body, 1 << 20);
        assert_eq!(settings.limits.max_batch_body, 16 << 20);
        assert_eq!(settings.http.cors_origins, ["*"]);
        assert_eq!(settings.cache_times.lists, Duration::from_secs(120));
    }

    #[test]
    fn the_keys_scrubbed_by_default_are_those_of_the_domain() {
        let settings = read("", &[]).unwrap();
        assert_eq!(settings.scrub_keys, faultbook_domain::scrub::DEFAULT_KEYS);
    }

    #[test]
    fn production_opens_the_host_and_closes_origins() {
        let settings = read("", &[("ENVIRONMENT", "production")]).unwrap();
        assert_eq!(settings.host, "0.0.0.0");
        assert!(settings.http.cors_origins.is_empty());
        assert_eq!(settings.log_format, LogFormat::Json);
    }

    #[test]
    fn variables_win_over_files_and_short_ones_over_long_ones() {
        let file = "[server]\nport = 1\n[limits]\nmax_body = \"2MiB\"";
        let variables = [
            ("FAULTBOOK__SERVER__PORT", "2"),
            ("PORT", "3"),
            ("FAULTBOOK__METRICS__TOKEN", "123"),
        ];
        let settings = read(file, &variables).unwrap();
        assert_eq!((settings.port, settings.limits.max_body), (3, 2 << 20));
        assert_eq!(settings.metrics.token.unwrap().reveal(), "123");
    }

    #[test]
    fn every_problem_is_listed_at_once() {
        let file = "[server]\nprot = 1\n[http]\ntrusted_proxies = [\"nonsense\"]";
        let variables = [
            ("PORT", "eighty"),
            ("DATABASE_URL", "mysql://x"),
            ("FAULTBOOK__CACHE__LISTS", "soon"),
            ("FAULTBOOK__NO__SUCH", "1"),
        ];
        let problems = read(file, &variables).unwrap_err().to_string();
        for expected in [
            "server.prot",
            "http.trusted_proxies",
            "server.port",
            "database.url",
            "cache.lists",
            "no.such",
        ] {
            assert!(
                problems.contains(expected),
                "{expected} is missing from:\n{problems}"
            );
        }
    }

    #[test]
    fn secrets_are_never_printed() {
        let slack = r#"{"webhook_url":"https://hooks.slack.com/services/hunter2"}"#;
        let variables = [
            ("DATABASE_URL", "postgres://me@db/x?password=hunter2"),
            ("REDIS_URL", "redis://:hunter2@cache"),
            ("FAULTBOOK__METRICS__TOKEN", "hunter2"),
            (
                "FAULTBOOK__TENANTS__PROVISION_URL",
                "https://hooks.example/hunter2",
            ),
            ("FAULTBOOK__TENANTS__PROVISION_SECRET", "whsec_hunter2"),
            ("FAULTBOOK__NOTIFICATIONS__SLACK", slack),
            (
                "FAULTBOOK__NOTIFICATIONS__PUBLIC_URL",
                "https://me:hunter2@faults.example",
            ),
        ];
        let text = shown(Reader::from_parts("", &variables).unwrap()).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        for expected in ["@db/x", "@cache", "hooks.example", "faults.example", "***"] {
            assert!(text.contains(expected), "{expected} is missing from {text}");
        }
        let settings = read("", &variables).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        // Whatever type the file gives it.
        let number = shown(Reader::from_parts("[metrics]\ntoken = 4711", &[]).unwrap());
        assert!(!number.unwrap().contains("4711"));
    }

    /// A setting whose text is shown must be named here: think of whether it may hold a secret.
    #[test]
    fn no_other_setting_shows_its_text() {
        const MARKER: &str = "hunter2";
        const OPEN: [&str; 3] = ["artifacts.dir", "notifications.public_url", "server.host"];
        let names = Reader::from_parts("", &[]).unwrap().names();
        let mut open = Vec::new();
        for name in &names {
            let variable = format!("FAULTBOOK__{}", name.to_uppercase().replace('.', "__"));
            let variables = [(variable.as_str(), MARKER)];
            // What takes no such text is refused, and then not shown.
            if let Ok(text) = shown(Reader::from_parts("", &variables).unwrap())
                && text.contains(MARKER)
            {
                open.push(name.as_str());
            }
            if let Err(refused) = read("", &variables) {
                assert!(!refused.to_string().contains(MARKER), "{name}");
            }
        }
        assert!(names.len() > 40, "{names:?}");
        assert_eq!(open, OPEN);
    }

    #[test]
    fn a_broken_file_is_not_quoted() {
        for broken in [
            "[metrics]\ntoken = \"hunter2",
            "token = hunter2",
            "[metrics]\n  hunter2 = = 1",
        ] {
            let problem = Reader::from_parts(broken, &[]).map(|_| ()).unwrap_err();
            let problem = problem.to_string();
            assert!(!problem.contains("hunter2"), "{problem}");
            assert!(problem.contains("line"), "{problem}");
        }
    }
}
