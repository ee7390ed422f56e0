//! Connections: one writer thread and a few readers.

use crate::failure::Failure;
use crate::private;
use crate::row::register_functions;
use crate::settings::SqliteSettings;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::Error as DriverError;
use faultbook_domain::store_error::StoreError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use tokio::sync::{Semaphore, oneshot};

/// Why a database file cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The directory does not exist and cannot be created.
    #[error("cannot create the directory {}", path.display())]
    Folder {
        /// The directory.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: std::io::Error,
    },
    /// The path is not valid UTF-8.
    #[error("the path {} is not UTF-8", .0.display())]
    Path(PathBuf),
    /// The file cannot be opened for writing.
    #[error("cannot open {} for writing", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is not a SQLite database.
    #[error("{} is not a SQLite database", .0.display())]
    NotADatabase(PathBuf),
    /// The file system cannot keep a write-ahead log (some network file systems cannot).
    #[error("{} cannot keep a write-ahead log, its journal mode stays {mode}", path.display())]
    NoWriteAheadLog {
        /// The file.
        path: PathBuf,
        /// The journal mode that SQLite uses instead.
        mode: String,
    },
    /// The writer thread cannot be started.
    #[error("cannot start the writer")]
    Thread(#[source] std::io::Error),
}

/// The writer has stopped: the store is being dropped.
#[derive(Debug, thiserror::Error)]
#[error("the writer has stopped")]
pub(crate) struct WriterStopped;

/// A closure panicked; its transaction was rolled back.
#[derive(Debug, thiserror::Error)]
#[error("a database closure panicked")]
struct Panicked;

/// Page size of a new file. Rows of 2 to 3 KB waste most of a second 4 KB page, while three fit into 8 KB.
const PAGE_SIZE: u64 = 8_192;

/// Size of the write-ahead log, in pages, at which it is checkpointed: 64 MB. A page that several batches change is then
/// copied once, and batches change pages all over the indexes by fingerprint and by event id: of the writer's time, a
/// quarter of this size costs 3 % more, and 7 % where reports carry event ids.
const CHECKPOINT_PAGES: u32 = 8_000;

/// Page cache per connection in KiB: enough for 10,000 errors, so that a word search reads from memory (7 ms; 14 ms
/// with a quarter of it).
const CACHE_KIB: u32 = 8_192;

/// Opens connections to one file.
pub(crate) struct Opener {
    settings: SqliteSettings,
    url: String,
}

#[derive(QueryableByName)]
struct JournalMode {
    #[diesel(sql_type = diesel::sql_types::Text)]
    journal_mode: String,
}

impl Opener {
    pub(crate) fn new(mut settings: SqliteSettings) -> Result<Self, OpenError> {
        // Absolute, so that special names (`:memory:`, `file:...`) are taken as files.
        let path = std::path::absolute(&settings.path).map_err(|cause| OpenError::Folder {
            path: settings.path.clone(),
            cause,
        })?;
        if let Some(folder) = path.parent() {
            private::make_folder(folder).map_err(|cause| OpenError::Folder {
                path: folder.to_owned(),
                cause,
            })?;
        }
        private::make_file(&path);
        let Some(url) = path.to_str().map(str::to_owned) else {
            return Err(OpenError::Path(path));
        };
        settings.path = path;
        settings.readers = settings.readers.max(1);
        Ok(Self { settings, url })
    }

    fn writer(&self) -> Result<SqliteConnection, OpenError> {
        let path = || self.settings.path.clone();
        let mut connection =
            SqliteConnection::establish(&self.url).map_err(|cause| OpenError::NotWritable {
                path: path(),
                cause: cause.into(),
            })?;
        // The first two define the format of a new file and have no effect on an existing one.
        let before = format!(
            "PRAGMA busy_timeout = {}; PRAGMA page_size = {PAGE_SIZE}; \
             PRAGMA auto_vacuum = INCREMENTAL;",
            self.settings.busy_timeout.as_millis()
        );
        let mode = connection
            .batch_execute(&before)
            .and_then(|()| {
                diesel::sql_query("PRAGMA journal_mode = WAL")
                    .get_result::<JournalMode>(&mut connection)
            })
            .map_err(|cause| self.refused(cause))?
            .journal_mode;
        // A read-only file opens without an error; taking the write lock reveals it.
        connection
            .batch_execute("BEGIN IMMEDIATE; ROLLBACK;")
            .map_err(|cause| self.refused(cause))?;
        if mode != "wal" {
            return Err(OpenError::NoWriteAheadLog { path: path(), mode });
        }
        let max_pages = self
            .settings
            .max_bytes
            .map(|bytes| format!("PRAGMA max_page_count = {};", (bytes / PAGE_SIZE).max(1)))
            .unwrap_or_default();
        connection
            .batch_execute(&format!(
                "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; \
                 PRAGMA cache_size = -{CACHE_KIB}; \
                 PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}; \
                 PRAGMA journal_size_limit = {}; {max_pages}",
                2 * u64::from(CHECKPOINT_PAGES) * PAGE_SIZE
            ))
            .map_err(|cause| self.refused(cause))?;
        Ok(connection)
    }

    fn reader(&self) -> Result<SqliteConnection, StoreError> {
        let mut connection =
            SqliteConnection::establish(&self.url).map_err(StoreError::unavailable)?;
        connection
            .batch_execute(&format!(
                "PRAGMA busy_timeout = {}; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; \
                 PRAGMA cache_size = -{CACHE_KIB};",
                self.settings.busy_timeout.as_millis()
            ))
            .and_then(|()| register_functions(&mut connection))
            .map_err(|cause| StoreError::from(Failure::from(cause)))?;
        Ok(connection)
    }

    fn refused(&self, cause: DriverError) -> OpenError {
        let path = self.settings.path.clone();
        match &cause {
            DriverError::DatabaseError(_, information)
                if information.message() == "file is not a database" =>
            {
                OpenError::NotADatabase(path)
            }
            _ => OpenError::NotWritable {
                path,
                cause: cause.into(),
            },
        }
    }
}

type Job = Box<dyn FnOnce(&mut WriteSlot) + Send>;

/// Handle of the writer thread.
pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(opener: Arc<Opener>) -> Result<Self, OpenError> {
        let connection = opener.writer()?;
        let (jobs, waiting) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || {
                let mut slot = WriteSlot {
                    opener,
                    connection: Some(connection),
                };
                for job in waiting {
                    job(&mut slot);
                }
                slot.close();
            })
            .map_err(OpenError::Thread)?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Runs a closure in one transaction and returns after it is on disk. The closure is skipped if its caller went
    /// away before its turn.
    pub(crate) async fn transaction<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    {
        self.submit(move |slot| slot.transaction(work))
            .await
            .unwrap_or_else(|gone| Err(StoreError::unavailable(gone)))
    }

    /// Runs a closure on the writer's connection without a transaction, while nothing else writes.
    pub(crate) async fn exclusive<T, E, F>(&self, work: F) -> Result<Result<T, E>, StoreError>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, E> + Send + 'static,
    {
        self.submit(move |slot| slot.exclusive(work))
            .await
            .unwrap_or_else(|gone| Err(StoreError::unavailable(gone)))
    }

    async fn submit<T, F>(&self, work: F) -> Result<T, WriterStopped>
    where
        T: Send + 'static,
        F: FnOnce(&mut WriteSlot) -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |slot| {
            if !answer.is_closed() {
                // A caller that went away misses the result, nothing else.
                drop(answer.send(work(slot)));
            }
        });
        let jobs = self.jobs.as_ref().ok_or(WriterStopped)?;
        jobs.send(job).map_err(|_| WriterStopped)?;
        answered.await.map_err(|_| WriterStopped)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the SQLite writer panicked");
        }
    }
}

/// State of the writer thread. The connection is absent after a failed rollback closed it; the next write opens
/// another.
struct WriteSlot {
    opener: Arc<Opener>,
    connection: Option<SqliteConnection>,
}

impl WriteSlot {
    fn exclusive<T, E, F>(&mut self, work: F) -> Result<Result<T, E>, StoreError>
    where
        F: FnOnce(&mut SqliteConnection) -> Result<T, E>,
    {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.opener.writer().map_err(StoreError::unavailable)?,
        };
        let done = catch_unwind(AssertUnwindSafe(|| work(&mut connection)))
            .map_err(|_| StoreError::internal(Panicked))?;
        self.connection = Some(connection);
        Ok(done)
    }

    fn transaction<T, F>(&mut self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection) -> Result<T, Failure>,
    {
        let mut sound = true;
        let done = self.exclusive(|connection| {
            connection.batch_execute("BEGIN IMMEDIATE")?;
            let done = work(connection).and_then(|value| {
                connection.batch_execute("COMMIT")?;
                Ok(value)
            });
            if done.is_err() {
                sound = rolled_back(connection);
            }
            done
        })?;
        if !sound {
            self.connection = None;
        }
        done.map_err(|failure: Failure| failure.into())
    }

    fn close(mut self) {
        if let Some(mut connection) = self.connection.take()
            && let Err(cause) = connection.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
        {
            tracing::warn!(%cause, "the write-ahead log was not checkpointed; the next start does it");
        }
    }
}

/// Returns whether the rollback left no open transaction. SQLite rolls back by itself on some errors (such as a full
/// disk); diesel's transactions would then report the failed rollback instead of the cause, and are not used here.
fn rolled_back(connection: &mut SqliteConnection) -> bool {
    match connection.batch_execute("ROLLBACK") {
        Ok(()) => true,
        Err(DriverError::DatabaseError(_, information)) => {
            information.message() == "cannot rollback - no transaction is active"
        }
        Err(_) => false,
    }
}

/// Read connections, opened on demand.
pub(crate) struct Readers {
    opener: Arc<Opener>,
    idle: Mutex<Vec<SqliteConnection>>,
    free: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(opener: Arc<Opener>) -> Self {
        let free = Arc::new(Semaphore::new(opener.settings.readers));
        Self {
            opener,
            idle: Mutex::default(),
            free,
        }
    }

    /// Runs reads in one snapshot.
    pub(crate) async fn snapshot<T, F>(self: &Arc<Self>, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    {
        let turn = Arc::clone(&self.free)
            .acquire_owned()
            .await
            .map_err(StoreError::internal)?;
        let readers = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let idle = readers.lock().pop();
            let mut connection = match idle {
                Some(connection) => connection,
                None => readers.opener.reader()?,
            };
            connection.batch_execute("BEGIN").map_err(Failure::from)?;
            // A failed connection is dropped with its transaction.
            let value = work(&mut connection)?;
            connection.batch_execute("COMMIT").map_err(Failure::from)?;
            readers.lock().push(connection);
            Ok(value)
        })
        .await
        .map_err(StoreError::internal)?
    }

    /// Returns the open connections, including the writer's, and their maximum.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let most = self.opener.settings.readers;
        let reading = most.saturating_sub(self.free.available_permits());
        (reading + 1, most + 1)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
