//! Webhooks, signed as Standard Webhooks do (github.com/standard-webhooks/standard-webhooks).

use crate::channel_type::{ChannelType, Clients};
use crate::fields::Fields;
use crate::http::Http;
use crate::message::Message;
use crate::text::host;
use crate::text::{cut, one_line};
use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use faultbook_domain::notifications::channel_masks::origin;
use faultbook_domain::notifications::{
    ChannelKind, ChannelSettings, Notification, NotificationKind, Secret, WebhookTarget,
};
use faultbook_domain::notifications::{Event, NotifyError};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use sha2::Sha256;
use std::fmt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// Longest message of an error, in characters: the specification asks for bodies under 20 kB.
const ERROR: usize = 800;

/// The secret cannot sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret must be whsec_ followed by the base64 of 24 to 64 bytes")]
pub struct InvalidSecret;

/// Signs requests with a webhook's secret.
pub struct Signer(Vec<u8>);

impl Signer {
    /// What every secret begins with.
    pub const PREFIX: &'static str = "whsec_";

    /// Reads a secret.
    ///
    /// # Errors
    /// [`InvalidSecret`].
    pub fn new(secret: &str) -> Result<Self, InvalidSecret> {
        let encoded = secret.strip_prefix(Self::PREFIX).ok_or(InvalidSecret)?;
        let key = BASE64_STANDARD.decode(encoded).map_err(|_| InvalidSecret)?;
        if (24..=64).contains(&key.len()) {
            Ok(Self(key))
        } else {
            Err(InvalidSecret)
        }
    }

    /// The `webhook-signature` of a body: HMAC-SHA256 over `id.timestamp.body`.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(***)")
    }
}

/// A signed HTTP request to somebody's program.
pub struct WebhookChannel;

fn read(fields: &mut Fields) -> WebhookTarget {
    WebhookTarget {
        url: Secret::new(fields.address("url", None)),
        secret: Secret::new(signing_secret(fields)),
    }
}

/// `whsec_` and the base64 of 24 to 64 bytes, as Standard Webhooks have it.
fn signing_secret(fields: &mut Fields) -> String {
    let text = fields.required("secret");
    let key = text.strip_prefix(Signer::PREFIX).unwrap_or_default();
    let digits = key.trim_end_matches('=');
    let is_base64 = digits
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b));
    if !text.is_empty() && (!is_base64 || !(32..=86).contains(&digits.len())) {
        fields.fault("secret", "must be whsec_ and the base64 of 24 to 64 bytes");
    }
    text
}

#[async_trait]
impl ChannelType for WebhookChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::named("webhook")
    }

    fn check(&self, fields: &mut Fields) {
        read(fields);
    }

    fn hidden_fields(&self) -> &'static [&'static str] {
        &["secret"]
    }

    fn address_fields(&self) -> &'static [&'static str] {
        &["url"]
    }

    fn receivers(&self, settings: &ChannelSettings) -> Option<String> {
        host(settings.get("url")?.as_str()?)
    }

    fn destination(&self, settings: &ChannelSettings) -> Option<String> {
        origin(settings.get("url")?.as_str()?)
    }

    /// The time is signed with the notification, so that a receiver can refuse old requests.
    async fn send(
        &self,
        clients: &Clients,
        settings: &ChannelSettings,
        notification: &Notification,
        _reached: &[String],
    ) -> Result<String, NotifyError> {
        let target = read(&mut Fields::of(settings));
        let payload = payload(notification);
        let now = clients.clock.now();
        deliver(&clients.http, &target, notification.id, &payload, now).await
    }
}

/// Posts an event, in the same envelope.
///
/// # Errors
/// [`NotifyError`].
pub async fn post(
    http: &Http,
    to: &WebhookTarget,
    event: &Event,
    now: OffsetDateTime,
) -> Result<(), NotifyError> {
    let data: Value = serde_json::from_str(event.data.as_str())
        .map_err(|error| NotifyError::permanent(format!("the event is no JSON: {error}")))?;
    let payload = json!({
        "type": event.kind,
        "timestamp": event.at.format(&Rfc3339).ok(),
        "data": data,
    });
    deliver(http, to, event.id, &payload, now).await.map(drop)
}

async fn deliver(
    http: &Http,
    to: &WebhookTarget,
    id: Uuid,
    payload: &Value,
    now: OffsetDateTime,
) -> Result<String, NotifyError> {
    let signer = Signer::new(to.secret.reveal())
        .map_err(|error| NotifyError::permanent(error.to_string()))?;
    let target = http.target(to.url.reveal())?;
    let id = format!("msg_{}", id.simple());
    let timestamp = now.unix_timestamp();
    let body = payload.to_string();
    let request = http
        .post(&target)
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", timestamp.to_string())
        .header("webhook-signature", signer.sign(&id, timestamp, &body))
        .body(body);
    let answer = http.send(&target, request).await?;
    answer.verdict(&format!("the webhook at {}", target.host()), "")
}

fn payload(notification: &Notification) -> Value {
    let message = Message::of(notification);
    let errors: Vec<Value> = notification
        .shown_errors()
        .map(|error| {
            json!({
                "id": error.id.to_string(),
                "message": cut(&error.message, ERROR),
                "count": error.count,
            })
        })
        .collect();
    let measurement = notification.measurement.as_ref().map(|measured| {
        json!({
            "metric": measured.metric,
            "value": measured.value,
            "operator": measured.operator,
            "threshold": measured.threshold,
            "window_seconds": measured.window.as_secs(),
        })
    });
    let name = |name: &Option<String>| name.as_deref().map(|name| one_line(name, 200));
    json!({
        "type": match notification.kind {
            NotificationKind::Alert => "alert.fired",
            NotificationKind::Test => "alert.test",
        },
        "timestamp": notification.raised_at.format(&Rfc3339).ok(),
        "data": {
            "id": notification.id.to_string(),
            "title": message.title,
            "summary": message.summary,
            "rule": {
                "id": notification.thread_id.to_string(),
                "name": one_line(&notification.rule, 200),
            },
            "measurement": measurement,
            "project": name(&notification.project),
            "environment": name(&notification.environment),
            "top_errors": errors,
            "link": message.link,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_is_signed_as_published() {
        let signer = Signer::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = signer.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_of_another_form_or_length_are_refused() {
        let of = |length: usize| format!("whsec_{}", BASE64_STANDARD.encode(vec![7; length]));
        for good in [of(24), of(64)] {
            assert!(Signer::new(&good).is_ok(), "{good}");
        }
        for bad in [
            of(23),
            of(65),
            of(32).replace("whsec_", ""),
            "whsec_***".to_owned(),
        ] {
            assert_eq!(Signer::new(&bad).err(), Some(InvalidSecret), "{bad}");
        }
    }
}
