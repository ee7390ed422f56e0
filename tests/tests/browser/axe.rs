//! axe-core: what it finds wrong with a page for people who see, hear or move otherwise.

use crate::tab::Tab;
use serde_json::{Value, json};
use std::path::Path;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// Runs its rules and tells of each violation: rule, what it found, where.
const RUN: &str = "const [rules, done] = arguments;
const options = { resultTypes: ['violations'], preload: false };
if (rules) options.runOnly = { type: 'rule', values: rules };
axe.run(document, options).then(
  ({ violations }) => done(violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')}: ${node.failureSummary}`))),
  (error) => done([`axe failed: ${error}`]));";

/// Its source, from `tests/clients`.
async fn source() -> &'static str {
    static SOURCE: OnceCell<String> = OnceCell::const_new();
    SOURCE
        .get_or_init(async || {
            let own = Path::new(env!("CARGO_MANIFEST_DIR"));
            let installed = Command::new(own.join("clients/install.sh")).output().await;
            let installed = installed.unwrap();
            assert!(
                installed.status.success(),
                "axe-core cannot be installed: {}",
                String::from_utf8_lossy(&installed.stderr)
            );
            let file = own.join("../target/clients/node_modules/axe-core/axe.min.js");
            std::fs::read_to_string(file).unwrap()
        })
        .await
}

/// What is wrong with the page that a tab shows, by all rules or by these.
pub async fn violations(tab: &Tab, rules: Option<&[&str]>) -> Vec<String> {
    tab.script(source().await).await;
    let found = tab.script_with(RUN, vec![json!(rules)]).await;
    let Value::Array(found) = found else {
        panic!("axe said nothing: {found}");
    };
    let found = found.iter().filter_map(Value::as_str);
    found.map(str::to_owned).collect()
}
