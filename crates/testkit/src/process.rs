//! A server process with its working directory.

use super::ServerError;
use super::account::Account;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Timeout for a server to start, recover or end.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Interval of polling.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Waits for the end of its standard input, which comes when the test process is gone, then ends all processes that
/// work below the directory and removes it.
const GUARD: &str = r#"
read -r _
pid=$(cat "$1/pid" 2>/dev/null)
case "$(readlink "/proc/$pid/cwd" 2>/dev/null)" in
    "$1"|"$1"/*) kill -9 "$pid" ;;
esac
for _ in 1 2 3 4 5; do rm -rf "$1" 2>/dev/null && break; sleep 1; done
"#;

/// A server that ends with this value, or with the test process when that is killed.
#[derive(Debug)]
pub(super) struct Process {
    /// Canonical: compared with the working directories that the kernel reports.
    path: PathBuf,
    child: Option<Child>,
    guard: Child,
    _directory: TempDir,
}

impl Process {
    /// Creates the directory, owned by the account; starts nothing.
    pub(super) fn new(name: &str, account: Option<Account>) -> Result<Self, ServerError> {
        let failed = |cause| ServerError::io("making a server's directory", cause);
        let directory = tempfile::Builder::new()
            .prefix(&format!("faultbook-{name}-"))
            .tempdir()
            .map_err(failed)?;
        let path = directory.path().canonicalize().map_err(failed)?;
        if let Some(account) = account {
            account.own(&path)?;
        }
        let guard = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(&path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|cause| ServerError::io("starting a server's guard", cause))?;
        Ok(Self {
            path,
            child: None,
            guard,
            _directory: directory,
        })
    }

    /// Returns the directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Starts the process.
    pub(super) fn spawn(&mut self, command: &mut Command) -> Result<u32, ServerError> {
        self.kill();
        let child = spawn_logged(command, &self.log_path())?;
        let id = child.id();
        self.child = Some(child);
        fs::write(self.path.join("pid"), id.to_string())
            .map_err(|cause| ServerError::io("noting a server's process", cause))?;
        Ok(id)
    }

    /// Returns the process id, if it was started and not ended by this value.
    pub(super) fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Returns the exit status, if it has ended.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().ok().flatten()
    }

    /// Returns its output since the last start.
    pub(super) fn log(&self) -> String {
        read_log(&self.log_path())
    }

    /// Sends a signal, if it runs.
    pub(super) fn signal(&mut self, signal: Signal) -> Result<(), ServerError> {
        if self.ended().is_some() {
            // Its process id may have been reused.
            return Ok(());
        }
        let Some(pid) = self.child.as_ref().and_then(|child| process_id(child.id())) else {
            return Ok(());
        };
        kill_process(pid, signal)
            .map_err(|cause| ServerError::io("signalling a server", cause.into()))
    }

    /// Sends a signal and waits until it has ended.
    pub(super) fn stop(&mut self, signal: Signal) -> Result<(), ServerError> {
        self.signal(signal)?;
        let deadline = Instant::now() + PATIENCE;
        while self.child.is_some() && self.ended().is_none() {
            if Instant::now() > deadline {
                let log = self.log();
                self.kill();
                return Err(ServerError::NotReady {
                    why: "it did not end when asked to".to_owned(),
                    log,
                });
            }
            thread::sleep(LOOK_AGAIN);
        }
        self.kill();
        Ok(())
    }

    /// Kills it and its children at once, as a power failure would.
    pub(super) fn kill(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let children = children_of(child.id());
        // Neither fails for a child that has not been waited for.
        let _ = child.kill();
        let _ = child.wait();
        for id in children {
            kill_and_wait(id, &self.path);
        }
        let _ = fs::remove_file(self.path.join("pid"));
    }

    fn log_path(&self) -> PathBuf {
        self.path.join("log")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = self.guard.kill();
        let _ = self.guard.wait();
    }
}

/// Starts a command whose output goes to a log, in its own process group, so that a signal to the test's group does
/// not end it.
pub(super) fn spawn_logged(command: &mut Command, log: &Path) -> Result<Child, ServerError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |cause| ServerError::io(format!("starting {program}"), cause);
    let out = File::create(log).map_err(failed)?;
    let err = out.try_clone().map_err(failed)?;
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0)
        .spawn()
        .map_err(failed)
}

/// Reads a log, or returns why it cannot be read.
pub(super) fn read_log(path: &Path) -> String {
    fs::read(path).map_or_else(
        |error| format!("(no log: {error})"),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

/// Returns whether the process works at or below this canonical path, so that a reused process id is not mistaken for
/// it.
pub(super) fn works_in(id: u32, path: &Path) -> bool {
    fs::read_link(format!("/proc/{id}/cwd")).is_ok_and(|cwd| cwd.starts_with(path))
}

/// Kills a process that works in the path, and waits until it has ended.
pub(super) fn kill_and_wait(id: u32, path: &Path) {
    let deadline = Instant::now() + PATIENCE;
    while works_in(id, path) && Instant::now() < deadline {
        if let Some(pid) = process_id(id) {
            // It may have ended meanwhile.
            let _ = kill_process(pid, Signal::KILL);
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Returns the direct children of a process.
pub(super) fn children_of(id: u32) -> Vec<u32> {
    let Ok(processes) = procfs::process::all_processes() else {
        return Vec::new();
    };
    // Skips processes that end meanwhile.
    processes
        .filter_map(|process| process.ok()?.stat().ok())
        .filter(|stat| u32::try_from(stat.ppid) == Ok(id))
        .filter_map(|stat| u32::try_from(stat.pid).ok())
        .collect()
}

fn process_id(id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id).ok()?)
}
