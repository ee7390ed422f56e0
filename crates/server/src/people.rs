//! Everything about who may do what: credentials, sessions, tenants, members, roles.

use crate::passwords::ArgonPasswords;
use crate::settings::Settings;
use crate::telling::Telling;
use crate::wire;
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::ApiKeys;
use faultbook_domain::identity::Members;
use faultbook_domain::identity::Passwords;
use faultbook_domain::identity::Roles;
use faultbook_domain::identity::SystemUsers;
use faultbook_domain::identity::{Access, AccessStores};
use faultbook_domain::identity::{InvitationParts, Invitations};
use faultbook_domain::identity::{SessionParts, Sessions};
use faultbook_domain::notifications::WebhookTarget;
use faultbook_domain::tenancy::Platform;
use faultbook_domain::tenancy::Projects;
use faultbook_domain::tenancy::{Provisioning, Tenants};
use std::sync::Arc;

/// What routes need.
pub struct People {
    /// Who is calling.
    pub access: Arc<Access>,
    /// API keys.
    pub api_keys: ApiKeys,
    /// Logging in and out.
    pub sessions: Arc<Sessions>,
    /// Tenants.
    pub tenants: Tenants,
    /// Their projects.
    pub projects: Projects,
    /// Their members.
    pub members: Members,
    /// Who is invited.
    pub invitations: Invitations,
    /// Programs that act for them.
    pub system_users: SystemUsers,
    /// Roles, policies, permissions.
    pub roles: Arc<Roles>,
    /// The installation as a whole.
    pub platform: Arc<Platform>,
}

/// Joins it all.
pub fn gather(
    settings: &Settings,
    stores: &wire::Stores,
    telling: &Telling,
    (clock, ids): (&Arc<dyn Clock>, &Arc<dyn IdSource>),
    development: bool,
) -> People {
    let sources = || (Arc::clone(clock), Arc::clone(ids));
    let limits = settings.tenant_limits;
    let access = Arc::new(Access::new(
        AccessStores {
            keys: Arc::clone(&stores.keys),
            tenants: Arc::clone(&stores.tenants),
            projects: Arc::clone(&stores.projects),
            sessions: Arc::clone(&stores.sessions),
            members: Arc::clone(&stores.members),
            system_users: Arc::clone(&stores.system_users),
            grants: Arc::clone(&stores.grants),
        },
        Arc::clone(clock),
        settings.sessions,
        development,
    ));
    let passwords: Arc<dyn Passwords> = Arc::new(ArgonPasswords::new(Arc::clone(ids)));
    let roles = Arc::new(Roles::new(Arc::clone(&stores.grants), sources(), limits));
    let provisioning = settings.tenants.provisioning.as_ref();
    let provisioning = provisioning.map(|(url, secret)| Provisioning {
        hook: WebhookTarget {
            url: url.reveal().into(),
            secret: secret.reveal().into(),
        },
        mailer: Arc::clone(&telling.mailer),
    });
    let invitations = Invitations::new(InvitationParts {
        invitations: Arc::clone(&stores.invitations),
        users: Arc::clone(&stores.users),
        members: Arc::clone(&stores.members),
        passwords: Arc::clone(&passwords),
        roles: Arc::clone(&roles),
        integrations: Arc::clone(&telling.integrations),
        mailer: Arc::clone(&telling.mailer),
        access: Arc::clone(&access),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        public_url: telling.public_url.clone(),
        limits,
    });
    let sessions = Sessions::new(SessionParts {
        sessions: Arc::clone(&stores.sessions),
        users: Arc::clone(&stores.users),
        members: Arc::clone(&stores.members),
        passwords,
        access: Arc::clone(&access),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        life: settings.sessions,
    });
    People {
        api_keys: ApiKeys::new(
            Arc::clone(&stores.keys),
            Arc::clone(&access),
            sources(),
            limits,
        ),
        sessions: Arc::new(sessions),
        tenants: Tenants::new(
            Arc::clone(&stores.tenants),
            Arc::clone(&access),
            provisioning,
            sources(),
            limits,
        ),
        projects: Projects::new(
            Arc::clone(&stores.projects),
            Arc::clone(&access),
            sources(),
            limits,
        ),
        members: Members::new(
            (Arc::clone(&stores.members), Arc::clone(&stores.users)),
            Arc::clone(&roles),
            Arc::clone(&access),
            sources(),
            limits,
        ),
        invitations,
        system_users: SystemUsers::new(
            Arc::clone(&stores.system_users),
            Arc::clone(&roles),
            Arc::clone(&access),
            sources(),
            limits,
        ),
        roles,
        platform: Arc::new(Platform::new(Arc::clone(&stores.platform))),
        access,
    }
}
