//! A tenant's channels: set, shown without secrets, tested, cleared.

use super::channel::{Channel, ChannelKind, ChannelSettings};
use super::channel_masks::{masked, unmasked};
use super::channel_registry::{ChannelRegistry, FieldFault};
use super::integration::{ChannelTest, Integration};
use super::integration_store::{IntegrationStore, SecretBox};
use super::notification::{Notification, NotificationKind};
use super::notifier::{Notifier, NotifyError};
use super::without_addresses::without_addresses;
use crate::clock::Clock;
use crate::id_source::IdSource;
use crate::monitoring::DeliverySample;
use crate::monitoring::SampleStore;
use crate::store_error::StoreError;
use crate::tenancy::TenantLimits;
use crate::tenancy::TenantScope;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use time::OffsetDateTime;
use uuid::Uuid;

/// How a channel is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelState {
    /// It was set, and its last test passed.
    Connected,
    /// It was set.
    Configured,
    /// It was not.
    NotConfigured,
    /// Its last test failed.
    Error,
}

impl ChannelState {
    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Configured => "configured",
            Self::NotConfigured => "not_configured",
            Self::Error => "error",
        }
    }
}

/// A channel as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Which.
    pub kind: ChannelKind,
    /// How it is doing.
    pub state: ChannelState,
    /// Its configuration without secrets.
    pub config: ChannelSettings,
    /// To whom it sends, without addresses: `3 people`, `#alerts`, a host; `None` when it is not set up.
    pub to: Option<String>,
    /// Its last test.
    pub last_test: Option<ChannelTest>,
    /// Why it cannot be used, or why the last test failed.
    pub last_error: Option<String>,
}

/// Why there is no channel to use.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unset {
    /// Nobody has set it up.
    #[error("the channel is not set up")]
    NotConfigured,
    /// It was sealed with a key that this server has not.
    #[error("the channel's configuration cannot be decrypted: set it again")]
    Sealed,
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a channel was not set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotSet {
    /// Fields are at fault.
    #[error("the configuration is not valid")]
    Invalid(Vec<FieldFault>),
    /// It is too large.
    #[error("a channel's configuration must be at most {0} bytes long")]
    TooLarge(usize),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Tenants' channels, over the defaults of the installation.
pub struct Integrations {
    store: Arc<dyn IntegrationStore>,
    samples: Arc<dyn SampleStore>,
    sealer: Arc<dyn SecretBox>,
    registry: Arc<dyn ChannelRegistry>,
    notifier: Arc<dyn Notifier>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    defaults: BTreeMap<ChannelKind, ChannelSettings>,
    public_url: String,
    limits: TenantLimits,
}

impl Integrations {
    /// Channels of this store, sealed with `sealer`, with a sample of each attempt to use one. `defaults`
    /// serve tenants that set nothing.
    #[must_use]
    pub fn new(
        (store, samples): (Arc<dyn IntegrationStore>, Arc<dyn SampleStore>),
        sealer: Arc<dyn SecretBox>,
        (registry, notifier): (Arc<dyn ChannelRegistry>, Arc<dyn Notifier>),
        (clock, ids): (Arc<dyn Clock>, Arc<dyn IdSource>),
        defaults: BTreeMap<ChannelKind, ChannelSettings>,
        public_url: String,
    ) -> Self {
        Self {
            store,
            samples,
            sealer,
            registry,
            notifier,
            clock,
            ids,
            defaults,
            public_url,
            limits: TenantLimits::default(),
        }
    }

    /// The same with other limits than the usual ones.
    #[must_use]
    pub fn limited_to(self, limits: TenantLimits) -> Self {
        Self { limits, ..self }
    }

    /// Every kind of channel of this installation, in the order in which channels are listed.
    #[must_use]
    pub fn kinds(&self) -> Vec<ChannelKind> {
        self.registry.kinds()
    }

    /// The kind of channel of this name, if this installation has it.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<ChannelKind> {
        let kinds = self.registry.kinds();
        kinds.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Every channel of a tenant.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(&self, tenant: TenantScope) -> Result<Vec<Shown>, StoreError> {
        let kept = self.store.list_integrations(tenant).await?;
        let shown = self.registry.kinds().into_iter().map(|kind| {
            let own = kept.iter().find(|one| one.kind == kind);
            self.shown(kind, own)
        });
        Ok(shown.collect())
    }

    /// One channel of a tenant.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn get(&self, tenant: TenantScope, kind: ChannelKind) -> Result<Shown, StoreError> {
        let own = self.own(tenant, kind).await?;
        Ok(self.shown(kind, own.as_ref()))
    }

    /// Sets a channel. Secrets that come back masked stay as they are, as long as they go where they went
    /// before; a configuration that comes back as it was shown changes nothing. `by_manager` tells whether the caller
    /// may change the tenant ([`Integration::set_by_manager`]).
    ///
    /// # Errors
    /// [`NotSet`]; nothing is changed then.
    pub async fn set(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
        config: ChannelSettings,
        by_manager: bool,
    ) -> Result<Shown, NotSet> {
        let own = self.own(tenant, kind).await?;
        let old = own.as_ref().and_then(|own| self.opened(own));
        let default = self.defaults.get(&kind).filter(|_| own.is_none());
        if default.is_some_and(|default| self.masked(default) == config && *default != config) {
            // The secrets of the installation become nobody's own.
            return Ok(self.shown(kind, None));
        }
        let registry = &*self.registry;
        let config = unmasked(registry, kind, config.clone(), old.as_ref()).map_err(|masks| {
            // What is no place to send a secret to is at fault before the secret is.
            let is_placed = registry.destination(kind, &config).is_some();
            match registry.validate(kind, &config) {
                Err(faults) if !is_placed => NotSet::Invalid(faults),
                _ => NotSet::Invalid(masks),
            }
        })?;
        registry.validate(kind, &config).map_err(NotSet::Invalid)?;
        self.check_recipients(kind, &config)?;
        if let Some(own) = own.filter(|_| old.as_ref() == Some(&config)) {
            return Ok(self.shown(kind, Some(&own)));
        }
        let text = Value::Object(config).to_string();
        if text.len() > self.limits.channel_config {
            return Err(NotSet::TooLarge(self.limits.channel_config));
        }
        let integration = Integration {
            tenant_id: tenant.id(),
            kind,
            sealed: self.sealer.seal(text.as_bytes()),
            set_by_manager: by_manager,
            updated_at: self.clock.now(),
            last_test: None,
        };
        self.store.put_integration(&integration).await?;
        Ok(self.shown(kind, Some(&integration)))
    }

    fn check_recipients(&self, kind: ChannelKind, config: &ChannelSettings) -> Result<(), NotSet> {
        let Some(field) = self.registry.recipients_field(kind) else {
            return Ok(());
        };
        let recipients = config.get(field).and_then(Value::as_array);
        let most = self.limits.recipients;
        if recipients.is_none_or(|recipients| recipients.len() <= most) {
            return Ok(());
        }
        let message = format!("must hold at most {most}");
        Err(NotSet::Invalid(vec![FieldFault::new(field, message)]))
    }

    fn masked(&self, config: &ChannelSettings) -> ChannelSettings {
        masked(&*self.registry, config)
    }

    /// Clears a channel. Returns whether it was set.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn clear(&self, tenant: TenantScope, kind: ChannelKind) -> Result<bool, StoreError> {
        self.store.delete_integration(tenant, kind).await
    }

    /// Really sends a test message, and notes how it went.
    ///
    /// # Errors
    /// [`Unset`] when there is nothing to test.
    pub async fn test(&self, tenant: TenantScope, kind: ChannelKind) -> Result<Shown, Unset> {
        let channel = self.channel(tenant, kind).await?;
        let now = self.clock.now();
        let message = Notification {
            id: self.ids.next_id(now),
            thread_id: Uuid::nil(),
            kind: NotificationKind::Test,
            raised_at: now,
            rule: format!("Test of {kind}"),
            measurement: None,
            top_errors: Vec::new(),
            project: None,
            environment: None,
            link: format!("{}/docs", self.public_url),
        };
        let began = Instant::now();
        let outcome = self.notifier.send(&message, &channel, &[]).await;
        let took = began.elapsed();
        self.note_attempt(tenant, kind, outcome.is_ok(), took).await;
        let test = tested(outcome, now, took);
        self.store
            .record_integration_test(tenant, kind, &test)
            .await?;
        let mut shown = self.get(tenant, kind).await?;
        // A default of the installation keeps no record of its tests.
        shown.state = match test.error {
            Some(_) => ChannelState::Error,
            None => ChannelState::Connected,
        };
        shown.last_error.clone_from(&test.error);
        shown.last_test = Some(test);
        Ok(shown)
    }

    /// The installation's own channel, which serves tenants that set none.
    #[must_use]
    pub fn default_channel(&self, kind: ChannelKind) -> Option<Channel> {
        let settings = self.defaults.get(&kind)?.clone();
        let is_valid = self.registry.validate(kind, &settings).is_ok();
        is_valid.then_some(Channel { kind, settings })
    }

    /// A tenant's own channel, if it was last set by somebody who may change the tenant.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn trusted_channel(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
    ) -> Result<Option<Channel>, StoreError> {
        let own = self.own(tenant, kind).await?;
        let settings = own
            .filter(|own| own.set_by_manager)
            .and_then(|own| self.opened(&own));
        let valid = settings.filter(|all| self.registry.validate(kind, all).is_ok());
        Ok(valid.map(|settings| Channel { kind, settings }))
    }

    /// A tenant's channel, ready to be used.
    ///
    /// # Errors
    /// [`Unset`] when it cannot be.
    pub async fn channel(&self, tenant: TenantScope, kind: ChannelKind) -> Result<Channel, Unset> {
        let config = match self.own(tenant, kind).await? {
            Some(own) => self.opened(&own).ok_or(Unset::Sealed)?,
            None => {
                let default = self.defaults.get(&kind);
                default.cloned().ok_or(Unset::NotConfigured)?
            }
        };
        match self.registry.validate(kind, &config) {
            Ok(()) => Ok(Channel {
                kind,
                settings: config,
            }),
            Err(_) => Err(Unset::NotConfigured),
        }
    }

    /// Keeps a sample of an attempt. A message must not be lost or repeated for its sake: that it cannot be
    /// kept is logged.
    pub(super) async fn note_attempt(
        &self,
        tenant: TenantScope,
        channel: ChannelKind,
        succeeded: bool,
        took: Duration,
    ) {
        let at = self.clock.now();
        let sample = DeliverySample {
            id: self.ids.next_id(at),
            tenant_id: tenant.id(),
            channel,
            at,
            succeeded,
            took_micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        };
        if let Err(error) = self.samples.record_delivery(&sample).await {
            tracing::warn!(%error, "the outcome of an attempt is not counted");
        }
    }

    async fn own(
        &self,
        tenant: TenantScope,
        kind: ChannelKind,
    ) -> Result<Option<Integration>, StoreError> {
        let kept = self.store.list_integrations(tenant).await?;
        Ok(kept.into_iter().find(|one| one.kind == kind))
    }

    fn opened(&self, integration: &Integration) -> Option<ChannelSettings> {
        let text = self.sealer.open(&integration.sealed)?;
        serde_json::from_slice(&text).ok()
    }

    fn shown(&self, kind: ChannelKind, own: Option<&Integration>) -> Shown {
        let config = match own {
            Some(own) => self.opened(own),
            None => self.defaults.get(&kind).cloned(),
        };
        let state = match (own, &config) {
            (None, None) => ChannelState::NotConfigured,
            (Some(_), None) => ChannelState::Error,
            (Some(own), Some(_)) => match &own.last_test {
                Some(test) if test.error.is_none() => ChannelState::Connected,
                Some(_) => ChannelState::Error,
                None => ChannelState::Configured,
            },
            (None, Some(_)) => ChannelState::Configured,
        };
        let sealed = own.is_some() && config.is_none();
        let last_test = own.and_then(|own| own.last_test.clone());
        let to = config.as_ref();
        Shown {
            kind,
            state,
            to: to.and_then(|config| self.registry.receivers(kind, config)),
            config: self.masked(&config.unwrap_or_default()),
            last_error: if sealed {
                Some(Unset::Sealed.to_string())
            } else {
                last_test.as_ref().and_then(|test| test.error.clone())
            },
            last_test,
        }
    }
}

/// Says how a test went, without addresses.
fn tested(outcome: Result<String, NotifyError>, at: OffsetDateTime, took: Duration) -> ChannelTest {
    let millis = took.as_millis();
    match outcome {
        Ok(answer) => ChannelTest {
            at,
            error: None,
            result: format!(
                "Sent. Answered {} in {millis} ms.",
                without_addresses(&answer)
            ),
            took,
        },
        Err(error) => {
            let reason = without_addresses(&error.to_string());
            ChannelTest {
                at,
                error: Some(reason.clone()),
                result: reason,
                took,
            }
        }
    }
}
