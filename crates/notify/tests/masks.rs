//! Secrets of the channels of this crate: hidden when shown, and kept while they go to the same place.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is how failure is reported"
)]

use faultbook_domain::notifications::channel_masks::{masked, unmasked};
use faultbook_domain::notifications::{ChannelKind, ChannelRegistry, ChannelSettings, FieldFault};
use faultbook_notify::ChannelTypes;
use serde_json::{Value, json};

fn config(value: Value) -> ChannelSettings {
    let Value::Object(config) = value else {
        panic!("{value}")
    };
    config
}

/// The fields at fault when `change` is made to `old` as it is shown.
fn faults(kind: ChannelKind, old: &Value, change: &Value) -> Vec<&'static str> {
    let old = config(old.clone());
    let mut new = masked(&ChannelTypes, &old);
    new.extend(config(change.clone()));
    match unmasked(&ChannelTypes, kind, new, Some(&old)) {
        Ok(kept) => {
            for field in ChannelTypes.secret_fields().hidden {
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
        (ChannelKind::named("slack"), slack),
        (ChannelKind::EMAIL, email()),
        (ChannelKind::named("webhook"), webhook()),
        (ChannelKind::named("sms"), sms()),
    ] {
        let old = config(old);
        let shown = masked(&ChannelTypes, &old);
        let text = Value::Object(shown.clone()).to_string();
        assert!(
            !text.contains("token=x") && !text.contains("services"),
            "{text}"
        );
        assert_eq!(unmasked(&ChannelTypes, kind, shown, Some(&old)), Ok(old));
    }
    let shown = masked(&ChannelTypes, &config(webhook()));
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
            faults(ChannelKind::EMAIL, &email(), &change).is_empty(),
            "{change}"
        );
    }
    for change in [
        json!({ "url": "https://example.com/other" }),
        json!({ "url": "https://EXAMPLE.com:443/x?y=z" }),
    ] {
        assert!(
            faults(ChannelKind::named("webhook"), &webhook(), &change).is_empty(),
            "{change}"
        );
    }
    for change in [
        json!({ "to_numbers": ["+15557654321"], "api_base": "https://api.twilio.com" }),
        json!({ "account_sid": "AC2", "api_base": "HTTPS://API.twilio.com/", "from_number": "x" }),
    ] {
        assert!(
            faults(ChannelKind::named("sms"), &sms(), &change).is_empty(),
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
            faults(ChannelKind::EMAIL, &email(), &change),
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
            faults(ChannelKind::named("webhook"), &webhook(), &change),
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
            faults(ChannelKind::named("sms"), &sms(), &change),
            ["auth_token"],
            "{base}"
        );
    }
    let change = json!({ "url": "https://evil.example/..." });
    assert_eq!(
        faults(ChannelKind::named("webhook"), &webhook(), &change),
        ["url", "secret"]
    );
}

#[test]
fn a_secret_of_its_own_goes_anywhere_and_a_mask_of_nothing_is_refused() {
    let new = config(json!({ "url": "https://example.org/x", "secret": "whsec_new" }));
    let old = config(webhook());
    assert_eq!(
        unmasked(
            &ChannelTypes,
            ChannelKind::named("webhook"),
            new.clone(),
            Some(&old)
        ),
        Ok(new)
    );
    let new = config(json!({ "url": "https://example.com/x", "secret": "***" }));
    let fault = FieldFault::new("secret", "must be given: none is stored");
    assert_eq!(
        unmasked(&ChannelTypes, ChannelKind::named("webhook"), new, None),
        Err(vec![fault])
    );
}
