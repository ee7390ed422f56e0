//! An organization with something on each page.

use e2e::people::{self, Person};
use e2e::value::{text, time_in};
use e2e::{Server, site};
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

/// Somebody with a role, in an organization.
pub struct Member {
    pub person: Person,
    pub email: String,
}

impl Member {
    /// The owner of a new organization.
    pub async fn owner(server: &Server) -> Self {
        let tenant = site::unique("tea");
        people::new_tenant(server, &tenant).await;
        Self::joining(server, &tenant, "owner").await
    }

    /// Another member of an organization.
    pub async fn joining(server: &Server, tenant: &str, role: &str) -> Self {
        let email = format!("{}@tea.example", site::unique(role));
        people::join(server, tenant, &email, role).await;
        Self {
            person: people::log_in(server, &email).await,
            email,
        }
    }

    /// Sends JSON to a route that takes it, and returns the answer's `data`.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.person.call(Method::POST, path, Some(body)).await;
        assert!(answer.status < 300, "{path}: {}", answer.text());
        answer.data(answer.status)
    }

    /// Sends JSON that changes something.
    pub async fn put(&self, path: &str, body: &Value) {
        let answer = self.person.call(Method::PUT, path, Some(body)).await;
        assert!(answer.status < 300, "{path}: {}", answer.text());
    }

    /// Reports an error and returns its id.
    pub async fn report(&self, report: &Value) -> String {
        let made = self.post("/api/errors", report).await;
        text(&made["id"]).to_owned()
    }
}

/// The smallest report of a source.
pub fn plain(message: &str, source: &str) -> Value {
    json!({ "message": message, "source": source })
}

/// A report with everything that a page shows of it.
pub fn rich(order: u64) -> Value {
    json!({
        "message": "no price for tea", "source": "shop", "release": "shop@1.4.0", "environment": "production",
        "level": "error", "url": "https://shop.example/pay?order=88213",
        "timestamp": time_in(Duration::hours(-i64::try_from(order).unwrap() * 7)),
        "tags": { "region": if order.is_multiple_of(3) { "us" } else { "eu" }, "browser": "Firefox 142" },
        "user": { "id": format!("u{order}"), "email": format!("someone{order}@example.com") },
        "stack_trace": "Traceback (most recent call last):\n  File \"/app/shop/views.py\", line 201, in pay\n    total = cart.total(order)\n  File \"/usr/lib/python3/site-packages/flask/app.py\", line 88, in call\n    return handler(request)\n  File \"/app/shop/cart.py\", line 14, in total\n    return sum(prices[name] for name in names)\nKeyError: 'tea'",
        "context": {
            "breadcrumbs": [
                { "timestamp": 1_764_201_601.5, "category": "query", "message": "SELECT price FROM teas WHERE name = $1" },
                { "timestamp": 1_764_201_602.25, "category": "http", "message": "POST https://bank.example/pay 200" },
            ],
            "request": { "method": "POST", "url": "https://shop.example/pay?order=88213", "headers": { "Accept": "text/html", "Cookie": "[Filtered]" } },
            "order": { "id": 88213, "items": ["tea", "milk"], "card": "[Filtered]" },
        },
    })
}

/// The pages of an organization by their names in `target/screenshots`.
pub struct Shop {
    pub owner: Member,
    pub pages: Vec<(&'static str, String)>,
}

impl Shop {
    /// Fills an organization: errors, releases, a rule, an incident, members, keys, settings.
    pub async fn open(server: &Server) -> Self {
        let owner = Member::owner(server).await;
        let mut error = String::new();
        for order in 0..12 {
            error = owner.report(&rich(order)).await;
        }
        for (message, source, level) in [
            ("gateway timed out after 30 s", "pay", "critical"),
            ("disk is 92 % full", "store", "warning"),
            ("slow query: 4.2 s", "store", "info"),
            (
                "cart of a signed-out user was merged twice and the order that came of it has no address",
                "shop",
                "error",
            ),
        ] {
            let body = json!({ "message": message, "source": source, "level": level, "environment": "staging" });
            owner.report(&body).await;
        }
        let (rule, incident) = Self::watch(&owner).await;
        Self::staff(&owner).await;
        let pages = pages(&error, &rule, &incident);
        Self { owner, pages }
    }

    async fn watch(owner: &Member) -> (String, String) {
        let release = json!({ "version": "shop@1.4.0", "projects": ["default"], "url": "https://ci.example/1" });
        owner.post("/api/releases", &release).await;
        let deploy = json!({ "environment": "production" });
        owner
            .post("/api/releases/shop@1.4.0/deploys", &deploy)
            .await;
        let rule = json!({
            "name": "Many errors", "condition": "error_count > threshold in time_window", "threshold": 100,
            "time_window": "10m", "notifications": ["webhook"], "enabled": true,
        });
        let rule = owner.post("/api/alerts/rules", &rule).await;
        let incident =
            json!({ "title": "Payments fail", "severity": "high", "description": "since noon" });
        let incident = owner.post("/api/alerts/incidents", &incident).await;
        (
            text(&rule["id"]).to_owned(),
            text(&incident["id"]).to_owned(),
        )
    }

    async fn staff(owner: &Member) {
        let key = json!({ "name": "Pipeline", "permissions": ["errors:write"] });
        owner.post("/api/settings/api-keys", &key).await;
        let invitation = json!({ "email": "grace@tea.example", "role": "developer" });
        owner.post("/api/settings/team/invite", &invitation).await;
        let hook = json!({ "url": "https://hooks.example/1", "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u" });
        owner.put("/api/settings/integrations/webhook", &hook).await;
    }
}

/// The pages of an organization that has this error, rule and incident.
pub fn pages(error: &str, rule: &str, incident: &str) -> Vec<(&'static str, String)> {
    [
        ("errors", "/errors"),
        (
            "errors-searched",
            "/errors?q=source%3Ashop+price&status=all",
        ),
        ("errors-none", "/errors?q=nothing-like-this"),
        ("errors-refused", "/errors?q=level%3Awrong"),
        ("dashboard", "/dashboard"),
        ("alerts", "/alerts"),
        ("alert-new", "/alerts/new"),
        ("incidents", "/incidents"),
        ("incident-new", "/incidents/new"),
        ("releases", "/releases"),
        ("release", "/releases/one?version=shop%401.4.0"),
        ("monitoring", "/monitoring"),
        ("status", "/status"),
        ("start", "/projects/default/start"),
        ("find", "/find?q=tea"),
        ("keys", "/help/keys"),
        ("settings-projects", "/settings/projects"),
        ("settings-project", "/settings/projects/default"),
        ("settings-keys", "/settings/keys"),
        ("settings-programs", "/settings/system-users"),
        ("settings-team", "/settings/team"),
        ("settings-roles", "/settings/roles"),
        ("settings-integrations", "/settings/integrations"),
        ("settings-email", "/settings/integrations/email"),
        ("settings-webhook", "/settings/integrations/webhook"),
        ("settings-audit", "/settings/audit"),
        ("settings-source-maps", "/settings/source-maps"),
        ("settings-organization", "/settings/organization"),
        ("profile", "/profile"),
        ("missing", "/nowhere"),
        ("forbidden", "/platform"),
    ]
    .into_iter()
    .map(|(name, path)| (name, path.to_owned()))
    .chain([
        ("error", format!("/errors/{error}")),
        ("error-first", format!("/errors/{error}/o/first?frames=all")),
        ("error-raw", format!("/errors/{error}?frames=raw")),
        ("error-merge", format!("/errors/{error}/merge")),
        ("alert", format!("/alerts/{rule}")),
        ("incident", format!("/incidents/{incident}")),
    ])
    .collect()
}
