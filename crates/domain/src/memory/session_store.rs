//! [`SessionStore`](crate::identity::SessionStore) in process.

use super::MemoryStore;
use crate::id::SessionId;
use crate::identity::SessionStore;
use crate::identity::{KeyDigest, Session, User};
use crate::store_error::StoreError;
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create_session(&self, session: &Session) -> Result<(), StoreError> {
        self.state().sessions.insert(session.id, session.clone());
        Ok(())
    }

    async fn find_session(
        &self,
        digest: &KeyDigest,
    ) -> Result<Option<(Session, User)>, StoreError> {
        let state = self.state();
        let found = state.sessions.values().find(|one| one.digest == *digest);
        Ok(found.and_then(|session| {
            let user = state.users.get(&session.user_id)?;
            Some((session.clone(), user.clone()))
        }))
    }

    async fn touch_sessions(&self, used: &[(SessionId, OffsetDateTime)]) -> Result<(), StoreError> {
        let mut state = self.state();
        for (id, at) in used {
            let Some(session) = state.sessions.get_mut(id) else {
                continue;
            };
            session.last_seen = session.last_seen.max(*at);
            let user = session.user_id;
            let active = state.last_active.entry(user).or_insert(*at);
            *active = (*active).max(*at);
        }
        Ok(())
    }

    async fn delete_session(&self, id: SessionId) -> Result<(), StoreError> {
        self.state().sessions.remove(&id);
        Ok(())
    }

    async fn delete_old_sessions(
        &self,
        used_before: OffsetDateTime,
        begun_before: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let is_young =
            |one: &Session| one.last_seen >= used_before && one.created_at >= begun_before;
        self.state().sessions.retain(|_, one| is_young(one));
        Ok(())
    }
}
