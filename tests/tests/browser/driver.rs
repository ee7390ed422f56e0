//! A headless Chromium of one's own, with a profile of its own, behind ChromeDriver on a free port.

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Both programs, ended on drop.
pub struct Driver {
    driver: Child,
    browser: Option<Pid>,
    _profile: TempDir,
}

impl Driver {
    /// Starts both; without scripts where a page's scripts must not run.
    ///
    /// # Panics
    /// When one of them is not installed or does not start.
    pub async fn start(scripts: bool) -> (Self, Client) {
        let (driver, port) = launch();
        // Nothing that can fail may stand before this: only its drop ends the process.
        let mut own = Self {
            driver,
            browser: None,
            _profile: tempfile::tempdir().unwrap(),
        };
        let wanted = own.capabilities(scripts);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted);
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await;
        let client = client.expect(
            "Chromium does not start: run tests/run.sh, or install the Debian package chromium",
        );
        let id = client
            .capabilities()
            .and_then(|all| all.get("goog:processID")?.as_i64());
        own.browser = Some(Pid::from_raw(i32::try_from(id.unwrap()).unwrap()).unwrap());
        (own, client)
    }

    fn capabilities(&self, scripts: bool) -> Capabilities {
        let profile = self._profile.path().display();
        let mut options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--hide-scrollbars", "--force-color-profile=srgb", "--window-size=1440,900",
            format!("--user-data-dir={profile}"),
        ] });
        if !scripts {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let mut all = Capabilities::new();
        all.insert("goog:chromeOptions".to_owned(), options);
        all.insert("unhandledPromptBehavior".to_owned(), Value::from("accept"));
        all
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // They may have ended already.
        if let Some(browser) = self.browser {
            let _ = kill_process(browser, Signal::KILL);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Starts ChromeDriver and returns the port that it chose.
fn launch() -> (Child, u16) {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("ChromeDriver is not installed: run tests/run.sh, or install the Debian package chromium-driver");
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    // What it prints later is read, so that it never waits for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    let Some(port) = port else {
        let _ = driver.kill();
        panic!("ChromeDriver never named its port");
    };
    (driver, port)
}
