//! The affected user, and the address of the client.

use super::fields::{Object, object, take_object, text};
use crate::origin::Origin;
use serde_json::Value;
use std::net::IpAddr;

/// What an SDK sends for the address as the receiver sees it.
const AUTO: &str = "{{auto}}";

/// Takes `user` out of an event. Where it is nothing but a placeholder for the address, the address stands there: who
/// are different must not look the same.
pub(super) fn take(
    event: &mut Object,
    ip_address: impl FnOnce(&Object) -> Option<String>,
) -> (Option<Object>, Option<String>) {
    let mut user = take_object(event, "user");
    let ip_address = ip_address(user.as_ref().unwrap_or(&Object::new()));
    if let (Some(user), Some(ip_address)) = (&mut user, &ip_address)
        && user.len() == 1
        && text(user, "ip_address") == Some(AUTO)
    {
        user.insert("ip_address".to_owned(), Value::from(ip_address.as_str()));
    }
    (user, ip_address)
}

/// The address of the user's client. Never that of a server whose SDK sent the event.
pub(super) fn ip_address(
    user: &Object,
    sdk: Option<&Object>,
    platform: Option<&str>,
    remote_address: Option<&str>,
    origin: &Origin<'_>,
) -> Option<String> {
    let address = |text: &str| {
        text.trim()
            .parse::<IpAddr>()
            .ok()
            .map(|address| address.to_string())
    };
    let named = text(user, "ip_address");
    if let Some(address) = named.and_then(address) {
        return Some(address);
    }
    let setting = sdk
        .and_then(|sdk| object(sdk, "settings"))
        .and_then(|settings| text(settings, "infer_ip"));
    if setting == Some("never") {
        return None;
    }
    let inferred = named == Some(AUTO)
        || setting == Some("auto")
        || (platform == Some("javascript") && setting.is_none());
    let inferred = if inferred {
        origin.client_address.and_then(address)
    } else {
        None
    };
    inferred.or_else(|| remote_address.and_then(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::tests::origin;
    use serde_json::json;

    #[test]
    fn the_address_is_that_of_the_users_client() {
        let (auto, never) = (
            json!({ "settings": { "infer_ip": "auto" } }),
            json!({ "settings": { "infer_ip": "never" } }),
        );
        let none = json!({});
        let remote = Some("10.1.1.1");
        let cases = [
            (
                json!({ "ip_address": "1.2.3.4" }),
                &none,
                "python",
                remote,
                Some("1.2.3.4"),
            ),
            (
                json!({ "ip_address": "::1" }),
                &auto,
                "javascript",
                None,
                Some("::1"),
            ),
            (
                json!({ "ip_address": "{{auto}}" }),
                &none,
                "python",
                remote,
                Some("203.0.113.9"),
            ),
            (json!({}), &auto, "python", None, Some("203.0.113.9")),
            (json!({}), &none, "javascript", remote, Some("203.0.113.9")),
            (json!({}), &none, "python", remote, Some("10.1.1.1")),
            (json!({}), &none, "python", None, None),
            (
                json!({ "ip_address": "somewhere" }),
                &none,
                "python",
                Some("x"),
                None,
            ),
            (
                json!({ "ip_address": 5 }),
                &none,
                "python",
                remote,
                Some("10.1.1.1"),
            ),
            (json!({}), &never, "javascript", remote, None),
            (
                json!({ "ip_address": "{{auto}}" }),
                &never,
                "javascript",
                remote,
                None,
            ),
        ];
        for (user, sdk, platform, remote, expected) in cases {
            let address = ip_address(
                user.as_object().unwrap(),
                sdk.as_object(),
                Some(platform),
                remote,
                &origin(),
            );
            assert_eq!(address.as_deref(), expected, "{user} {sdk} {platform}");
        }
    }

    #[test]
    fn a_user_is_kept_as_sent_unless_it_is_a_placeholder_alone() {
        let cases = [
            (
                json!({ "id": 5, "ip_address": "{{auto}}" }),
                Some(json!({ "id": 5, "ip_address": "{{auto}}" })),
            ),
            (
                json!({ "ip_address": "{{auto}}" }),
                Some(json!({ "ip_address": "9.9.9.9" })),
            ),
            (json!({}), None),
            (json!("ada"), None),
        ];
        for (sent, expected) in cases {
            let mut event = json!({ "user": sent });
            let (user, _) = take(event.as_object_mut().unwrap(), |_| {
                Some("9.9.9.9".to_owned())
            });
            assert_eq!(user.map(Value::Object), expected, "{sent}");
        }
    }
}
