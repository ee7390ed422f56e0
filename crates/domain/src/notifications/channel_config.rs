//! A channel's configuration as JSON: read and checked.

use super::notification::{
    Channel, EmailChannel, Secret, SlackChannel, SmsChannel, SmtpSecurity, WebhookChannel,
};
use crate::alerts::ChannelKind;
use serde_json::{Map, Value};
use std::borrow::Cow;
use url::Url;

/// A field at fault; `message` continues the sentence "field 'x' ...".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub message: Cow<'static, str>,
}

impl FieldFault {
    /// A fault of this field.
    pub(super) fn of(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self { field, message }
    }
}

/// The SMS service of who names none.
pub(super) const USUAL_SMS_SERVICE: &str = "https://api.twilio.com";

/// Reads the configuration of a channel.
///
/// # Errors
/// Every field at fault.
pub fn read(kind: ChannelKind, config: &Map<String, Value>) -> Result<Channel, Vec<FieldFault>> {
    let mut fields = Fields {
        config,
        faults: Vec::new(),
    };
    let channel = match kind {
        ChannelKind::Slack => Channel::Slack(SlackChannel {
            webhook_url: Secret::new(fields.address("webhook_url", None)),
            channel: fields.text("channel"),
        }),
        ChannelKind::Email => Channel::Email(fields.email()),
        ChannelKind::Webhook => Channel::Webhook(WebhookChannel {
            url: Secret::new(fields.address("url", None)),
            secret: Secret::new(fields.signing_secret()),
        }),
        ChannelKind::Sms => Channel::Sms(SmsChannel {
            api_base: fields.address("api_base", Some(USUAL_SMS_SERVICE)),
            account_sid: fields.required("account_sid"),
            auth_token: Secret::new(fields.required("auth_token")),
            from_number: fields.required("from_number"),
            to_numbers: fields.list(
                "to_numbers",
                "must be a list of numbers such as +15551234567",
                is_number,
            ),
        }),
    };
    if fields.faults.is_empty() {
        Ok(channel)
    } else {
        Err(fields.faults)
    }
}

/// A mail server, and how it is spoken to.
struct MailServer {
    host: String,
    port: u16,
    security: SmtpSecurity,
}

struct Fields<'a> {
    config: &'a Map<String, Value>,
    faults: Vec<FieldFault>,
}

impl Fields<'_> {
    fn fault(&mut self, field: &'static str, message: &'static str) {
        self.faults.push(FieldFault::of(field, message));
    }

    fn given(&self, field: &str) -> Option<&Value> {
        self.config.get(field).filter(|value| !value.is_null())
    }

    fn text(&mut self, field: &'static str) -> Option<String> {
        match self.given(field)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.trim().to_owned()),
            _ => {
                self.fault(field, "must be a string");
                None
            }
        }
    }

    fn required(&mut self, field: &'static str) -> String {
        let faults = self.faults.len();
        let text = self.text(field);
        if text.is_none() && self.faults.len() == faults {
            self.fault(field, "is required");
        }
        text.unwrap_or_default()
    }

    fn address(&mut self, field: &'static str, default: Option<&str>) -> String {
        let text = match default {
            Some(default) => self.text(field).unwrap_or_else(|| default.to_owned()),
            None => self.required(field),
        };
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        let is_url = has_host && Url::parse(&text).is_ok_and(|url| url.has_host());
        if !text.is_empty() && (!is_url || text.contains(char::is_whitespace)) {
            self.fault(field, "must be an http or https URL");
        }
        text
    }

    fn list(
        &mut self,
        field: &'static str,
        expected: &'static str,
        fits: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let Some(given) = self.given(field) else {
            self.fault(field, "is required");
            return Vec::new();
        };
        let texts: Option<Vec<String>> = given.as_array().and_then(|items| {
            let text = |item: &Value| Some(item.as_str()?.trim().to_owned());
            items.iter().map(text).collect()
        });
        let texts = texts.filter(|texts| !texts.is_empty() && texts.iter().all(|text| fits(text)));
        if texts.is_none() {
            self.fault(field, expected);
        }
        texts.unwrap_or_default()
    }

    fn mail_server(&mut self) -> MailServer {
        let smtp_security = match self.text("smtp_security").as_deref() {
            None | Some("starttls") => SmtpSecurity::StartTls,
            Some("tls") => SmtpSecurity::Tls,
            Some("none") => SmtpSecurity::None,
            Some(_) => {
                self.fault("smtp_security", "must be one of none, starttls, tls");
                SmtpSecurity::StartTls
            }
        };
        let usual = usual_port(smtp_security);
        let port = match self.given("smtp_port") {
            None => Some(usual),
            Some(port) => port.as_u64().and_then(|port| u16::try_from(port).ok()),
        };
        let smtp_port = port.filter(|port| *port > 0).unwrap_or_else(|| {
            self.fault("smtp_port", "must be a port from 1 to 65535");
            usual
        });
        MailServer {
            host: self.required("smtp_server"),
            port: smtp_port,
            security: smtp_security,
        }
    }

    fn email(&mut self) -> EmailChannel {
        let server = self.mail_server();
        let from_email = self.required("from_email");
        if !from_email.is_empty() && !is_mailbox(&from_email) {
            self.fault("from_email", "must be an e-mail address");
        }
        EmailChannel {
            smtp_server: server.host,
            smtp_port: server.port,
            smtp_security: server.security,
            username: self.text("username"),
            password: self.text("password").map(Secret::new),
            from_email,
            recipients: self.list(
                "recipients",
                "must be a list of e-mail addresses",
                is_mailbox,
            ),
        }
    }

    /// `whsec_` and the base64 of 24 to 64 bytes, as Standard Webhooks have it.
    fn signing_secret(&mut self) -> String {
        let text = self.required("secret");
        let key = text.strip_prefix("whsec_").unwrap_or_default();
        let digits = key.trim_end_matches('=');
        let is_base64 = digits
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b));
        if !text.is_empty() && (!is_base64 || !(32..=86).contains(&digits.len())) {
            self.fault("secret", "must be whsec_ and the base64 of 24 to 64 bytes");
        }
        text
    }
}

/// The port of a mail server that names none.
const fn usual_port(security: SmtpSecurity) -> u16 {
    match security {
        SmtpSecurity::None => 25,
        SmtpSecurity::StartTls => 587,
        SmtpSecurity::Tls => 465,
    }
}

/// Where a channel sends its secret, and how the way there is protected. Nothing for a configuration that
/// names no such place.
pub(super) fn destination(kind: ChannelKind, config: &Map<String, Value>) -> Option<String> {
    match kind {
        ChannelKind::Slack => origin(config.get("webhook_url")?.as_str()?),
        ChannelKind::Webhook => origin(config.get("url")?.as_str()?),
        ChannelKind::Sms => match config.get("api_base").unwrap_or(&Value::Null) {
            Value::Null => origin(USUAL_SMS_SERVICE),
            Value::String(text) if text.trim().is_empty() => origin(USUAL_SMS_SERVICE),
            given => origin(given.as_str()?),
        },
        ChannelKind::Email => {
            let mut fields = Fields {
                config,
                faults: Vec::new(),
            };
            let server = fields.mail_server();
            let is_valid = fields.faults.is_empty();
            is_valid.then(|| {
                let host = server.host.to_lowercase();
                format!("{:?} {host}:{}", server.security, server.port)
            })
        }
    }
}

/// Scheme, host and port of an address, as the clients that connect there read it.
pub(super) fn origin(address: &str) -> Option<String> {
    let url = Url::parse(address.trim()).ok()?;
    let is_web = ["http", "https"].contains(&url.scheme());
    (is_web && url.has_host()).then(|| url.origin().ascii_serialization())
}

/// `a@example.com` or `Name <a@example.com>`.
fn is_mailbox(text: &str) -> bool {
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let parts = address.split_once('@');
    parts.is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !address.contains(char::is_whitespace)
    })
}

/// E.164.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(object) = value else {
            panic!("{value}")
        };
        object
    }

    fn faults(kind: ChannelKind, config: Value) -> Vec<&'static str> {
        let faults = read(kind, &object(config)).unwrap_err();
        faults.iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn each_channel_is_read() {
        let slack =
            json!({ "webhook_url": "https://hooks.slack.com/services/T/B/x", "channel": "#a" });
        let email = json!({
            "smtp_server": "smtp.example.com", "from_email": "Alerts <alerts@example.com>",
            "recipients": ["a@example.com"], "username": "u", "password": "p",
        });
        let secret = format!("whsec_{}", "A".repeat(32));
        let webhook = json!({ "url": "http://example.com/hook", "secret": secret });
        let sms = json!({
            "account_sid": "AC1", "auth_token": "t", "from_number": "+15550001111",
            "to_numbers": ["+15551234567"],
        });
        for (kind, config) in [
            (ChannelKind::Slack, slack),
            (ChannelKind::Email, email),
            (ChannelKind::Webhook, webhook),
            (ChannelKind::Sms, sms),
        ] {
            let channel = read(kind, &object(config)).unwrap();
            assert_eq!(channel.name(), kind.as_str());
            if let Channel::Email(email) = channel {
                assert_eq!(email.smtp_port, 587);
            }
        }
    }

    #[test]
    fn every_field_at_fault_is_named() {
        assert_eq!(
            faults(ChannelKind::Slack, json!({ "channel": 5 })),
            ["webhook_url", "channel"]
        );
        assert_eq!(
            faults(ChannelKind::Slack, json!({ "webhook_url": "ftp://x" })),
            ["webhook_url"]
        );
        assert_eq!(
            faults(
                ChannelKind::Email,
                json!({ "smtp_port": 0, "smtp_security": "ssl", "from_email": "x", "recipients": [] })
            ),
            [
                "smtp_security",
                "smtp_port",
                "smtp_server",
                "from_email",
                "recipients"
            ]
        );
        assert_eq!(
            faults(
                ChannelKind::Webhook,
                json!({ "url": "http:///x", "secret": "whsec_!" })
            ),
            ["url", "secret"]
        );
        assert_eq!(
            faults(
                ChannelKind::Sms,
                json!({ "api_base": "x", "to_numbers": ["12345"] })
            ),
            [
                "api_base",
                "account_sid",
                "auth_token",
                "from_number",
                "to_numbers"
            ]
        );
    }
}
