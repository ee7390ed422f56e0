//! Statements that no store would send: to break a database, or to let others wait.

use crate::Site;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use faultbook_testkit::postgres::connect;
use tokio_postgres::Client;

/// A connection to a site's database.
enum Session {
    Sqlite(SqliteConnection),
    Postgres(Client),
}

/// Nobody else writes as long as this lives.
pub struct Held {
    _session: Session,
}

impl Site {
    async fn session(&self) -> Session {
        let Some(url) = self.database_url() else {
            let file = self.directory().join("data/faultbook.db");
            let mut connection = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
            // The server writes now and then by itself.
            let wait = "PRAGMA busy_timeout = 10000";
            connection.batch_execute(wait).unwrap();
            return Session::Sqlite(connection);
        };
        Session::Postgres(connect(url).await.unwrap())
    }

    /// Runs a statement.
    ///
    /// # Panics
    /// When it fails.
    pub async fn run_sql(&self, statement: &str) {
        match self.session().await {
            Session::Sqlite(mut connection) => connection.batch_execute(statement).unwrap(),
            Session::Postgres(client) => client.batch_execute(statement).await.unwrap(),
        }
    }

    /// Lets every writer wait.
    ///
    /// # Panics
    /// When the database cannot be reached.
    pub async fn hold_writes(&self) -> Held {
        let mut session = self.session().await;
        match &mut session {
            Session::Sqlite(connection) => connection.batch_execute("BEGIN IMMEDIATE").unwrap(),
            Session::Postgres(client) => {
                let lock = "BEGIN; LOCK TABLE errors IN ACCESS EXCLUSIVE MODE";
                client.batch_execute(lock).await.unwrap();
            }
        }
        Held { _session: session }
    }
}
