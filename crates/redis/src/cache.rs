//! Answers kept for a while, for all nodes.

use crate::failure::{RedisFailure, SettingsError};
use crate::server::Server;
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

/// How long anything is kept at most, in seconds: a generation too, so that tenants who are gone take
/// up no memory. Whoever asks later gets a new one.
const LONGEST: u64 = 24 * 60 * 60;
/// What [`HealthProbe::ping`] promises.
const PING_LIMIT: Duration = Duration::from_secs(1);
/// How often it is logged that Redis refuses to keep anything: each write meets it, while it does.
const REFUSED: Duration = Duration::from_secs(60);

/// [`Cache`] in a Redis that all nodes share.
///
/// Keys are `faultbook:` and the caller's key; a generation's is `faultbook:{tenant}:generation`, whose
/// braces keep what is one tenant's in one slot of a Redis Cluster. A generation is an id that is
/// never used twice, together with the run of the server that holds it: so neither eviction, nor a
/// restart from an old snapshot, nor the promotion of a replica that missed the last write brings an
/// earlier one back.
///
/// A generation is read with a command that counts as a write, so that a Redis that refuses or delays
/// writes (a replica, a failed snapshot, `CLIENT PAUSE WRITE`) does so to the readers of a generation as
/// to those who end it. A Redis that is full still deletes: the generation is deleted there, and readers
/// do without the cache until a new one can be set.
pub struct RedisCache {
    server: Server,
    max_entry: usize,
    refused: LogLimit,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl RedisCache {
    /// The cache in the Redis of these settings, which may be away: it is connected to when it is
    /// needed.
    ///
    /// # Errors
    /// Settings that will never work.
    pub fn connect(
        settings: &RedisSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            server: Server::new(settings)?,
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
            .server
            .ask::<(Option<String>,)>(pipe().cmd("GETEX").arg(&key))
            .await?;
        if answer.value.0.is_none() {
            // Read back, since another node may have been first.
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
            answer = self.server.ask(&commands).await?;
        }
        let (Some(generation),) = answer.value else {
            return Err(RedisFailure::Odd("the generation it was given").into());
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
        // Also while Redis rests: another node may reach it, and would serve what is old.
        match self.server.demand::<()>(&set).await {
            Err(refusal) if refusal.is_refusal() => {
                self.server.demand::<()>(&delete).await?;
                if let Some(held_back) = self.refused.allow() {
                    let cause = refusal.source().map(ToString::to_string);
                    tracing::warn!(
                        cause,
                        held_back,
                        "Redis takes no new entries; answers are not cached until it does"
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
        let (value,) = self.server.ask(pipe().get(entry_key(key))).await?.value;
        Ok(value)
    }

    async fn put(&self, key: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError> {
        let millis = u64::try_from(ttl.as_millis())
            .unwrap_or(u64::MAX)
            .min(LONGEST * 1000);
        if value.len() > self.max_entry {
            // Large answers would fill Redis, which is needed for generations, limits and the queue.
            return Ok(());
        }
        let mut commands = pipe();
        if millis == 0 {
            // Redis refuses a lifetime of nothing.
            commands.del(entry_key(key)).ignore();
        } else {
            commands.pset_ex(entry_key(key), value, millis).ignore();
        }
        self.server.ask::<()>(&commands).await?;
        Ok(())
    }
}

#[async_trait]
impl HealthProbe for RedisCache {
    async fn ping(&self) -> Result<(), StoreError> {
        self.server
            .insist::<()>(pipe().cmd("PING").ignore(), PING_LIMIT)
            .await?;
        Ok(())
    }

    async fn read_metrics(&self) -> Result<ServiceMetrics, StoreError> {
        let mut commands = pipe();
        commands.cmd("INFO").cmd("DBSIZE");
        let answer = self.server.ask::<(String, i64)>(&commands).await?;
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
