//! Secrets of channels' configurations: hidden when they are shown, and kept when what hides them comes back.

use super::channel_config::{FieldFault, destination, origin};
use super::integrations::Config;
use crate::alerts::ChannelKind;
use serde_json::Value;

/// What stands for a secret that is not shown.
const MASK: &str = "***";

/// Fields that are never shown.
const SECRETS: [&str; 3] = ["password", "auth_token", "secret"];

/// Fields whose paths often are secrets.
const ADDRESSES: [&str; 2] = ["webhook_url", "url"];

/// What stands for the path of an address.
const MASKED_PATH: &str = "/...";

/// Hides the secrets of a configuration.
#[must_use]
pub fn masked(config: &Config) -> Config {
    let mask = |(field, value): (&String, &Value)| {
        let shown = match value {
            Value::String(_) if SECRETS.contains(&field.as_str()) => Value::from(MASK),
            Value::String(text) if ADDRESSES.contains(&field.as_str()) => {
                Value::from(without_path(text))
            }
            value => value.clone(),
        };
        (field.clone(), shown)
    };
    config.iter().map(mask).collect()
}

/// Puts stored secrets back where a new configuration has masks. A secret goes nowhere but where it went
/// before: with another scheme or security, host or port it must be given anew.
///
/// # Errors
/// The fields in which there is nothing that a mask could stand for.
pub fn unmasked(
    kind: ChannelKind,
    mut new: Config,
    old: Option<&Config>,
) -> Result<Config, Vec<FieldFault>> {
    let mut faults = Vec::new();
    for field in ADDRESSES {
        let Some(masked) = new.get(field).and_then(masked_address) else {
            continue;
        };
        let kept = old.and_then(|old| old.get(field));
        match kept.filter(|kept| is_same_origin(kept, &masked)) {
            Some(kept) => drop(new.insert(field.to_owned(), kept.clone())),
            None => faults.push(FieldFault::of(field, "must be given whole")),
        }
    }
    let place = destination(kind, &new);
    let stays = place.is_some() && old.is_some_and(|old| destination(kind, old) == place);
    for field in SECRETS {
        if !new.get(field).is_some_and(is_mask) {
            continue;
        }
        match old.and_then(|old| old.get(field)) {
            Some(kept) if stays => drop(new.insert(field.to_owned(), kept.clone())),
            Some(_) => faults.push(FieldFault::of(field, anew(kind))),
            None => faults.push(FieldFault::of(field, "must be given: none is stored")),
        }
    }
    if faults.is_empty() {
        Ok(new)
    } else {
        Err(faults)
    }
}

const fn anew(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Email => {
            "must be given anew with another smtp_server, smtp_port or smtp_security"
        }
        ChannelKind::Sms => "must be given anew with another api_base",
        ChannelKind::Slack | ChannelKind::Webhook => "must be given anew with another address",
    }
}

fn is_mask(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim() == MASK)
}

/// An address without its path, if that is masked.
fn masked_address(value: &Value) -> Option<String> {
    let address = value.as_str()?.trim().strip_suffix(MASKED_PATH)?;
    let (_, host) = address.split_once("://")?;
    (!host.contains(['/', '?', '#', '\\'])).then(|| address.to_owned())
}

fn is_same_origin(one: &Value, other: &str) -> bool {
    let one = one.as_str().and_then(origin);
    one.is_some() && one == origin(other)
}

/// `https://hooks.slack.com/...`
fn without_path(address: &str) -> String {
    match origin(address) {
        Some(origin) => origin + MASKED_PATH,
        None => MASK.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(value: Value) -> Config {
        let Value::Object(config) = value else {
            panic!("{value}")
        };
        config
    }

    /// The fields at fault when `change` is made to `old` as it is shown.
    fn faults(kind: ChannelKind, old: &Value, change: &Value) -> Vec<&'static str> {
        let old = config(old.clone());
        let mut new = masked(&old);
        new.extend(config(change.clone()));
        match unmasked(kind, new, Some(&old)) {
            Ok(kept) => {
                for field in SECRETS {
                    assert_eq!(kept.get(field), old.get(field), "{change}");
                }
                Vec::new()
            }
            Err(faults) => faults.iter().map(|fault| fault.field).collect(),
        }
    }

    fn email() -> Value {
        json!({
            "smtp_server": "smtp.example.com", "username": "u", "password": "p",
            "from_email": "a@example.com", "recipients": ["a@example.com"],
        })
    }

    fn webhook() -> Value {
        json!({ "url": "https://user:pass@example.com/hook?token=x", "secret": "whsec_abc" })
    }

    fn sms() -> Value {
        json!({
            "account_sid": "AC1", "auth_token": "t", "from_number": "+15550001111",
            "to_numbers": ["+15551234567"],
        })
    }

    #[test]
    fn what_is_shown_holds_no_secret_and_sent_back_changes_nothing() {
        let slack = json!({ "webhook_url": "https://hooks.slack.com/services/T/B/x" });
        for (kind, old) in [
            (ChannelKind::Slack, slack),
            (ChannelKind::Email, email()),
            (ChannelKind::Webhook, webhook()),
            (ChannelKind::Sms, sms()),
        ] {
            let old = config(old);
            let shown = masked(&old);
            let text = Value::Object(shown.clone()).to_string();
            assert!(
                !text.contains("token=x") && !text.contains("services"),
                "{text}"
            );
            assert_eq!(unmasked(kind, shown, Some(&old)), Ok(old));
        }
        let shown = masked(&config(webhook()));
        assert_eq!(
            Value::Object(shown),
            json!({ "url": "https://example.com/...", "secret": "***" })
        );
    }

    #[test]
    fn a_secret_stays_while_it_goes_to_the_same_place() {
        for change in [
            json!({ "recipients": ["b@example.com"], "username": "v", "from_email": "c@example.com" }),
            json!({ "smtp_server": "SMTP.example.com", "smtp_port": 587, "smtp_security": "starttls" }),
            json!({ "smtp_server": " smtp.example.com ", "smtp_port": null, "smtp_security": null }),
        ] {
            assert!(
                faults(ChannelKind::Email, &email(), &change).is_empty(),
                "{change}"
            );
        }
        for change in [
            json!({ "url": "https://example.com/other" }),
            json!({ "url": "https://EXAMPLE.com:443/x?y=z" }),
        ] {
            assert!(
                faults(ChannelKind::Webhook, &webhook(), &change).is_empty(),
                "{change}"
            );
        }
        for change in [
            json!({ "to_numbers": ["+15557654321"], "api_base": "https://api.twilio.com" }),
            json!({ "account_sid": "AC2", "api_base": "HTTPS://API.twilio.com/", "from_number": "x" }),
        ] {
            assert!(
                faults(ChannelKind::Sms, &sms(), &change).is_empty(),
                "{change}"
            );
        }
    }

    #[test]
    fn a_secret_goes_nowhere_else() {
        for change in [
            json!({ "smtp_server": "evil.example.com" }),
            json!({ "smtp_server": "smtp.example.com.evil.example" }),
            json!({ "smtp_port": 2525 }),
            json!({ "smtp_security": "none" }),
            json!({ "smtp_security": "none", "smtp_port": 587 }),
            json!({ "smtp_security": "tls" }),
            json!({ "smtp_server": "evil.example.com", "password": " *** " }),
        ] {
            assert_eq!(
                faults(ChannelKind::Email, &email(), &change),
                ["password"],
                "{change}"
            );
        }
        for url in [
            "http://example.com/hook",
            "https://example.com:8443/hook",
            "https://example.com@evil.example/hook",
            "https://evil.example/?https://example.com/hook",
            "https://evil.example\\@example.com/",
            "https://example.org/hook",
        ] {
            let change = json!({ "url": url });
            assert_eq!(
                faults(ChannelKind::Webhook, &webhook(), &change),
                ["secret"],
                "{url}"
            );
        }
        for base in [
            "https://evil.example",
            "http://api.twilio.com",
            "https://api.twilio.com:444",
        ] {
            let change = json!({ "api_base": base });
            assert_eq!(
                faults(ChannelKind::Sms, &sms(), &change),
                ["auth_token"],
                "{base}"
            );
        }
        let change = json!({ "url": "https://evil.example/..." });
        assert_eq!(
            faults(ChannelKind::Webhook, &webhook(), &change),
            ["url", "secret"]
        );
    }

    #[test]
    fn a_secret_of_its_own_goes_anywhere_and_a_mask_of_nothing_is_refused() {
        let new = config(json!({ "url": "https://example.org/x", "secret": "whsec_new" }));
        let old = config(webhook());
        assert_eq!(
            unmasked(ChannelKind::Webhook, new.clone(), Some(&old)),
            Ok(new)
        );
        let new = config(json!({ "url": "https://example.com/x", "secret": "***" }));
        let fault = FieldFault::of("secret", "must be given: none is stored");
        assert_eq!(unmasked(ChannelKind::Webhook, new, None), Err(vec![fault]));
    }
}
