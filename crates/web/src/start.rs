//! The first page of a project: what to paste so that the first error arrives.

use crate::assets;
use crate::shell::Shell;
use crate::ui;
use askama::Template;

/// Where reports go, with this project's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What SDKs are given; empty where no key is known.
    pub dsn: String,
    /// The address of the server.
    pub base: String,
    /// The project's number.
    pub number: i64,
    /// The project's public key.
    pub key: String,
}

/// Something to paste.
pub struct Snippet {
    id: &'static str,
    title: &'static str,
    hint: &'static str,
    text: String,
}

/// The page.
#[derive(Template)]
#[template(path = "start.html")]
pub struct StartPage {
    shell: Shell,
    slug: String,
    name: String,
    dsn: String,
    columns: [Vec<Snippet>; 2],
    waiting: bool,
}

impl StartPage {
    /// The page of a project; `waiting` while it has no error.
    #[must_use]
    pub fn new(
        shell: Shell,
        (slug, name): (String, String),
        target: &Target,
        waiting: bool,
    ) -> Self {
        let mut columns = [Vec::new(), Vec::new()];
        for (at, snippet) in snippets(target).into_iter().enumerate() {
            columns[at % 2].push(snippet);
        }
        Self {
            shell,
            slug,
            name,
            dsn: target.dsn.clone(),
            columns,
            waiting,
        }
    }
}

/// What to paste, for each platform.
fn snippets(target: &Target) -> Vec<Snippet> {
    let Target {
        dsn,
        base,
        number,
        key,
    } = target;
    let snippet = |id, title, hint, text: String| Snippet {
        id,
        title,
        hint,
        text,
    };
    vec![
        snippet(
            "curl",
            "curl",
            "any language, any shell",
            format!(
                "curl -X POST {base}/api/{number}/store/ \\\n  -H 'X-Sentry-Auth: Sentry sentry_version=7, sentry_key={key}' \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"message\": \"Hello from curl\", \"level\": \"error\"}}'"
            ),
        ),
        snippet(
            "js",
            "JavaScript",
            "browser, npm install @sentry/browser",
            format!(
                "import * as Sentry from \"@sentry/browser\";\n\nSentry.init({{\n  dsn: \"{dsn}\",\n  environment: \"production\",\n}});\n\nsetTimeout(() => {{ throw new Error(\"a first error\"); }});"
            ),
        ),
        snippet(
            "python",
            "Python",
            "pip install sentry-sdk",
            format!(
                "import sentry_sdk\n\nsentry_sdk.init(\n    dsn=\"{dsn}\",\n    environment=\"production\",\n)\n\n1 / 0  # a first error"
            ),
        ),
        snippet(
            "node",
            "Node.js",
            "npm install @sentry/node",
            format!(
                "const Sentry = require(\"@sentry/node\");\n\nSentry.init({{\n  dsn: \"{dsn}\",\n  environment: \"production\",\n}});\n\nsetTimeout(() => {{ throw new Error(\"a first error\"); }});"
            ),
        ),
        snippet(
            "java",
            "Java",
            "io.sentry:sentry",
            format!(
                "Sentry.init(options -> {{\n    options.setDsn(\"{dsn}\");\n    options.setEnvironment(\"production\");\n}});\n\ntry {{\n    throw new IllegalStateException(\"a first error\");\n}} catch (Exception e) {{\n    Sentry.captureException(e);\n}}"
            ),
        ),
        snippet(
            "dotnet",
            ".NET",
            "dotnet add package Sentry",
            format!(
                "using Sentry;\n\nusing var _ = SentrySdk.Init(options =>\n{{\n    options.Dsn = \"{dsn}\";\n    options.Environment = \"production\";\n}});\n\nthrow new InvalidOperationException(\"a first error\");"
            ),
        ),
        snippet(
            "go",
            "Go",
            "go get github.com/getsentry/sentry-go",
            format!(
                "err := sentry.Init(sentry.ClientOptions{{\n    Dsn:         \"{dsn}\",\n    Environment: \"production\",\n}})\nif err != nil {{\n    log.Fatal(err)\n}}\ndefer sentry.Flush(2 * time.Second)\n\nsentry.CaptureException(errors.New(\"a first error\"))"
            ),
        ),
        snippet(
            "rust",
            "Rust",
            "cargo add sentry",
            format!(
                "let _guard = sentry::init((\n    \"{dsn}\",\n    sentry::ClientOptions {{\n        environment: Some(\"production\".into()),\n        ..Default::default()\n    }},\n));\n\npanic!(\"a first error\");"
            ),
        ),
        snippet(
            "otel",
            "OpenTelemetry",
            "exceptions in spans and log records",
            format!(
                "OTEL_EXPORTER_OTLP_ENDPOINT={base}/api/{number}/otlp\nOTEL_EXPORTER_OTLP_HEADERS=x-sentry-auth=sentry%20sentry_key%3D{key}\nOTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
            ),
        ),
    ]
}
