//! Commands of ChromeDriver beside those of the WebDriver standard.

use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::{Method, Url};
use serde_json::{Value, json};

/// A command of the DevTools protocol.
#[derive(Debug)]
pub struct DevTools {
    name: &'static str,
    parameters: Value,
}

impl DevTools {
    /// A command with its parameters.
    pub fn new(name: &'static str, parameters: Value) -> Self {
        Self { name, parameters }
    }
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &Url,
        session: Option<&str>,
    ) -> Result<Url, <Url as std::str::FromStr>::Err> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.name, "params": self.parameters });
        (Method::POST, Some(body.to_string()))
    }
}
