//! Beginning a round of evaluation.

use super::alert_metrics_store::AlertMetric;
use super::alert_rule::AlertRule;
use super::alerting::{Alerting, EvaluationScope};
use super::compiled_rule::CompiledRule;
use super::condition::Condition;
use super::tenant_evaluation::Share;
use super::tenant_evaluation::{Answer, Question, Recent, Wanted};
use crate::error_chain::error_chain;
use crate::id::{ProjectId, TenantId};
use crate::store_error::StoreError;
use crate::sync::lock;
use crate::tenancy::{Project, TenantScope};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration as Span, Instant};
use time::{Duration, OffsetDateTime};

/// Projects in one question about all tenants.
const PROJECTS_AT_ONCE: usize = 5_000;
/// A question about all tenants that takes longer is left to each tenant for a while.
const SLOW: Span = Span::from_millis(1_500);
/// For how long.
const LEFT_FOR: Duration = Duration::MINUTE;

/// Rules that cannot be evaluated, with the reason.
type Broken = Vec<(AlertRule, String)>;

/// A tenant's projects, and its rules that can be evaluated.
struct Understood {
    tenant: TenantId,
    projects: Vec<ProjectId>,
    compiled: Vec<CompiledRule>,
    broken: Broken,
}

impl Alerting {
    /// Begins a round: the shares in which every tenant's enabled rules are to be evaluated. A tenant has
    /// one for the rules that are answered already, and one for those that ask questions of their own.
    ///
    /// # Errors
    /// [`StoreError`] when the rules cannot be read.
    pub async fn begin(&self, scrutiny: EvaluationScope) -> Result<Vec<Share>, StoreError> {
        let rules = self.parts.rules.list_enabled_rules().await?;
        let now = self.parts.clock.now();
        let mut by_tenant: BTreeMap<TenantId, Vec<AlertRule>> = BTreeMap::new();
        for rule in rules {
            by_tenant.entry(rule.tenant_id).or_default().push(rule);
        }
        let mut tenants = Vec::with_capacity(by_tenant.len());
        for (tenant, rules) in by_tenant {
            let mut one = self.understood(tenant, rules).await;
            if scrutiny == EvaluationScope::Immediate {
                one.compiled.retain(CompiledRule::is_immediate);
                one.broken.clear();
            }
            tenants.push(one);
        }
        let recent = self.recent(&tenants, now).await.map(Arc::new);
        let mut shares = Vec::new();
        for one in tenants {
            let mut answered = Share::new(one.tenant, now, one.projects.clone(), recent.clone());
            let mut asking = Share::new(one.tenant, now, one.projects, None);
            asking.broken = one.broken;
            for compiled in one.compiled {
                if recent.is_some() && compiled.is_recent() {
                    answered.add(compiled);
                } else {
                    asking.add(compiled);
                }
            }
            shares.extend([answered, asking].into_iter().filter(|one| !one.is_done()));
        }
        Ok(shares)
    }

    /// Joins a tenant's rules with its projects.
    async fn understood(&self, tenant: TenantId, rules: Vec<AlertRule>) -> Understood {
        let mut one = Understood {
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

    /// Asks once what rules look at that look no further back than an hour. `None` when that fails or took
    /// too long lately: then each tenant asks for itself.
    async fn recent(&self, tenants: &[Understood], now: OffsetDateTime) -> Option<Recent> {
        if lock(&self.apart_until).is_some_and(|until| now < until) {
            return None;
        }
        let mut asked: HashMap<AlertMetric, (Wanted, Vec<ProjectId>)> = HashMap::new();
        for tenant in tenants {
            let mut signals: Vec<AlertMetric> = Vec::new();
            for one in tenant.compiled.iter().filter(|one| one.is_recent()) {
                let (wanted, everywhere) = asked.entry(one.signal()).or_default();
                wanted.add(one);
                if !signals.contains(&one.signal()) {
                    signals.push(one.signal());
                    everywhere.extend(&tenant.projects);
                }
            }
        }
        let began = Instant::now();
        let mut recent = Recent::new();
        for (signal, (wanted, projects)) in asked {
            let mut answers = Vec::new();
            for some in projects.chunks(PROJECTS_AT_ONCE) {
                let question = Question::Cells(signal);
                let asked = (&*self.parts.signals, now);
                match Answer::to(&question, &wanted, some, asked).await {
                    Ok(answer) => answers.push(answer),
                    Err(error) => {
                        tracing::debug!(
                            cause = error_chain(&error),
                            "tenants are asked about apart"
                        );
                        return None;
                    }
                }
            }
            recent.extend(Answer::joined(answers).map(|answer| (signal, answer)));
        }
        if began.elapsed() > SLOW {
            *lock(&self.apart_until) = Some(now + LEFT_FOR);
        }
        Some(recent)
    }
}

/// The rules that are understood; the others go to `broken`.
fn compile_rules(
    rules: Vec<AlertRule>,
    projects: &[Project],
    broken: &mut Broken,
) -> Vec<CompiledRule> {
    let mut compiled = Vec::with_capacity(rules.len());
    for rule in rules {
        match Condition::parse(&rule.condition) {
            Ok(condition) => compiled.push(CompiledRule::at(rule, condition, projects)),
            Err(error) => broken.push((rule, format!("The condition {error}."))),
        }
    }
    compiled
}
