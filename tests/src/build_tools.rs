//! Build tools of others, each unmodified from its registry (`tests/clients`), and what they build.

use crate::application::{install, installed};
use crate::page;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::process::Command;

/// How long a tool may take. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A version of `sentry-cli`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentryCli {
    /// 3.x
    Three,
    /// 2.x
    Two,
}

/// A folder in which something is built and uploaded.
pub struct Workshop {
    folder: tempfile::TempDir,
    url: String,
    token: String,
}

impl Workshop {
    /// Makes a folder with the sources of `tests/clients/maps`, whose tools know this server and token.
    ///
    /// # Panics
    /// When the tools cannot be installed.
    pub async fn new(url: &str, token: &str) -> Self {
        install().await;
        let folder = tempfile::tempdir().unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/maps");
        copy(&sources, folder.path());
        std::os::unix::fs::symlink(
            installed().join("node_modules"),
            folder.path().join("node_modules"),
        )
        .unwrap();
        std::fs::create_dir(folder.path().join("out")).unwrap();
        std::fs::copy(
            sources.parent().unwrap().join("browser/page.html"),
            folder.path().join("out/page.html"),
        )
        .unwrap();
        Self {
            folder,
            url: url.to_owned(),
            token: token.to_owned(),
        }
    }

    /// A path in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Bundles and minifies `src/browser.js` into `out/shop.js` and `src/server.js` into `out/server.mjs`, with maps.
    pub async fn build(&self, more: &[&str]) {
        let esbuild = installed().join("node_modules/.bin/esbuild");
        let usual = ["--bundle", "--minify", "--sourcemap", "--log-level=warning"];
        let page = [
            "src/browser.js",
            "--format=iife",
            "--target=es2020",
            "--outfile=out/shop.js",
        ];
        let done = self
            .run(&esbuild, &[&page[..], &usual[..], more].concat(), &[])
            .await;
        assert!(done.status.success(), "{done:?}");
        let server = [
            "src/server.js",
            "--format=esm",
            "--platform=node",
            "--packages=external",
            "--outfile=out/server.mjs",
        ];
        let done = self
            .run(&esbuild, &[&server[..], &usual[..], more].concat(), &[])
            .await;
        assert!(done.status.success(), "{done:?}");
    }

    /// Runs a script of the folder that builds with a bundler and its plugin, which upload by themselves. They end well
    /// whatever becomes of the upload.
    pub async fn build_with_plugin(&self, script: &str, release: &str) -> String {
        let done = self.node(&[script], &[("SENTRY_RELEASE", release)]).await;
        let printed = printed(&done);
        assert!(done.status.success(), "{script}: {printed}");
        printed
    }

    /// Runs a script of the folder with Node.
    pub async fn node(&self, args: &[&str], variables: &[(&str, &str)]) -> Output {
        self.run(Path::new("node"), args, variables).await
    }

    /// Runs `sentry-cli`.
    pub async fn sentry_cli(&self, version: SentryCli, args: &[&str]) -> Output {
        let program = installed().join(match version {
            SentryCli::Three => "node_modules/@sentry/cli/bin/sentry-cli",
            SentryCli::Two => "node_modules/sentry-cli-2/bin/sentry-cli",
        });
        self.run(&program, args, &[]).await
    }

    /// Runs `sentry-cli`, which must succeed, and returns what it printed.
    pub async fn upload(&self, version: SentryCli, args: &[&str]) -> String {
        let done = self.sentry_cli(version, args).await;
        let printed = printed(&done);
        assert!(done.status.success(), "{args:?}: {printed}");
        printed
    }

    /// Opens the built page in Chromium and waits until it has reported.
    pub async fn visit(&self, query: &[(&str, &str)]) {
        page::visit(&self.path("out"), query).await;
    }

    async fn run(&self, program: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.folder.path())
            .env("SENTRY_URL", &self.url)
            .env("SENTRY_AUTH_TOKEN", &self.token)
            .env("SENTRY_ORG", "default")
            .env("SENTRY_PROJECT", "default")
            .env("SENTRY_LOG_LEVEL", "info")
            .env("CI", "1")
            // Some remember in their user's home what other servers answered.
            .env("HOME", self.folder.path())
            .env_remove("XDG_CONFIG_HOME")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let done = tokio::time::timeout(PATIENCE, command.output()).await;
        done.expect("the tool never ended").unwrap()
    }
}

/// What a tool printed.
#[must_use]
pub fn printed(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
