//! Hostile texts of reports, on every page that shows them: nothing of them runs, and no policy is needed to stop it.

use crate::seed::{Member, pages};
use crate::tab::Tab;
use e2e::value::text;
use e2e::{Server, Stack, on_both_stacks};
use reqwest::Method;
use serde_json::json;

on_both_stacks!(hostile_texts_do_nothing_on_any_page);

/// What others tried elsewhere. Whatever runs calls `executed` or `alert`.
const CORPUS: &[&str] = &[
    "<script>executed()</script>",
    "</script><script>executed()</script>",
    "<img src=x onerror=executed()>",
    "<svg onload=executed()>",
    "<svg><script>executed()</script></svg>",
    "<svg><animate onbegin=executed() attributeName=x dur=1s>",
    "\"><img src=x onerror=executed()>",
    "' autofocus onfocus=executed() x='",
    "</textarea><img src=x onerror=executed()>",
    "</title><img src=x onerror=executed()>",
    "<iframe srcdoc='<script>parent.executed()</script>'></iframe>",
    "<a href=javascript:executed()>x</a>",
    "<form action=javascript:executed()><button>x</button></form>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>*{background:url(//evil.example/x)}</style>",
    "<div hx-get=/logout hx-trigger=load>x</div>",
    "<div data-hx-on:load=executed()>x</div>",
    "javascript:executed()",
    "JaVaScRiPt:executed()",
    "java\tscript:executed()",
    "data:text/html,<script>executed()</script>",
    "vbscript:executed()",
    "[x](javascript:executed())",
    "`<img src=x onerror=executed()>`",
    "{{constructor.constructor('executed()')()}}",
    "{% raw %}",
    "\u{202E}gpj.exe",
    "\u{2066}isolated\u{2069}",
    "pay\u{200B}pal\u{FEFF}",
    "\u{1b}[31mred\u{1b}[0m\u{7}",
    "\u{1b}]8;;https://evil.example\u{7}link\u{1b}]8;;\u{7}",
    "a\u{85}b\u{9b}31m",
    "%3Cscript%3Eexecuted()%3C/script%3E",
    "&lt;script&gt;executed()&lt;/script&gt;",
    "&#x3C;img src=x onerror=executed()&#x3E;",
];

/// What of a page may not be there: links to elsewhere than the web, and what only a text could have brought.
const FOUND: &str = "return [
  ...[...document.querySelectorAll('[href], [src], [action], [formaction]')].filter((one) => /^\\s*(javascript|data|vbscript):/i.test(one.getAttribute('href') ?? one.getAttribute('src') ?? one.getAttribute('action') ?? one.getAttribute('formaction'))),
  ...document.querySelectorAll('main script, main style, main iframe, main base, main link, main meta, main img, main object, main animate, main [onerror], main [onload], main [onfocus], [data-hx-on\\\\:load], [srcdoc]'),
  ...[...document.querySelectorAll('main a[href^=http]')].filter((one) => new URL(one.href).origin !== location.origin && !(one.relList.contains('noreferrer') && one.relList.contains('noopener'))),
].map((one) => one.outerHTML.slice(0, 200))";

async fn hostile_texts_do_nothing_on_any_page(stack: Stack) {
    let server = Server::start(stack).await;
    let owner = Member::owner(&server).await;
    let mut errors = Vec::new();
    for bad in CORPUS {
        errors.push(report(&owner, bad).await);
    }
    let all = CORPUS.join(" ");
    let long = format!("{}{all}", "x".repeat(40_000));
    errors.push(report(&owner, &all).await);
    errors.push(report(&owner, &long).await);
    let (rule, incident) = work(&owner, &all).await;
    let tab = Tab::of(&server, stack, &owner.email).await;
    let last = errors.len() - 2;
    let mut paths: Vec<String> = pages(&errors[last], &rule, &incident)
        .into_iter()
        .map(|(_, path)| path)
        .collect();
    for bad in [
        "<img src=x onerror=executed()>",
        "javascript:executed()",
        "\"><script>executed()</script>",
    ] {
        let bad = reqwest::Url::parse_with_params("http://x/", [("q", bad)]).unwrap();
        let query = bad.query().unwrap();
        for page in [
            "/errors",
            "/find",
            "/dashboard",
            "/alerts",
            "/settings/audit",
        ] {
            paths.push(format!("{page}?{query}"));
        }
        paths.push(format!("/login?{}", query.replace("q=", "next=")));
    }
    paths.extend(errors.iter().map(|id| format!("/errors/{id}?frames=all")));
    for path in &paths {
        tab.open(path).await;
        let found = tab.script(FOUND).await;
        assert_eq!(found, json!([]), "{path}");
        // What waits for a pointer, too.
        tab.script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            .await;
    }
    tab.open(&format!("/errors/{}", errors[last])).await;
    tab.shot("error-hostile").await;
    let text = tab.text().await;
    assert!(
        text.contains("⟨U+202E⟩") && text.contains("⟨U+001B⟩"),
        "{text}"
    );
    tab.open("/errors").await;
    tab.shot("errors-hostile").await;
    tab.end().await;
}

/// Reports a text in every place of a report.
async fn report(owner: &Member, bad: &str) -> String {
    let short: String = bad.chars().take(60).collect();
    let report = json!({
        "message": bad, "source": short, "environment": short, "release": short, "url": bad,
        "tags": { short.as_str(): short, "a": short }, "user": { "id": short, "email": short, "username": short },
        "stack_trace": format!("Error: {bad}\n    at {bad} (/app/{bad}.js:1:2)\n    at f (javascript:executed():1:1)"),
        "context": {
            short.as_str(): { short.as_str(): bad },
            "breadcrumbs": [{ "timestamp": 1.5, "category": bad, "message": bad, "level": short, "data": { short.as_str(): bad } }],
            "request": { "method": short, "url": bad, "headers": { short.as_str(): bad }, "data": bad },
        },
    });
    let answer = owner
        .person
        .call(Method::POST, "/api/errors", Some(&report))
        .await;
    assert_eq!(answer.status, 201, "{bad}: {}", answer.text());
    text(&answer.data(201)["id"]).to_owned()
}

/// Writes a text wherever people write.
async fn work(owner: &Member, bad: &str) -> (String, String) {
    let short: String = bad
        .chars()
        .filter(|one| !one.is_control())
        .take(150)
        .collect();
    let rule = json!({
        "name": short, "condition": "error_count > 1 in 5m", "notifications": ["webhook"], "enabled": true,
    });
    let rule = owner.post("/api/alerts/rules", &rule).await;
    let incident = json!({ "title": short, "severity": "high", "description": bad });
    let incident = owner.post("/api/alerts/incidents", &incident).await;
    let key = json!({ "name": short, "permissions": ["errors:write"] });
    owner.post("/api/settings/api-keys", &key).await;
    let errors = owner.person.data("/api/errors?limit=5").await;
    for error in errors["errors"].as_array().unwrap() {
        let path = format!("/api/errors/{}/comments", text(&error["id"]));
        owner.post(&path, &json!({ "text": bad })).await;
    }
    (
        text(&rule["id"]).to_owned(),
        text(&incident["id"]).to_owned(),
    )
}
