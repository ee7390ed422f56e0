//! Tenants, people and programs for tests, made through the API as their owners would.

use crate::value::text;
use crate::{Answer, Client, Server};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// A password that is long enough.
pub const PASSWORD: &str = "correct horse battery";

/// A person who logged in: their cookie, and what must come with it.
#[derive(Debug, Clone)]
pub struct Person {
    client: Client,
    /// `name=value` of the session's cookie.
    pub cookie: String,
    /// What must be sent with every change.
    pub csrf_token: String,
}

impl Person {
    /// A request with the session, and with the token that a change needs.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, path)
            .header("Cookie", &self.cookie)
            .header("X-CSRF-Token", &self.csrf_token)
    }

    /// Any call, with a body if there is one.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        send(self.request(method, path), body).await
    }

    /// The `data` of a GET that succeeds.
    ///
    /// # Panics
    /// When it does not.
    pub async fn data(&self, path: &str) -> Value {
        self.call(Method::GET, path, None).await.data(200)
    }
}

/// Sends a request, with a JSON body if there is one.
pub async fn send(request: RequestBuilder, body: Option<&Value>) -> Answer {
    let request = match body {
        Some(body) => request
            .header("Content-Type", "application/json")
            .body(body.to_string()),
        None => request,
    };
    Answer::to(request).await
}

/// Any call of a client, with a body if there is one.
pub async fn call(client: &Client, method: Method, path: &str, body: Option<&Value>) -> Answer {
    send(client.request(method, path), body).await
}

/// Makes a tenant, as the platform's admin.
///
/// # Panics
/// When it cannot be made.
pub async fn new_tenant(server: &Server, slug: &str) -> Value {
    let body = json!({ "name": slug, "slug": slug });
    server.post("/api/v1/tenants", &body).await.data(201)
}

/// A program of a tenant, with a role, as the platform's admin makes it.
///
/// # Panics
/// When it cannot be made.
pub async fn new_program(server: &Server, tenant: &str, role: &str) -> Client {
    let body = json!({ "name": crate::site::unique(role), "role": role });
    let path = format!("/api/v1/tenants/{tenant}/system-users");
    let made = server.post(&path, &body).await.data(201);
    server.with_key(text(&made["token"]))
}

/// Invites somebody, as the platform's admin, and returns the token.
///
/// # Panics
/// When they cannot be invited.
pub async fn invite(server: &Server, tenant: &str, email: &str, role: &str) -> String {
    let body = json!({ "email": email, "role": role });
    let path = format!("/api/v1/tenants/{tenant}/invitations");
    let invited = server.post(&path, &body).await.data(201);
    text(&invited["token"]).to_owned()
}

/// Makes somebody a member: invited, accepted.
///
/// # Panics
/// When they cannot join.
pub async fn join(server: &Server, tenant: &str, email: &str, role: &str) -> Value {
    let token = invite(server, tenant, email, role).await;
    let body = json!({ "token": token, "name": "Somebody", "password": PASSWORD });
    let accept = server.anonymous();
    accept
        .post("/api/v1/invitations/accept", &body)
        .await
        .data(201)
}

/// Logs somebody in.
///
/// # Panics
/// When they cannot.
pub async fn log_in(server: &Server, email: &str) -> Person {
    log_in_with(server, email, PASSWORD).await
}

/// Logs somebody in with a password of their own.
///
/// # Panics
/// When they cannot.
pub async fn log_in_with(server: &Server, email: &str, password: &str) -> Person {
    let client = server.anonymous();
    let body = json!({ "email": email, "password": password });
    let answer = client.post("/api/v1/auth/login", &body).await;
    let csrf_token = text(&answer.data(200)["csrf_token"]).to_owned();
    let cookie = answer.header("set-cookie").split(';').next();
    Person {
        client,
        cookie: cookie.unwrap_or_default().to_owned(),
        csrf_token,
    }
}
