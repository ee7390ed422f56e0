//! Test channels.

use faultbook_domain::notifications::{
    ChannelKind, ChannelRegistry, ChannelSettings, FieldFault, SecretFields,
};
use serde_json::Value;

/// Two kinds of channels: `slack` with a `webhook_url`, and `email` with a `smtp_server`, a `password` and
/// `recipients`. Only the first field of each is required.
#[derive(Debug, Clone, Copy, Default)]
pub struct TestChannels;

impl ChannelRegistry for TestChannels {
    fn kinds(&self) -> Vec<ChannelKind> {
        vec![ChannelKind::named("slack"), ChannelKind::EMAIL]
    }

    fn validate(
        &self,
        kind: ChannelKind,
        settings: &ChannelSettings,
    ) -> Result<(), Vec<FieldFault>> {
        let field = destination_field(kind).ok_or_else(Vec::new)?;
        match settings.get(field) {
            Some(Value::String(_)) => Ok(()),
            _ => Err(vec![FieldFault::new(field, "is required")]),
        }
    }

    fn secret_fields(&self) -> SecretFields {
        SecretFields {
            hidden: vec!["password"],
            addresses: vec!["webhook_url"],
        }
    }

    fn destination(&self, kind: ChannelKind, settings: &ChannelSettings) -> Option<String> {
        let text = settings.get(destination_field(kind)?)?.as_str()?;
        Some(text.to_owned())
    }

    fn moved_secret_message(&self, _kind: ChannelKind) -> &'static str {
        "must be given anew with another smtp_server"
    }

    fn receivers(&self, kind: ChannelKind, settings: &ChannelSettings) -> Option<String> {
        self.destination(kind, settings)
    }

    fn recipients_field(&self, kind: ChannelKind) -> Option<&'static str> {
        (kind == ChannelKind::EMAIL).then_some("recipients")
    }
}

fn destination_field(kind: ChannelKind) -> Option<&'static str> {
    match kind.as_str() {
        "slack" => Some("webhook_url"),
        "email" => Some("smtp_server"),
        _ => None,
    }
}

/// Builds settings from a JSON object.
#[must_use]
pub fn settings(value: Value) -> ChannelSettings {
    match value {
        Value::Object(settings) => settings,
        other => panic!("settings are an object: {other}"),
    }
}
