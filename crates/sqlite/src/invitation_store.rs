//! Invitations.

use crate::SqliteStore;
use crate::member_store::insert_member;
use crate::row::{InvitationRow, MemberRow, Uid, UserRow, micros};
use crate::schema::{invitations, users};
use crate::user_store::insert_user;
use async_trait::async_trait;
use diesel::dsl::{count_star, exists, select};
use diesel::prelude::*;
use faultbook_domain::id::InvitationId;
use faultbook_domain::identity::InvitationStore;
use faultbook_domain::identity::{Invitation, KeyDigest, Member, User};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;

#[async_trait]
impl InvitationStore for SqliteStore {
    async fn invite(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let invitation = invitation.clone();
        self.write(move |connection| {
            let past = invitations::table
                .filter(invitations::tenant_id.eq(Uid::from(invitation.tenant_id.0)))
                .filter(invitations::email.eq(&invitation.email))
                .filter(invitations::accepted_at.is_null())
                .filter(invitations::expires_at.le(micros(invitation.created_at)));
            diesel::delete(past).execute(connection)?;
            diesel::insert_into(invitations::table)
                .values(InvitationRow::from(&invitation))
                .execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        self.read(move |connection| {
            let row = invitations::table
                .filter(invitations::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(invitations::id.eq(Uid::from(id.0)))
                .select(InvitationRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(Invitation::try_from).transpose()?)
        })
        .await
    }

    async fn invitation_of(&self, digest: &KeyDigest) -> Result<Option<Invitation>, StoreError> {
        let digest = digest.0;
        self.read(move |connection| {
            let row = invitations::table
                .filter(invitations::digest.eq(digest.as_slice()))
                .select(InvitationRow::as_select())
                .first(connection)
                .optional()?;
            Ok(row.map(Invitation::try_from).transpose()?)
        })
        .await
    }

    async fn invitations(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Invitation>, StoreError> {
        self.read(move |connection| {
            let own =
                || invitations::table.filter(invitations::tenant_id.eq(Uid::from(tenant.id().0)));
            let total: i64 = own().select(count_star()).first(connection)?;
            let rows = own()
                .filter(invitations::id.lt(Uid::from(Cursor::bound(after))))
                .order(invitations::id.desc())
                .limit(i64::from(limit) + 1)
                .select(InvitationRow::as_select())
                .load(connection)?;
            let items: Result<_, StoreError> = rows.into_iter().map(Invitation::try_from).collect();
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items?, limit, total, |one: &Invitation| {
                one.id.0
            }))
        })
        .await
    }

    async fn renew(&self, invitation: &Invitation) -> Result<bool, StoreError> {
        let invitation = invitation.clone();
        self.write(move |connection| {
            let open = invitations::table
                .filter(invitations::tenant_id.eq(Uid::from(invitation.tenant_id.0)))
                .filter(invitations::id.eq(Uid::from(invitation.id.0)))
                .filter(invitations::accepted_at.is_null());
            let renewed = diesel::update(open)
                .set((
                    invitations::digest.eq(invitation.digest.0.as_slice()),
                    invitations::expires_at.eq(micros(invitation.expires_at)),
                ))
                .execute(connection)?;
            Ok(renewed > 0)
        })
        .await
    }

    async fn withdraw(&self, tenant: TenantScope, id: InvitationId) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let own = invitations::table
                .filter(invitations::tenant_id.eq(Uid::from(tenant.id().0)))
                .filter(invitations::id.eq(Uid::from(id.0)));
            Ok(diesel::delete(own).execute(connection)? > 0)
        })
        .await
    }

    async fn accept(
        &self,
        id: InvitationId,
        at: OffsetDateTime,
        person: &User,
        member: &Member,
    ) -> Result<bool, StoreError> {
        let (user_id, person, member) = (
            Uid::from(person.id.0),
            UserRow::from(person),
            MemberRow::from(member),
        );
        self.write(move |connection| {
            let open = invitations::table
                .filter(invitations::id.eq(Uid::from(id.0)))
                .filter(invitations::accepted_at.is_null());
            let accepted = diesel::update(open)
                .set(invitations::accepted_at.eq(micros(at)))
                .execute(connection)?;
            if accepted == 0 {
                return Ok(false);
            }
            let known = users::table.filter(users::id.eq(user_id));
            if !select(exists(known)).get_result::<bool>(connection)? {
                insert_user(connection, person)?;
            }
            insert_member(connection, member)?;
            Ok(true)
        })
        .await
    }
}
