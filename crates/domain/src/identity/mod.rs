//! Credentials, principals, permissions, roles, members, sessions and the audit log.

mod access;
mod access_error;
mod account_mail;
mod api_key;
mod api_keys;
mod audit_entry;
mod audit_log;
mod authentication;
mod credential;
mod failed_sign_ins;
mod first_people;
mod invitation_store;
mod invitations;
mod key_store;
mod member;
mod member_store;
mod members;
mod password_reset;
mod password_reset_store;
mod password_resets;
mod passwords;
mod permission;
mod principal;
mod profile;
mod profiles;
mod rbac_item;
mod rbac_name;
mod rbac_store;
mod roles;
mod session;
mod session_store;
mod sessions;
mod system_user;
mod system_user_store;
mod system_users;
mod user;
mod user_store;

pub use access::{Access, AccessStores, DEFAULT_PROJECT, DEVELOPMENT_KEY};
pub use access_error::{AccessError, Duplicate, Missing};
pub use account_mail::{AccountMail, AccountMailParts};
pub use api_key::{ApiKey, KeyDigest, KeyKind, KeyText, MalformedKey};
pub(crate) use api_keys::distinct;
pub use api_keys::{ApiKeySettings, ApiKeys, CreateKeyError, RevokeKeyError};
pub use audit_entry::{AuditEntry, AuditFilter};
pub use audit_log::AuditLog;
pub use credential::{AuthError, Credential};
pub use failed_sign_ins::FailedSignIns;
pub use first_people::{DEVELOPER, FirstPeople};
pub use invitation_store::InvitationStore;
pub use invitations::{InvitationParts, Invitations, Invited};
pub use key_store::KeyStore;
pub use member::{Invitation, Member, MemberStatus, UnknownMemberStatus};
pub use member_store::{MemberChange, MemberStore};
pub use members::{Members, UserRef};
pub use password_reset::PasswordReset;
pub use password_reset_store::PasswordResetStore;
pub use password_resets::{PasswordResetParts, PasswordResets};
pub use passwords::{HashFailed, Passwords};
pub use permission::{Permission, Permissions, UnknownPermission};
pub use principal::{Principal, TenantContext, VisibleProject};
pub use profile::{PersonalMails, Profile, Theme, TimeZone, UnknownTheme, UnknownTimeZone};
pub use profiles::{ProfileChange, Profiles};
pub use rbac_item::{BuiltInRole, RbacItem, RbacKind, UnknownRbacKind, built_in_rbac_items};
pub use rbac_name::{InvalidRbacName, check_rbac_name, is_like};
pub use rbac_store::{RbacRemoval, RbacStore};
pub(crate) use roles::permissions_of;
pub use roles::{RbacItemSettings, Roles};
pub use session::{Session, SessionLife, csrf_token};
pub use session_store::SessionStore;
pub use sessions::{
    LONGEST_PASSWORD, LoggedIn, SHORTEST_PASSWORD, SessionDependencies, Sessions, check_password,
};
pub use system_user::SystemUser;
pub use system_user_store::SystemUserStore;
pub use system_users::{SystemUserChange, SystemUsers};
pub use user::User;
pub use user_store::UserStore;

#[cfg(feature = "testing")]
pub use {
    audit_log::MockAuditLog, invitation_store::MockInvitationStore, key_store::MockKeyStore,
    member_store::MockMemberStore, password_reset_store::MockPasswordResetStore,
    passwords::MockPasswords, rbac_store::MockRbacStore, session_store::MockSessionStore,
    system_user_store::MockSystemUserStore, user_store::MockUserStore,
};
