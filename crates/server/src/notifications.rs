//! Wires alert rules, incidents, notification channels and the workers behind them.

use crate::adapters;
use crate::adapters::channel_registry::channel_registry;
use crate::alert_worker::{self, AlertWork};
use crate::seal::ChaChaSecretBox;
use crate::settings::Settings;
use faultbook_domain::alerts::AlertRules;
use faultbook_domain::alerts::DefaultEvaluator;
use faultbook_domain::alerts::Previews;
use faultbook_domain::alerts::{Alerting, AlertingDependencies};
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::incidents::Incidents;
use faultbook_domain::notifications::Deliveries;
use faultbook_domain::notifications::Integrations;
use faultbook_domain::notifications::{Notifier, Outbox, SecretBox, TransactionalMailer};
use faultbook_domain::store::Store;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// The key that seals channels, beside the data.
const KEY_FILE: &str = "secret.key";

/// The services behind the routes of alerts and incidents, and their workers.
pub struct Notifications {
    /// Alert rules.
    pub rules: AlertRules,
    /// Evaluation of rules.
    pub alerting: Arc<Alerting>,
    /// What rules would have done.
    pub previews: Arc<Previews>,
    /// Firings and their deliveries.
    pub outbox: Arc<dyn Outbox>,
    /// Incidents.
    pub incidents: Incidents,
    /// Channels.
    pub integrations: Arc<Integrations>,
    /// Sends what somebody waits for.
    pub mailer: Arc<dyn TransactionalMailer>,
    /// The address of this server in messages.
    pub public_url: String,
    /// Notified when there are new deliveries.
    pub messages: Arc<Notify>,
    /// Evaluation and delivery.
    pub workers: Vec<JoinHandle<()>>,
}

/// Wires them and starts the workers. `address` is where this server listens.
///
/// # Errors
/// When the settings can never work.
pub fn start(
    settings: &Settings,
    store: &Arc<dyn Store>,
    committed: &Arc<Notify>,
    (clock, ids): (&Arc<dyn Clock>, &Arc<dyn IdSource>),
    address: &str,
) -> anyhow::Result<Notifications> {
    let of_settings = &settings.notifications;
    let public_url = if of_settings.public_url.is_empty() {
        address.to_owned()
    } else {
        of_settings.public_url.clone()
    };
    let channels = adapters::channels(settings, clock)?;
    let notifier: Arc<dyn Notifier> = channels.clone();
    let integrations = Integrations::new(
        (store.clone(), store.clone()),
        secret_box(settings, ids),
        (channel_registry(), Arc::clone(&notifier)),
        (Arc::clone(clock), Arc::clone(ids)),
        of_settings.defaults.clone(),
        public_url.clone(),
    );
    let integrations = Arc::new(integrations.limited_to(settings.tenant_limits));
    let alerting = Arc::new(Alerting::new(AlertingDependencies {
        rules: store.clone(),
        metrics: store.clone(),
        outbox: store.clone(),
        projects: store.clone(),
        evaluator: Arc::new(DefaultEvaluator),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        public_url: public_url.clone(),
    }));
    let delivering = Deliveries::new(
        store.clone(),
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
        lease: adapters::lease(settings, clock)?,
        node: ids.next_id(clock.now()),
        committed: Arc::clone(committed),
        messages: Arc::clone(&messages),
    });
    let sources = || (Arc::clone(clock), Arc::clone(ids));
    let ((rules_clock, rules_ids), (clock, ids)) = (sources(), sources());
    Ok(Notifications {
        rules: AlertRules::new(
            store.clone(),
            rules_clock,
            rules_ids,
            settings.limits.max_rules,
        ),
        alerting,
        previews: Arc::new(Previews::new(
            store.clone(),
            Arc::new(DefaultEvaluator),
            Arc::clone(&clock),
        )),
        outbox: store.clone(),
        incidents: Incidents::new(store.clone(), clock, ids),
        integrations,
        mailer: channels,
        public_url,
        messages,
        workers,
    })
}

/// Without a key that lasts, the server serves all the same: channels are set again after a restart.
fn secret_box(settings: &Settings, ids: &Arc<dyn IdSource>) -> Arc<dyn SecretBox> {
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
