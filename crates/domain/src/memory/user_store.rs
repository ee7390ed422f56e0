//! [`UserStore`](crate::identity::UserStore) in process.

use super::{MemoryStore, State};
use crate::id::{SessionId, UserId};
use crate::identity::UserStore;
use crate::identity::{Profile, User};
use crate::store_error::StoreError;
use async_trait::async_trait;

#[async_trait]
impl UserStore for MemoryStore {
    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        self.state().add_user(user)
    }

    async fn find_user(&self, email: &str) -> Result<Option<User>, StoreError> {
        Ok(self
            .state()
            .users
            .values()
            .find(|user| user.email == email)
            .cloned())
    }

    async fn get_user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.state().users.get(&id).cloned())
    }

    async fn get_profile(&self, id: UserId) -> Result<Profile, StoreError> {
        let state = self.state();
        Ok(state.profiles.get(&id).cloned().unwrap_or_default())
    }

    async fn set_profile(
        &self,
        id: UserId,
        name: &str,
        profile: &Profile,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        let Some(user) = state.users.get_mut(&id) else {
            return Ok(());
        };
        user.name = name.to_owned();
        state.profiles.insert(id, profile.clone());
        Ok(())
    }

    async fn set_password(
        &self,
        id: UserId,
        password_hash: &str,
        kept: SessionId,
    ) -> Result<(), StoreError> {
        self.state().replace_password(id, password_hash, Some(kept));
        Ok(())
    }
}

impl State {
    /// Sets a password, deletes sessions but `kept` and ends rights to set another.
    pub(super) fn replace_password(
        &mut self,
        id: UserId,
        password_hash: &str,
        kept: Option<SessionId>,
    ) {
        if let Some(user) = self.users.get_mut(&id) {
            user.password_hash = password_hash.to_owned();
        }
        self.sessions
            .retain(|session, of| of.user_id != id || Some(*session) == kept);
        let resets = self.password_resets.iter_mut();
        for (_, used) in resets.filter(|(reset, _)| reset.user_id == id) {
            *used = true;
        }
    }

    pub(super) fn add_user(&mut self, user: &User) -> Result<(), StoreError> {
        if self.users.values().any(|known| known.email == user.email) {
            return Err(StoreError::Conflict("the e-mail address"));
        }
        self.users.insert(user.id, user.clone());
        Ok(())
    }
}
