//! An HTTP client of one server.

use crate::Answer;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use std::time::Duration;

/// The key of development.
pub const DEVELOPMENT_KEY: &str = "test-api-key";

/// Fields of an error beside lists that the answer to a report has not.
const READ_ALONE: [&str; 17] = [
    "request",
    "count_today",
    "first_release",
    "last_release",
    "type",
    "culprit",
    "new",
    "users",
    "total_count",
    "status",
    "resolved_in",
    "ignored",
    "assigned_to",
    "bookmarked",
    "symbolication",
    "followed",
    "comments",
];

/// Calls one server with one key.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<String>,
}

impl Client {
    /// One that calls `base` with the key of development.
    ///
    /// # Panics
    /// When the client library cannot start.
    #[must_use]
    pub fn new(base: String) -> Self {
        // The workspace's HTTP client is built with TLS, which wants one even where none is spoken. Only the
        // first call installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        let key = Some(DEVELOPMENT_KEY.to_owned());
        Self { http, base, key }
    }

    /// The same with another key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        let key = Some(key.to_owned());
        Self {
            key,
            ..self.clone()
        }
    }

    /// The same without a key.
    #[must_use]
    pub fn anonymous(&self) -> Self {
        Self {
            key: None,
            ..self.clone()
        }
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// A request with the key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.header("X-API-Key", key),
            None => request,
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path)).await
    }

    /// PUT without a body.
    pub async fn put(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::PUT, path)).await
    }

    /// PUT of JSON.
    pub async fn change(&self, path: &str, body: &Value) -> Answer {
        let request = self.request(Method::PUT, path);
        let request = request.header("Content-Type", "application/json");
        Answer::to(request.body(body.to_string())).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::DELETE, path)).await
    }

    /// A POST of JSON, not yet sent.
    pub fn posting(&self, path: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
        self.request(Method::POST, path)
            .header("Content-Type", "application/json")
            .body(body.into())
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_bytes(path, body.to_string()).await
    }

    /// POST of what may or may not be JSON.
    pub async fn post_bytes(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        Answer::to(self.posting(path, body)).await
    }

    /// Reports an error and returns the answer's `data`.
    ///
    /// # Panics
    /// When it is not accepted.
    pub async fn report(&self, report: &Value) -> Value {
        self.post("/api/errors", report).await.data(201)
    }

    /// The `data` of a GET that succeeds.
    ///
    /// # Panics
    /// When it does not.
    pub async fn data(&self, path: &str) -> Value {
        self.get(path).await.data(200)
    }

    /// An error as a report is answered with it: without what is shown where errors are read.
    ///
    /// # Panics
    /// When there is no such error.
    pub async fn as_reported(&self, id: &str) -> Value {
        let mut error = self.data(&format!("/api/errors/{id}")).await;
        let shown = error.as_object_mut().unwrap();
        for list in [
            "exceptions",
            "feedback",
            "trend",
            "breadcrumbs",
            "fingerprints",
        ] {
            let list = shown.remove(list);
            assert!(list.is_some_and(|list| list.is_array()), "{id}");
        }
        for field in READ_ALONE {
            assert!(shown.remove(field).is_some(), "{field} of {id}");
        }
        error
    }

    /// The `errors` of a list that succeeds.
    ///
    /// # Panics
    /// When it does not.
    pub async fn errors(&self, query: &str) -> Vec<Value> {
        let mut list = self.data(&format!("/api/errors{query}")).await;
        let Value::Array(errors) = list["errors"].take() else {
            panic!("no list: {list}");
        };
        errors
    }
}
