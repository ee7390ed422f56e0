//! Token buckets in Redis, shared by all nodes.

use crate::client::RedisClient;
use crate::failure::SettingsError;
use crate::settings::RedisSettings;
use async_trait::async_trait;
use faultbook_domain::rate_limit::{Quota, RateLimiter, Verdict};
use faultbook_domain::store_error::StoreError;
use redis::pipe;

/// Takes a token. The bucket is the microsecond at which it will be full again, by the clock of Redis, so that the
/// clocks of nodes do not matter; the key expires then.
///
/// Microseconds since 1970 need 51 of the 53 bits that Lua's numbers represent exactly.
const TAKE: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local with_this = full_at + interval
if with_this - now > capacity then
  return {0, full_at - now}
end
redis.call('SET', KEYS[1], string.format('%d', with_this), 'PX', math.ceil((with_this - now) / 1000))
return {1, with_this - now}
";

/// Returns a token. A full bucket needs no key.
const GIVE_BACK: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full_at = tonumber(redis.call('GET', KEYS[1]) or '0') - tonumber(ARGV[1])
if full_at <= now then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], string.format('%d', full_at), 'PX', math.ceil((full_at - now) / 1000))
end
return 1
";

/// A [`RateLimiter`] in Redis, shared by all nodes: one script, one round trip.
///
/// A call whose connection breaks is repeated, and may take two tokens.
pub struct RedisRateLimiter {
    client: RedisClient,
}

impl RedisRateLimiter {
    /// Creates the limiter. Redis may be unavailable: connections are opened on demand.
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
impl RateLimiter for RedisRateLimiter {
    async fn take(&self, bucket: &str, quota: Quota) -> Result<Verdict, StoreError> {
        let interval = quota.interval_micros();
        let mut commands = pipe();
        commands
            .cmd("EVAL")
            .arg(TAKE)
            .arg(1)
            .arg(format!("faultbook:bucket:{bucket}"))
            .arg(interval)
            .arg(interval * u64::from(quota.tokens()));
        let ((allowed, full_in),): ((bool, u64),) = self.client.ask(&commands).await?.value;
        Ok(Verdict::of(quota, allowed, full_in))
    }

    async fn give_back(&self, bucket: &str, quota: Quota) -> Result<(), StoreError> {
        let mut commands = pipe();
        commands
            .cmd("EVAL")
            .arg(GIVE_BACK)
            .arg(1)
            .arg(format!("faultbook:bucket:{bucket}"))
            .arg(quota.interval_micros());
        let _: (u64,) = self.client.ask(&commands).await?.value;
        Ok(())
    }
}
