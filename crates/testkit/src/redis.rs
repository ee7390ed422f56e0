//! A private Redis server. Starting one takes about 20 ms, so tests share none.

use super::process::{LOOK_AGAIN, PATIENCE, Process};
use super::{PORT_ATTEMPTS, ServerError, free_port, or_fail, port_was_taken};
use rustix::process::Signal;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

/// A private `redis-server`, ended on drop.
#[derive(Debug)]
pub struct Instance {
    process: Process,
    port: u16,
    durable: bool,
}

impl Instance {
    /// Starts a server without persistence: it is empty after a restart.
    pub async fn start() -> Self {
        Self::launch(false).await
    }

    /// Starts a server that writes to disk before it responds (`appendfsync always`).
    pub async fn start_durable() -> Self {
        Self::launch(true).await
    }

    /// Returns its URL, also while it is down.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Shuts it down.
    pub fn stop(&mut self) {
        or_fail(self.process.stop(Signal::TERM));
    }

    /// Kills it at once (SIGKILL).
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Suspends it while its connections stay open (SIGSTOP), as a stalled machine does.
    pub fn freeze(&mut self) {
        or_fail(self.process.signal(Signal::STOP));
    }

    /// Resumes it after [`Instance::freeze`].
    pub fn thaw(&mut self) {
        or_fail(self.process.signal(Signal::CONT));
    }

    /// Restarts it on the same port.
    pub async fn start_again(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        // An outgoing connection of another process can hold the port for a moment.
        while !or_fail(self.listen().await) {
            assert!(Instant::now() < deadline, "port {} stayed taken", self.port);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn launch(durable: bool) -> Self {
        let mut instance = Self {
            process: or_fail(Process::new("redis", None)),
            port: 0,
            durable,
        };
        for _ in 0..PORT_ATTEMPTS {
            instance.port = or_fail(free_port());
            if or_fail(instance.listen().await) {
                return instance;
            }
        }
        or_fail(Err(ServerError::NotReady {
            why: "every port was taken".to_owned(),
            log: instance.process.log(),
        }))
    }

    /// Starts it on its port; returns `false` when the port is taken.
    async fn listen(&mut self) -> Result<bool, ServerError> {
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--daemonize", "no", "--appendfsync", "always"])
            .args(["--appendonly", if self.durable { "yes" } else { "no" }])
            .arg("--dir")
            .arg(self.process.path())
            .current_dir(self.process.path());
        let id = self
            .process
            .spawn(&mut command)
            .map_err(|error| match error {
                ServerError::Io { source, .. } if source.kind() == ErrorKind::NotFound => {
                    ServerError::Missing {
                        program: "redis-server",
                        package: "redis-server",
                    }
                }
                other => other,
            })?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if answering_process(self.port).is_ok_and(|answering| answering == Some(id)) {
                return Ok(true);
            }
            if let Some(status) = self.process.ended() {
                let log = self.process.log();
                if port_was_taken(&log) {
                    return Ok(false);
                }
                return Err(ServerError::NotReady {
                    why: status.to_string(),
                    log,
                });
            }
            if Instant::now() > deadline {
                return Err(ServerError::NotReady {
                    why: format!("no answer in {PATIENCE:?}"),
                    log: self.process.log(),
                });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Returns the process id that responds on the port, once it serves commands (it refuses them while loading).
fn answering_process(port: u16) -> io::Result<Option<u32>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(b"GET x\r\nINFO server\r\nQUIT\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if !answer.starts_with('$') {
        return Ok(None);
    }
    Ok(answer
        .lines()
        .find_map(|line| line.strip_prefix("process_id:"))
        .and_then(|id| id.trim().parse().ok()))
}
