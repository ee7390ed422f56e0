//! What the server answered, and what holds of every answer.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body's bytes, as sent.
    pub body: Vec<u8>,
}

impl Answer {
    /// Sends a request and reads the answer.
    ///
    /// # Panics
    /// When there is none.
    pub async fn to(request: RequestBuilder) -> Self {
        Self::try_to(request)
            .await
            .unwrap_or_else(|error| panic!("no answer: {error:?}"))
    }

    /// Sends a request and reads the answer, if there is one.
    ///
    /// # Errors
    /// When the connection cannot be made or breaks off.
    pub async fn try_to(request: RequestBuilder) -> reqwest::Result<Self> {
        let response = request.send().await?;
        Ok(Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await?.to_vec(),
        })
    }

    /// A header's text; empty when it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none, or does not say so.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The `data` of a success with this status.
    ///
    /// # Panics
    /// When it is another status, or not the envelope of a success.
    #[track_caller]
    pub fn data(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert!(!self.header("x-request-id").is_empty(), "no X-Request-Id");
        let mut body = self.json();
        assert_eq!(body["success"], true, "{body}");
        assert_eq!(body["status"], "success", "{body}");
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["success", "status", "data"]);
        body["data"].take()
    }

    /// The body of a failure with this status and code.
    ///
    /// # Panics
    /// When it is another failure, or not the envelope of one.
    #[track_caller]
    pub fn refusal(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        let body = self.json();
        assert_eq!(body["success"], false, "{body}");
        assert_eq!(body["status"], "error", "{body}");
        assert_eq!(body["code"], code, "{body}");
        assert!(
            body["error"].as_str().is_some_and(|text| !text.is_empty()),
            "{body}"
        );
        assert_eq!(body["request_id"], self.header("x-request-id"), "{body}");
        let known = [
            "success",
            "status",
            "error",
            "code",
            "request_id",
            "details",
        ];
        for (key, value) in body.as_object().unwrap() {
            // SDKs and exporters find the sentence under names of their own.
            let is_sentence =
                ["detail", "message"].contains(&key.as_str()) && *value == body["error"];
            assert!(
                is_sentence || known.contains(&key.as_str()),
                "{key} in {body}"
            );
        }
        body
    }

    /// The sentence of a 400 that names one field, which `details` names too.
    ///
    /// # Panics
    /// When it is another answer.
    #[track_caller]
    pub fn names_field(&self, field: &str) -> String {
        let body = self.refusal(400, "invalid_input");
        let sentence = body["error"].as_str().unwrap().to_owned();
        let beginning = format!("Invalid input: field '{field}' ");
        assert!(sentence.starts_with(&beginning), "{sentence}");
        let details = body["details"].as_array().unwrap();
        assert_eq!(details.len(), 1, "{body}");
        assert_eq!(details[0]["field"], field, "{body}");
        let message = details[0]["message"].as_str().unwrap();
        assert_eq!(sentence, format!("{beginning}{message}"));
        sentence
    }

    /// 204 without a body.
    ///
    /// # Panics
    /// When it is another answer.
    #[track_caller]
    pub fn is_empty_204(&self) {
        assert_eq!((self.status, self.text().as_str()), (204, ""));
    }
}
