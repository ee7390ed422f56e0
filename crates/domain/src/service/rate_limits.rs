//! How often callers may call, and how often they may be wrong about who they are.

use super::lock;
use crate::log_limit::LogLimit;
use crate::port::{Clock, Quota, RateLimiter, Verdict};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};

/// What a request is for. Each class has buckets of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Handing reports in.
    Ingest,
    /// Stats, trends, monitoring.
    Analytics,
    /// Everything else.
    General,
}

impl Class {
    const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Analytics => "analytics",
            Self::General => "general",
        }
    }
}

/// What somebody unknown may be wrong about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attempt {
    /// An API key or token.
    Credential,
    /// An e-mail and password.
    Login,
}

/// How often, per minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests of [`Class::Ingest`] per caller.
    pub ingest: u32,
    /// Requests of [`Class::Analytics`] per caller.
    pub analytics: u32,
    /// Requests of [`Class::General`] per caller.
    pub general: u32,
    /// Failed [`Attempt::Credential`]s per address.
    pub bad_credentials: u32,
    /// Failed [`Attempt::Login`]s per address.
    pub failed_logins: u32,
}

/// Addresses remembered as shut out, at most; beyond that the memory is emptied and filled again by the
/// next failures.
const REMEMBERED: usize = 100_000;

/// Counts requests and failures against their quotas.
///
/// While the shared limiter is away each node counts for itself, so that a request never fails for it.
pub struct RateLimits {
    rates: Option<Rates>,
    shared: Arc<dyn RateLimiter>,
    own: Arc<dyn RateLimiter>,
    clock: Arc<dyn Clock>,
    shut_out: Mutex<HashMap<(Attempt, IpAddr), OffsetDateTime>>,
    uncounted: LogLimit,
}

/// How often it is logged that requests go uncounted: each may, for as long as no limiter works.
const UNCOUNTED: std::time::Duration = std::time::Duration::from_secs(30);

impl RateLimits {
    /// Limits to these rates; none if there are no rates. `own` serves while `shared` fails.
    #[must_use]
    pub fn new(
        rates: Option<Rates>,
        shared: Arc<dyn RateLimiter>,
        own: Arc<dyn RateLimiter>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            rates,
            shared,
            own,
            clock,
            shut_out: Mutex::default(),
            uncounted: LogLimit::new(1, UNCOUNTED),
        }
    }

    /// Counts a caller's request. `caller` names who shares the bucket, `own_rate` is the caller's
    /// rate where it is not the usual one. `None` when nothing is limited.
    pub async fn request(
        &self,
        caller: &str,
        class: Class,
        own_rate: Option<u32>,
    ) -> Option<Verdict> {
        let rates = self.rates?;
        let usual = match class {
            Class::Ingest => rates.ingest,
            Class::Analytics => rates.analytics,
            Class::General => rates.general,
        };
        let bucket = format!("{{{caller}}}:{}", class.name());
        self.take(&bucket, Quota::per_minute(own_rate.unwrap_or(usual)))
            .await
    }

    /// How long an address that failed too often has to wait before it is listened to again. Costs no
    /// call: the failures have told.
    #[must_use]
    pub fn shut_out(&self, attempt: Attempt, address: IpAddr) -> Option<Duration> {
        let until = *lock(&self.shut_out).get(&(attempt, network(address)))?;
        let left = until - self.clock.now();
        left.is_positive().then_some(left)
    }

    /// Counts a failure. The address is shut out once its failures use up the quota.
    pub async fn failed(&self, attempt: Attempt, address: IpAddr) {
        let Some(rates) = self.rates else { return };
        let (kind, rate) = match attempt {
            Attempt::Credential => ("credential", rates.bad_credentials),
            Attempt::Login => ("login", rates.failed_logins),
        };
        let network = network(address);
        let bucket = format!("{{{network}}}:failed-{kind}");
        let Some(verdict) = self.take(&bucket, Quota::per_minute(rate)).await else {
            return;
        };
        if verdict.retry_in.is_zero() {
            return;
        }
        tracing::warn!(%address, kind, "an address failed too often and is shut out for now");
        let mut shut_out = lock(&self.shut_out);
        if shut_out.len() >= REMEMBERED {
            shut_out.clear();
        }
        shut_out.insert((attempt, network), self.clock.now() + verdict.retry_in);
    }

    async fn take(&self, bucket: &str, quota: Quota) -> Option<Verdict> {
        let shared = self.shared.take(bucket, quota).await;
        let verdict = match shared {
            Ok(verdict) => Ok(verdict),
            Err(error) => {
                tracing::debug!(%error, "counting requests without the shared limiter");
                self.own.take(bucket, quota).await
            }
        };
        verdict
            .inspect_err(|error| {
                if let Some(held_back) = self.uncounted.admit() {
                    tracing::warn!(%error, held_back, "a request went uncounted");
                }
            })
            .ok()
    }
}

/// Who holds one IPv6 address usually holds its /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            [a, b, c, d, 0, 0, 0, 0].into()
        }
    }
}
