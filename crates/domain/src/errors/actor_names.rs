//! Names of those who change something, as shown.

use super::activity::Actor;
use crate::id::TenantId;
use crate::identity::{KeyStore, MemberStore, SystemUserStore, UserStore};
use crate::store::Store;
use crate::store_error::StoreError;
use crate::tenancy::TenantScope;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Whoever did something, as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedActor {
    /// `member`, `key`, `system_user` or `system`.
    pub kind: &'static str,
    /// Id of the member, key or system user; of a member who left, the account's.
    pub id: Option<Uuid>,
    /// Their name; empty where it is not known any more.
    pub name: String,
    /// Their address; of a person.
    pub email: Option<String>,
}

impl NamedActor {
    /// Returns an actor with what is known without asking.
    #[must_use]
    pub fn unnamed(actor: Actor) -> Self {
        let (kind, id, name) = match actor {
            Actor::User(id) => ("member", Some(id.0), ""),
            Actor::Key(id) => ("key", Some(id.0), ""),
            Actor::SystemUser(id) => ("system_user", Some(id.0), ""),
            Actor::System => ("system", None, "Faultbook"),
        };
        Self {
            kind,
            id,
            name: name.to_owned(),
            email: None,
        }
    }
}

/// Finds the names of actors.
#[derive(Clone)]
pub struct ActorNames {
    members: Arc<dyn MemberStore>,
    users: Arc<dyn UserStore>,
    keys: Arc<dyn KeyStore>,
    system_users: Arc<dyn SystemUserStore>,
}

impl ActorNames {
    /// Finds them in a store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> Self {
        Self {
            members: store.clone(),
            users: store.clone(),
            keys: store.clone(),
            system_users: store.clone(),
        }
    }

    /// Names one actor of a tenant as far as that is known now: what cannot be asked is left out.
    pub async fn one(&self, tenant: TenantId, actor: Actor) -> NamedActor {
        let names = self.of(TenantScope::of(tenant), vec![actor]).await;
        let named = names.ok().and_then(|mut names| names.remove(&actor));
        named.unwrap_or_else(|| NamedActor::unnamed(actor))
    }

    /// Names actors of a tenant.
    ///
    /// # Errors
    /// [`StoreError`] when a store fails.
    pub async fn of(
        &self,
        tenant: TenantScope,
        actors: Vec<Actor>,
    ) -> Result<HashMap<Actor, NamedActor>, StoreError> {
        let mut names = HashMap::new();
        if actors.iter().any(|actor| matches!(actor, Actor::Key(_))) {
            for key in self.keys.list_keys(tenant).await? {
                let named = NamedActor {
                    name: key.name,
                    ..NamedActor::unnamed(Actor::Key(key.id))
                };
                names.insert(Actor::Key(key.id), named);
            }
        }
        for actor in actors {
            if names.contains_key(&actor) {
                continue;
            }
            let mut named = NamedActor::unnamed(actor);
            match actor {
                Actor::User(user) => {
                    let member = self.members.find_membership(user, tenant.id()).await?;
                    let account = self.users.get_user(user).await?;
                    named.id = member.map(|member| member.id.0).or(named.id);
                    if let Some(account) = account {
                        named.name = account.name;
                        named.email = Some(account.email);
                    }
                }
                Actor::SystemUser(id) => {
                    let user = self.system_users.get_system_user(tenant, id).await?;
                    named.name = user.map(|user| user.name).unwrap_or_default();
                }
                Actor::Key(_) | Actor::System => {}
            }
            names.insert(actor, named);
        }
        Ok(names)
    }
}
