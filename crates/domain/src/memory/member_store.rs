//! [`MemberStore`](crate::identity::MemberStore) in process.

use super::{MemoryStore, State, newest_page};
use crate::errors::Actor;
use crate::id::{MemberId, TenantId, UserId};
use crate::identity::{BuiltInRole, Member, MemberStatus};
use crate::identity::{MemberChange, MemberStore};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl MemberStore for MemoryStore {
    async fn add_member(&self, member: &Member) -> Result<(), StoreError> {
        self.state().add_member(member)
    }

    async fn get_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
    ) -> Result<Option<Member>, StoreError> {
        let state = self.state();
        let found = state.members.get(&id);
        let own = found.filter(|member| member.tenant_id == tenant.id());
        Ok(own.map(|member| state.with_user(member)))
    }

    async fn list_members(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Member>, StoreError> {
        let state = self.state();
        let own = state
            .members
            .values()
            .filter(|member| member.tenant_id == tenant.id());
        let own: Vec<Member> = own.map(|member| state.with_user(member)).collect();
        Ok(newest_page(own.iter(), (after, limit), |one| one.id.0))
    }

    async fn list_memberships(&self, user: UserId) -> Result<Vec<Member>, StoreError> {
        let state = self.state();
        let own = state.members.values().filter(|member| {
            member.user_id == user && state.tenants.contains_key(&member.tenant_id)
        });
        Ok(own.map(|member| state.with_user(member)).collect())
    }

    async fn update_member(&self, member: &Member) -> Result<MemberChange, StoreError> {
        let mut state = self.state();
        let kept = state.members.get(&member.id);
        let Some(kept) = kept.filter(|kept| kept.tenant_id == member.tenant_id) else {
            return Ok(MemberChange::NotFound);
        };
        if is_keeper(kept) && !is_keeper(member) && !state.has_other_keeper(kept) {
            return Ok(MemberChange::LastAdmin);
        }
        if let Some(kept) = state.members.get_mut(&member.id) {
            (kept.role_id, kept.status) = (member.role_id, member.status);
        }
        Ok(MemberChange::Done)
    }

    async fn remove_member(
        &self,
        tenant: TenantScope,
        id: MemberId,
        at: OffsetDateTime,
    ) -> Result<MemberChange, StoreError> {
        let mut state = self.state();
        let kept = state.members.get(&id);
        let Some(kept) = kept.filter(|kept| kept.tenant_id == tenant.id()) else {
            return Ok(MemberChange::NotFound);
        };
        if is_keeper(kept) && !state.has_other_keeper(kept) {
            return Ok(MemberChange::LastAdmin);
        }
        let user = Actor::User(kept.user_id).to_string();
        state.members.remove(&id);
        state.forget_marks(tenant.id(), &user);
        state.unassign(tenant.id(), id, &*self.ids, at);
        Ok(MemberChange::Done)
    }

    async fn find_membership(
        &self,
        user: UserId,
        tenant: TenantId,
    ) -> Result<Option<Member>, StoreError> {
        let state = self.state();
        let found = state.members.values();
        let mut found = found.filter(|one| (one.user_id, one.tenant_id) == (user, tenant));
        Ok(found.next().map(|member| state.with_user(member)))
    }
}

fn is_keeper(member: &Member) -> bool {
    let keeps = BuiltInRole::ADMIN_ROLES.map(BuiltInRole::id);
    member.status == MemberStatus::Active && keeps.contains(&member.role_id)
}

impl State {
    pub(super) fn add_member(&mut self, member: &Member) -> Result<(), StoreError> {
        let place = (member.tenant_id, member.user_id);
        let mut taken = self.members.values();
        if taken.any(|known| (known.tenant_id, known.user_id) == place) {
            return Err(StoreError::Conflict("the membership"));
        }
        self.members.insert(member.id, member.clone());
        Ok(())
    }

    /// Returns the member with address and name of their user record.
    fn with_user(&self, member: &Member) -> Member {
        let user = self.users.get(&member.user_id);
        let mut member = member.clone();
        if let Some(user) = user {
            member.email.clone_from(&user.email);
            member.name.clone_from(&user.name);
        }
        member.last_active = self.last_active.get(&member.user_id).copied();
        member
    }

    fn has_other_keeper(&self, but: &Member) -> bool {
        self.members.values().any(|member| {
            member.tenant_id == but.tenant_id && member.id != but.id && is_keeper(member)
        })
    }
}
