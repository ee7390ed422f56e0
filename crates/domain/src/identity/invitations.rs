//! Inviting people into a tenant.

use super::access::Access;
use super::access_error::{AccessError, Duplicate, Missing};
use super::api_key::{KeyDigest, KeyKind, KeyText};
use super::invitation_store::InvitationStore;
use super::member::{Invitation, Member};
use super::member_store::MemberStore;
use super::members::new_member;
use super::passwords::Passwords;
use super::permission::Permission;
use super::principal::TenantContext;
use super::roles::Roles;
use super::sessions::check_password;
use super::user::User;
use super::user_store::UserStore;
use crate::clock::Clock;
use crate::id::{InvitationId, MemberId, TenantId, UserId};
use crate::id_source::IdSource;
use crate::keyed_semaphore::KeyedSemaphore;
use crate::notifications::{ChannelKind, ChannelSettings};
use crate::notifications::{Email, TransactionalMailer};
use crate::notifications::{Integrations, Unset};
use crate::page::{Cursor, Page};
use crate::store_error::StoreError;
use crate::tenancy::TenantLimits;
use crate::tenancy::TenantScope;
use std::sync::Arc;
use time::OffsetDateTime;

/// An invitation with the token that accepts it, which exists nowhere else.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The token.
    pub token: KeyText,
    /// Whether a letter went out; without a mail server the inviter hands the token over.
    pub email_sent: bool,
}

/// What invitations are made of.
pub struct InvitationParts {
    /// Invitations.
    pub invitations: Arc<dyn InvitationStore>,
    /// People.
    pub users: Arc<dyn UserStore>,
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// Hashing.
    pub passwords: Arc<dyn Passwords>,
    /// What roles allow.
    pub roles: Arc<Roles>,
    /// The tenants' mail servers.
    pub integrations: Arc<Integrations>,
    /// Who carries letters.
    pub mailer: Arc<dyn TransactionalMailer>,
    /// What remembers who may do what.
    pub access: Arc<Access>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// Where people reach this server.
    pub public_url: String,
    /// How many a tenant may have.
    pub limits: TenantLimits,
}

/// A tenant's invitations.
pub struct Invitations(InvitationParts, KeyedSemaphore<TenantId>);

impl Invitations {
    /// Invitations of these stores.
    #[must_use]
    pub fn new(parts: InvitationParts) -> Self {
        Self(parts, KeyedSemaphore::new(1))
    }

    /// A tenant's invitations, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(
        &self,
        tenant: TenantScope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Invitation>, StoreError> {
        self.0
            .invitations
            .list_invitations(tenant, after, limit)
            .await
    }

    /// Invites somebody. `email` is lowercase.
    ///
    /// # Errors
    /// [`AccessError`]; nobody invites into a role that is above their own. When the letter cannot be sent,
    /// nobody was invited.
    pub async fn invite(
        &self,
        caller: &TenantContext,
        email: String,
        role: &str,
    ) -> Result<Invited, AccessError> {
        caller.require(Permission::TeamManage)?;
        let (role, permissions) = self.0.roles.find_role(caller.scope, role).await?;
        caller.require_all(permissions)?;
        if let Some(user) = self.0.users.find_user(&email).await?
            && self.is_member(&user, caller.scope).await?
        {
            return Err(AccessError::Taken(Duplicate::Member));
        }
        let turn = self.1.one(caller.scope.id()).await;
        let there_are = self.list(caller.scope, None, 1).await?.total;
        AccessError::unless_full("invitations", there_are, self.0.limits.invitations)?;
        let now = self.0.clock.now();
        let token = self.new_token();
        let invitation = Invitation {
            id: InvitationId(self.0.ids.next_id(now)),
            tenant_id: caller.scope.id(),
            email,
            role_id: role.id,
            digest: KeyDigest::of(token.reveal()),
            invited_by: caller.actor.to_string(),
            created_at: now,
            expires_at: now + Invitation::VALIDITY,
            accepted_at: None,
        };
        let invited = self.0.invitations.create_invitation(&invitation).await;
        drop(turn);
        invited.map_err(AccessError::taken(Duplicate::Invitation))?;
        let sent = self.send(caller, &invitation, &token).await;
        if sent.is_err() {
            let id = invitation.id;
            self.0
                .invitations
                .withdraw_invitation(caller.scope, id)
                .await?;
        }
        Ok(Invited {
            invitation,
            token,
            email_sent: sent?,
        })
    }

    /// Sends an invitation again, with a new token and a new end; the old token stops working.
    ///
    /// # Errors
    /// [`AccessError`].
    pub async fn resend(
        &self,
        caller: &TenantContext,
        id: InvitationId,
    ) -> Result<Invited, AccessError> {
        caller.require(Permission::TeamManage)?;
        let found = self.0.invitations.get_invitation(caller.scope, id).await?;
        let mut invitation = found.ok_or(AccessError::NotFound(Missing::Invitation))?;
        let granted = self
            .0
            .roles
            .allowed_by(caller.scope, invitation.role_id)
            .await?;
        caller.require_all(granted)?;
        if invitation.accepted_at.is_some() {
            return Err(AccessError::InvitationAccepted);
        }
        let token = self.new_token();
        invitation.digest = KeyDigest::of(token.reveal());
        invitation.expires_at = self.0.clock.now() + Invitation::VALIDITY;
        if !self.0.invitations.renew_invitation(&invitation).await? {
            return Err(AccessError::InvitationAccepted);
        }
        let email_sent = self.send(caller, &invitation, &token).await?;
        Ok(Invited {
            invitation,
            token,
            email_sent,
        })
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// [`AccessError`]; nobody takes back an invitation into a role that is above their own.
    pub async fn withdraw(
        &self,
        caller: &TenantContext,
        id: InvitationId,
    ) -> Result<(), AccessError> {
        caller.require(Permission::TeamManage)?;
        let found = self.0.invitations.get_invitation(caller.scope, id).await?;
        let role = found
            .ok_or(AccessError::NotFound(Missing::Invitation))?
            .role_id;
        caller.require_all(self.0.roles.allowed_by(caller.scope, role).await?)?;
        if self
            .0
            .invitations
            .withdraw_invitation(caller.scope, id)
            .await?
        {
            Ok(())
        } else {
            Err(AccessError::NotFound(Missing::Invitation))
        }
    }

    /// Accepts an invitation; the member, and the name of their role. Somebody new gets an account of that
    /// name and password; who has one already proves it with its password, because the inviter knows the
    /// token, too. What is asked of a new password is asked of any, so that the answer does not tell
    /// whether there is an account.
    ///
    /// # Errors
    /// [`AccessError`]; the token of a deleted tenant is nobody's.
    pub async fn accept(
        &self,
        token: &str,
        name: String,
        password: &str,
    ) -> Result<(Member, String), AccessError> {
        let now = self.0.clock.now();
        let invitation = self.pending_invitation(token, now).await?;
        check_password("password", password)?;
        let scope = TenantScope::of(invitation.tenant_id);
        let there_are = self.0.members.list_members(scope, None, 1).await?.total;
        AccessError::unless_full("members", there_are, self.0.limits.members)?;
        let user = self.invited_user(&invitation, name, password, now).await?;
        let id = MemberId(self.0.ids.next_id(now));
        let member = Member {
            role_id: invitation.role_id,
            ..new_member(id, scope, &user, now)
        };
        let accepted = self
            .0
            .invitations
            .accept_invitation(invitation.id, now, &user, &member)
            .await;
        self.0.access.forget();
        if accepted.map_err(AccessError::taken(Duplicate::Member))? {
            let role_name = self.0.roles.role_names(scope).await?;
            let role = role_name(member.role_id);
            Ok((member, role))
        } else {
            Err(AccessError::InvitationAccepted)
        }
    }

    /// Finds the invitation that a token belongs to, unless its tenant is suspended, or it is accepted or
    /// expired.
    async fn pending_invitation(
        &self,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<Invitation, AccessError> {
        let digest = KeyDigest::of(token);
        let found = self.0.invitations.find_invitation(&digest).await?;
        let invitation = found.ok_or(AccessError::NotFound(Missing::Invitation))?;
        let named = invitation.tenant_id.to_string();
        let tenant = self.0.access.tenant(&named).await?;
        let tenant = tenant.ok_or(AccessError::NotFound(Missing::Invitation))?;
        if tenant.suspended {
            return Err(AccessError::Suspended);
        }
        if invitation.accepted_at.is_some() {
            return Err(AccessError::InvitationAccepted);
        }
        if !invitation.is_pending(now) {
            return Err(AccessError::InvitationExpired);
        }
        Ok(invitation)
    }

    /// Returns the user with the address of the invitation, who proves it with the password, or else a new
    /// one.
    async fn invited_user(
        &self,
        invitation: &Invitation,
        name: String,
        password: &str,
        now: OffsetDateTime,
    ) -> Result<User, AccessError> {
        match self.0.users.find_user(&invitation.email).await? {
            Some(user) => {
                let hash = Some(user.password_hash.clone());
                if !self.0.passwords.matches(password, hash).await? {
                    return Err(AccessError::BadLogin);
                }
                Ok(user)
            }
            None => Ok(User {
                id: UserId(self.0.ids.next_id(now)),
                email: invitation.email.clone(),
                name,
                password_hash: self.0.passwords.hash(password).await?,
                platform_admin: false,
                created_at: now,
            }),
        }
    }

    fn new_token(&self) -> KeyText {
        KeyText::from_random(KeyKind::Invitation, self.0.ids.secret_bytes())
    }

    async fn is_member(&self, user: &User, tenant: TenantScope) -> Result<bool, StoreError> {
        let member = self.0.members.find_membership(user.id, tenant.id()).await?;
        Ok(member.is_some())
    }

    /// Sends the letter if the tenant has a mail server.
    async fn send(
        &self,
        caller: &TenantContext,
        invitation: &Invitation,
        token: &KeyText,
    ) -> Result<bool, AccessError> {
        let Some(server) = self.mail_server(caller.scope).await? else {
            return Ok(false);
        };
        let tenant = &caller.tenant.name;
        let letter = Email {
            id: invitation.id.0,
            to: invitation.email.clone(),
            subject: format!("You are invited to {tenant} on Faultbook"),
            paragraphs: vec![
                format!("You are invited to join {tenant} on Faultbook."),
                format!("Your token: {}", token.reveal()),
                format!(
                    "Accept with POST {}/api/v1/invitations/accept and the token, your name and a \
                     password, within 7 days.",
                    self.0.public_url
                ),
            ],
            at: self.0.clock.now(),
        };
        self.0
            .mailer
            .send_email(&letter, &server)
            .await
            .map_err(AccessError::Mail)?;
        Ok(true)
    }

    async fn mail_server(
        &self,
        tenant: TenantScope,
    ) -> Result<Option<ChannelSettings>, StoreError> {
        match self
            .0
            .integrations
            .channel(tenant, ChannelKind::EMAIL)
            .await
        {
            Ok(server) => Ok(Some(server.settings)),
            Err(Unset::NotConfigured | Unset::Sealed) => Ok(None),
            Err(Unset::Store(error)) => Err(error),
        }
    }
}
