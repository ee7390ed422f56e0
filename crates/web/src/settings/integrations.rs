//! Channels: where alert rules may send.

use crate::form::{Choice, Form, FormState};
use crate::shell::Shell;
use crate::ui::Markup;
use crate::{assets, ui, words};
use askama::Template;
use askama::filters::Safe;
use faultbook_domain::notifications::{ChannelState, Shown};
use time::OffsetDateTime;

/// A channel with its last test.
#[derive(Debug)]
pub struct ChannelShown {
    /// The channel, without secrets.
    pub shown: Shown,
    /// When a message that waits is tried again.
    pub next_attempt: Option<OffsetDateTime>,
}

/// The page of all channels.
#[derive(Debug, Template)]
#[template(path = "settings/integrations.html")]
pub struct IntegrationsPage {
    shell: Shell,
    channels: Vec<ChannelShown>,
}

/// The page of one channel.
#[derive(Debug, Template)]
#[template(path = "settings/integration.html")]
pub struct IntegrationPage {
    shell: Shell,
    shown: Shown,
    typed: FormState,
}

/// A setting of a channel as a field.
#[derive(Debug)]
struct Setting {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    is_secret: bool,
    is_list: bool,
    choices: &'static [&'static str],
}

const fn setting(name: &'static str, label: &'static str, hint: &'static str) -> Setting {
    Setting {
        name,
        label,
        hint,
        is_secret: false,
        is_list: false,
        choices: &[],
    }
}

const fn secret(name: &'static str, label: &'static str) -> Setting {
    let hint = "Shown masked. Leave it as it is to keep it.";
    Setting {
        is_secret: true,
        ..setting(name, label, hint)
    }
}

const fn list(name: &'static str, label: &'static str) -> Setting {
    Setting {
        is_list: true,
        ..setting(name, label, "One a line")
    }
}

/// The settings of a kind of channel.
fn settings(kind: &str) -> Vec<Setting> {
    match kind {
        "slack" => vec![
            secret("webhook_url", "Webhook address"),
            setting("channel", "Channel", "#alerts"),
        ],
        "email" => vec![
            setting("smtp_server", "Server", "smtp.example.com"),
            setting("smtp_port", "Port", "587"),
            Setting {
                choices: &["starttls", "tls", "none"],
                ..setting("smtp_security", "Security", "")
            },
            setting("username", "User", ""),
            secret("password", "Password"),
            setting("from_email", "From", "faults@example.com"),
            list("recipients", "To"),
        ],
        "webhook" => vec![
            setting("url", "Address", "https://example.com/hooks/faults"),
            secret("secret", "Secret that signs"),
        ],
        "sms" => vec![
            setting("api_base", "Service", "https://api.twilio.com"),
            setting("account_sid", "Account", ""),
            secret("auth_token", "Token"),
            setting("from_number", "From", "+351210000100"),
            list("to_numbers", "To"),
        ],
        _ => Vec::new(),
    }
}

/// The names of a channel's settings that hold lists.
#[must_use]
pub fn is_list(kind: &str, name: &str) -> bool {
    settings(kind)
        .iter()
        .any(|setting| setting.name == name && setting.is_list)
}

/// The names of a channel's settings.
#[must_use]
pub fn setting_names(kind: &str) -> Vec<&'static str> {
    settings(kind).iter().map(|setting| setting.name).collect()
}

/// What a setting holds, as text.
fn text_of(shown: &Shown, name: &str, joint: &str) -> String {
    match shown.config.get(name) {
        None => String::new(),
        Some(value) => match (value.as_str(), value.as_array()) {
            (Some(text), _) => text.to_owned(),
            (_, Some(all)) => {
                let texts: Vec<&str> = all.iter().filter_map(|one| one.as_str()).collect();
                texts.join(joint)
            }
            _ => value.to_string(),
        },
    }
}

fn badge(state: ChannelState) -> Markup {
    let (colour, word) = match state {
        ChannelState::Connected => (" green", "Connected"),
        ChannelState::Configured => (" blue", "Not tested"),
        ChannelState::NotConfigured => ("", "Not set up"),
        ChannelState::Error => (" red", "Error"),
    };
    Safe(format!("<span class=\"badge{colour}\">{word}</span>"))
}

impl IntegrationsPage {
    /// The channels of this installation.
    #[must_use]
    pub fn new(shell: Shell, channels: Vec<ChannelShown>) -> Self {
        Self { shell, channels }
    }

    fn badge(&self, shown: &Shown) -> Markup {
        badge(shown.state)
    }

    fn is_set(&self, shown: &Shown) -> bool {
        shown.state != ChannelState::NotConfigured
    }

    fn has_failed(&self, shown: &Shown) -> bool {
        shown.state == ChannelState::Error
    }

    /// The settings that are filled in, with what they hold.
    fn facts(&self, shown: &Shown) -> Vec<(&'static str, String)> {
        let all = settings(shown.kind.as_str());
        let told = all
            .iter()
            .map(|setting| (setting.label, text_of(shown, setting.name, ", ")));
        told.filter(|(_, text)| !text.is_empty()).collect()
    }

    /// How the last test went.
    fn result(&self, channel: &ChannelShown) -> Option<String> {
        let test = channel.shown.last_test.as_ref();
        let told = test
            .map(|test| test.result.clone())
            .filter(|result| !result.is_empty());
        let failure = channel.shown.last_error.clone();
        told.or(failure).or_else(|| {
            let passed = channel.shown.state == ChannelState::Connected;
            passed.then(|| "The last test passed.".to_owned())
        })
    }
}

impl IntegrationPage {
    /// One channel.
    #[must_use]
    pub fn new(shell: Shell, shown: Shown, typed: FormState) -> Self {
        Self {
            shell,
            shown,
            typed,
        }
    }

    fn form(&self) -> Form<'_> {
        self.typed.of("channel")
    }

    fn settings(&self) -> Vec<Setting> {
        settings(self.shown.kind.as_str())
    }

    fn held(&self, setting: &Setting) -> String {
        text_of(&self.shown, setting.name, "\n")
    }

    fn choices(&self, setting: &Setting) -> Vec<Choice> {
        setting
            .choices
            .iter()
            .map(|name| Choice::new(*name, *name))
            .collect()
    }

    fn is_set(&self) -> bool {
        self.shown.state != ChannelState::NotConfigured
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_its_settings() {
        for kind in ["slack", "email", "webhook", "sms"] {
            assert!(!setting_names(kind).is_empty(), "{kind}");
        }
        assert!(is_list("email", "recipients") && !is_list("email", "username"));
    }
}
