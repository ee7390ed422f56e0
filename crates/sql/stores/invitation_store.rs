//! Invitations over SQL.

use crate::driver::{RunQueryDsl, Store};
use async_trait::async_trait;
use diesel::dsl::{count_star, exists, select};
use diesel::prelude::*;
use faultbook_domain::id::InvitationId;
use faultbook_domain::identity::InvitationStore;
use faultbook_domain::identity::{Invitation, KeyDigest, Member, User};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use faultbook_sql::row::{InvitationRow, MemberRow, UserRow, all, one};
use faultbook_sql::schema::{invitations, members, users};
use faultbook_sql::types::{DbId, DbTime};
use time::OffsetDateTime;

#[async_trait]
impl InvitationStore for Store {
    async fn create_invitation(&self, invitation: &Invitation) -> Result<(), StoreError> {
        let invitation = invitation.clone();
        self.write(async move |connection| {
            let past = invitations::table
                .filter(invitations::tenant_id.eq(DbId(invitation.tenant_id.0)))
                .filter(invitations::email.eq(&invitation.email))
                .filter(invitations::accepted_at.is_null())
                .filter(invitations::expires_at.le(DbTime(invitation.created_at)));
            diesel::delete(past).execute(connection).await?;
            diesel::insert_into(invitations::table)
                .values(InvitationRow::from(&invitation))
                .execute(connection)
                .await?;
            Ok(())
        })
        .await
    }

    async fn get_invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        self.read(async move |connection| {
            let found = invitations::table
                .filter(invitations::tenant_id.eq(DbId(tenant.id().0)))
                .filter(invitations::id.eq(DbId(id.0)))
                .select(InvitationRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn find_invitation(&self, digest: &KeyDigest) -> Result<Option<Invitation>, StoreError> {
        let digest = digest.0;
        self.read(async move |connection| {
            let found = invitations::table
                .filter(invitations::digest.eq(&digest[..]))
                .select(InvitationRow::as_select())
                .first(connection)
                .await
                .optional()?;
            Ok(one(found)?)
        })
        .await
    }

    async fn list_invitations(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Invitation>, StoreError> {
        self.read(async move |connection| {
            let own = || invitations::table.filter(invitations::tenant_id.eq(DbId(tenant.id().0)));
            let total: i64 = own().select(count_star()).first(connection).await?;
            let rows = own()
                .filter(invitations::id.lt(DbId(Cursor::bound(after))))
                .order(invitations::id.desc())
                .limit(i64::from(limit) + 1)
                .select(InvitationRow::as_select())
                .load(connection)
                .await?;
            let items: Vec<Invitation> = all(rows)?;
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items, limit, total, |one: &Invitation| {
                one.id.0
            }))
        })
        .await
    }

    async fn renew_invitation(&self, invitation: &Invitation) -> Result<bool, StoreError> {
        let invitation = invitation.clone();
        self.write(async move |connection| {
            let open = invitations::table
                .filter(invitations::tenant_id.eq(DbId(invitation.tenant_id.0)))
                .filter(invitations::id.eq(DbId(invitation.id.0)))
                .filter(invitations::accepted_at.is_null());
            let renewed = diesel::update(open)
                .set((
                    invitations::digest.eq(&invitation.digest.0[..]),
                    invitations::expires_at.eq(DbTime(invitation.expires_at)),
                ))
                .execute(connection)
                .await?;
            Ok(renewed > 0)
        })
        .await
    }

    async fn withdraw_invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<bool, StoreError> {
        self.write(async move |connection| {
            let own = invitations::table
                .filter(invitations::tenant_id.eq(DbId(tenant.id().0)))
                .filter(invitations::id.eq(DbId(id.0)));
            let withdrawn = diesel::delete(own).execute(connection).await?;
            Ok(withdrawn > 0)
        })
        .await
    }

    async fn accept_invitation(
        &self,
        id: InvitationId,
        at: OffsetDateTime,
        person: &User,
        member: &Member,
    ) -> Result<bool, StoreError> {
        let (person, member) = (person.clone(), member.clone());
        self.write(async move |connection| {
            let open = invitations::table
                .filter(invitations::id.eq(DbId(id.0)))
                .filter(invitations::accepted_at.is_null());
            let accepted = diesel::update(open)
                .set(invitations::accepted_at.eq(DbTime(at)))
                .execute(connection)
                .await?;
            if accepted == 0 {
                return Ok(false);
            }
            let known = users::table.filter(users::id.eq(DbId(person.id.0)));
            let is_known: bool = select(exists(known)).get_result(connection).await?;
            if !is_known {
                diesel::insert_into(users::table)
                    .values(UserRow::from(&person))
                    .execute(connection)
                    .await?;
            }
            diesel::insert_into(members::table)
                .values(MemberRow::from(&member))
                .execute(connection)
                .await?;
            Ok(true)
        })
        .await
    }
}
