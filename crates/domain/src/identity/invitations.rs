//! Service: invites people into a tenant.

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

/// An invitation with its token, which is stored nowhere.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The token.
    pub token: KeyText,
    /// Whether the e-mail was sent; without a mail server the inviter passes the token on.
    pub email_sent: bool,
}

/// Dependencies of [`Invitations`].
pub struct InvitationParts {
    /// Invitations.
    pub invitations: Arc<dyn InvitationStore>,
    /// Users.
    pub users: Arc<dyn UserStore>,
    /// Members.
    pub members: Arc<dyn MemberStore>,
    /// Hashing.
    pub passwords: Arc<dyn Passwords>,
    /// Roles.
    pub roles: Arc<Roles>,
    /// The tenants' mail servers.
    pub integrations: Arc<Integrations>,
    /// Sends the e-mail.
    pub mailer: Arc<dyn TransactionalMailer>,
    /// The credential cache.
    pub access: Arc<Access>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// Public base URL of this server.
    pub public_url: String,
    /// The tenants' limits.
    pub limits: TenantLimits,
}

/// Creates, resends, withdraws and accepts a tenant's invitations.
pub struct Invitations(InvitationParts, KeyedSemaphore<TenantId>);

impl Invitations {
    /// Creates the service.
    #[must_use]
    pub fn new(parts: InvitationParts) -> Self {
        Self(parts, KeyedSemaphore::new(1))
    }

    /// Lists a tenant's invitations, newest first.
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

    /// Invites a person by e-mail. `email` is lowercase.
    ///
    /// # Errors
    /// [`AccessError`]; the role must not exceed the inviter's permissions. When the e-mail cannot be sent, no
    /// invitation remains.
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

    /// Sends an invitation again, with a new token and expiry; the old token becomes invalid.
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

    /// Withdraws an invitation, and returns it.
    ///
    /// # Errors
    /// [`AccessError`]; the invitation's role must not exceed the caller's permissions.
    pub async fn withdraw(
        &self,
        caller: &TenantContext,
        id: InvitationId,
    ) -> Result<Invitation, AccessError> {
        caller.require(Permission::TeamManage)?;
        let found = self.0.invitations.get_invitation(caller.scope, id).await?;
        let invitation = found.ok_or(AccessError::NotFound(Missing::Invitation))?;
        let role = invitation.role_id;
        caller.require_all(self.0.roles.allowed_by(caller.scope, role).await?)?;
        if self
            .0
            .invitations
            .withdraw_invitation(caller.scope, id)
            .await?
        {
            Ok(invitation)
        } else {
            Err(AccessError::NotFound(Missing::Invitation))
        }
    }

    /// Accepts an invitation and returns the member with the name of their role. A new user gets an account of that
    /// name and password; an existing user proves their identity with their password, because the inviter knows the
    /// token, too. The rules for new passwords apply to both, so that the response does not reveal whether an account
    /// exists.
    ///
    /// # Errors
    /// [`AccessError`]; the token of a deleted tenant is unknown.
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
        // The first owner names the address: that is another way in (`FirstPeople`).
        let found = found.filter(|invitation| !invitation.email.is_empty());
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

    /// Sends the invitation e-mail if the tenant has a mail server.
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
