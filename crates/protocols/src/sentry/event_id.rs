//! Ids of events.

use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Reads an id, with or without hyphens, in any case. `None` for what is no UUID, and for the one of zeros, which
/// means that there is none.
pub(super) fn read(value: &Value) -> Option<Uuid> {
    value
        .as_str()
        .and_then(|text| Uuid::try_parse(text.trim()).ok())
        .filter(|id| !id.is_nil())
}

/// Derives the id of an envelope's further event that has none of its own, the same each time it is sent.
pub(super) fn derived(of_envelope: Uuid, place: usize) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(of_envelope.as_bytes());
    hash.update(place.to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_read_in_every_form() {
        let id = Uuid::from_u128(0x9EC7_9C33_EC99_42AB_8353_589F_CB2E_04DC);
        for text in [
            "9ec79c33ec9942ab8353589fcb2e04dc",
            "9EC79C33EC9942AB8353589FCB2E04DC",
            "9ec79c33-ec99-42ab-8353-589fcb2e04dc",
        ] {
            assert_eq!(read(&json!(text)), Some(id), "{text}");
        }
        for value in [
            json!("x"),
            json!(""),
            json!(5),
            json!(null),
            json!("0".repeat(32)),
        ] {
            assert_eq!(read(&value), None, "{value}");
        }
    }

    #[test]
    fn derived_ids_differ_by_place_alone() {
        let id = Uuid::from_u128(1);
        assert_eq!(derived(id, 1), derived(id, 1));
        assert_ne!(derived(id, 1), derived(id, 2));
    }
}
