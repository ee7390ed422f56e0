//! Everything that tells people: rules, messages, incidents, channels, and the workers behind them.

use crate::alert_worker::{self, AlertWork};
use crate::seal::ChaChaSecretBox;
use crate::settings::Settings;
use crate::wire;
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::alerts::DefaultEvaluator;
use faultbook_domain::alerts::{Alerting, AlertingParts};
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::incidents::Incidents;
use faultbook_domain::notifications::Deliveries;
use faultbook_domain::notifications::Integrations;
use faultbook_domain::notifications::{Notifier, Outbox, SecretBox, TransactionalMailer};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The key that seals channels, beside the data.
const KEY_FILE: &str = "secret.key";

/// What routes need, and the workers.
pub struct Telling {
    /// Alert rules.
    pub rules: AlertRules,
    /// Looking at rules.
    pub alerting: Arc<Alerting>,
    /// What rules fired.
    pub outbox: Arc<dyn Outbox>,
    /// Incidents.
    pub incidents: Incidents,
    /// Channels.
    pub integrations: Arc<Integrations>,
    /// Carries what somebody waits for.
    pub mailer: Arc<dyn TransactionalMailer>,
    /// Where people reach this server.
    pub public_url: String,
    /// Called when there are new messages.
    pub messages: Arc<Notify>,
    /// The workers behind it.
    pub workers: Vec<JoinHandle<()>>,
}

/// Joins it all and starts the workers. `address` is where this server listens.
///
/// # Errors
/// When the settings can never work.
pub fn start(
    settings: &Settings,
    stores: &wire::Stores,
    cache: &Arc<ReadCache>,
    (clock, ids): (&Arc<dyn Clock>, &Arc<dyn IdSource>),
    address: &str,
) -> anyhow::Result<Telling> {
    let of_settings = &settings.notifications;
    let public_url = if of_settings.public_url.is_empty() {
        address.to_owned()
    } else {
        of_settings.public_url.clone()
    };
    let channels = wire::channels(settings, clock)?;
    let notifier: Arc<dyn Notifier> = channels.clone();
    let integrations = Integrations::new(
        (
            Arc::clone(&stores.integrations),
            Arc::clone(&stores.samples),
        ),
        sealer(settings, ids),
        (wire::channel_registry(), Arc::clone(&notifier)),
        (Arc::clone(clock), Arc::clone(ids)),
        of_settings.defaults.clone(),
        public_url.clone(),
    );
    let integrations = Arc::new(integrations.limited_to(settings.tenant_limits));
    let alerting = Arc::new(Alerting::new(AlertingParts {
        rules: Arc::clone(&stores.rules),
        signals: Arc::clone(&stores.signals),
        outbox: Arc::clone(&stores.outbox),
        projects: Arc::clone(&stores.projects),
        evaluator: Arc::new(DefaultEvaluator),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        public_url: public_url.clone(),
    }));
    let delivering = Deliveries::new(
        Arc::clone(&stores.outbox),
        Arc::clone(&integrations),
        notifier,
        Arc::clone(clock),
        Arc::clone(ids),
    );
    let messages = Arc::new(Notify::new());
    let workers = alert_worker::start(AlertWork {
        alerting: Arc::clone(&alerting),
        channels: integrations.kinds(),
        delivering: Arc::new(delivering),
        lease: wire::lease(settings, clock)?,
        node: ids.next_id(clock.now()),
        cache: Arc::clone(cache),
        messages: Arc::clone(&messages),
    });
    let sources = || (Arc::clone(clock), Arc::clone(ids));
    let ((rules_clock, rules_ids), (clock, ids)) = (sources(), sources());
    Ok(Telling {
        rules: AlertRules::new(
            Arc::clone(&stores.rules),
            rules_clock,
            rules_ids,
            settings.limits.max_rules,
        ),
        alerting,
        outbox: Arc::clone(&stores.outbox),
        incidents: Incidents::new(Arc::clone(&stores.incidents), clock, ids),
        integrations,
        mailer: channels,
        public_url,
        messages,
        workers,
    })
}

/// Without a key that lasts, the server serves all the same: channels are set again after a restart.
fn sealer(settings: &Settings, ids: &Arc<dyn IdSource>) -> Arc<dyn SecretBox> {
    if let Some(secret) = &settings.notifications.secret_key {
        return Arc::new(ChaChaSecretBox::new(secret.reveal(), Arc::clone(ids)));
    }
    let file = settings.data_directory().join(KEY_FILE);
    match ChaChaSecretBox::from_file(&file, Arc::clone(ids)) {
        Ok(sealer) => Arc::new(sealer),
        Err(error) => {
            let cause = format!("{error:#}");
            tracing::warn!(
                cause,
                "channels' secrets will not outlive this server: set notifications.secret_key"
            );
            Arc::new(ChaChaSecretBox::ephemeral(Arc::clone(ids)))
        }
    }
}
