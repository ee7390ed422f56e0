//! The cache in Redis, shared by all nodes.

use crate::client::RedisClient;
use crate::failure::{RedisFailure, SettingsError};
use crate::settings::RedisSettings;
use async_trait::async_trait;
use faultbook_domain::cache::Cache;
use faultbook_domain::clock::Clock;
use faultbook_domain::id::TenantId;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::log_limit::LogLimit;
use faultbook_domain::monitoring::{HealthProbe, ServiceMetrics};
use faultbook_domain::store_error::StoreError;
use redis::pipe;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// Maximum lifetime of any key in seconds, generations included, so that deleted tenants leave no keys. A later
/// reader creates a new generation.
const LONGEST: u64 = 24 * 60 * 60;
/// Time limit of [`HealthProbe::ping`].
const PING_LIMIT: Duration = Duration::from_secs(1);
/// Interval at which refused writes are logged: every write fails meanwhile.
const REFUSED: Duration = Duration::from_secs(60);

/// A [`Cache`] in Redis, shared by all nodes.
///
/// Keys are `faultbook:` and the caller's key; a generation's is `faultbook:{tenant}:generation`, whose braces keep a
/// tenant's keys in one slot of a Redis Cluster. A generation is a unique id together with the run id of the server
/// that holds it: so neither eviction, nor a restart from an old snapshot, nor the promotion of a replica that missed
/// the last write restores an earlier one.
///
/// A generation is read with a command that counts as a write, so that a Redis that refuses or delays writes (a
/// replica, a failed snapshot, `CLIENT PAUSE WRITE`) does so to readers as well as to writers. A full Redis still
/// deletes: the generation is then deleted, and readers bypass the cache until a new one can be set.
pub struct RedisCache {
    client: RedisClient,
    max_entry: usize,
    refused: LogLimit,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl RedisCache {
    /// Creates the cache. Redis may be unavailable: connections are opened on demand.
    ///
    /// # Errors
    /// [`SettingsError`] for settings that can never work.
    pub fn connect(
        settings: &RedisSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            client: RedisClient::new(settings)?,
            max_entry: settings.max_entry,
            refused: LogLimit::new(1, REFUSED),
            clock,
            ids,
        })
    }

    fn new_generation(&self) -> String {
        self.ids.next_id(self.clock.now()).simple().to_string()
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn generation(&self, tenant: TenantId) -> Result<String, StoreError> {
        let key = generation_key(tenant);
        let mut answer = self
            .client
            .ask::<(Option<String>,)>(pipe().cmd("GETEX").arg(&key))
            .await?;
        if answer.value.0.is_none() {
            // Read back, since another node may have set it first.
            let mut commands = pipe();
            commands
                .cmd("SET")
                .arg(&key)
                .arg(self.new_generation())
                .arg("NX")
                .arg("EX")
                .arg(LONGEST)
                .ignore()
                .get(&key);
            answer = self.client.ask(&commands).await?;
        }
        let (Some(generation),) = answer.value else {
            return Err(RedisFailure::UnexpectedResponse("the generation it was given").into());
        };
        Ok(format!("{}-{generation}", answer.run))
    }

    async fn advance(&self, tenants: &[TenantId]) -> Result<(), StoreError> {
        if tenants.is_empty() {
            return Ok(());
        }
        let generation = self.new_generation();
        let (mut set, mut delete) = (pipe(), pipe());
        for tenant in tenants {
            let key = generation_key(*tenant);
            set.set_ex(&key, &generation, LONGEST).ignore();
            delete.del(key).ignore();
        }
        // Ignores the circuit breaker: another node may reach Redis, and would serve stale entries.
        match self.client.demand::<()>(&set).await {
            Err(refusal) if refusal.is_refusal() => {
                self.client.demand::<()>(&delete).await?;
                if let Some(held_back) = self.refused.allow() {
                    let cause = refusal.source().map(ToString::to_string);
                    tracing::warn!(
                        cause,
                        held_back,
                        "Redis refuses new entries; responses are not cached"
                    );
                }
            }
            outcome => {
                outcome?;
            }
        }
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let (value,) = self.client.ask(pipe().get(entry_key(key))).await?.value;
        Ok(value)
    }

    async fn put(&self, key: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError> {
        let millis = u64::try_from(ttl.as_millis())
            .unwrap_or(u64::MAX)
            .min(LONGEST * 1000);
        if value.len() > self.max_entry {
            // Large responses would fill Redis, which is needed for generations, limits and the queue.
            return Ok(());
        }
        let mut commands = pipe();
        if millis == 0 {
            // Redis rejects a lifetime of zero.
            commands.del(entry_key(key)).ignore();
        } else {
            commands.pset_ex(entry_key(key), value, millis).ignore();
        }
        self.client.ask::<()>(&commands).await?;
        Ok(())
    }
}

#[async_trait]
impl HealthProbe for RedisCache {
    async fn ping(&self) -> Result<(), StoreError> {
        self.client
            .insist::<()>(pipe().cmd("PING").ignore(), PING_LIMIT)
            .await?;
        Ok(())
    }

    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError> {
        let mut commands = pipe();
        commands.cmd("INFO").cmd("DBSIZE");
        let answer = self.client.ask::<(String, i64)>(&commands).await?;
        let (info, keys) = answer.value;
        let number = |name: &str| {
            let line = info.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.strip_prefix(':')?.trim().parse().ok())
        };
        let named = [
            ("connections", number("connected_clients")),
            ("max_connections", number("maxclients")),
            ("memory_bytes", number("used_memory")),
            ("max_memory_bytes", number("maxmemory")),
            ("keys", Some(keys)),
        ];
        let known = named.into_iter();
        Ok(known
            .filter_map(|(name, number)| Some((name, number?)))
            .collect())
    }
}

fn generation_key(tenant: TenantId) -> String {
    entry_key(&format!("{{{tenant}}}:generation"))
}

fn entry_key(key: &str) -> String {
    format!("faultbook:{key}")
}
