//! [`PasswordResetStore`](crate::identity::PasswordResetStore) in process.

use super::{MemoryStore, State};
use crate::id::UserId;
use crate::identity::{KeyDigest, PasswordReset, PasswordResetStore};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl PasswordResetStore for MemoryStore {
    async fn create_password_reset(&self, reset: &PasswordReset) -> Result<bool, StoreError> {
        let resets = &mut self.state().password_resets;
        let since = reset.created_at - PasswordReset::VALIDITY;
        let recent = resets
            .iter()
            .filter(|(one, _)| one.user_id == reset.user_id && one.created_at > since);
        let is_free = recent.count() < PasswordReset::MOST as usize;
        if is_free {
            resets.push((reset.clone(), false));
        }
        Ok(is_free)
    }

    async fn find_password_reset(
        &self,
        digest: &KeyDigest,
        now: OffsetDateTime,
    ) -> Result<Option<PasswordReset>, StoreError> {
        Ok(self.state().password_reset(digest, now))
    }

    async fn use_password_reset(
        &self,
        digest: &KeyDigest,
        now: OffsetDateTime,
        password_hash: &str,
    ) -> Result<Option<UserId>, StoreError> {
        let mut state = self.state();
        let found = state.password_reset(digest, now);
        let user = found.map(|reset| reset.user_id);
        if let Some(user) = user {
            state.replace_password(user, password_hash, None);
        }
        Ok(user)
    }

    async fn delete_password_resets(&self, before: OffsetDateTime) -> Result<(), StoreError> {
        let resets = &mut self.state().password_resets;
        resets.retain(|(reset, _)| reset.created_at >= before);
        Ok(())
    }
}

impl State {
    fn password_reset(&self, digest: &KeyDigest, now: OffsetDateTime) -> Option<PasswordReset> {
        let since = now - PasswordReset::VALIDITY;
        let mut resets = self.password_resets.iter();
        let found = resets
            .find(|(reset, used)| reset.digest == *digest && !used && reset.created_at > since);
        found.map(|(reset, _)| reset.clone())
    }
}
