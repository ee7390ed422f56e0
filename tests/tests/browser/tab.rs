//! What somebody does with a tab of a browser, and what they see.

use crate::command::DevTools;
use crate::driver::Driver;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use e2e::people::PASSWORD;
use e2e::{Server, Stack};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long something may take to show. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(40);

/// Counts what the policy of pages refused, what a hostile text ran, and what failed in a script of ours. Runs before
/// every page's own scripts.
const WATCH: &str = "(() => {
  const note = (text) => {
    try { localStorage.setItem('watched', `${localStorage.getItem('watched') ?? ''}${text} on ${location.href}\\n`); } catch { /* no page of ours */ }
  };
  addEventListener('securitypolicyviolation', (event) => note(`refused ${event.violatedDirective} ${event.blockedURI} ${event.sample}`), true);
  addEventListener('error', (event) => { if (event instanceof ErrorEvent) note(`failed ${event.message} ${event.filename}:${event.lineno}`); });
  addEventListener('unhandledrejection', (event) => note(`failed ${event.reason}`));
  for (const name of ['alert', 'confirm', 'prompt', 'executed']) window[name] = () => note(`executed ${name}`);
})()";

/// A browser with one tab. [`Tab::end`] must be its last call.
pub struct Tab {
    client: Client,
    _driver: Driver,
    base: String,
    stack: Stack,
    has_ended: bool,
}

impl Tab {
    /// A browser of somebody who has not been here.
    pub async fn new(server: &Server, stack: Stack) -> Self {
        let tab = Self::start(server, stack, true).await;
        tab.devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": WATCH }),
        )
        .await;
        tab
    }

    /// The same without JavaScript.
    pub async fn without_scripts(server: &Server, stack: Stack) -> Self {
        Self::start(server, stack, false).await
    }

    async fn start(server: &Server, stack: Stack, scripts: bool) -> Self {
        let (driver, client) = Driver::start(scripts).await;
        Self {
            client,
            _driver: driver,
            base: server.base().to_owned(),
            stack,
            has_ended: false,
        }
    }

    /// A browser of somebody who signed in by the form.
    pub async fn of(server: &Server, stack: Stack, email: &str) -> Self {
        let tab = Self::new(server, stack).await;
        tab.sign_in(email).await;
        tab
    }

    /// Signs in by the form.
    pub async fn sign_in(&self, email: &str) {
        self.open("/login").await;
        self.fill("#email", email).await;
        self.fill("#password", PASSWORD).await;
        self.press("Sign in").await;
        self.until("somebody is signed in", "location.pathname !== '/login'")
            .await;
    }

    /// Makes sure that no policy was violated, no hostile text ran and no script failed, and closes the browser.
    pub async fn end(mut self) {
        self.has_ended = true;
        let watched = self.script("return localStorage.getItem('watched')").await;
        assert_eq!(watched, Value::Null);
    }

    // ---- What somebody does.

    /// Opens a page of the server.
    pub async fn open(&self, path: &str) {
        self.client
            .goto(&format!("{}{path}", self.base))
            .await
            .unwrap();
    }

    /// Clicks on what a selector finds, once it shows.
    pub async fn click(&self, selector: &str) {
        self.click_on(Locator::Css(selector)).await;
    }

    /// Clicks on the button or link with this text.
    pub async fn press(&self, text: &str) {
        let path = format!(
            "//*[self::a or self::button or self::summary or self::label][contains(normalize-space(.), '{text}')]"
        );
        self.click_on(Locator::XPath(&path)).await;
    }

    async fn click_on(&self, locator: Locator<'_>) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let refusal = match self.client.find_all(locator).await {
                Ok(found) => {
                    let mut refusal = String::from("nothing shows");
                    for one in found {
                        if !one.is_displayed().await.unwrap_or_default() {
                            continue;
                        }
                        match one.click().await {
                            Ok(()) => return,
                            Err(error) => refusal = error.to_string(),
                        }
                    }
                    refusal
                }
                Err(error) => error.to_string(),
            };
            if Instant::now() > deadline {
                self.shot("failed").await;
                panic!(
                    "{locator:?} cannot be clicked: {refusal}\n{}",
                    self.text().await
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Replaces what a field holds.
    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.client.wait().at_most(PATIENCE);
        let field = field.for_element(Locator::Css(selector)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses an option of a list by its words.
    pub async fn choose(&self, selector: &str, label: &str) {
        let field = self.client.find(Locator::Css(selector)).await.unwrap();
        field.select_by_label(label).await.unwrap();
    }

    /// Types keys one after the other, wherever the focus is.
    pub async fn keys(&self, keys: &str) {
        for key in keys.chars() {
            self.chord(&[key]).await;
        }
    }

    /// Presses the enter key.
    pub async fn enter(&self) {
        self.chord(&[Key::Enter.into()]).await;
    }

    /// Presses the escape key.
    pub async fn escape(&self) {
        self.chord(&[Key::Escape.into()]).await;
    }

    /// Holds Control and presses a key.
    pub async fn control(&self, key: char) {
        self.chord(&[Key::Control.into(), key]).await;
    }

    async fn chord(&self, keys: &[char]) {
        let mut actions = KeyActions::new("keys".to_owned());
        for value in keys {
            actions = actions.then(KeyAction::Down { value: *value });
        }
        for value in keys.iter().rev() {
            actions = actions.then(KeyAction::Up { value: *value });
        }
        self.client.perform_actions(actions).await.unwrap();
    }

    // ---- What they see.

    /// What the page says.
    pub async fn text(&self) -> String {
        let text = self.script("return document.body.innerText").await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// The page's path and query.
    pub async fn address(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        let query = url.query().map(|query| format!("?{query}"));
        format!("{}{}", url.path(), query.unwrap_or_default())
    }

    /// The HTML as it is now.
    pub async fn html(&self) -> String {
        self.client.source().await.unwrap()
    }

    /// Runs a script of the test.
    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Runs one that calls its last argument when it has done.
    pub async fn script_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client.execute_async(script, arguments).await.unwrap()
    }

    /// Waits until an expression is true, or not empty, and returns it.
    pub async fn until(&self, what: &str, expression: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        let script = format!("return {expression}");
        loop {
            // A page that is being replaced cannot be asked.
            let found = self.client.execute(&script, Vec::new()).await;
            let is_true = found.as_ref().is_ok_and(|found| match found {
                Value::Null | Value::Bool(false) => false,
                Value::String(text) => !text.is_empty(),
                _ => true,
            });
            if is_true {
                return found.unwrap();
            }
            if Instant::now() > deadline {
                self.shot("failed").await;
                panic!(
                    "it never was that {what}, on {}: {found:?}\n{}",
                    self.address().await,
                    self.text().await
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the page says something.
    pub async fn sees(&self, text: &str) {
        let wanted = json!(text);
        self.until(
            &format!("{text:?} shows"),
            &format!("document.body.innerText.includes({wanted})"),
        )
        .await;
    }

    /// Waits until the page does not say something any more.
    pub async fn sees_no(&self, text: &str) {
        let wanted = json!(text);
        self.until(
            &format!("{text:?} is gone"),
            &format!("!document.body.innerText.includes({wanted})"),
        )
        .await;
    }

    /// Waits until a selector finds something.
    pub async fn finds(&self, selector: &str) {
        let wanted = json!(selector);
        self.until(
            &format!("{selector} is there"),
            &format!("document.querySelector({wanted}) !== null"),
        )
        .await;
    }

    /// Waits until the page's path is this one.
    pub async fn arrives(&self, path: &str) {
        let wanted = json!(path);
        self.until(
            &format!("{path} shows"),
            &format!("location.pathname === {wanted} && document.readyState === 'complete'"),
        )
        .await;
    }

    /// How many elements a selector finds.
    pub async fn count(&self, selector: &str) -> u64 {
        let script = format!(
            "return document.querySelectorAll({}).length",
            json!(selector)
        );
        self.script(&script).await.as_u64().unwrap()
    }

    // ---- What surrounds them.

    /// A command of the DevTools protocol.
    pub async fn devtools(&self, name: &'static str, parameters: Value) -> Value {
        let command = DevTools::new(name, parameters);
        self.client.issue_cmd(command).await.unwrap()
    }

    /// Sets what the system prefers: `light` or `dark`.
    pub async fn prefer(&self, colours: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": colours });
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": [feature] }),
        )
        .await;
    }

    /// Lets the window be of a size, with a finger below 800 pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        let is_small = width < 800;
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_small,
            }),
        )
        .await;
        self.devtools(
            "Emulation.setTouchEmulationEnabled",
            json!({ "enabled": is_small }),
        )
        .await;
    }

    /// Keeps a picture of the whole page in `target/screenshots`.
    pub async fn shot(&self, name: &str) {
        let size = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let size = &size["cssContentSize"];
        let clip = json!({
            "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1,
        });
        let options = json!({ "captureBeyondViewport": true, "clip": clip });
        let taken = self.devtools("Page.captureScreenshot", options).await;
        let picture = BASE64_STANDARD
            .decode(taken["data"].as_str().unwrap())
            .unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        let folder = folder.join(match self.stack {
            Stack::Sqlite => "sqlite",
            Stack::PostgresRedis => "postgres_redis",
        });
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        // A tab that is not ended was not looked after.
        assert!(
            self.has_ended || std::thread::panicking(),
            "a tab must be ended"
        );
    }
}
