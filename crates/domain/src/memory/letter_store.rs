//! [`LetterStore`](crate::letters::LetterStore) in process.

use super::{MemoryStore, State};
use crate::errors::{Activity, Actor, Change, Mark};
use crate::id::{ActivityId, CommentId, LetterId, MemberId, UserId};
use crate::letters::{
    ActivityKey, DueLetter, Happening, Letter, LetterAttempt, LetterStatus, LetterStore, Untold,
};
use crate::store_error::StoreError;
use async_trait::async_trait;
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// Letters, and what they are to tell of.
#[derive(Default)]
pub(super) struct Letters {
    /// Untold entries; `true` where only those are to be told whom the comment mentions.
    untold: BTreeMap<ActivityId, (ActivityKey, bool)>,
    letters: BTreeMap<LetterId, Entry>,
}

struct Entry {
    letter: Letter,
    status: LetterStatus,
    next_attempt_at: OffsetDateTime,
}

#[async_trait]
impl LetterStore for MemoryStore {
    async fn list_untold(&self, most: u32) -> Result<Vec<Untold>, StoreError> {
        let state = self.state();
        let untold = state.letters.untold.values().take(most as usize);
        let listed = untold.map(|(key, only_mentions)| Untold {
            key: *key,
            happening: state.happening(*key, *only_mentions),
        });
        Ok(listed.collect())
    }

    async fn tell(&self, told: &[ActivityKey], letters: &[Letter]) -> Result<(), StoreError> {
        let mut state = self.state();
        let kept = &mut state.letters;
        let now_told: Vec<ActivityKey> = told
            .iter()
            .copied()
            .filter(|(_, id)| kept.untold.remove(id).is_some())
            .collect();
        for letter in letters {
            let mut known = kept.letters.values();
            let is_known = known.any(|one| {
                (one.letter.activity, one.letter.member_id) == (letter.activity, letter.member_id)
            });
            if now_told.contains(&letter.activity) && !is_known {
                let entry = Entry {
                    letter: letter.clone(),
                    status: LetterStatus::Pending,
                    next_attempt_at: letter.created_at,
                };
                kept.letters.insert(letter.id, entry);
            }
        }
        Ok(())
    }

    async fn count_letters(
        &self,
        member: MemberId,
        since: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let state = self.state();
        let letters = state.letters.letters.values().map(|one| &one.letter);
        let own = letters.filter(|letter| letter.member_id == member && letter.created_at >= since);
        Ok(own.count() as u64)
    }

    async fn claim_due_letters(
        &self,
        now: OffsetDateTime,
        patience: Duration,
        most: u32,
    ) -> Result<Vec<DueLetter>, StoreError> {
        let mut state = self.state();
        let pending = state.letters.letters.values_mut();
        let mut due: Vec<&mut Entry> = pending
            .filter(|one| one.status == LetterStatus::Pending && one.next_attempt_at <= now)
            .collect();
        due.sort_by_key(|one| (one.next_attempt_at, one.letter.id));
        let mut claimed = Vec::new();
        for one in due.into_iter().take(most as usize) {
            one.letter.attempts += 1;
            one.next_attempt_at = now + patience;
            claimed.push(one.letter.clone());
        }
        let due = claimed.into_iter().map(|letter| DueLetter {
            activity: state.activity_of(letter.activity).cloned(),
            letter,
        });
        Ok(due.collect())
    }

    async fn record_letter_attempt(&self, attempted: &LetterAttempt) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Some(one) = state.letters.letters.get_mut(&attempted.id) {
            one.status = attempted.status;
            one.next_attempt_at = attempted.next_attempt_at;
        }
        Ok(())
    }

    async fn remove_old_letters(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let mut state = self.state();
        let letters = &mut state.letters.letters;
        let there_were = letters.len();
        letters.retain(|_, one| {
            one.status == LetterStatus::Pending || one.letter.created_at >= before
        });
        Ok((there_were - letters.len()) as u64)
    }
}

impl State {
    /// Appends to an activity log, and notes that it is to be told where that may concern somebody.
    pub(super) fn note(&mut self, entry: Activity) {
        let key = (entry.project_id, entry.error_id);
        let mut marks = self.marks.iter();
        let is_told = entry.change.concerns_somebody()
            || entry.change.is_followed()
                && marks.any(|(error, _, mark)| *error == key && *mark == Mark::Follow);
        if is_told {
            let key = (entry.project_id, entry.id);
            self.letters.untold.insert(entry.id, (key, false));
        }
        self.activity.push(entry);
    }

    /// Notes that a comment mentions more members.
    pub(super) fn note_mentions(&mut self, comment: CommentId) {
        let mut entries = self.activity.iter();
        let found = entries.find(|entry| entry.change == Change::Commented(comment));
        if let Some(entry) = found {
            let key = (entry.project_id, entry.id);
            let untold = self.letters.untold.entry(entry.id);
            untold.or_insert((key, true));
        }
    }

    fn activity_of(&self, (project, id): ActivityKey) -> Option<&Activity> {
        let mut entries = self.activity.iter();
        entries.find(|entry| (entry.project_id, entry.id) == (project, id))
    }

    fn happening(&self, key: ActivityKey, only_mentions: bool) -> Option<Happening> {
        let activity = self.activity_of(key)?.clone();
        let tenant_id = self.projects.get(&key.0)?.tenant_id;
        let mentions = match activity.change {
            Change::Commented(id) => self.comments.get(&(key.0, id))?.mentions.clone(),
            _ => Vec::new(),
        };
        let error = (activity.project_id, activity.error_id);
        let marks = self.marks.iter();
        let own = marks.filter(|(own, _, mark)| *own == error && *mark == Mark::Follow);
        let users = own.filter_map(|(_, principal, _)| match Actor::from_stored(principal) {
            Some(Actor::User(id)) => Some(id),
            _ => None,
        });
        let followers: Vec<UserId> = if only_mentions {
            Vec::new()
        } else {
            users.collect()
        };
        Some(Happening {
            tenant_id,
            activity,
            mentions,
            followers,
        })
    }
}
