//! Composition: opens adapters, wires services and starts workers.

use crate::adapters::{self, OpenStore};
use crate::api::health::Metrics;
use crate::artifacts::{self, Artifacts};
use crate::host::{Connections, Host};
use crate::http::body::BodyBudget;
use crate::http::metrics;
use crate::identity::{self, Identity};
use crate::notifications::{self, Notifications};
use crate::services::Services;
use crate::settings::{Environment, Settings};
use crate::state::AppState;
use crate::stopping::{BODY_GRACE, Stopping};
use crate::stream::{self, Hub};
use crate::{web, worker};
use actix_web::web::Data;
use anyhow::Context;
use faultbook_domain::analytics::{Analytics, Insights, InsightsParts};
use faultbook_domain::artifacts::ArtifactStore;
use faultbook_domain::cache::ReadCache;
use faultbook_domain::clock::Clock;
use faultbook_domain::coordination::Singleton;
use faultbook_domain::errors::{
    ActorNames, Bulk, BulkParts, Decisions, Discussion, DiscussionParts, ErrorFinder, Occurrences,
    Overview, Triage,
};
use faultbook_domain::fingerprint::v1::FingerprinterV1;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::{AuditLog, FailedSignIns};
use faultbook_domain::incidents::AttentionStore;
use faultbook_domain::ingest::{GroupCommitLimits, Ingest, IngestWriter};
use faultbook_domain::jobs::Jobs;
use faultbook_domain::letters::{LetterParts, Letters, Readers};
use faultbook_domain::monitoring::{HealthProbe, Monitoring, Service};
use faultbook_domain::releases::{CommitStore, Releases};
use faultbook_domain::retention::Retention;
use faultbook_domain::scrub::DefaultScrubber;
use faultbook_domain::search_index::{SearchIndex, Tags};
use faultbook_domain::store::Store;
use faultbook_domain::stream::{Announcer, Publisher, Teller};
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_domain::tenancy::Bootstrap;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::Notify;

/// A server that is ready to listen.
pub struct WiredApp {
    /// What middlewares and extractors reach.
    pub state: Data<AppState>,
    /// What handlers take.
    pub services: Services,
    /// Writes what the ingest service accepts.
    pub writer: IngestWriter,
    /// Background workers.
    pub workers: worker::Workers,
    /// Moves queued reports into the store.
    pub drainer: Option<worker::Drainer>,
    /// Counts open connections.
    pub connections: Connections,
    /// Lines for the start's announcement.
    pub announcement: Vec<String>,
}

/// Wires settings, adapters, services and workers.
///
/// # Errors
/// When the store cannot be used, or the settings can never work.
pub async fn wire(settings: &Settings, address: SocketAddr) -> anyhow::Result<WiredApp> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn IdSource> = Arc::new(SystemIds::default());
    let prometheus = metrics::install().context("metrics cannot be collected")?;
    let OpenStore { store, name } = adapters::open_store(settings, &ids, &clock).await?;
    let shared = adapters::cache(settings, &ids, &clock)?;
    let change_log = adapters::change_log(settings, &ids, &clock)?;
    let base = Base {
        settings,
        store,
        cache: Arc::new(ReadCache::new(shared.cache)),
        changes: Arc::new(Publisher::new(Arc::clone(&change_log))),
        committed: Arc::new(Notify::new()),
        clock,
        ids,
    };
    base.store
        .run_maintenance(base.clock.now())
        .await
        .context("the store's maintenance failed")?;
    let mut announcement = vec![format!("store  {name}"), format!("cache  {}", shared.name)];
    announcement.extend(base.first_key().await?);

    let sources = (&base.clock, &base.ids);
    let own_url = format!("http://{address}");
    let (store, committed) = (&base.store, &base.committed);
    let notifications = notifications::start(settings, store, committed, sources, &own_url)?;
    let ingest = base.ingest()?;
    let artifacts = artifacts::start(settings, (store, &base.cache), sources)?;
    let identity = identity::wire(
        settings,
        store,
        &notifications,
        sources,
        base.is_development(),
    );
    if !base.is_development()
        && let Some(token) = identity.first_people.invite_owner().await?
    {
        let place = match settings.notifications.public_url.trim_end_matches('/') {
            "" => own_url.as_str(),
            public => public,
        };
        let path = web::login::setup_path(token.reveal());
        announcement.push(format!(
            "owner  {place}{path} (makes the first owner: works once, for 7 days, and until the next start)"
        ));
    }
    if let Err(error) = identity.platform.refresh().await {
        tracing::warn!(%error, "it is not known yet whether maintenance mode is on");
    }
    let connections = Connections::default();
    let monitoring = base.monitoring(&connections, shared.health, ingest.waiting);
    let index = Arc::new(SearchIndex::new(
        store.clone(),
        Arc::clone(&base.cache),
        base.clock.clone(),
    ));
    let decisions = Arc::new(base.decisions());
    let bulk = Arc::new(base.bulk(&decisions));
    let jobs = Arc::new(base.jobs(&bulk));
    let letters = Arc::new(base.letters(&notifications));
    let work = base.background_work(
        &identity,
        &monitoring,
        (&index, &decisions, &jobs, &letters),
        (&artifacts, &prometheus),
    )?;
    let mut workers = worker::start(&work);
    workers.add(notifications.workers);
    workers.add(artifacts.workers);
    let finder = || {
        ErrorFinder::new(
            store.clone(),
            store.clone(),
            store.clone(),
            Arc::clone(&index),
            Arc::clone(&base.clock),
        )
    };
    let errors = Arc::new(finder());
    let teller = Teller::new(finder(), Arc::clone(&base.clock));
    let discussion = Arc::new(base.discussion());
    let hub = Arc::new(Hub::new(
        change_log,
        teller,
        Arc::clone(&discussion),
        Arc::clone(&base.clock),
    ));
    let node = base.ids.next_id(base.clock.now());
    workers.add(stream::start(
        Arc::clone(&hub),
        Arc::clone(&base.changes),
        node,
    ));
    let state = base.state(&identity, &monitoring, notifications.messages)?;
    let services = Services::default()
        .with(ingest.ingest)
        .with_shared(artifacts.uploads)
        .with_shared(artifacts.symbolicator)
        .with_shared(artifacts.late_maps)
        .with(base.triage())
        .with_shared(discussion)
        .with_shared(hub)
        .with_shared(Arc::clone(&errors))
        .with(Overview::new(
            store.clone(),
            Arc::clone(&errors),
            Arc::clone(&base.clock),
        ))
        .with(Occurrences::new(
            store.clone(),
            store.clone(),
            Arc::clone(&errors),
        ))
        .with_shared::<dyn AttentionStore>(store.clone())
        .with(base.releases(&index))
        .with_shared(decisions)
        .with_shared(bulk)
        .with_shared(jobs)
        .with(Tags::new(store.clone(), Arc::clone(&index)))
        .with(Analytics::new(store.clone(), Arc::clone(&base.clock)))
        .with(base.insights(&errors))
        .with_shared(monitoring)
        .with(notifications.rules)
        .with_shared(notifications.alerting)
        .with_shared(notifications.previews)
        .with_shared(notifications.outbox)
        .with(notifications.incidents)
        .with(ActorNames::new(store))
        .with_shared(notifications.integrations)
        .with_shared::<dyn AuditLog>(store.clone())
        .with_shared::<dyn ArtifactStore>(store.clone())
        .with_shared::<dyn CommitStore>(store.clone())
        .with(FailedSignIns::new(
            (store.clone(), store.clone()),
            store.clone(),
            (Arc::clone(&base.clock), Arc::clone(&base.ids)),
        ))
        .with_shared::<dyn HealthProbe>(store.clone())
        .with(Metrics {
            prometheus,
            token: settings.metrics.token.clone(),
            open_locally: base.is_development(),
        });
    Ok(WiredApp {
        state,
        services: identity.register(services),
        writer: ingest.writer,
        workers,
        drainer: ingest.drainer,
        connections,
        announcement,
    })
}

/// What everything else is built on.
struct Base<'a> {
    settings: &'a Settings,
    store: Arc<dyn Store>,
    cache: Arc<ReadCache>,
    /// Told of what changes.
    changes: Arc<Publisher>,
    /// Notified after each commit.
    committed: Arc<Notify>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

/// The ingest service, and the tasks behind it.
struct WiredIngest {
    ingest: Ingest,
    writer: IngestWriter,
    drainer: Option<worker::Drainer>,
    /// Health of the queue, or of the group commit where there is no queue.
    waiting: Arc<dyn HealthProbe>,
}

impl Base<'_> {
    /// Builds the service of ranges' figures.
    fn insights(&self, finder: &Arc<ErrorFinder>) -> Insights {
        Insights::new(InsightsParts {
            analytics: self.store.clone(),
            breakdowns: self.store.clone(),
            marks: self.store.clone(),
            figures: self.store.clone(),
            errors: self.store.clone(),
            releases: self.store.clone(),
            finder: Arc::clone(finder),
            projects: self.store.clone(),
            retention: self.settings.retention,
            clock: Arc::clone(&self.clock),
        })
    }

    fn is_development(&self) -> bool {
        self.settings.environment == Environment::Development
    }

    fn ingest(&self) -> anyhow::Result<WiredIngest> {
        let settings = &self.settings.ingest;
        let mut builder = Ingest::builder(self.store.clone())
            .scrubber(Arc::new(DefaultScrubber::new(&self.settings.scrub_keys)))
            .clock(Arc::clone(&self.clock))
            .ids(Arc::clone(&self.ids))
            .limits(GroupCommitLimits {
                waiting: settings.max_waiting,
                waiting_bytes: settings.max_waiting_bytes,
                batch: settings.max_batch,
                releases: self.settings.release_limits.releases,
                ..GroupCommitLimits::default()
            })
            .cache(Arc::clone(&self.cache))
            .feedback(self.store.clone())
            .changes(Arc::clone(&self.changes))
            .committed(Arc::clone(&self.committed));
        let queue = adapters::ingest_queue(self.settings, &self.ids, &self.clock)?;
        if let Some(queue) = &queue {
            builder = builder.queue(queue.clone());
        }
        let (ingest, writer) = builder.build();
        let waiting: Arc<dyn HealthProbe> = match queue {
            Some(queue) => queue,
            None => Arc::new(ingest.probe()),
        };
        let drainer = ingest.drain(settings.max_batch).map(worker::Drainer::start);
        Ok(WiredIngest {
            ingest,
            writer,
            drainer,
            waiting,
        })
    }

    fn triage(&self) -> Triage {
        Triage::new(
            (self.store.clone(), self.store.clone()),
            self.store.clone(),
            self.store.clone(),
            Arc::new(FingerprinterV1),
            Arc::clone(&self.cache),
            Arc::clone(&self.clock),
        )
        .announcing(self.announcer())
    }

    fn decisions(&self) -> Decisions {
        Decisions::new(
            (self.store.clone(), self.store.clone()),
            (self.store.clone(), self.store.clone()),
            Arc::clone(&self.cache),
            Arc::clone(&self.clock),
            self.settings.release_limits.releases,
        )
        .announcing(self.announcer())
    }

    fn announcer(&self) -> Announcer {
        Announcer::new(Arc::clone(&self.changes), self.store.clone())
    }

    fn bulk(&self, decisions: &Arc<Decisions>) -> Bulk {
        Bulk::new(BulkParts {
            errors: self.store.clone(),
            groups: self.store.clone(),
            states: self.store.clone(),
            discussion: self.store.clone(),
            decisions: Arc::clone(decisions),
            cache: Arc::clone(&self.cache),
            clock: Arc::clone(&self.clock),
            announcer: self.announcer(),
        })
    }

    fn jobs(&self, bulk: &Arc<Bulk>) -> Jobs {
        Jobs::new(
            self.store.clone(),
            self.store.clone(),
            bulk.clone(),
            (Arc::clone(&self.clock), Arc::clone(&self.ids)),
            self.settings.limits.max_jobs,
        )
    }

    fn discussion(&self) -> Discussion {
        Discussion::new(DiscussionParts {
            discussion: self.store.clone(),
            errors: self.store.clone(),
            members: self.store.clone(),
            users: self.store.clone(),
            names: ActorNames::new(&self.store),
            scrubber: Arc::new(DefaultScrubber::new(&self.settings.scrub_keys)),
            cache: Arc::clone(&self.cache),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            max_comments: self.settings.max_comments,
            announcer: self.announcer(),
        })
    }

    fn letters(&self, notifications: &Notifications) -> Letters {
        Letters::new(LetterParts {
            letters: self.store.clone(),
            errors: self.store.clone(),
            discussion: self.store.clone(),
            projects: self.store.clone(),
            users: self.store.clone(),
            readers: Readers::new(&self.store),
            names: ActorNames::new(&self.store),
            integrations: Arc::clone(&notifications.integrations),
            mailer: Arc::clone(&notifications.mailer),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            public_url: notifications.public_url.clone(),
            most_an_hour: self.settings.max_letters,
        })
    }

    fn releases(&self, index: &Arc<SearchIndex>) -> Releases {
        Releases::new(
            self.store.clone(),
            Arc::clone(index),
            Arc::clone(&self.cache),
            (Arc::clone(&self.clock), Arc::clone(&self.ids)),
            self.settings.release_limits,
        )
    }

    fn monitoring(
        &self,
        connections: &Connections,
        cache: Arc<dyn HealthProbe>,
        ingest: Arc<dyn HealthProbe>,
    ) -> Arc<Monitoring> {
        let host = Host::new(self.settings.data_directory(), connections.clone());
        Arc::new(Monitoring::new(
            self.store.clone(),
            Arc::new(host),
            vec![
                (Service::Database, Some(self.store.clone())),
                (Service::Cache, Some(cache)),
                (Service::IngestQueue, Some(ingest)),
                (Service::Notifications, None),
            ],
            Arc::clone(&self.clock),
            self.ids.next_id(self.clock.now()),
        ))
    }

    fn background_work(
        &self,
        identity: &Identity,
        monitoring: &Arc<Monitoring>,
        (index, decisions, jobs, letters): (
            &Arc<SearchIndex>,
            &Arc<Decisions>,
            &Arc<Jobs>,
            &Arc<Letters>,
        ),
        (artifacts, prometheus): (&Artifacts, &PrometheusHandle),
    ) -> anyhow::Result<worker::Work> {
        let clock = || Arc::clone(&self.clock);
        let retention = Retention::new(self.store.clone(), self.settings.retention, clock());
        let housekeeping = Singleton::new(
            adapters::lease(self.settings, &self.clock)?,
            "housekeeping",
            self.ids.next_id(self.clock.now()),
            clock(),
            worker::UPKEEP,
        );
        Ok(worker::Work {
            access: Arc::clone(&identity.access),
            project_keys: Arc::clone(&identity.project_keys),
            sessions: Arc::clone(&identity.sessions),
            password_resets: Arc::clone(&identity.password_resets),
            platform: Arc::clone(&identity.platform),
            cache: Arc::clone(&self.cache),
            maintenance: self.store.clone(),
            retention: Arc::new(retention),
            housekeeping: Arc::new(housekeeping),
            monitoring: Arc::clone(monitoring),
            index: Arc::clone(index),
            decisions: Arc::clone(decisions),
            jobs: Arc::clone(jobs),
            letters: Arc::clone(letters),
            uploads: Arc::clone(&artifacts.uploads),
            late_maps: Arc::clone(&artifacts.late_maps),
            clock: clock(),
            figures: prometheus.clone(),
        })
    }

    fn state(
        &self,
        identity: &Identity,
        monitoring: &Arc<Monitoring>,
        messages: Arc<Notify>,
    ) -> anyhow::Result<Data<AppState>> {
        let settings = self.settings;
        let limits = settings.limits;
        let largest_json = limits.max_body.max(limits.max_batch_body);
        let largest_envelope = limits.max_envelope + limits.max_envelope_decoded;
        Ok(Data::new(AppState {
            access: Arc::clone(&identity.access),
            audit: self.store.clone(),
            platform: Arc::clone(&identity.platform),
            rate_limits: adapters::rate_limits(settings, &self.clock)?,
            committed: Arc::clone(&self.committed),
            monitoring: Arc::clone(monitoring),
            cache: Arc::clone(&self.cache),
            messages,
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            stopping: Stopping::new(BODY_GRACE.min(settings.shutdown_timeout / 3)),
            http: settings.http.clone(),
            limits,
            otlp_min_severity: settings.otlp_min_severity,
            bodies: Arc::new(BodyBudget::new(
                limits.body_memory,
                2 * largest_json,
                largest_envelope,
            )),
            development: self.is_development(),
            cache_times: settings.cache_times,
        }))
    }

    /// Makes the first tenant, project and key of a new installation. Returns the line that shows an owner
    /// key, if one was made.
    async fn first_key(&self) -> anyhow::Result<Option<String>> {
        let bootstrap = Bootstrap {
            store: self.store.clone(),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
        };
        if self.is_development() {
            bootstrap
                .development()
                .await
                .context("the development key cannot be stored")?;
            return Ok(None);
        }
        let key = bootstrap
            .production()
            .await
            .context("no owner key can be made")?;
        Ok(key.map(|key| {
            format!(
                "key    {} (the owner's first key: shown this once and stored nowhere)",
                key.reveal()
            )
        }))
    }
}
