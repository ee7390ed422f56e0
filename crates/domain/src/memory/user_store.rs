//! People, in process.

use super::MemoryStore;
use crate::entity::User;
use crate::port::{StoreError, UserStore};
use async_trait::async_trait;

#[async_trait]
impl UserStore for MemoryStore {
    async fn create(&self, user: &User) -> Result<(), StoreError> {
        let mut state = self.state();
        if state.users.values().any(|known| known.email == user.email) {
            return Err(StoreError::Conflict("the e-mail address"));
        }
        state.users.insert(user.id, user.clone());
        Ok(())
    }

    async fn find(&self, email: &str) -> Result<Option<User>, StoreError> {
        Ok(self
            .state()
            .users
            .values()
            .find(|user| user.email == email)
            .cloned())
    }
}
