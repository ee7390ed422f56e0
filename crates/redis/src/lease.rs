//! Leases in Redis.

use crate::client::RedisClient;
use crate::failure::SettingsError;
use crate::settings::RedisSettings;
use async_trait::async_trait;
use faultbook_domain::coordination::Lease;
use faultbook_domain::store_error::StoreError;
use redis::pipe;
use std::time::Duration;
use uuid::Uuid;

/// Acquires a free lease, or extends that of the holder.
const HOLD: &str = "
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
";

const RELEASE: &str = "
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
";

/// A [`Lease`] in Redis, shared by all nodes, by the clock of Redis.
pub struct RedisLease {
    client: RedisClient,
}

impl RedisLease {
    /// Creates leases. Redis may be unavailable: connections are opened on demand.
    ///
    /// # Errors
    /// [`SettingsError`] for settings that can never work.
    pub fn connect(settings: &RedisSettings) -> Result<Self, SettingsError> {
        Ok(Self {
            client: RedisClient::new(settings)?,
        })
    }
}

#[async_trait]
impl Lease for RedisLease {
    async fn hold(&self, name: &str, holder: Uuid, ttl: Duration) -> Result<bool, StoreError> {
        let mut commands = pipe();
        commands
            .cmd("EVAL")
            .arg(HOLD)
            .arg(1)
            .arg(key(name))
            .arg(holder.simple().to_string())
            .arg(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        let (held,): (bool,) = self.client.ask(&commands).await?.value;
        Ok(held)
    }

    async fn release(&self, name: &str, holder: Uuid) -> Result<(), StoreError> {
        let mut commands = pipe();
        commands
            .cmd("EVAL")
            .arg(RELEASE)
            .arg(1)
            .arg(key(name))
            .arg(holder.simple().to_string())
            .ignore();
        self.client.ask::<()>(&commands).await?;
        Ok(())
    }
}

fn key(name: &str) -> String {
    format!("faultbook:lease:{name}")
}
