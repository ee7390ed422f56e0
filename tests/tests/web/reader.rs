//! Somebody who reads pages and sends forms, as a browser without scripts does.

use e2e::people::{self, Person};
use e2e::{Answer, Server, site};
use reqwest::Method;
use serde_json::{Value, json};

/// Somebody with a role in a tenant of their own.
pub struct Reader {
    pub person: Person,
    pub tenant: String,
    pub email: String,
}

impl Reader {
    /// A member of a new tenant with this role.
    pub async fn new(server: &Server, role: &str) -> Self {
        let tenant = site::unique("pages");
        people::new_tenant(server, &tenant).await;
        Self::within(server, &tenant, role).await
    }

    /// A member of a tenant with this role.
    pub async fn within(server: &Server, tenant: &str, role: &str) -> Self {
        let email = format!("{}@pages.example", site::unique(role));
        people::join(server, tenant, &email, role).await;
        let person = people::log_in(server, &email).await;
        let tenant = tenant.to_owned();
        Self {
            person,
            tenant,
            email,
        }
    }

    /// What a GET is answered.
    pub async fn open(&self, path: &str) -> Answer {
        let request = self.person.request(Method::GET, path);
        Answer::to(request.header("Accept", "text/html")).await
    }

    /// The HTML of a page that can be opened.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.open(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// The address that a GET is sent on to.
    pub async fn go_to(&self, path: &str) -> String {
        let answer = self.open(path).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.text());
        answer.header("location").to_owned()
    }

    /// What a form is answered.
    pub async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        fields.push(("csrf", &self.person.csrf_token));
        Answer::to(self.person.request(Method::POST, path).form(&fields)).await
    }

    /// Sends a form that is answered by another page, and returns its address.
    pub async fn go(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.send(path, fields).await;
        assert_eq!(answer.status, 303, "{path}: {}", answer.text());
        answer.header("location").to_owned()
    }
}

/// Makes sure that a page carries nothing that the policy of pages forbids.
#[track_caller]
pub fn assert_strict(path: &str, html: &str) {
    assert!(html.contains("<h1"), "{path} has no title");
    for forbidden in [
        " style=",
        "<script>",
        "javascript:",
        " onclick=",
        "{{",
        "{%",
    ] {
        assert!(!html.contains(forbidden), "{path} has {forbidden}");
    }
}

/// Reports an error as the reader, and returns its id.
pub async fn report(reader: &Reader, report: &Value) -> String {
    let answer = reader
        .person
        .call(Method::POST, "/api/errors", Some(report))
        .await;
    answer.data(201)["id"].as_str().unwrap().to_owned()
}

/// A report with a stack trace, breadcrumbs and context.
pub fn traced(message: &str) -> Value {
    json!({
        "message": message, "source": "shop", "release": "1.2.3", "tags": { "region": "eu" },
        "user": { "id": "u1", "email": "someone@example.com" }, "url": "https://shop.example/pay?a=1",
        "stack_trace": "Traceback (most recent call last):\n  File \"/app/shop/cart.py\", line 14, in total\n    return sum(prices)\nKeyError: 'tea'",
        "context": {
            "breadcrumbs": [{ "timestamp": 1_764_201_601.5, "category": "query", "message": "SELECT 1" }],
            "order": { "id": 88213, "card": "[Filtered]" },
        },
    })
}
