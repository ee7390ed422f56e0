//! Mail over SMTP.

use crate::channel_type::{ChannelType, Clients};
use crate::email_settings::{EmailSettings, MailServer};
use crate::fields::Fields;
use crate::text::counted;
use async_trait::async_trait;
use faultbook_domain::notifications::NotifyError;
use faultbook_domain::notifications::{ChannelKind, ChannelSettings, Notification};

/// Mail.
pub struct EmailChannel;

#[async_trait]
impl ChannelType for EmailChannel {
    fn kind(&self) -> ChannelKind {
        ChannelKind::EMAIL
    }

    fn check(&self, fields: &mut Fields) {
        EmailSettings::read(fields);
    }

    fn hidden_fields(&self) -> &'static [&'static str] {
        &["password"]
    }

    fn recipients_field(&self) -> Option<&'static str> {
        Some("recipients")
    }

    fn receivers(&self, settings: &ChannelSettings) -> Option<String> {
        let count = settings.get("recipients")?.as_array()?.len();
        Some(counted(count, "person", "people"))
    }

    fn destination(&self, settings: &ChannelSettings) -> Option<String> {
        let mut fields = Fields::of(settings);
        let server = MailServer::read(&mut fields);
        fields.into_faults().is_empty().then(|| {
            let host = server.host.to_lowercase();
            format!("{:?} {host}:{}", server.security, server.port)
        })
    }

    fn moved_secret_message(&self) -> &'static str {
        "must be given anew with another smtp_server, smtp_port or smtp_security"
    }

    async fn send(
        &self,
        clients: &Clients,
        settings: &ChannelSettings,
        notification: &Notification,
        reached: &[String],
    ) -> Result<String, NotifyError> {
        let settings = EmailSettings::read(&mut Fields::of(settings));
        clients.smtp.send(&settings, notification, reached).await
    }
}
