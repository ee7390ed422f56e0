//! Slack's incoming webhooks, with Block Kit.

use crate::channel_type::{ChannelType, Clients};
use crate::fields::Fields;
use crate::http::Answer;
use crate::message::Message;
use crate::text::host;
use crate::text::one_line;
use async_trait::async_trait;
use faultbook_domain::notifications::NotifyError;
use faultbook_domain::notifications::channel_masks::origin;
use faultbook_domain::notifications::{ChannelKind, ChannelSettings, Notification, Secret};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

// Slack's limits, in characters (docs.slack.dev/reference/block-kit/blocks).
const HEADER: usize = 150;
const SECTION: usize = 3_000;
const FIELD: usize = 2_000;
const BUTTON_URL: usize = 3_000;
/// Longest `text`; Slack itself cuts at 40,000.
const FALLBACK: usize = 4_000;

/// Slack, or what understands Slack's incoming webhooks (Mattermost, Rocket.Chat).
pub struct SlackChannel;

struct SlackSettings {
    /// The webhook's URL. Whoever knows it can post, so it is a secret.
    webhook_url: Secret,
    /// The Slack channel to post to; Slack itself ignores it, since a webhook belongs to one.
    channel: Option<String>,
}

impl SlackSettings {
    fn read(fields: &mut Fields) -> Self {
        Self {
            webhook_url: Secret::new(fields.address("webhook_url", None)),
            channel: fields.text("channel"),
        }
    }
}

#[async_trait]
impl ChannelType for SlackChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::named("slack")
    }

    fn check(&self, fields: &mut Fields) {
        SlackSettings::read(fields);
    }

    fn address_fields(&self) -> &'static [&'static str] {
        &["webhook_url"]
    }

    fn receivers(&self, settings: &ChannelSettings) -> Option<String> {
        let channel = settings.get("channel").and_then(Value::as_str);
        let channel = channel.map(|name| one_line(name, 80));
        match channel.filter(|name| !name.is_empty()) {
            Some(name) if name.starts_with(['#', '@']) => Some(name),
            Some(name) => Some(format!("#{name}")),
            None => host(settings.get("webhook_url")?.as_str()?),
        }
    }

    fn destination(&self, settings: &ChannelSettings) -> Option<String> {
        origin(settings.get("webhook_url")?.as_str()?)
    }

    /// 404 and 410 (a webhook that was taken back) are permanent like other 4xx.
    async fn send(
        &self,
        clients: &Clients,
        settings: &ChannelSettings,
        notification: &Notification,
        _reached: &[String],
    ) -> Result<String, NotifyError> {
        let settings = SlackSettings::read(&mut Fields::of(settings));
        let http = &clients.http;
        let target = http.target(settings.webhook_url.reveal())?;
        let request = http
            .post(&target)
            .header(CONTENT_TYPE, "application/json")
            .body(payload(&settings, &Message::of(notification)).to_string());
        let answer = http.send(&target, request).await?;
        answer.verdict(
            &format!("Slack ({})", target.host()),
            error_code(&answer).unwrap_or_default(),
        )
    }
}

/// What Slack says is one word such as `channel_is_archived`; anything else is not repeated.
fn error_code(answer: &Answer) -> Option<&str> {
    let text = std::str::from_utf8(&answer.body).ok()?.trim();
    let is_code =
        (1..=60).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_code.then_some(text)
}

fn payload(settings: &SlackSettings, message: &Message) -> Value {
    let mut blocks = vec![json!({
        "type": "header",
        "text": {"type": "plain_text", "text": escaped(&message.title, HEADER), "emoji": false},
    })];
    let lead = [message.notice, message.summary.as_deref()];
    let lead: Vec<&str> = lead.into_iter().flatten().collect();
    if !lead.is_empty() {
        blocks.push(section(&escaped(&lead.join("\n"), SECTION)));
    }
    let fields: Vec<Value> = message
        .facts
        .iter()
        .map(|(label, value)| {
            mrkdwn(&format!(
                "*{label}*\n{}",
                escaped(value, FIELD - label.len() - 3)
            ))
        })
        .collect();
    blocks.push(json!({"type": "section", "fields": fields}));
    if !message.errors.is_empty() {
        blocks.push(section(&top_errors(&message.errors)));
    }
    if is_link(&message.link) {
        blocks.push(json!({
            "type": "actions",
            "elements": [{
                "type": "button",
                "text": {"type": "plain_text", "text": "Open in Faultbook"},
                "url": message.link,
            }],
        }));
    }
    let mut payload = json!({
        "text": escaped(&message.text(), FALLBACK),
        "blocks": blocks,
    });
    if let Some(name) = settings.channel.as_deref().map(|name| one_line(name, 80))
        && !name.is_empty()
    {
        payload["channel"] = Value::String(name);
    }
    payload
}

/// One line an error, its message as code, where no markup works.
fn top_errors(errors: &[(u64, String)]) -> String {
    let room = SECTION / (errors.len() + 1);
    let lines = errors.iter().map(|(count, message)| {
        let message = escaped(&message.replace('`', "'"), room - 40);
        format!("• *{count}* × `{message}`")
    });
    let lines: Vec<String> = lines.collect();
    format!("*Top errors*\n{}", lines.join("\n"))
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text})
}

/// Slack refuses a whole message for a button whose URL it does not like.
fn is_link(link: &str) -> bool {
    link.len() <= BUTTON_URL
        && url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Escapes the three characters that Slack reads as its own (links, mentions), within `max`
/// characters as Slack counts them (UTF-16).
fn escaped(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for c in text.chars() {
        let mut buffer = [0; 4];
        let piece = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            c => c.encode_utf8(&mut buffer),
        };
        let piece_length = piece.encode_utf16().count();
        if length + piece_length > max.saturating_sub(1) {
            out.push('…');
            break;
        }
        length += piece_length;
        out.push_str(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Message {
        Message {
            title: text.to_owned(),
            notice: None,
            summary: Some(text.to_owned()),
            facts: vec![("Project", text.to_owned())],
            errors: vec![
                (3, text.to_owned()),
                (2, text.to_owned()),
                (1, text.to_owned()),
            ],
            link: "https://faults.example.com/e/1".to_owned(),
        }
    }

    fn settings() -> SlackSettings {
        SlackSettings {
            webhook_url: "https://hooks.slack.com/services/T/B/x".into(),
            channel: None,
        }
    }

    /// Every string in the payload.
    fn texts(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::String(text) => into.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
            Value::Object(fields) => fields.values().for_each(|item| texts(item, into)),
            _ => {}
        }
    }

    #[test]
    fn nothing_exceeds_slacks_limits_however_long_or_escaped_the_text_is() {
        for text in ["&".repeat(10_000), "😀".repeat(10_000), "x".repeat(10_000)] {
            let payload = payload(&settings(), &message(&text));
            let length = |pointer: &str| {
                let text = payload.pointer(pointer).and_then(Value::as_str).unwrap();
                text.encode_utf16().count()
            };
            assert!(length("/blocks/0/text/text") <= 150);
            assert!(length("/blocks/1/text/text") <= 3_000);
            assert!(length("/blocks/2/fields/0/text") <= 2_000);
            assert!(length("/blocks/3/text/text") <= 3_000);
            assert!(length("/text") <= 40_000);
        }
    }

    #[test]
    fn nobody_is_mentioned_and_no_link_is_made_by_foreign_text() {
        let payload = payload(
            &settings(),
            &message("<!channel> <http://evil|ok> & `code`"),
        );
        let mut found = Vec::new();
        texts(&payload, &mut found);
        assert!(found.iter().all(|text| !text.contains('<')), "{found:?}");
        let top = payload
            .pointer("/blocks/3/text/text")
            .and_then(Value::as_str);
        assert_eq!(top.unwrap().matches('`').count(), 6);
    }

    #[test]
    fn a_link_that_slack_would_refuse_costs_the_button_not_the_message() {
        let mut message = message("x");
        for (link, buttons) in [
            ("https://faults.example.com/", 1),
            ("/errors/1", 0),
            ("javascript:alert(1)", 0),
        ] {
            message.link = link.to_owned();
            let payload = payload(&settings(), &message);
            let blocks = payload["blocks"].as_array().unwrap();
            let found = blocks.iter().filter(|block| block["type"] == "actions");
            assert_eq!(found.count(), buttons, "{link}");
        }
    }
}
