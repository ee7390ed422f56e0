//! Wires credentials, sessions, tenants, members and roles.

use crate::api::dsn::PublicAddress;
use crate::notifications::Notifications;
use crate::passwords::ArgonPasswords;
use crate::services::Services;
use crate::settings::Settings;
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::identity::Access;
use faultbook_domain::identity::ApiKeys;
use faultbook_domain::identity::FirstPeople;
use faultbook_domain::identity::Members;
use faultbook_domain::identity::Passwords;
use faultbook_domain::identity::Profiles;
use faultbook_domain::identity::Roles;
use faultbook_domain::identity::SystemUsers;
use faultbook_domain::identity::{AccountMail, AccountMailParts};
use faultbook_domain::identity::{InvitationParts, Invitations};
use faultbook_domain::identity::{PasswordResetParts, PasswordResets};
use faultbook_domain::identity::{SessionDependencies, Sessions};
use faultbook_domain::notifications::WebhookTarget;
use faultbook_domain::store::Store;
use faultbook_domain::tenancy::Platform;
use faultbook_domain::tenancy::{ProjectKeys, Projects};
use faultbook_domain::tenancy::{Provisioning, Tenants};
use std::sync::Arc;

/// The services behind the routes of identity and tenancy.
pub struct Identity {
    /// Authentication and access to tenants.
    pub access: Arc<Access>,
    /// API keys.
    pub api_keys: ApiKeys,
    /// Log-in, log-out and passwords.
    pub sessions: Arc<Sessions>,
    /// Forgotten passwords.
    pub password_resets: Arc<PasswordResets>,
    /// What persons have set for themselves.
    pub profiles: Profiles,
    /// Tenants.
    pub tenants: Tenants,
    /// Projects.
    pub projects: Arc<Projects>,
    /// DSN keys.
    pub project_keys: Arc<ProjectKeys>,
    /// Where SDKs reach this server.
    pub public_address: PublicAddress,
    /// Members.
    pub members: Members,
    /// Invitations.
    pub invitations: Invitations,
    /// System users.
    pub system_users: SystemUsers,
    /// Roles, policies and permissions.
    pub roles: Arc<Roles>,
    /// Maintenance mode of the installation.
    pub platform: Arc<Platform>,
    /// The first owner, and the developer of a development server.
    pub first_people: Arc<FirstPeople>,
}

impl Identity {
    /// Registers the services of identity and tenancy.
    pub fn register(self, services: Services) -> Services {
        services
            .with_shared(self.access)
            .with(self.api_keys)
            .with_shared(self.sessions)
            .with_shared(self.password_resets)
            .with(self.profiles)
            .with(self.tenants)
            .with_shared(self.projects)
            .with_shared(self.project_keys)
            .with(self.public_address)
            .with(self.members)
            .with(self.invitations)
            .with(self.system_users)
            .with_shared(self.roles)
            .with_shared(self.platform)
            .with_shared(self.first_people)
    }
}

/// Wires them.
pub fn wire(
    settings: &Settings,
    store: &Arc<dyn Store>,
    notifications: &Notifications,
    (clock, ids): (&Arc<dyn Clock>, &Arc<dyn IdSource>),
    development: bool,
) -> Identity {
    let sources = || (Arc::clone(clock), Arc::clone(ids));
    let limits = settings.tenant_limits;
    let access = Arc::new(Access::new(
        store.clone().into(),
        Arc::clone(clock),
        settings.sessions,
        development,
    ));
    let passwords: Arc<dyn Passwords> = Arc::new(ArgonPasswords::new(Arc::clone(ids)));
    let roles = Arc::new(Roles::new(store.clone(), sources(), limits));
    let provisioning = settings.tenants.provisioning.as_ref();
    let provisioning = provisioning.map(|(url, secret)| Provisioning {
        hook: WebhookTarget {
            url: url.reveal().into(),
            secret: secret.reveal().into(),
        },
        mailer: Arc::clone(&notifications.mailer),
    });
    let invitations = Invitations::new(InvitationParts {
        invitations: store.clone(),
        users: store.clone(),
        members: store.clone(),
        passwords: Arc::clone(&passwords),
        roles: Arc::clone(&roles),
        integrations: Arc::clone(&notifications.integrations),
        mailer: Arc::clone(&notifications.mailer),
        access: Arc::clone(&access),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        public_url: notifications.public_url.clone(),
        limits,
    });
    let first_people = Arc::new(FirstPeople {
        store: store.clone(),
        passwords: Arc::clone(&passwords),
        access: Arc::clone(&access),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
    });
    let password_resets = PasswordResets::new(PasswordResetParts {
        resets: store.clone(),
        users: store.clone(),
        members: store.clone(),
        passwords: Arc::clone(&passwords),
        mail: AccountMail::new(AccountMailParts {
            members: store.clone(),
            integrations: Arc::clone(&notifications.integrations),
            mailer: Arc::clone(&notifications.mailer),
            clock: Arc::clone(clock),
            ids: Arc::clone(ids),
        }),
        access: Arc::clone(&access),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        public_url: notifications.public_url.clone(),
    });
    let sessions = Sessions::new(SessionDependencies {
        sessions: store.clone(),
        users: store.clone(),
        members: store.clone(),
        passwords,
        access: Arc::clone(&access),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
        life: settings.sessions,
    });
    let projects = Projects::new(
        store.clone(),
        Arc::clone(&access),
        sources(),
        limits,
        settings.retention,
    );
    let projects = Arc::new(projects);
    Identity {
        api_keys: ApiKeys::new(store.clone(), Arc::clone(&access), sources(), limits),
        sessions: Arc::new(sessions),
        password_resets: Arc::new(password_resets),
        profiles: Profiles::new(store.clone()),
        tenants: Tenants::new(
            store.clone(),
            Arc::clone(&access),
            provisioning,
            sources(),
            limits,
        ),
        project_keys: Arc::new(ProjectKeys::new(
            store.clone(),
            Arc::clone(&projects),
            sources(),
            limits,
        )),
        projects,
        public_address: PublicAddress::new(&settings.notifications.public_url),
        members: Members::new(
            (store.clone(), store.clone()),
            Arc::clone(&roles),
            Arc::clone(&access),
            sources(),
            limits,
        ),
        invitations,
        system_users: SystemUsers::new(
            store.clone(),
            Arc::clone(&roles),
            Arc::clone(&access),
            sources(),
            limits,
        ),
        roles,
        platform: Arc::new(Platform::new(store.clone())),
        first_people,
        access,
    }
}
