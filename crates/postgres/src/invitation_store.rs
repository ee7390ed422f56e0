//! Invitations.

use crate::PostgresStore;
use crate::row::{InvitationRow, MemberRow, UserRow};
use crate::schema::{invitations, members, users};
use async_trait::async_trait;
use diesel::dsl::{count_star, exists, select};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use faultbook_domain::id::InvitationId;
use faultbook_domain::identity::InvitationStore;
use faultbook_domain::identity::{Invitation, KeyDigest, Member, User};
use faultbook_domain::page::{Cursor, Page};
use faultbook_domain::store_error::StoreError;
use faultbook_domain::tenancy::TenantScope;
use time::OffsetDateTime;

#[async_trait]
impl InvitationStore for PostgresStore {
    async fn invite(&self, invitation: &Invitation) -> Result<(), StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let past = invitations::table
                .filter(invitations::tenant_id.eq(invitation.tenant_id.0))
                .filter(invitations::email.eq(&invitation.email))
                .filter(invitations::accepted_at.is_null())
                .filter(invitations::expires_at.le(invitation.created_at));
            diesel::delete(past).execute(&mut *session).await?;
            diesel::insert_into(invitations::table)
                .values(InvitationRow::from(invitation))
                .execute(&mut *session)
                .await?;
            session.finish().await
        })
        .await
    }

    async fn invitation(
        &self,
        tenant: TenantScope,
        id: InvitationId,
    ) -> Result<Option<Invitation>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = invitations::table
                .filter(invitations::tenant_id.eq(tenant.id().0))
                .filter(invitations::id.eq(id.0))
                .select(InvitationRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(found.map(Invitation::try_from).transpose()?)
        })
        .await
    }

    async fn invitation_of(&self, digest: &KeyDigest) -> Result<Option<Invitation>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let found = invitations::table
                .filter(invitations::digest.eq(&digest.0[..]))
                .select(InvitationRow::as_select())
                .first(&mut *session)
                .await
                .optional()?;
            session.finish().await?;
            Ok(found.map(Invitation::try_from).transpose()?)
        })
        .await
    }

    async fn invitations(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Invitation>, StoreError> {
        self.run(|| async {
            let mut session = self.look().await?;
            let own = || invitations::table.filter(invitations::tenant_id.eq(tenant.id().0));
            let total: i64 = own().select(count_star()).first(&mut *session).await?;
            let rows = own()
                .filter(invitations::id.lt(Cursor::bound(after)))
                .order(invitations::id.desc())
                .limit(i64::from(limit) + 1)
                .select(InvitationRow::as_select())
                .load(&mut *session)
                .await?;
            session.finish().await?;
            let items: Result<_, StoreError> = rows.into_iter().map(Invitation::try_from).collect();
            let total = u64::try_from(total).unwrap_or(0);
            Ok(Page::newest(items?, limit, total, |one: &Invitation| {
                one.id.0
            }))
        })
        .await
    }

    async fn renew(&self, invitation: &Invitation) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let open = invitations::table
                .filter(invitations::tenant_id.eq(invitation.tenant_id.0))
                .filter(invitations::id.eq(invitation.id.0))
                .filter(invitations::accepted_at.is_null());
            let renewed = diesel::update(open)
                .set((
                    invitations::digest.eq(&invitation.digest.0[..]),
                    invitations::expires_at.eq(invitation.expires_at),
                ))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(renewed > 0)
        })
        .await
    }

    async fn withdraw(&self, tenant: TenantScope, id: InvitationId) -> Result<bool, StoreError> {
        self.run(|| async {
            let mut session = self.change().await?;
            let own = invitations::table
                .filter(invitations::tenant_id.eq(tenant.id().0))
                .filter(invitations::id.eq(id.0));
            let withdrawn = diesel::delete(own).execute(&mut *session).await?;
            session.finish().await?;
            Ok(withdrawn > 0)
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
        self.run(|| async {
            let mut session = self.change().await?;
            let open = invitations::table
                .filter(invitations::id.eq(id.0))
                .filter(invitations::accepted_at.is_null());
            let accepted = diesel::update(open)
                .set(invitations::accepted_at.eq(at))
                .execute(&mut *session)
                .await?;
            if accepted == 0 {
                return Ok(false);
            }
            let known = users::table.filter(users::id.eq(person.id.0));
            let is_known: bool = select(exists(known)).get_result(&mut *session).await?;
            if !is_known {
                diesel::insert_into(users::table)
                    .values(UserRow::from(person))
                    .execute(&mut *session)
                    .await?;
            }
            diesel::insert_into(members::table)
                .values(MemberRow::from(member))
                .execute(&mut *session)
                .await?;
            session.finish().await?;
            Ok(true)
        })
        .await
    }
}
