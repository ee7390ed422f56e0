//! Service: writes letters about what happened to errors, and sends them.

use super::letter::{DueLetter, Happening, Letter, LetterReason, LetterStatus};
use super::letter_store::{LetterAttempt, LetterStore};
use super::readers::Readers;
use super::wording::{Subject, paragraphs, subject};
use crate::clock::Clock;
use crate::errors::{
    Activity, Actor, ActorNames, Change, DiscussionStore, ErrorGroup, ErrorQuery, ErrorStore,
    NamedActor,
};
use crate::id::{LetterId, MemberId, TenantId};
use crate::id_source::IdSource;
use crate::identity::{Member, UserStore};
use crate::notifications::{
    ChannelKind, ChannelSettings, Email, Integrations, NotifyError, TransactionalMailer, Unset,
    next_attempt,
};
use crate::store_error::StoreError;
use crate::tenancy::{Project, ProjectStore, Scope, TenantScope};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// Entries of activity logs that are told at once.
const UNTOLD: u32 = 500;

/// How long an attempt may take before somebody else makes one: three times the limit of mail servers.
const PATIENCE: Duration = Duration::seconds(30);

/// How long letters that were sent or given up are kept, so that nobody is told of one thing twice.
const KEPT: Duration = Duration::days(30);

/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 500;

/// Dependencies of [`Letters`].
pub struct LetterParts {
    /// Letters, and what they are to tell of.
    pub letters: Arc<dyn LetterStore>,
    /// Errors.
    pub errors: Arc<dyn ErrorStore>,
    /// Comments.
    pub discussion: Arc<dyn DiscussionStore>,
    /// Projects.
    pub projects: Arc<dyn ProjectStore>,
    /// Accounts, with what their owners want.
    pub users: Arc<dyn UserStore>,
    /// Who may read errors.
    pub readers: Readers,
    /// Names of authors.
    pub names: ActorNames,
    /// The tenants' mail servers.
    pub integrations: Arc<Integrations>,
    /// Sends e-mails.
    pub mailer: Arc<dyn TransactionalMailer>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids of letters.
    pub ids: Arc<dyn IdSource>,
    /// Public base URL, for links.
    pub public_url: String,
    /// Letters that one member gets within an hour; what is beyond is left out.
    pub most_an_hour: u32,
}

/// Writes and sends letters. Safe on several nodes at once.
pub struct Letters(LetterParts);

/// Letters of one step about the same change by the same author at the same time, to one member.
type Bundle = (
    TenantId,
    MemberId,
    LetterReason,
    &'static str,
    String,
    OffsetDateTime,
);

impl Letters {
    /// Creates the service.
    #[must_use]
    pub const fn new(parts: LetterParts) -> Self {
        Self(parts)
    }

    /// Writes letters about what nobody was told of yet. Returns whether more may be left.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails; it is told the next time.
    pub async fn write(&self) -> Result<bool, StoreError> {
        let untold = self.0.letters.list_untold(UNTOLD).await?;
        if untold.is_empty() {
            return Ok(false);
        }
        let now = self.0.clock.now();
        let mut bundles: BTreeMap<Bundle, Letter> = BTreeMap::new();
        let mut reachable: HashMap<TenantId, bool> = HashMap::new();
        for one in &untold {
            let Some(happening) = &one.happening else {
                continue;
            };
            let tenant = happening.tenant_id;
            let is_reachable = match reachable.entry(tenant) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(unknown) => {
                    let server = self.mail_server(TenantScope::of(tenant)).await?;
                    *unknown.insert(server.is_some())
                }
            };
            if !is_reachable {
                continue;
            }
            for (member, reason) in self.recipients(happening).await? {
                let Activity {
                    change, actor, at, ..
                } = &happening.activity;
                let kind = change.kind().as_str();
                // Each comment says something of its own.
                let own = match change {
                    Change::Commented(id) => id.to_string(),
                    _ => actor.to_string(),
                };
                bundles
                    .entry((tenant, member, reason, kind, own, *at))
                    .and_modify(|letter| letter.others += 1)
                    .or_insert_with(|| Letter {
                        id: LetterId(self.0.ids.next_id(now)),
                        tenant_id: tenant,
                        activity: one.key,
                        others: 0,
                        member_id: member,
                        reason,
                        attempts: 0,
                        created_at: now,
                    });
            }
        }
        let letters = self.within_limits(bundles.into_values(), now).await?;
        let told: Vec<_> = untold.iter().map(|one| one.key).collect();
        self.0.letters.tell(&told, &letters).await?;
        Ok(told.len() >= UNTOLD as usize)
    }

    /// Leaves out what a member would get beyond the limit.
    async fn within_limits(
        &self,
        letters: impl Iterator<Item = Letter>,
        now: OffsetDateTime,
    ) -> Result<Vec<Letter>, StoreError> {
        let mut written: HashMap<MemberId, u64> = HashMap::new();
        let mut kept = Vec::new();
        for letter in letters {
            let member = letter.member_id;
            let count = match written.entry(member) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let since = now - Duration::HOUR;
                    let count = self.0.letters.count_letters(member, since).await?;
                    unknown.insert(count)
                }
            };
            if *count < u64::from(self.0.most_an_hour) {
                *count += 1;
                kept.push(letter);
            } else {
                tracing::debug!(%member, "a letter beyond the limit of an hour is left out");
            }
        }
        Ok(kept)
    }

    /// Returns the members who are to be told, each with the first reason for which they want letters.
    async fn recipients(
        &self,
        happening: &Happening,
    ) -> Result<Vec<(MemberId, LetterReason)>, StoreError> {
        let tenant = TenantScope::of(happening.tenant_id);
        let mut concerned: BTreeMap<MemberId, BTreeSet<LetterReason>> = BTreeMap::new();
        let mut members: HashMap<MemberId, Member> = HashMap::new();
        let named = match &happening.activity.change {
            Change::Assigned(Some(to)) => vec![(to.id, LetterReason::Assigned)],
            _ => {
                let mentions = happening.mentions.iter();
                mentions
                    .map(|member| (*member, LetterReason::Mentioned))
                    .collect()
            }
        };
        for (id, reason) in named {
            if let Some(member) = self.0.readers.member(tenant, id).await? {
                members.insert(id, member);
                concerned.entry(id).or_default().insert(reason);
            }
        }
        if happening.activity.change.is_followed() {
            for user in &happening.followers {
                if let Some(member) = self.0.readers.user(tenant, *user).await? {
                    let reasons = concerned.entry(member.id).or_default();
                    reasons.insert(LetterReason::Followed);
                    members.insert(member.id, member);
                }
            }
        }
        let mut recipients = Vec::new();
        for (id, reasons) in concerned {
            let Some(member) = members.get(&id) else {
                continue;
            };
            if happening.activity.actor == Actor::User(member.user_id) {
                continue;
            }
            let mut wanted = None;
            for reason in reasons {
                if wanted.is_none() && self.wants(member, reason).await? {
                    wanted = Some(reason);
                }
            }
            recipients.extend(wanted.map(|reason| (id, reason)));
        }
        Ok(recipients)
    }

    /// Returns whether a member wants letters of this kind.
    async fn wants(&self, member: &Member, reason: LetterReason) -> Result<bool, StoreError> {
        let profile = self.0.users.get_profile(member.user_id).await?;
        let wanted = profile.notifications;
        Ok(match reason {
            LetterReason::Assigned => wanted.assigned,
            LetterReason::Mentioned => wanted.mentioned,
            LetterReason::Followed => wanted.followed,
        })
    }

    async fn mail_server(
        &self,
        tenant: TenantScope,
    ) -> Result<Option<ChannelSettings>, StoreError> {
        let found = self.0.integrations.channel(tenant, ChannelKind::EMAIL);
        match found.await {
            Ok(server) => Ok(Some(server.settings)),
            Err(Unset::NotConfigured | Unset::Sealed) => Ok(None),
            Err(Unset::Store(error)) => Err(error),
        }
    }

    /// Takes letters that are to be sent now, by tenant: whoever takes them sends each with [`Letters::send`].
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn due(&self, most: u32) -> Result<Vec<Vec<DueLetter>>, StoreError> {
        let now = self.0.clock.now();
        let due = self.0.letters.claim_due_letters(now, PATIENCE, most);
        let mut by_tenant: BTreeMap<TenantId, Vec<DueLetter>> = BTreeMap::new();
        for one in due.await? {
            by_tenant.entry(one.letter.tenant_id).or_default().push(one);
        }
        Ok(by_tenant.into_values().collect())
    }

    /// Sends letters of one tenant one after the other. After a failure that may pass the rest waits, too: the mail server
    /// of one tenant holds up nobody else's letters. What is left after a while is due again later.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails; what was not sent is sent later.
    pub async fn send(&self, letters: &[DueLetter]) -> Result<(), StoreError> {
        let mut unreachable = None;
        let began = self.0.clock.now();
        for due in letters {
            // An attempt takes a third of that at most: nobody else has taken the letter before it ends.
            if self.0.clock.now() - began > PATIENCE / 2 {
                break;
            }
            let outcome = match &unreachable {
                None => self.send_one(due).await?,
                Some(reason) => Err(NotifyError::transient(reason)),
            };
            if let Err(error @ NotifyError::Transient { .. }) = &outcome {
                unreachable = Some(error.to_string());
            }
            let attempted = self.judged(&due.letter, outcome);
            self.0.letters.record_letter_attempt(&attempted).await?;
        }
        Ok(())
    }

    async fn send_one(&self, due: &DueLetter) -> Result<Result<(), NotifyError>, StoreError> {
        let gone = |what: &str| Ok(Err(NotifyError::permanent(what)));
        let letter = &due.letter;
        let tenant = TenantScope::of(letter.tenant_id);
        let Some(activity) = &due.activity else {
            return gone("what it tells of was deleted");
        };
        let Some(member) = self.0.readers.member(tenant, letter.member_id).await? else {
            return gone("who was to get it may not read the error any more");
        };
        let Some((project, error)) = self.error(tenant, activity).await? else {
            return gone("the error was deleted");
        };
        let Some(server) = self.mail_server(tenant).await? else {
            return gone("no mail server is set up");
        };
        let scope = Scope::new(tenant, vec![project.id]);
        let comment = match activity.change {
            Change::Commented(id) => {
                let comment = self.0.discussion.get_comment(&scope, activity.error_id, id);
                comment.await?.map(|comment| comment.text)
            }
            _ => None,
        };
        let mut names = self.0.names.of(tenant, vec![activity.actor]).await?;
        let author = names.remove(&activity.actor);
        let author = author.unwrap_or_else(|| NamedActor::unnamed(activity.actor));
        let about = Subject {
            letter,
            activity,
            author: &author,
            error: &error,
            project: &project,
            comment: comment.as_deref(),
        };
        let mail = Email {
            id: letter.id.0,
            to: member.email,
            subject: subject(&about),
            paragraphs: paragraphs(&about, &self.0.public_url),
            at: self.0.clock.now(),
        };
        Ok(self.0.mailer.send_email(&mail, &server).await)
    }

    async fn error(
        &self,
        tenant: TenantScope,
        activity: &Activity,
    ) -> Result<Option<(Project, ErrorGroup)>, StoreError> {
        let projects = self.0.projects.list_projects(tenant).await?;
        let mut projects = projects.into_iter();
        let Some(project) = projects.find(|project| project.id == activity.project_id) else {
            return Ok(None);
        };
        let query = ErrorQuery {
            now: self.0.clock.now(),
            ids: Some(vec![activity.error_id]),
            limit: 1,
            ..ErrorQuery::default()
        };
        let scope = Scope::new(tenant, vec![project.id]);
        let found = self.0.errors.list_errors(&scope, &query).await?;
        let error = found.items.into_iter().next();
        Ok(error.map(|detail| (project, detail.error)))
    }

    fn judged(&self, letter: &Letter, outcome: Result<(), NotifyError>) -> LetterAttempt {
        let now = self.0.clock.now();
        let mut attempted = LetterAttempt {
            id: letter.id,
            status: LetterStatus::Delivered,
            next_attempt_at: now,
            reason: None,
        };
        let Err(error) = outcome else {
            return attempted;
        };
        attempted.reason = Some(error.to_string().chars().take(LONGEST_REASON).collect());
        attempted.status = LetterStatus::Failed;
        if let NotifyError::Transient { retry_after, .. } = error {
            let attempt = (letter.attempts, letter.created_at);
            if let Some(next) = next_attempt(attempt, retry_after, (&*self.0.ids, now)) {
                attempted.next_attempt_at = next;
                attempted.status = LetterStatus::Pending;
            }
        }
        if attempted.status == LetterStatus::Failed {
            tracing::debug!(letter = %letter.id, reason = attempted.reason, "a letter is given up");
        }
        attempted
    }

    /// Removes old letters.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn forget(&self) -> Result<(), StoreError> {
        let before = self.0.clock.now() - KEPT;
        self.0.letters.remove_old_letters(before).await?;
        Ok(())
    }
}
