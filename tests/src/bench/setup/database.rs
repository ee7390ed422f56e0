//! The PostgreSQL under measurement.

use super::{Cpu, Places};
use crate::round::Watched;
use anyhow::Context;
use faultbook_domain::clock::Clock;
use faultbook_domain::id_source::IdSource;
use faultbook_domain::system::{SystemClock, SystemIds};
use faultbook_testkit::postgres::{self, Instance};
use std::path::Path;
use tokio_postgres::Client;

/// A fresh database: in a durable server started here, or in the given one.
pub struct Database {
    url: String,
    place: Place,
}

enum Place {
    Own(Instance),
    Given { admin: String, name: String },
}

impl Database {
    /// Makes it.
    ///
    /// # Errors
    /// When the given server cannot be reached, or refuses.
    pub async fn new(places: &Places) -> anyhow::Result<Self> {
        let Some(admin) = &places.postgres_url else {
            let own = Instance::start().await;
            return Ok(Self {
                url: own.url(),
                place: Place::Own(own),
            });
        };
        let id = SystemIds::default().next_id(SystemClock.now());
        let name = format!("faultbook_bench_{}", id.simple());
        let create = format!("CREATE DATABASE {name}");
        postgres::connect(admin)
            .await?
            .batch_execute(&create)
            .await?;
        let mut url: reqwest::Url = admin.parse().context("no URL of a PostgreSQL")?;
        url.set_path(&name);
        Ok(Self {
            url: url.to_string(),
            place: Place::Given {
                admin: admin.clone(),
                name,
            },
        })
    }

    /// One whose data are kept in a folder, in a server started here.
    pub async fn kept_in(folder: &Path) -> Self {
        let own = Instance::start_in(folder).await;
        Self {
            url: own.url(),
            place: Place::Own(own),
        }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn connect(&self) -> anyhow::Result<Client> {
        let client = postgres::connect(&self.url).await;
        client.context("PostgreSQL cannot be reached")
    }

    /// The server's processes, if they are known.
    ///
    /// # Errors
    /// When the server started here has ended.
    pub fn cpu(&self) -> anyhow::Result<Option<Cpu>> {
        match &self.place {
            Place::Own(instance) => {
                let process = instance.process_id().context("PostgreSQL has ended")?;
                Ok(Some(Cpu::of(process)?))
            }
            Place::Given { .. } => Ok(None),
        }
    }

    /// The watched processes of a side that needs no server.
    ///
    /// # Errors
    /// As [`Database::cpu`].
    pub fn watched(&self) -> anyhow::Result<Watched> {
        Ok(Watched {
            server: None,
            database: self.cpu()?,
        })
    }

    /// Removes it, with what is still connected.
    ///
    /// # Errors
    /// When the given server cannot be reached, or refuses.
    pub async fn close(self) -> anyhow::Result<()> {
        if let Place::Given { admin, name } = &self.place {
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            postgres::connect(admin).await?.batch_execute(&drop).await?;
        }
        Ok(())
    }
}
