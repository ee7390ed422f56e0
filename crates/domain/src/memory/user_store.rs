//! [`UserStore`](crate::identity::UserStore) in process.

use super::{MemoryStore, State};
use crate::id::{SessionId, UserId};
use crate::identity::User;
use crate::identity::UserStore;
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

    async fn set_password(
        &self,
        id: UserId,
        password_hash: &str,
        kept: SessionId,
    ) -> Result<(), StoreError> {
        let mut state = self.state();
        if let Some(user) = state.users.get_mut(&id) {
            user.password_hash = password_hash.to_owned();
        }
        state
            .sessions
            .retain(|session, of| of.user_id != id || *session == kept);
        Ok(())
    }
}

impl State {
    pub(super) fn add_user(&mut self, user: &User) -> Result<(), StoreError> {
        if self.users.values().any(|known| known.email == user.email) {
            return Err(StoreError::Conflict("the e-mail address"));
        }
        self.users.insert(user.id, user.clone());
        Ok(())
    }
}
