//! Text messages over Twilio's REST API, or one that speaks it.

use crate::channel_type::{ChannelType, Clients};
use crate::fields::Fields;
use crate::http::{Answer, Http};
use crate::message::{Message, place};
use crate::recipients::Recipients;
use crate::text::counted;
use crate::text::{one_line, quoted};
use async_trait::async_trait;
use faultbook_domain::notifications::NotifyError;
use faultbook_domain::notifications::channel_masks::origin;
use faultbook_domain::notifications::{ChannelKind, ChannelSettings, Notification, Secret};
use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

/// Most that one message takes in GSM's alphabet: two segments of 153 (GSM 03.40).
const GSM_LIMIT: usize = 306;
/// Most that one message takes otherwise: four segments of 67 UTF-16 units.
const UCS2_LIMIT: usize = 268;
/// What is left to the words however long the link is.
const LEAST_WORDS: usize = 80;

/// The SMS service of who names none.
const USUAL_SERVICE: &str = "https://api.twilio.com";

/// Text messages.
pub struct SmsChannel;

struct SmsSettings {
    /// The service's root, `https://api.twilio.com`.
    api_base: String,
    /// The account.
    account_sid: String,
    /// The account's password.
    auth_token: Secret,
    /// The sender: a number in E.164 form, or a messaging service's id (`MG...`).
    from_number: String,
    /// Who gets the message, in E.164 form (`+15551234567`).
    to_numbers: Vec<String>,
}

impl SmsSettings {
    fn read(fields: &mut Fields) -> Self {
        Self {
            api_base: fields.address("api_base", Some(USUAL_SERVICE)),
            account_sid: fields.required("account_sid"),
            auth_token: Secret::new(fields.required("auth_token")),
            from_number: fields.required("from_number"),
            to_numbers: fields.list(
                "to_numbers",
                "must be a list of numbers such as +15551234567",
                is_number,
            ),
        }
    }
}

/// E.164.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[async_trait]
impl ChannelType for SmsChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::named("sms")
    }

    fn check(&self, fields: &mut Fields) {
        SmsSettings::read(fields);
    }

    fn hidden_fields(&self) -> &'static [&'static str] {
        &["auth_token"]
    }

    fn recipients_field(&self) -> Option<&'static str> {
        Some("to_numbers")
    }

    fn receivers(&self, settings: &ChannelSettings) -> Option<String> {
        let count = settings.get("to_numbers")?.as_array()?.len();
        Some(counted(count, "number", "numbers"))
    }

    fn destination(&self, settings: &ChannelSettings) -> Option<String> {
        match settings.get("api_base").unwrap_or(&Value::Null) {
            Value::Null => origin(USUAL_SERVICE),
            Value::String(text) if text.trim().is_empty() => origin(USUAL_SERVICE),
            given => origin(given.as_str()?),
        }
    }

    fn moved_secret_message(&self) -> &'static str {
        "must be given anew with another api_base"
    }

    /// Sends to each number in turn, within the timeout in all. A number that the service does not
    /// like keeps no other from being served.
    async fn send(
        &self,
        clients: &Clients,
        settings: &ChannelSettings,
        notification: &Notification,
        reached: &[String],
    ) -> Result<String, NotifyError> {
        let settings = SmsSettings::read(&mut Fields::of(settings));
        send_all(clients, &settings, notification, reached).await
    }
}

async fn send_all(
    clients: &Clients,
    settings: &SmsSettings,
    notification: &Notification,
    reached: &[String],
) -> Result<String, NotifyError> {
    let Clients { http, timeout, .. } = clients;
    let deadline = Instant::now() + *timeout;
    let body = text(notification);
    // Checked before anything is sent, so that a refused target is refused as a whole.
    http.target(&settings.api_base)?;
    let mut recipients = Recipients::new(&settings.to_numbers, reached);
    for number in recipients.pending().to_vec() {
        let sent = timeout_at(deadline, send_one(http, settings, &number, &body)).await;
        let answer = match sent {
            Ok(Ok(answer)) => answer,
            Ok(Err(error @ NotifyError::RefusedTarget { .. })) => return Err(error),
            Ok(Err(error)) => {
                recipients.fail(error);
                break;
            }
            Err(_) => {
                recipients.fail(NotifyError::transient(format!(
                    "the SMS service did not finish within {} s",
                    timeout.as_secs_f32()
                )));
                break;
            }
        };
        match answer.verdict("the SMS service", &complaint(&answer, settings)) {
            Ok(answer) => {
                recipients.reach(&number);
                recipients.hear(answer);
            }
            Err(error) => recipients.fail(error),
        }
        if concerns_all(answer.status) {
            break;
        }
    }
    recipients.outcome()
}

async fn send_one(
    http: &Http,
    settings: &SmsSettings,
    number: &str,
    body: &str,
) -> Result<Answer, NotifyError> {
    let target = http.target(&settings.api_base)?.with_segments(&[
        "2010-04-01",
        "Accounts",
        &settings.account_sid,
        "Messages.json",
    ]);
    let sender = if settings.from_number.starts_with("MG") {
        "MessagingServiceSid"
    } else {
        "From"
    };
    let request = http
        .post(&target)
        .basic_auth(&settings.account_sid, Some(settings.auth_token.reveal()))
        .form(&[
            (sender, settings.from_number.as_str()),
            ("To", number),
            ("Body", body),
        ]);
    http.send(&target, request).await
}

/// Whether the next number would get the same answer: credentials, address, rate.
fn concerns_all(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::TOO_MANY_REQUESTS
    )
}

/// Twilio's error code and sentence: `21211 The 'To' number is not valid`.
fn complaint(answer: &Answer, settings: &SmsSettings) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return String::new();
    };
    let message = body["message"].as_str().unwrap_or_default();
    let text = match body["code"].as_u64() {
        Some(code) => format!("{code} {message}"),
        None => message.to_owned(),
    };
    quoted(&text, &[settings.auth_token.reveal()])
}

/// The whole story in at most a few segments: words first, shortened as needed, then the link,
/// which is of use only when whole.
fn text(notification: &Notification) -> String {
    let message = Message::of(notification);
    let mut head = format!("{} ({})", message.title, place(notification));
    if let Some(summary) = &message.summary {
        head.push_str(": ");
        head.push_str(summary);
    }
    let link = format!(" {}", message.link);
    let errors = |length: usize| -> String {
        message
            .errors
            .iter()
            .map(|(count, text)| format!("; {count}x {}", one_line(text, length)))
            .collect()
    };
    // The errors give way first: their counts and a few words tell enough.
    let whole = [60, 40, 25, 15]
        .into_iter()
        .map(|length| plain_cuts(&format!("{head}{}{link}", errors(length))))
        .find(|text| size(text) <= limit(text));
    whole.unwrap_or_else(|| {
        let tail = format!("{}{link}", errors(12));
        let mut head_length = head.chars().count();
        loop {
            let text = plain_cuts(&format!("{}{tail}", one_line(&head, head_length)));
            if size(&text) <= limit(&text) || head_length <= LEAST_WORDS {
                return text;
            }
            head_length -= 1;
        }
    })
}

/// GSM's alphabet has no `…`, which would cost a message half of its room.
fn plain_cuts(text: &str) -> String {
    text.replace('…', "..")
}

fn limit(text: &str) -> usize {
    if text.chars().all(|c| septets(c).is_some()) {
        GSM_LIMIT
    } else {
        UCS2_LIMIT
    }
}

/// The text's length as the network counts it.
fn size(text: &str) -> usize {
    text.chars()
        .map(septets)
        .sum::<Option<usize>>()
        .unwrap_or_else(|| text.encode_utf16().count())
}

/// How much a character takes in GSM's default alphabet (GSM 03.38), if it is in it.
fn septets(c: char) -> Option<usize> {
    const OTHERS: &str = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà\n\r";
    match c {
        '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        '`' => None,
        ' '..='~' => Some(1),
        c if OTHERS.contains(c) => Some(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use faultbook_domain::id::ErrorId;
    use faultbook_domain::notifications::{Measurement, NotificationKind, TopError};
    use std::time::Duration;
    use time::macros::datetime;
    use uuid::Uuid;

    fn notification(rule: &str, error: &str) -> Notification {
        let top_error = |count| TopError {
            id: ErrorId(Uuid::nil()),
            message: error.to_owned(),
            count,
        };
        Notification {
            id: Uuid::nil(),
            thread_id: Uuid::nil(),
            kind: NotificationKind::Alert,
            raised_at: datetime!(2025-08-15 10:30:00 UTC),
            rule: rule.to_owned(),
            measurement: Some(Measurement {
                metric: "error_count".to_owned(),
                value: 73.0,
                operator: ">".to_owned(),
                threshold: 50.0,
                window: Duration::from_secs(300),
            }),
            top_errors: vec![top_error(40), top_error(20), top_error(13)],
            project: Some("shop".to_owned()),
            environment: None,
            link: "https://faults.example.com/alerts/1".to_owned(),
        }
    }

    #[test]
    fn a_message_tells_everything_within_its_segments() {
        let text = text(&notification(
            "High Error Rate",
            &"Timeout in checkout ".repeat(20),
        ));
        for part in [
            "High Error Rate (shop / all environments)",
            "73 errors in the last 5 minutes",
            "more than 50",
            "40x Timeout",
            "20x Timeout",
            "13x Timeout",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(text.ends_with(" https://faults.example.com/alerts/1"));
        assert!(size(&text) <= GSM_LIMIT, "{text}");
    }

    #[test]
    fn long_names_give_way_to_counts_and_link_in_any_script() {
        for rule in [
            "{".repeat(200),
            "界".repeat(200),
            "😀".repeat(200),
            "r".repeat(200),
        ] {
            let text = text(&notification(&rule, "boom"));
            assert!(size(&text) <= limit(&text), "{} in {text}", size(&text));
            assert!(
                text.contains("40x boom") && text.ends_with("/alerts/1"),
                "{text}"
            );
        }
    }
}
