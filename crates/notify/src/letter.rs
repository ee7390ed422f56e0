//! Formats a notification as mail: subject, text and HTML.

use crate::email_settings::EmailSettings;
use crate::message::{Message, place};
use crate::text::{one_line, one_line_or};
use faultbook_domain::notifications::{Email, NotifyError};
use faultbook_domain::notifications::{Notification, NotificationKind};
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mail, MultiPart};
use std::time::SystemTime;

/// A letter and its sender.
pub struct Letter {
    /// The sender's address, to which refusals go.
    pub sender: Address,
    /// Headers and body.
    pub bytes: Vec<u8>,
}

impl Letter {
    /// Writes a letter to all recipients of a settings.
    ///
    /// Letters of one rule are answers to one message that never was, which is how mail programs
    /// put them into one thread; they also share their subject.
    ///
    /// # Errors
    /// [`NotifyError::Permanent`] when an address of the channel is none.
    pub fn write(
        settings: &EmailSettings,
        notification: &Notification,
    ) -> Result<Self, NotifyError> {
        let from = mailbox("from_email", &settings.from_email)?;
        let domain = from.email.domain();
        let thread = format!("<rule-{}@{domain}>", notification.thread_id);
        let mut mail = Mail::builder()
            .from(from.clone())
            .date(SystemTime::from(notification.raised_at))
            .message_id(Some(format!("<{}@{domain}>", notification.id)))
            .in_reply_to(thread.clone())
            .references(thread)
            .subject(subject(notification))
            // Keeps absence notes and the like from answering (RFC 3834; the second is Exchange's).
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"));
        for recipient in &settings.recipients {
            mail = mail.to(mailbox("recipients", recipient)?);
        }
        let message = Message::of(notification);
        let mail = mail
            .multipart(MultiPart::alternative_plain_html(
                message.text(),
                html(&message),
            ))
            .map_err(|error| NotifyError::permanent(format!("cannot write the mail: {error}")))?;
        Ok(Self {
            sender: from.email,
            bytes: mail.formatted(),
        })
    }

    /// Writes a letter to one person.
    ///
    /// # Errors
    /// [`NotifyError::Permanent`] when an address is none.
    pub fn personal(settings: &EmailSettings, letter: &Email) -> Result<Self, NotifyError> {
        let from = mailbox("from_email", &settings.from_email)?;
        let domain = from.email.domain();
        let paragraphs: Vec<String> = letter
            .paragraphs
            .iter()
            .map(|text| one_line(text, 2_000))
            .collect();
        let html: String = paragraphs
            .iter()
            .map(|text| format!("<p>{}</p>", escaped(text)))
            .collect();
        let mail = Mail::builder()
            .from(from.clone())
            .to(mailbox("to", &letter.to)?)
            .date(SystemTime::from(letter.at))
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            .subject(one_line(&letter.subject, 200))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .multipart(MultiPart::alternative_plain_html(
                paragraphs.join("\n\n"),
                format!("<!DOCTYPE html><html><body>{html}</body></html>"),
            ))
            .map_err(|error| NotifyError::permanent(format!("cannot write the mail: {error}")))?;
        Ok(Self {
            sender: from.email,
            bytes: mail.formatted(),
        })
    }
}

/// Reads `user@host` or `Name <user@host>`. The parser takes no control characters, line breaks
/// least of all.
///
/// # Errors
/// [`NotifyError::Permanent`] naming the field.
pub fn mailbox(field: &str, text: &str) -> Result<Mailbox, NotifyError> {
    text.parse().map_err(|_| {
        let shown = one_line(text, 100);
        NotifyError::permanent(format!("{field}: '{shown}' is not a mail address"))
    })
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn subject(notification: &Notification) -> String {
    let test = match notification.kind {
        NotificationKind::Alert => "",
        NotificationKind::Test => "[TEST] ",
    };
    let rule = one_line_or(&notification.rule, 200, "(unnamed rule)");
    format!("{test}[{}] {rule}", place(notification))
}

/// The message as a page, with the styles in place since mail programs drop style sheets.
fn html(message: &Message) -> String {
    let title = escaped(&message.title);
    let notice = paragraph(message.notice, |text| format!("<strong>{text}</strong>"));
    let summary = paragraph(message.summary.as_deref(), |text| text);
    let facts: String = message.facts.iter().map(fact).collect();
    let errors = top_errors(&message.errors);
    let link = link(&message.link);
    format!(
        "<!DOCTYPE html>\
         <html><body style=\"font-family:sans-serif;color:#222;max-width:40em\">\
         <h2 style=\"margin:0 0 .5em\">{title}</h2>\
         {notice}{summary}\
         <table style=\"border-spacing:0\">{facts}</table>\
         {errors}{link}\
         </body></html>"
    )
}

fn paragraph(text: Option<&str>, inner: impl Fn(String) -> String) -> String {
    text.map_or_else(String::new, |text| {
        format!("<p>{}</p>", inner(escaped(text)))
    })
}

fn fact((label, value): &(&str, String)) -> String {
    format!(
        "<tr><td style=\"color:#666;padding-right:1em\">{}</td><td>{}</td></tr>",
        escaped(label),
        escaped(value)
    )
}

fn top_errors(errors: &[(u64, String)]) -> String {
    if errors.is_empty() {
        return String::new();
    }
    let row = |(count, text): &(u64, String)| {
        format!(
            "<tr><td style=\"text-align:right;vertical-align:top\"><strong>{count}</strong> ×</td>\
             <td><code>{}</code></td></tr>",
            escaped(text)
        )
    };
    let rows: String = errors.iter().map(row).collect();
    format!("<h3 style=\"margin:1em 0 .3em\">Top errors</h3><table>{rows}</table>")
}

/// The link, clickable if it is one that a browser should follow.
fn link(link: &str) -> String {
    let shown = escaped(link);
    let follow = url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if follow {
        format!("<p><a href=\"{shown}\">Open in Faultbook</a><br>{shown}</p>")
    } else {
        format!("<p>{shown}</p>")
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
