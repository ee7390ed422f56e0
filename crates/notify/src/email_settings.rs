//! The settings of a mail channel: server, sender and recipients.

use crate::fields::Fields;
use faultbook_domain::notifications::Secret;

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Not at all.
    None,
    /// It starts in the clear and must be upgraded before anything is said (port 587).
    StartTls,
    /// TLS from the first byte (port 465).
    Tls,
}

impl SmtpSecurity {
    /// The port of a mail server that names none.
    const fn usual_port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::StartTls => 587,
            Self::Tls => 465,
        }
    }
}

/// A mail server, and how to connect to it.
#[derive(Debug, Clone)]
pub struct MailServer {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
}

impl MailServer {
    /// Reads the server of the settings.
    pub fn read(fields: &mut Fields) -> Self {
        let security = match fields.text("smtp_security").as_deref() {
            None | Some("starttls") => SmtpSecurity::StartTls,
            Some("tls") => SmtpSecurity::Tls,
            Some("none") => SmtpSecurity::None,
            Some(_) => {
                fields.fault("smtp_security", "must be one of none, starttls, tls");
                SmtpSecurity::StartTls
            }
        };
        let usual = security.usual_port();
        let port = match fields.given("smtp_port") {
            None => Some(usual),
            Some(port) => port.as_u64().and_then(|port| u16::try_from(port).ok()),
        };
        let port = port.filter(|port| *port > 0).unwrap_or_else(|| {
            fields.fault("smtp_port", "must be a port from 1 to 65535");
            usual
        });
        Self {
            host: fields.required("smtp_server"),
            port,
            security,
        }
    }
}

/// The settings of a mail channel.
#[derive(Debug, Clone)]
pub struct EmailSettings {
    /// The server that takes the mail.
    pub server: MailServer,
    /// Who logs in; nobody when absent.
    pub username: Option<String>,
    /// The password of `username`.
    pub password: Option<Secret>,
    /// The sender: `alerts@example.com` or `Alerts <alerts@example.com>`.
    pub from_email: String,
    /// Who gets the mail, in the same form.
    pub recipients: Vec<String>,
}

impl EmailSettings {
    /// Reads them.
    pub fn read(fields: &mut Fields) -> Self {
        let server = MailServer::read(fields);
        let from_email = fields.required("from_email");
        if !from_email.is_empty() && !is_mailbox(&from_email) {
            fields.fault("from_email", "must be an e-mail address");
        }
        Self {
            server,
            username: fields.text("username"),
            password: fields.text("password").map(Secret::new),
            from_email,
            recipients: fields.list(
                "recipients",
                "must be a list of e-mail addresses",
                is_mailbox,
            ),
        }
    }
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
