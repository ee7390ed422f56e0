//! [`InvitationStore`](crate::identity::InvitationStore) in process.

use super::{MemoryStore, newest_page};
use crate::id::InvitationId;
use crate::identity::InvitationStore;
use crate::identity::{Invitation, KeyDigest, Member, User};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use async_trait::async_trait;
use time::OffsetDateTime;

#[async_trait]
impl InvitationStore for MemoryStore {
    async fn create_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let mut state = self.state();
        let to_same = |known: &Invitation| {
            known.tenant_id == invitation.tenant_id
                && known.email == invitation.email
                && known.accepted_at.is_none()
        };
        let now = invitation.created_at;
        let mut all = state.invitations.values();
        if all.any(|known| to_same(known) && known.is_pending(now)) {
            return Err(StoreError::Conflict("the invitation"));
        }
        state.invitations.retain(|_, known| !to_same(known));
        state.invitations.insert(invitation.id, invitation.clone());
        Ok(())
    }

    async fn get_invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        let state = self.state();
        let found = state.invitations.get(&id);
        Ok(found.filter(|one| one.tenant_id == tenant.id()).cloned())
    }

    async fn find_invitation(&self, digest: &KeyDigest) -> Result<Option<Invitation>, StoreError> {
        let state = self.state();
        let mut all = state.invitations.values();
        Ok(all.find(|one| one.digest == *digest).cloned())
    }

    async fn list_invitations(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Invitation>, StoreError> {
        let state = self.state();
        let own = state
            .invitations
            .values()
            .filter(|one| one.tenant_id == tenant.id());
        Ok(newest_page(own, (after, limit), |one| one.id.0))
    }

    async fn renew_invitation(&self, invitation: &Invitation) -> Result<bool, StoreError> {
        let mut state = self.state();
        let kept = state.invitations.get_mut(&invitation.id);
        let kept = kept
            .filter(|kept| kept.tenant_id == invitation.tenant_id && kept.accepted_at.is_none());
        let Some(kept) = kept else { return Ok(false) };
        (kept.digest, kept.expires_at) = (invitation.digest, invitation.expires_at);
        Ok(true)
    }

    async fn withdraw_invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let found = state.invitations.get(&id);
        if found.is_none_or(|one| one.tenant_id != tenant.id()) {
            return Ok(false);
        }
        Ok(state.invitations.remove(&id).is_some())
    }

    async fn accept_invitation(
        &self,
        id: InvitationId,
        at: OffsetDateTime,
        person: &User,
        member: &Member,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let open = state.invitations.get(&id);
        if open.is_none_or(|one| one.accepted_at.is_some()) {
            return Ok(false);
        }
        state.add_member(member)?;
        if !state.users.contains_key(&person.id)
            && let Err(taken) = state.add_user(person)
        {
            state.members.remove(&member.id);
            return Err(taken);
        }
        if let Some(invitation) = state.invitations.get_mut(&id) {
            invitation.accepted_at = Some(at);
        }
        Ok(true)
    }
}
