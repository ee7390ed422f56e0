//! A node that evaluates rules, on a store in memory.

use async_trait::async_trait;
use faultbook_contract::builder::{NOON, a_batch, a_project, a_tenant, an_occurrence, new_id};
use faultbook_domain::alerts::{
    AlertMetric, AlertMetricsStore, MetricCell, MetricDimensions, MetricFilter, RuleStore,
};
use faultbook_domain::alerts::{AlertRule, Delivery, Firing, RuleHealth};
use faultbook_domain::alerts::{Alerting, AlertingDependencies, Evaluated, EvaluationScope};
use faultbook_domain::alerts::{DefaultEvaluator, RuleState};
use faultbook_domain::clock::Clock;
use faultbook_domain::errors::{JsonText, Occurrence};
use faultbook_domain::id::{ProjectId, RuleId, TenantId};
use faultbook_domain::ingest::EventStore;
use faultbook_domain::memory::MemoryStore;
use faultbook_domain::notifications::ChannelKind;
use faultbook_domain::notifications::TopError;
use faultbook_domain::notifications::{HistoryQuery, Outbox};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::system::SystemIds;
use faultbook_domain::tenancy::TenantScope;
use faultbook_domain::tenancy::TenantStore;
use faultbook_domain::testing::FixedClock;
use std::sync::{Arc, Mutex};
use std::time::Duration as Span;
use time::{Duration, OffsetDateTime};

/// A store that counts what it is asked and fails as it is told.
pub struct Asked {
    store: Arc<MemoryStore>,
    questions: Mutex<Vec<&'static str>>,
    /// Projects that cannot be asked about, alone or among others.
    pub unreadable: Mutex<Vec<ProjectId>>,
    /// A source by which users cannot be counted.
    pub poisoned: Mutex<Option<String>>,
}

impl Asked {
    fn ask(&self, name: &'static str, projects: &[ProjectId]) -> Result<(), StoreError> {
        self.questions.lock().unwrap().push(name);
        let unreadable = self.unreadable.lock().unwrap();
        if projects.iter().any(|one| unreadable.contains(one)) {
            return Err(StoreError::internal("value overflows numeric format"));
        }
        Ok(())
    }
}

#[async_trait]
impl AlertMetricsStore for Asked {
    async fn count_by_cell(
        &self,
        signal: AlertMetric,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
        apart: &MetricDimensions,
    ) -> Result<Vec<(usize, MetricCell)>, StoreError> {
        self.ask("cells", projects)?;
        self.store
            .count_by_cell(signal, projects, since, apart)
            .await
    }

    async fn count_users(
        &self,
        projects: &[ProjectId],
        since: &[OffsetDateTime],
        filter: &MetricFilter,
        include_ignored: bool,
    ) -> Result<Vec<u64>, StoreError> {
        self.ask("users", projects)?;
        let poisoned = self.poisoned.lock().unwrap().clone();
        if poisoned.is_some() && filter.source == poisoned {
            return Err(StoreError::internal("value overflows numeric format"));
        }
        self.store
            .count_users(projects, since, filter, include_ignored)
            .await
    }

    async fn list_top_errors(
        &self,
        signal: AlertMetric,
        projects: &[ProjectId],
        since: OffsetDateTime,
        filter: &MetricFilter,
    ) -> Result<Vec<TopError>, StoreError> {
        self.ask("top", projects)?;
        self.store
            .list_top_errors(signal, projects, since, filter)
            .await
    }
}

/// A node that evaluates rules.
pub struct World {
    pub store: Arc<MemoryStore>,
    pub asked: Arc<Asked>,
    pub clock: Arc<FixedClock>,
    pub alerting: Alerting,
}

impl World {
    pub fn new() -> Self {
        let store = Arc::new(MemoryStore::new(Arc::new(SystemIds::default())));
        Self::over(store, Arc::new(FixedClock::at(NOON)))
    }

    /// Another node, or this one after a restart: it remembers nothing but what the store keeps.
    pub fn restarted(&self) -> Self {
        Self::over(Arc::clone(&self.store), Arc::clone(&self.clock))
    }

    fn over(store: Arc<MemoryStore>, clock: Arc<FixedClock>) -> Self {
        let asked = Arc::new(Asked {
            store: store.clone(),
            questions: Mutex::default(),
            unreadable: Mutex::default(),
            poisoned: Mutex::default(),
        });
        let alerting = Alerting::new(AlertingDependencies {
            rules: store.clone(),
            metrics: asked.clone(),
            outbox: store.clone(),
            projects: store.clone(),
            evaluator: Arc::new(DefaultEvaluator),
            clock: clock.clone(),
            ids: Arc::new(SystemIds::default()),
            public_url: "https://faults.example.com".to_owned(),
        });
        Self {
            store,
            asked,
            clock,
            alerting,
        }
    }

    /// A node with a tenant and its project.
    pub async fn with_tenant() -> (Self, TenantId, ProjectId) {
        let world = Self::new();
        let (tenant, project) = world.tenant().await;
        (world, tenant, project)
    }

    /// Records this many occurrences of one error, now.
    pub async fn report_now(&self, project: ProjectId, number: usize) {
        let seconds = (self.clock.now() - NOON).whole_seconds();
        let occurrences = (0..number).map(|_| an_occurrence(project).at(seconds).build());
        let batch = a_batch(occurrences.collect());
        self.store.record(&batch).await.unwrap();
    }

    /// Moves the clock by so many seconds and evaluates every rule. Returns how many fired.
    pub async fn round_after(&self, seconds: i64) -> usize {
        self.clock.advance(Duration::seconds(seconds));
        self.round().await.fired
    }

    /// What fired in this tenant, newest first, with the messages.
    pub async fn history(&self, tenant: TenantId) -> Vec<(Firing, Vec<Delivery>)> {
        let query = HistoryQuery {
            limit: 100,
            ..HistoryQuery::default()
        };
        let tenant = TenantScope::for_tests(tenant);
        self.store.list_firings(tenant, &query).await.unwrap().items
    }

    /// Changes a rule.
    pub async fn change(&self, rule: &AlertRule, change: impl FnOnce(&mut AlertRule)) -> AlertRule {
        let mut changed = self.seen(rule).await;
        change(&mut changed);
        assert!(self.store.update_rule(&changed).await.unwrap());
        self.seen(rule).await
    }

    pub async fn tenant(&self) -> (TenantId, ProjectId) {
        let tenant = a_tenant();
        let project = a_project(tenant.id);
        let made = TenantStore::create_tenant(&*self.store, &tenant, &project, None);
        made.await.unwrap();
        (tenant.id, project.id)
    }

    pub async fn rule(&self, tenant_id: TenantId, condition: &str) -> AlertRule {
        let rule = AlertRule {
            id: RuleId(new_id()),
            tenant_id,
            name: condition.to_owned(),
            condition: condition.to_owned(),
            threshold: 1.0,
            time_window: Span::from_secs(300),
            enabled: true,
            notifications: vec![ChannelKind::named("webhook")],
            open_incident: None,
            include_ignored: false,
            state: RuleState::default(),
            health: RuleHealth::default(),
            version: 1,
            created_at: NOON,
            updated_at: NOON,
        };
        assert!(self.store.create_rule(&rule, 1_000).await.unwrap());
        rule
    }

    pub async fn report(&self, project: ProjectId, user: &str, message: &str) {
        let one = an_occurrence(project).message(message).build();
        let one = Arc::new(Occurrence {
            user: Some(JsonText::from_stored(user.to_owned())),
            ..Occurrence::clone(&one)
        });
        self.store.record(&a_batch(vec![one])).await.unwrap();
    }

    pub async fn seen(&self, rule: &AlertRule) -> AlertRule {
        let tenant = TenantScope::for_tests(rule.tenant_id);
        self.store.get_rule(tenant, rule.id).await.unwrap().unwrap()
    }

    pub async fn fired(&self, rule: &AlertRule) -> bool {
        self.seen(rule).await.state.last_triggered.is_some()
    }

    pub async fn round(&self) -> Evaluated {
        self.alerting
            .evaluate(EvaluationScope::Every)
            .await
            .unwrap()
    }

    pub fn questions(&self, name: &str) -> usize {
        let asked = self.asked.questions.lock().unwrap();
        asked.iter().filter(|one| **one == name).count()
    }
}
