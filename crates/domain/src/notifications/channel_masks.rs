//! Secrets of channels' configurations: hidden when they are shown, and kept when what hides them comes back.

use super::channel::{ChannelKind, ChannelSettings};
use super::channel_registry::{ChannelRegistry, FieldFault};
use serde_json::Value;
use url::Url;

/// What stands for a secret that is not shown.
const MASK: &str = "***";

/// What stands for the path of an address.
const MASKED_PATH: &str = "/...";

/// Hides the secrets of a channel's settings.
#[must_use]
pub fn masked(registry: &dyn ChannelRegistry, settings: &ChannelSettings) -> ChannelSettings {
    let secret = registry.secret_fields();
    let mask = |(field, value): (&String, &Value)| {
        let shown = match value {
            Value::String(_) if secret.hidden.contains(&field.as_str()) => Value::from(MASK),
            Value::String(text) if secret.addresses.contains(&field.as_str()) => {
                Value::from(without_path(text))
            }
            value => value.clone(),
        };
        (field.clone(), shown)
    };
    settings.iter().map(mask).collect()
}

/// Puts stored secrets back where new settings have masks. A secret goes nowhere but where it went
/// before: with another scheme or security, host or port it must be given anew.
///
/// # Errors
/// The fields in which there is nothing that a mask could stand for.
pub fn unmasked(
    registry: &dyn ChannelRegistry,
    kind: ChannelKind,
    mut new: ChannelSettings,
    old: Option<&ChannelSettings>,
) -> Result<ChannelSettings, Vec<FieldFault>> {
    let secret = registry.secret_fields();
    let mut faults = Vec::new();
    for field in secret.addresses {
        let Some(masked) = new.get(field).and_then(masked_address) else {
            continue;
        };
        let kept = old.and_then(|old| old.get(field));
        match kept.filter(|kept| is_same_origin(kept, &masked)) {
            Some(kept) => drop(new.insert(field.to_owned(), kept.clone())),
            None => faults.push(FieldFault::new(field, "must be given whole")),
        }
    }
    let destination = registry.destination(kind, &new);
    let stays = destination.is_some()
        && old.is_some_and(|old| registry.destination(kind, old) == destination);
    for field in secret.hidden {
        if !new.get(field).is_some_and(is_mask) {
            continue;
        }
        match old.and_then(|old| old.get(field)) {
            Some(kept) if stays => drop(new.insert(field.to_owned(), kept.clone())),
            Some(_) => faults.push(FieldFault::new(field, registry.moved_secret_message(kind))),
            None => faults.push(FieldFault::new(field, "must be given: none is stored")),
        }
    }
    if faults.is_empty() {
        Ok(new)
    } else {
        Err(faults)
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

/// Scheme, host and port of a web address, as the clients that connect there read it.
#[must_use]
pub fn origin(address: &str) -> Option<String> {
    let url = Url::parse(address.trim()).ok()?;
    let is_web = ["http", "https"].contains(&url.scheme());
    (is_web && url.has_host()).then(|| url.origin().ascii_serialization())
}
