//! Letters, and what they are to tell of, over SQL.

use crate::dialect;
use crate::driver::{Connection, Failure, RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::count_star;
use diesel::prelude::*;
use faultbook_domain::errors::{Activity, Actor, Change, Comment, Mark};
use faultbook_domain::id::{ActivityId, CommentId, ErrorId, MemberId, ProjectId, TenantId, UserId};
use faultbook_domain::letters::{
    ActivityKey, DueLetter, Happening, Letter, LetterAttempt, LetterStatus, LetterStore, Untold,
};
use faultbook_domain::store_error::StoreError;
use faultbook_sql::row::{ActivityRow, CommentRow, LetterRow, all};
use faultbook_sql::schema::{
    error_activity, error_comments, error_marks, letters, projects, untold_activity,
};
use faultbook_sql::types::{DbId, DbTime};
use std::collections::{HashMap, HashSet};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl LetterStore for Store {
    async fn list_untold(&self, most: u32) -> Result<Vec<Untold>, StoreError> {
        self.read(async move |connection| {
            let rows: Vec<(DbId, DbId, bool)> = untold_activity::table
                .order(untold_activity::activity_id)
                .limit(i64::from(most))
                .select((
                    untold_activity::project_id,
                    untold_activity::activity_id,
                    untold_activity::only_mentions,
                ))
                .load(connection)
                .await?;
            if rows.is_empty() {
                return Ok(Vec::new());
            }
            let keys: Vec<ActivityKey> = rows
                .iter()
                .map(|(project, id, _)| (ProjectId(project.0), ActivityId(id.0)))
                .collect();
            let activities = activities(connection, &keys).await?;
            let concerned = Concerned::load(connection, &activities).await?;
            let untold = keys
                .into_iter()
                .zip(rows)
                .map(|(key, (.., only_mentions))| {
                    let activity = activities
                        .iter()
                        .find(|one| (one.project_id, one.id) == key);
                    Untold {
                        key,
                        happening: activity.and_then(|one| concerned.happening(one, only_mentions)),
                    }
                });
            Ok(untold.collect())
        })
        .await
    }

    async fn tell(&self, told: &[ActivityKey], letters: &[Letter]) -> Result<(), StoreError> {
        let (told, letters) = (told.to_vec(), letters.to_vec());
        self.write(async move |connection| {
            let mut now_told = HashSet::with_capacity(told.len());
            for key in &told {
                let row = untold_activity::table.find((DbId(key.1.0), DbId(key.0.0)));
                if diesel::delete(row).execute(connection).await? > 0 {
                    now_told.insert(*key);
                }
            }
            for letter in letters
                .iter()
                .filter(|one| now_told.contains(&one.activity))
            {
                diesel::insert_into(letters::table)
                    .values(LetterRow::from(letter))
                    .on_conflict((letters::activity_id, letters::member_id))
                    .do_nothing()
                    .execute(connection)
                    .await?;
            }
            Ok(())
        })
        .await
    }

    async fn count_letters(
        &self,
        member: MemberId,
        since: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        self.read(async move |connection| {
            let count: i64 = letters::table
                .filter(letters::member_id.eq(DbId(member.0)))
                .filter(letters::created_at.ge(DbTime(since)))
                .select(count_star())
                .first(connection)
                .await?;
            Ok(count.unsigned_abs())
        })
        .await
    }

    async fn claim_due_letters(
        &self,
        now: OffsetDateTime,
        patience: Duration,
        most: u32,
    ) -> Result<Vec<DueLetter>, StoreError> {
        // Usually nothing is due: check before starting a write transaction.
        let some = self
            .read(async move |connection| {
                Ok(letters::table
                    .filter(letters::status.eq(LetterStatus::Pending.as_str()))
                    .filter(letters::next_attempt_at.le(DbTime(now)))
                    .select(letters::id)
                    .first::<DbId>(connection)
                    .await
                    .optional()?)
            })
            .await?;
        if some.is_none() {
            return Ok(Vec::new());
        }
        self.write(async move |connection| {
            let due = dialect::lock_due_letters(connection, now, most).await?;
            diesel::update(letters::table.filter(letters::id.eq_any(&due)))
                .set((
                    letters::attempts.eq(letters::attempts + 1),
                    letters::next_attempt_at.eq(DbTime(now + patience)),
                ))
                .execute(connection)
                .await?;
            let rows: Vec<LetterRow> = letters::table
                .filter(letters::id.eq_any(&due))
                .order(letters::id)
                .select(LetterRow::as_select())
                .load(connection)
                .await?;
            let claimed: Vec<Letter> = all(rows)?;
            let keys: Vec<ActivityKey> = claimed.iter().map(|letter| letter.activity).collect();
            let activities = activities(connection, &keys).await?;
            let due = claimed.into_iter().map(|letter| {
                let mut all = activities.iter();
                let activity = all.find(|one| (one.project_id, one.id) == letter.activity);
                DueLetter {
                    activity: activity.cloned(),
                    letter,
                }
            });
            Ok(due.collect())
        })
        .await
    }

    async fn record_letter_attempt(&self, attempted: &LetterAttempt) -> Result<(), StoreError> {
        let attempted = attempted.clone();
        self.write(async move |connection| {
            diesel::update(letters::table.find(DbId(attempted.id.0)))
                .set((
                    letters::status.eq(attempted.status.as_str()),
                    letters::next_attempt_at.eq(DbTime(attempted.next_attempt_at)),
                    letters::failure.eq(&attempted.reason),
                ))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn remove_old_letters(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        self.write(async move |connection| {
            let old = letters::table
                .filter(letters::created_at.lt(DbTime(before)))
                .filter(letters::status.ne(LetterStatus::Pending.as_str()));
            Ok(diesel::delete(old).execute(connection).await? as u64)
        })
        .await
    }
}

/// Whom activities may concern.
struct Concerned {
    tenants: HashMap<ProjectId, TenantId>,
    followers: HashMap<(ProjectId, ErrorId), Vec<UserId>>,
    comments: HashMap<CommentId, Comment>,
}

impl Concerned {
    async fn load(connection: &mut Connection, activities: &[Activity]) -> Result<Self, Failure> {
        let own: HashSet<DbId> = activities
            .iter()
            .map(|one| DbId(one.project_id.0))
            .collect();
        let errors: HashSet<DbId> = activities.iter().map(|one| DbId(one.error_id.0)).collect();
        let comments = activities.iter().filter_map(|one| match one.change {
            Change::Commented(id) => Some(DbId(id.0)),
            _ => None,
        });
        let comments: Vec<DbId> = comments.collect();
        let tenants: Vec<(DbId, DbId)> = projects::table
            .filter(projects::id.eq_any(own.clone()))
            .select((projects::id, projects::tenant_id))
            .load(connection)
            .await?;
        let marks: Vec<(DbId, DbId, String)> = error_marks::table
            .filter(error_marks::kind.eq(Mark::Follow.as_str()))
            .filter(error_marks::project_id.eq_any(own.clone()))
            .filter(error_marks::error_id.eq_any(errors))
            .select((
                error_marks::project_id,
                error_marks::error_id,
                error_marks::principal,
            ))
            .load(connection)
            .await?;
        let comments: Vec<CommentRow> = error_comments::table
            .filter(error_comments::project_id.eq_any(own))
            .filter(error_comments::id.eq_any(comments))
            .select(CommentRow::as_select())
            .load(connection)
            .await?;
        let comments: Vec<Comment> = all(comments)?;
        let mut followers: HashMap<(ProjectId, ErrorId), Vec<UserId>> = HashMap::new();
        for (project, error, principal) in marks {
            if let Some(Actor::User(user)) = Actor::from_stored(&principal) {
                let key = (ProjectId(project.0), ErrorId(error.0));
                followers.entry(key).or_default().push(user);
            }
        }
        let tenants = tenants.into_iter();
        Ok(Self {
            tenants: tenants
                .map(|(project, tenant)| (ProjectId(project.0), TenantId(tenant.0)))
                .collect(),
            followers,
            comments: comments.into_iter().map(|one| (one.id, one)).collect(),
        })
    }

    /// Returns what happened; `None` where its project or its comment is gone.
    fn happening(&self, activity: &Activity, only_mentions: bool) -> Option<Happening> {
        let mentions = match activity.change {
            Change::Commented(id) => self.comments.get(&id)?.mentions.clone(),
            _ => Vec::new(),
        };
        let key = (activity.project_id, activity.error_id);
        let followers = self.followers.get(&key).filter(|_| !only_mentions);
        Some(Happening {
            tenant_id: *self.tenants.get(&activity.project_id)?,
            activity: activity.clone(),
            mentions,
            followers: followers.cloned().unwrap_or_default(),
        })
    }
}

async fn activities(
    connection: &mut Connection,
    keys: &[ActivityKey],
) -> Result<Vec<Activity>, Failure> {
    let (projects, ids): (HashSet<DbId>, Vec<DbId>) = keys
        .iter()
        .map(|(project, id)| (DbId(project.0), DbId(id.0)))
        .unzip();
    let rows: Vec<ActivityRow> = error_activity::table
        .filter(error_activity::project_id.eq_any(projects))
        .filter(error_activity::id.eq_any(ids))
        .select(ActivityRow::as_select())
        .load(connection)
        .await?;
    Ok(all(rows)?)
}

/// Notes which entries are to be told: those that concern somebody, and those of errors that somebody follows.
pub(crate) async fn note_untold(
    connection: &mut Connection,
    entries: &[Activity],
) -> Result<(), Failure> {
    let followed = entries.iter().filter(|entry| entry.change.is_followed());
    let (own, errors): (HashSet<DbId>, HashSet<DbId>) = followed
        .map(|entry| (DbId(entry.project_id.0), DbId(entry.error_id.0)))
        .unzip();
    let mut marked: HashSet<(DbId, DbId)> = HashSet::new();
    if !errors.is_empty() {
        let marks: Vec<(DbId, DbId)> = error_marks::table
            .filter(error_marks::kind.eq(Mark::Follow.as_str()))
            .filter(error_marks::project_id.eq_any(own))
            .filter(error_marks::error_id.eq_any(errors))
            .select((error_marks::project_id, error_marks::error_id))
            .distinct()
            .load(connection)
            .await?;
        marked.extend(marks);
    }
    for entry in entries {
        let is_followed = entry.change.is_followed()
            && marked.contains(&(DbId(entry.project_id.0), DbId(entry.error_id.0)));
        if is_followed || entry.change.concerns_somebody() {
            insert(connection, (entry.project_id, entry.id), false).await?;
        }
    }
    Ok(())
}

/// Notes that members are to be told whom a comment mentions.
pub(crate) async fn note_mentions(
    connection: &mut Connection,
    project: DbId,
    comment: DbId,
) -> Result<(), Failure> {
    let change = Change::Commented(CommentId(comment.0));
    let entry: Option<DbId> = error_activity::table
        .filter(error_activity::project_id.eq(project))
        .filter(error_activity::kind.eq(change.kind().as_str()))
        .filter(error_activity::detail.eq(change.to_stored()))
        .select(error_activity::id)
        .first(connection)
        .await
        .optional()?;
    if let Some(entry) = entry {
        let key = (ProjectId(project.0), ActivityId(entry.0));
        insert(connection, key, true).await?;
    }
    Ok(())
}

async fn insert(
    connection: &mut Connection,
    (project, id): ActivityKey,
    only_mentions: bool,
) -> Result<(), Failure> {
    diesel::insert_into(untold_activity::table)
        .values((
            untold_activity::project_id.eq(DbId(project.0)),
            untold_activity::activity_id.eq(DbId(id.0)),
            untold_activity::only_mentions.eq(only_mentions),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    Ok(())
}
