//! The SMTP session with a mail server.

use crate::bounded::Bounded;
use crate::email_settings::{EmailSettings, MailServer, SmtpSecurity};
use crate::guard::Guard;
use crate::letter::{Letter, mailbox};
use crate::recipients::Recipients;
use crate::text::quoted;
use crate::tls::Trust;
use faultbook_domain::notifications::{Email, NotifyError};
use faultbook_domain::notifications::{Notification, Secret};
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

/// The most that a server may say in one conversation, its certificates included.
const MAX_SAID: u64 = 64 * 1024;
/// How long one of several addresses may take to answer before the next is tried.
const CONNECT: Duration = Duration::from_secs(3);
/// How long we wait for the server's goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// Hands letters to mail servers.
pub struct Smtp {
    guard: Arc<Guard>,
    trust: Trust,
    timeout: Duration,
}

impl Smtp {
    /// Gives up after `timeout`.
    pub const fn new(guard: Arc<Guard>, trust: Trust, timeout: Duration) -> Self {
        Self {
            guard,
            trust,
            timeout,
        }
    }

    /// Sends the notification as one letter to all who have not got it. A recipient that the
    /// server refuses keeps no other from being served.
    ///
    /// # Errors
    /// [`NotifyError`], with the recipients that were served.
    pub async fn send(
        &self,
        settings: &EmailSettings,
        notification: &Notification,
        reached: &[String],
    ) -> Result<String, NotifyError> {
        let letter = Letter::write(settings, notification)?;
        self.hand_over(settings, &letter, &settings.recipients, reached)
            .await
    }

    /// Sends a letter to one person, who need not be a recipient of the channel.
    ///
    /// # Errors
    /// [`NotifyError`].
    pub async fn send_personal(
        &self,
        settings: &EmailSettings,
        personal: &Email,
    ) -> Result<String, NotifyError> {
        let letter = Letter::personal(settings, personal)?;
        let to = [personal.to.clone()];
        self.hand_over(settings, &letter, &to, &[]).await
    }

    async fn hand_over(
        &self,
        settings: &EmailSettings,
        letter: &Letter,
        to: &[String],
        reached: &[String],
    ) -> Result<String, NotifyError> {
        let deadline = Instant::now() + self.timeout;
        let mut recipients = Recipients::new(to, reached);
        if recipients.pending().is_empty() {
            return recipients.outcome();
        }
        let talk = self.converse(settings, letter, &mut recipients);
        let connection = match timeout_at(deadline, talk).await {
            Ok(Ok(connection)) => Some(connection),
            Ok(Err(error @ NotifyError::RefusedTarget { .. })) => return Err(error),
            Ok(Err(error)) => {
                recipients.fail(error);
                None
            }
            Err(_) => {
                recipients.fail(NotifyError::transient(format!(
                    "{} did not finish within {} s",
                    settings.server.host,
                    self.timeout.as_secs_f32()
                )));
                None
            }
        };
        if let Some(mut connection) = connection {
            // The letter is accepted by now, or refused: how the server says goodbye changes nothing.
            let patience = deadline.min(Instant::now() + GOODBYE);
            drop(timeout_at(patience, connection.command(Quit)).await);
        }
        recipients.outcome()
    }

    async fn converse(
        &self,
        settings: &EmailSettings,
        letter: &Letter,
        recipients: &mut Recipients,
    ) -> Result<AsyncSmtpConnection, NotifyError> {
        let password = settings.password.as_ref().map_or("", Secret::reveal);
        let failed = |stage: &'static str| move |error: Error| failure(stage, &error, &[password]);
        let hello = ClientId::Domain(letter.sender.domain().to_owned());
        let mut connection = self.connect(&settings.server, &hello).await?;
        if settings.server.security == SmtpSecurity::StartTls {
            let parameters = self.trust.upgrade(host(&settings.server));
            let parameters = parameters.map_err(failed("STARTTLS"))?;
            // Fails when the server does not offer it: nothing is said in the clear.
            connection
                .starttls(parameters, &hello)
                .await
                .map_err(failed("STARTTLS"))?;
        }
        if let Some(username) = &settings.username {
            let credentials = Credentials::new(username.clone(), password.to_owned());
            connection
                .auth(DEFAULT_MECHANISMS, &credentials)
                .await
                .map_err(failed("logging in"))?;
        }
        let accepted = self.address(&mut connection, letter, recipients).await?;
        if !accepted.is_empty() {
            connection.command(Data).await.map_err(failed("DATA"))?;
            let answer = connection
                .message(&letter.bytes)
                .await
                .map_err(failed("the letter"))?;
            let said = answer.first_line().unwrap_or_default();
            recipients.hear(quoted(&format!("{} {said}", answer.code()), &[password]));
            for recipient in &accepted {
                recipients.reach(recipient);
            }
        }
        Ok(connection)
    }

    /// Names sender and recipients, and returns those that the server accepts.
    async fn address(
        &self,
        connection: &mut AsyncSmtpConnection,
        letter: &Letter,
        recipients: &mut Recipients,
    ) -> Result<Vec<String>, NotifyError> {
        let utf8 = connection
            .server_info()
            .supports_feature(Extension::SmtpUtfEight);
        let mut addresses = Vec::new();
        for recipient in recipients.pending().to_vec() {
            let address = mailbox("recipients", &recipient)?.email;
            if utf8 || is_ascii(&address) {
                addresses.push((recipient, address));
            } else {
                recipients.fail(NotifyError::permanent(
                    "the server takes no addresses beyond ASCII",
                ));
            }
        }
        let beyond_ascii =
            !is_ascii(&letter.sender) || addresses.iter().any(|(_, address)| !is_ascii(address));
        let parameters = if beyond_ascii {
            vec![MailParameter::SmtpUtfEight]
        } else {
            vec![]
        };
        connection
            .command(Mail::new(Some(letter.sender.clone()), parameters))
            .await
            .map_err(|error| failure("the sender", &error, &[]))?;
        let mut accepted = Vec::new();
        for (recipient, address) in addresses {
            match connection.command(Rcpt::new(address, vec![])).await {
                Ok(_) => accepted.push(recipient),
                Err(error) if error.status().is_some() => {
                    recipients.fail(failure("a recipient", &error, &[]));
                }
                Err(error) => return Err(failure("a recipient", &error, &[])),
            }
        }
        Ok(accepted)
    }

    /// Connects to a checked address, and hears the server's greeting.
    async fn connect(
        &self,
        server: &MailServer,
        hello: &ClientId,
    ) -> Result<AsyncSmtpConnection, NotifyError> {
        let host = host(server);
        let addresses = self.guard.addresses(host).await;
        let addresses = addresses.map_err(|error| NotifyError::from(&error))?;
        let unreachable = |cause: String| {
            NotifyError::transient(format!("cannot connect to {host}:{}: {cause}", server.port))
        };
        let mut cause = String::new();
        let mut connected = None;
        for address in addresses {
            let peer = SocketAddr::new(address, server.port);
            match timeout(CONNECT, TcpStream::connect(peer)).await {
                Ok(Ok(stream)) => {
                    connected = Some((stream, peer));
                    break;
                }
                Ok(Err(error)) => cause = error.to_string(),
                Err(_) => cause = "no answer".to_owned(),
            }
        }
        let (stream, peer) = connected.ok_or_else(|| unreachable(cause))?;
        let greeted = if server.security == SmtpSecurity::Tls {
            let name = ServerName::try_from(host.to_owned())
                .map_err(|_| NotifyError::permanent(format!("{host} is not a host name")))?;
            let stream = TlsConnector::from(self.trust.config())
                .connect(name, Bounded::new(stream, peer, MAX_SAID))
                .await
                .map_err(|error| unreachable(error.to_string()))?;
            let stream = Box::new(Bounded::new(stream, peer, MAX_SAID));
            AsyncSmtpConnection::connect_with_transport(stream, hello).await
        } else {
            let stream = Box::new(Bounded::new(stream, peer, MAX_SAID));
            AsyncSmtpConnection::connect_with_transport(stream, hello).await
        };
        greeted.map_err(|error| failure("the greeting", &error, &[]))
    }
}

/// The server as certificates name it: an IPv6 address without its brackets.
fn host(server: &MailServer) -> &str {
    server.host.trim().trim_matches(['[', ']'])
}

fn is_ascii(address: &Address) -> bool {
    let text: &str = address.as_ref();
    text.is_ascii()
}

/// What a failure means. The server's 4yz may pass, its 5yz will not (RFC 5321, section 4.2.1); what
/// lettre itself refuses (no way to log in that both know) will not either; a broken connection may.
fn failure(stage: &str, error: &Error, secrets: &[&str]) -> NotifyError {
    let said = std::error::Error::source(error)
        .map(|source| quoted(&source.to_string(), secrets))
        .unwrap_or_default();
    if let Some(code) = error.status() {
        let reason = format!("the mail server refuses ({stage}): {code} {said}");
        return if error.is_permanent() {
            NotifyError::permanent(reason)
        } else {
            NotifyError::transient(reason)
        };
    }
    if error.is_client() {
        NotifyError::permanent(format!("cannot send the mail ({stage}): {said}"))
    } else {
        NotifyError::transient(format!("the connection failed ({stage}): {said}"))
    }
}
