//! Starts an evaluation round: loads the rules and queries the metrics that all tenants share.

use super::alert_metrics_store::AlertMetric;
use super::alert_rule::AlertRule;
use super::alerting::{Alerting, EvaluationScope};
use super::compiled_rule::CompiledRule;
use super::condition::Condition;
use super::tenant_evaluation::TenantEvaluation;
use super::tenant_evaluation::{MetricQuery, MetricResult, QueryArguments, Recent};
use crate::error_chain::error_chain;
use crate::id::{ProjectId, TenantId};
use crate::store_error::StoreError;
use crate::sync::lock;
use crate::tenancy::{Project, TenantScope};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration as Span, Instant};
use time::{Duration, OffsetDateTime};

/// Maximum projects per query for all tenants.
const PROJECTS_AT_ONCE: usize = 5_000;
/// A query for all tenants that takes longer is suspended: each tenant then queries for itself.
const SLOW: Span = Span::from_millis(1_500);
/// Length of that suspension.
const LEFT_FOR: Duration = Duration::MINUTE;

/// Rules that cannot be evaluated, with the reason.
type Broken = Vec<(AlertRule, String)>;

/// A tenant's projects and its compiled rules.
struct TenantRules {
    tenant: TenantId,
    projects: Vec<ProjectId>,
    compiled: Vec<CompiledRule>,
    broken: Broken,
}

impl Alerting {
    /// Starts a round and returns its evaluations. A tenant has one for rules whose metrics are already measured, and
    /// one for rules with queries of their own.
    ///
    /// # Errors
    /// [`StoreError`] when the rules cannot be read.
    pub async fn begin(&self, scope: EvaluationScope) -> Result<Vec<TenantEvaluation>, StoreError> {
        let rules = self.parts.rules.list_enabled_rules().await?;
        let now = self.parts.clock.now();
        let mut by_tenant: BTreeMap<TenantId, Vec<AlertRule>> = BTreeMap::new();
        for rule in rules {
            by_tenant.entry(rule.tenant_id).or_default().push(rule);
        }
        let mut tenants = Vec::with_capacity(by_tenant.len());
        for (tenant, rules) in by_tenant {
            let mut one = self.load_tenant_rules(tenant, rules).await;
            if scope == EvaluationScope::Immediate {
                one.compiled.retain(CompiledRule::is_immediate);
                one.broken.clear();
            }
            tenants.push(one);
        }
        let recent = self.recent(&tenants, now).await.map(Arc::new);
        let mut evaluations = Vec::new();
        for one in tenants {
            let mut answered =
                TenantEvaluation::new(one.tenant, now, one.projects.clone(), recent.clone());
            let mut running = TenantEvaluation::new(one.tenant, now, one.projects, None);
            running.broken = one.broken;
            for compiled in one.compiled {
                if recent.is_some() && compiled.is_recent() {
                    answered.add(compiled);
                } else {
                    running.add(compiled);
                }
            }
            evaluations.extend([answered, running].into_iter().filter(|one| !one.is_done()));
        }
        Ok(evaluations)
    }

    /// Compiles a tenant's rules.
    async fn load_tenant_rules(&self, tenant: TenantId, rules: Vec<AlertRule>) -> TenantRules {
        let mut one = TenantRules {
            tenant,
            projects: Vec::new(),
            compiled: Vec::new(),
            broken: Vec::new(),
        };
        match self
            .parts
            .projects
            .list_projects(TenantScope::of(tenant))
            .await
        {
            Ok(projects) => {
                one.projects = projects.iter().map(|project| project.id).collect();
                one.compiled = compile_rules(rules, &projects, &mut one.broken);
            }
            Err(error) => {
                tracing::debug!(%tenant, cause = error_chain(&error), "no projects");
                let reason = "The projects of the tenant cannot be read.";
                let broken = rules.into_iter().map(|rule| (rule, reason.to_owned()));
                one.broken.extend(broken);
            }
        }
        one
    }

    /// Queries the metrics of windows up to an hour once for all tenants. `None` when that fails or was too slow
    /// lately: each tenant then queries for itself.
    async fn recent(&self, tenants: &[TenantRules], now: OffsetDateTime) -> Option<Recent> {
        if lock(&self.separate_until).is_some_and(|until| now < until) {
            return None;
        }
        let mut requested: HashMap<AlertMetric, (QueryArguments, Vec<ProjectId>)> = HashMap::new();
        for tenant in tenants {
            let mut metrics: Vec<AlertMetric> = Vec::new();
            for one in tenant.compiled.iter().filter(|one| one.is_recent()) {
                let (arguments, projects) = requested.entry(one.alert_metric()).or_default();
                arguments.add(one);
                if !metrics.contains(&one.alert_metric()) {
                    metrics.push(one.alert_metric());
                    projects.extend(&tenant.projects);
                }
            }
        }
        let began = Instant::now();
        let mut recent = Recent::new();
        for (metric, (arguments, projects)) in requested {
            let mut results = Vec::new();
            for some in projects.chunks(PROJECTS_AT_ONCE) {
                let query = MetricQuery::Cells(metric);
                let requested = (&*self.parts.metrics, now);
                match MetricResult::query(&query, &arguments, some, requested).await {
                    Ok(result) => results.push(result),
                    Err(error) => {
                        tracing::debug!(
                            cause = error_chain(&error),
                            "the shared metric query failed; each tenant runs its own"
                        );
                        return None;
                    }
                }
            }
            recent.extend(MetricResult::join(results).map(|result| (metric, result)));
        }
        if began.elapsed() > SLOW {
            *lock(&self.separate_until) = Some(now + LEFT_FOR);
        }
        Some(recent)
    }
}

/// Compiles rules; invalid ones go to `broken`.
fn compile_rules(
    rules: Vec<AlertRule>,
    projects: &[Project],
    broken: &mut Broken,
) -> Vec<CompiledRule> {
    let mut compiled = Vec::with_capacity(rules.len());
    for rule in rules {
        match Condition::parse(&rule.condition) {
            Ok(condition) => compiled.push(CompiledRule::compile(rule, condition, projects)),
            Err(error) => broken.push((rule, format!("The condition {error}."))),
        }
    }
    compiled
}
