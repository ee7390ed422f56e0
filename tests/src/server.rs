//! One running process.

use crate::{Client, Site, Stack};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a server may take to start or to end. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server, killed on drop. Calls go to it as to a [`Client`] with the key of development.
#[derive(Debug)]
pub struct Server {
    /// Where its data is.
    pub site: Arc<Site>,
    client: Client,
    child: Child,
    printed: Receiver<String>,
    announcement: Vec<String>,
    log: PathBuf,
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Server {
    /// Starts one on an empty site.
    pub async fn start(stack: Stack) -> Self {
        Site::new(stack).await.start().await
    }

    /// Starts one on a site, maybe beside others.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn on(site: Arc<Site>) -> Self {
        tokio::task::spawn_blocking(move || Self::launch(site))
            .await
            .unwrap()
    }

    fn launch(site: Arc<Site>) -> Self {
        let command = site.command(&[]);
        Self::launch_with(site, command)
    }

    /// Starts one on a site with a command of one's own.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn launch_with(site: Arc<Site>, mut command: Command) -> Self {
        let log = site.directory().join(crate::site::unique("log"));
        let client = Client::new(String::new());
        let (printing, printed) = channel();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        // Nothing that can fail may stand before this: only its drop ends the process.
        let mut server = Self {
            site,
            client,
            child,
            printed,
            announcement: Vec::new(),
            log,
        };
        let out = BufReader::new(server.child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                // Nobody listens any more once the server is being dropped.
                let _ = printing.send(line);
            }
        });
        let listens = server.announced("listens on http://");
        let (_, base) = listens.rsplit_once(' ').unwrap();
        server.client = Client::new(base.replace("0.0.0.0", "127.0.0.1"));
        server
    }

    /// The first line it printed, or will print, that holds this text.
    ///
    /// # Panics
    /// When it does not.
    pub fn announced(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = 0;
        loop {
            if let Some(line) = self.announcement[seen..]
                .iter()
                .find(|line| line.contains(text))
            {
                return line.clone();
            }
            seen = self.announcement.len();
            match self
                .printed
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => self.announcement.push(line),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => panic!(
                    "the server never printed {text:?}, but {:?}\n{}",
                    self.announcement,
                    self.log()
                ),
            }
        }
    }

    /// What it printed to standard output until it ended.
    ///
    /// # Panics
    /// When it does not end.
    pub fn whole_announcement(&mut self) -> String {
        self.ended();
        self.announcement.extend(self.printed.iter());
        self.announcement.join("\n")
    }

    /// What it logged so far.
    ///
    /// # Panics
    /// When the log cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    /// The process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory it ever held, in KiB.
    ///
    /// # Panics
    /// When the kernel does not say.
    #[must_use]
    pub fn peak_memory_kib(&self) -> u64 {
        self.memory_kib("VmHWM:")
    }

    /// The most memory it ever held beside the pages of its own file, of which a debug build has three times as many
    /// as a release build, in KiB.
    ///
    /// # Panics
    /// When the kernel does not say.
    #[must_use]
    pub fn peak_own_memory_kib(&self) -> u64 {
        self.memory_kib("VmHWM:")
            .saturating_sub(self.memory_kib("RssFile:"))
    }

    fn memory_kib(&self, figure: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(figure));
        let number = line.and_then(|line| line.trim().split(' ').next());
        number.unwrap().parse().unwrap()
    }

    /// Sends SIGTERM and returns at once.
    ///
    /// # Panics
    /// When it has ended.
    pub fn ask_to_stop(&self) {
        let id = Pid::from_raw(i32::try_from(self.id()).unwrap()).unwrap();
        kill_process(id, Signal::TERM).unwrap();
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it does not.
    pub fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.ask_to_stop();
        self.ended()
    }

    /// Ends it at once (SIGKILL).
    ///
    /// # Panics
    /// When it cannot be ended.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Neither fails for a child of ours.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let from = log.len().saturating_sub(8_000);
            let tail = log.get(from..).unwrap_or(&log);
            eprintln!("--- the server's log, its end ---\n{tail}");
        }
    }
}
