//! Service: rate limits for requests, failed logins and actions that send messages.

use super::rate_limiter::{Quota, RateLimiter, Verdict};
use crate::clock::Clock;
use crate::id::{ProjectId, TenantId};
use crate::keyed_semaphore::{KeyedPermit, KeyedSemaphore};
use crate::log_limit::LogLimit;
use crate::sync::lock;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use time::{Duration, OffsetDateTime};

/// Rate class of a request. Each class has its own buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Submits reports.
    Ingest,
    /// Reads statistics, trends or monitoring.
    Analytics,
    /// Uploads artifacts.
    Artifacts,
    /// Everything else.
    General,
}

impl Class {
    const fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Analytics => "analytics",
            Self::Artifacts => "artifacts",
            Self::General => "general",
        }
    }
}

/// A kind of authentication attempt that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attempt {
    /// An API key or token.
    Credential,
    /// A DSN key. Public pages carry them, stale ones too.
    DsnKey,
    /// An e-mail and password.
    Login,
    /// Asking for a link that sets a new password: each counts, whoever it is for.
    Forgot,
}

impl Attempt {
    const fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::DsnKey => "dsn-key",
            Self::Login => "login",
            Self::Forgot => "forgot",
        }
    }
}

/// An action that sends e-mail or SMS, or reaches people who did not ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spending {
    /// Invites a person.
    Invitation,
    /// Sends an invitation again.
    Resend,
    /// Tests a channel.
    ChannelTest,
    /// Tests an alert rule, through all of its channels.
    RuleTest,
}

impl Spending {
    const fn name(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Resend => "resend",
            Self::ChannelTest => "channel-test",
            Self::RuleTest => "rule-test",
        }
    }
}

/// Rate limits per minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests of [`Class::Ingest`] per caller.
    pub ingest: u32,
    /// Requests of [`Class::Analytics`] per caller.
    pub analytics: u32,
    /// Requests of [`Class::Artifacts`] per caller.
    pub artifacts: u32,
    /// Requests of [`Class::General`] per caller.
    pub general: u32,
    /// Failed [`Attempt::Credential`]s, and as many failed [`Attempt::DsnKey`]s, per address.
    pub bad_credentials: u32,
    /// Failed [`Attempt::Login`]s, and as many [`Attempt::Forgot`]s, per address.
    pub failed_logins: u32,
    /// [`Spending::Invitation`]s and [`Spending::Resend`]s, each, per tenant and per caller.
    pub invitations: u32,
    /// [`Spending::ChannelTest`]s and [`Spending::RuleTest`]s, each, per tenant and per caller.
    pub channel_tests: u32,
}

impl Rates {
    const fn of_spending(&self, spending: Spending) -> Quota {
        Quota::per_minute(match spending {
            Spending::Invitation | Spending::Resend => self.invitations,
            Spending::ChannelTest | Spending::RuleTest => self.channel_tests,
        })
    }
}

/// Passwords per address that are checked concurrently: a check occupies a core, and more at once would not be
/// faster.
const CHECKED_AT_ONCE: u32 = 2;

/// Maximum number of blocked addresses in memory; beyond that it is cleared and refilled by the next failures.
const REMEMBERED: usize = 100_000;

/// Counts requests and failed attempts against their quotas.
///
/// While the shared limiter is unavailable, each node counts for itself, so that no request fails because of it.
pub struct RateLimits {
    rates: Option<Rates>,
    shared: Arc<dyn RateLimiter>,
    own: Arc<dyn RateLimiter>,
    clock: Arc<dyn Clock>,
    shut_out: Mutex<HashMap<(Attempt, IpAddr), OffsetDateTime>>,
    uncounted: LogLimit,
    turns: KeyedSemaphore<IpAddr>,
}

/// Test errors of a project in a minute.
const TEST_ERRORS: u32 = 10;

/// Interval at which uncounted requests are logged: every request may be, while no limiter works.
const UNCOUNTED: std::time::Duration = std::time::Duration::from_secs(30);

impl RateLimits {
    /// Creates the limits; without rates nothing is limited. `own` serves while `shared` fails.
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
            turns: KeyedSemaphore::new(CHECKED_AT_ONCE),
        }
    }

    /// Counts a caller's request. `caller` names the bucket, `own_rate` replaces the configured rate. `None` when
    /// nothing is limited.
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
            Class::Artifacts => rates.artifacts,
            Class::General => rates.general,
        };
        let bucket = format!("{{{caller}}}:{}", class.name());
        self.take(&bucket, Quota::per_minute(own_rate.unwrap_or(usual)))
            .await
    }

    /// Returns how long a blocked address has to wait. Reads memory only: failures have filled it.
    #[must_use]
    pub fn shut_out(&self, attempt: Attempt, address: IpAddr) -> Option<Duration> {
        let until = *lock(&self.shut_out).get(&(attempt, network(address)))?;
        let left = until - self.clock.now();
        left.is_positive().then_some(left)
    }

    /// Counts a failed [`Attempt::Credential`] or [`Attempt::DsnKey`], or an [`Attempt::Forgot`], each in buckets of its
    /// own. Returns how long the address has to wait if it exceeded the limit.
    pub async fn bad_attempt(&self, attempt: Attempt, address: IpAddr) -> Option<Duration> {
        let rates = self.rates?;
        if let Some(left) = self.shut_out(attempt, address) {
            return Some(left);
        }
        let bucket = failures(attempt, network(address));
        let quota = Quota::per_minute(match attempt {
            Attempt::Credential | Attempt::DsnKey => rates.bad_credentials,
            Attempt::Login | Attempt::Forgot => rates.failed_logins,
        });
        let verdict = self.take(&bucket, quota).await?;
        if !verdict.retry_in.is_zero() {
            self.shut(attempt, address, verdict);
        }
        (!verdict.allowed).then(|| waiting(verdict))
    }

    /// Waits until a password from this address may be checked, and counts it as a failure in advance, so that
    /// concurrent attempts cannot exceed the limit. [`Checking::was_right`] takes the failure back.
    ///
    /// # Errors
    /// How long the address has to wait if its failures have used up the limit; the password must not be checked.
    pub async fn begin_login(&self, address: Option<IpAddr>) -> Result<Checking<'_>, Duration> {
        let (Some(rates), Some(address)) = (self.rates, address) else {
            return Ok(Checking(None));
        };
        let network = network(address);
        let bucket = failures(Attempt::Login, network);
        let quota = Quota::per_minute(rates.failed_logins);
        // Two concurrent attempts may each find the bucket empty because of the other, which may succeed: the second
        // time each waits until no other check is running.
        for alone in [false, true] {
            if let Some(left) = self.shut_out(Attempt::Login, address) {
                return Err(left);
            }
            let turn = if alone {
                self.turns.alone(network).await
            } else {
                self.turns.one(network).await
            };
            if let Some(left) = self.shut_out(Attempt::Login, address) {
                return Err(left);
            }
            let Some(verdict) = self.take(&bucket, quota).await else {
                return Ok(Checking(None));
            };
            if verdict.allowed {
                let limits = self;
                return Ok(Checking(Some(Counted {
                    limits,
                    bucket,
                    quota,
                    _turn: turn,
                })));
            }
            if alone {
                self.shut(Attempt::Login, address, verdict);
                return Err(waiting(verdict));
            }
        }
        Ok(Checking(None))
    }

    /// Counts a test error of a project, whether there are rates or not.
    ///
    /// # Errors
    /// How long to wait where a minute's are used up.
    pub async fn count_test_error(&self, project: ProjectId) -> Result<(), Duration> {
        let bucket = format!("{{{project}}}:test-error");
        let verdict = self.take(&bucket, Quota::per_minute(TEST_ERRORS)).await;
        match verdict {
            Some(verdict) if !verdict.allowed => Err(waiting(verdict)),
            _ => Ok(()),
        }
    }

    /// Counts an action against the limits of the tenant and of the caller. A platform admin is counted by tenant
    /// only.
    ///
    /// # Errors
    /// The bucket that is empty; nothing was counted.
    pub async fn spend(
        &self,
        spending: Spending,
        tenant: TenantId,
        caller: Option<&str>,
    ) -> Result<(), Verdict> {
        let Some(rates) = self.rates else {
            return Ok(());
        };
        let quota = rates.of_spending(spending);
        let mut taken: Vec<String> = Vec::new();
        for bucket in spent(spending, tenant, caller) {
            match self.take(&bucket, quota).await {
                Some(verdict) if !verdict.allowed => {
                    for bucket in &taken {
                        self.give_back(bucket, quota).await;
                    }
                    return Err(verdict);
                }
                _ => taken.push(bucket),
            }
        }
        Ok(())
    }

    /// Takes back what [`Self::spend`] counted: nothing was sent.
    pub async fn unspend(&self, spending: Spending, tenant: TenantId, caller: Option<&str>) {
        let Some(rates) = self.rates else { return };
        for bucket in spent(spending, tenant, caller) {
            self.give_back(&bucket, rates.of_spending(spending)).await;
        }
    }

    fn shut(&self, attempt: Attempt, address: IpAddr, verdict: Verdict) {
        let kind = attempt.name();
        tracing::warn!(%address, kind, "too many failed attempts; the address is blocked for now");
        let mut shut_out = lock(&self.shut_out);
        if shut_out.len() >= REMEMBERED {
            shut_out.clear();
        }
        let until = self.clock.now() + verdict.retry_in;
        shut_out.insert((attempt, network(address)), until);
    }

    async fn give_back(&self, bucket: &str, quota: Quota) {
        let given = match self.shared.give_back(bucket, quota).await {
            Ok(()) => Ok(()),
            Err(_) => self.own.give_back(bucket, quota).await,
        };
        if let Err(error) = given {
            tracing::warn!(%error, "a token was not given back");
        }
    }

    async fn take(&self, bucket: &str, quota: Quota) -> Option<Verdict> {
        let shared = self.shared.take(bucket, quota).await;
        let verdict = match shared {
            Ok(verdict) => Ok(verdict),
            Err(error) => {
                tracing::debug!(%error, "the shared rate limiter is unavailable; this node counts for itself");
                self.own.take(bucket, quota).await
            }
        };
        verdict
            .inspect_err(|error| {
                if let Some(held_back) = self.uncounted.allow() {
                    tracing::warn!(%error, held_back, "a request was not counted against its rate limit");
                }
            })
            .ok()
    }
}

/// A password check in progress, counted as a failure until it succeeds.
pub struct Checking<'a>(Option<Counted<'a>>);

struct Counted<'a> {
    limits: &'a RateLimits,
    bucket: String,
    quota: Quota,
    _turn: KeyedPermit<'a, IpAddr>,
}

impl Checking<'_> {
    /// Takes back the failure that was counted in advance.
    pub async fn was_right(self) {
        if let Some(counted) = self.0 {
            let (bucket, quota) = (&counted.bucket, counted.quota);
            counted.limits.give_back(bucket, quota).await;
        }
    }
}

fn failures(attempt: Attempt, network: IpAddr) -> String {
    format!("{{{network}}}:failed-{}", attempt.name())
}

fn spent(
    spending: Spending,
    tenant: TenantId,
    caller: Option<&str>,
) -> impl Iterator<Item = String> {
    let name = spending.name();
    let of_caller = caller.map(|caller| format!("{{{caller}}}:{name}"));
    [format!("{{tenant:{tenant}}}:{name}")]
        .into_iter()
        .chain(of_caller)
}

fn waiting(verdict: Verdict) -> Duration {
    Duration::try_from(verdict.retry_in).unwrap_or(Duration::MAX)
}

/// Returns the network to count: the /64 of an IPv6 address, which usually has one owner.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            [a, b, c, d, 0, 0, 0, 0].into()
        }
    }
}
