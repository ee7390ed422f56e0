//! Identity of affected users, for counting distinct users.

use super::json_text::JsonText;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Maximum digits of a number whose exponent is expanded; longer ones keep it.
const WRITTEN_OUT: i64 = 100;

/// A 128-bit hash that identifies an affected user, so that users of any form and size can be counted without parsing
/// them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserKey([u8; 16]);

impl UserKey {
    /// Hashes a report's `user`: its `id` if that is present and not null, otherwise the whole object. Numbers and
    /// strings of the same text are the same user.
    #[must_use]
    pub fn of(user: &JsonText) -> Self {
        let object: Option<Map<String, Value>> = serde_json::from_str(user.as_str()).ok();
        let id = object.and_then(|mut user| user.remove("id"));
        match id {
            Some(Value::String(id)) => Self::hash(&id),
            Some(Value::Number(id)) => Self::hash(&written_out(&id.to_string())),
            Some(id) if !id.is_null() => Self::hash(&id.to_string()),
            _ => Self::hash(user.as_str()),
        }
    }

    /// Hashes the person that a report names: by `id`, else `email`, else `username`, else `ip_address`; `None` where
    /// it has none of them. Numbers and strings of the same text are the same person.
    #[must_use]
    pub fn of_person(user: &JsonText) -> Option<Self> {
        crate::search::person(user).map(|text| Self::hash(&text))
    }

    /// Hashes the text that names a user.
    #[must_use]
    pub fn of_text(identity: &str) -> Self {
        Self::hash(identity)
    }

    /// Returns the key of stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the stored bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn hash(identity: &str) -> Self {
        let digest = Sha256::digest(identity.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }
}

/// Expands the exponent of a number where the result is short (`1.5e1` becomes `15`), so that spellings of one id are
/// one user. Bounded whatever the exponent.
pub(crate) fn written_out(number: &str) -> String {
    let Some((mantissa, exponent)) = number.split_once(['e', 'E']) else {
        return number.to_owned();
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
    let before_point = exponent
        .parse::<i64>()
        .ok()
        .and_then(|exponent| exponent.checked_add(i64::try_from(whole.len()).ok()?))
        .filter(|place| (-WRITTEN_OUT..=WRITTEN_OUT).contains(place) && length <= WRITTEN_OUT);
    let Some(place) = before_point else {
        return number.to_ascii_lowercase().replace("e+", "e");
    };
    let missing = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    let (whole, fraction) = if place <= 0 {
        (String::from("0"), format!("{}{digits}", missing(-place)))
    } else if place >= length {
        (
            format!("{digits}{}", missing(place - length)),
            String::new(),
        )
    } else {
        let (whole, fraction) = digits.split_at(usize::try_from(place).unwrap_or(0));
        (whole.to_owned(), fraction.to_owned())
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(user: &str) -> UserKey {
        UserKey::of(&JsonText::from_stored(user.to_owned()))
    }

    #[test]
    fn users_are_told_apart_by_id_or_as_a_whole() {
        for (one, other) in [
            (r#"{"id":7,"name":"a"}"#, r#"{"id":"7"}"#),
            (r#"{"id":1e2}"#, r#"{"id":100}"#),
            (r#"{"id":1.5E+1}"#, r#"{"id":"15"}"#),
            (r#"{"id":25e-1}"#, r#"{"id":"2.5"}"#),
            (r#"{"id":1e-2}"#, r#"{"id":"0.01"}"#),
            (r#"{"id":0e5}"#, r#"{"id":0}"#),
            (r#"{"id":1E+200000}"#, r#"{"id":1e200000}"#),
            (r#"{"id":null,"a":1}"#, r#"{"id":null,"a":1}"#),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        for (one, other) in [
            (r#"{"id":7}"#, r#"{"id":8}"#),
            (r#"{"id":1e200000}"#, r#"{"id":1e200001}"#),
            (r#"{"id":1e-200000}"#, r#"{"id":1e200000}"#),
            (r#"{"email":"a"}"#, r#"{"email":"b"}"#),
            (r#"{"id":null,"a":1}"#, r#"{"id":null,"a":2}"#),
            (r#"{"id":true}"#, r#"{"id":false}"#),
        ] {
            assert_ne!(key(one), key(other), "{one} {other}");
        }
    }

    #[test]
    fn persons_are_told_apart_by_the_first_name_they_have() {
        let key = |user: &str| UserKey::of_person(&JsonText::from_stored(user.to_owned()));
        for (user, text) in [
            (r#"{"id":1.5e1,"email":"a"}"#, Some("15")),
            (r#"{"id":null,"email":"a@b","username":"u"}"#, Some("a@b")),
            (r#"{"id":" ","username":"u"}"#, Some("u")),
            (r#"{"ip_address":"::1","name":"n"}"#, Some("::1")),
            (r#"{"name":"n"}"#, None),
            ("no JSON", None),
        ] {
            assert_eq!(key(user), text.map(UserKey::of_text), "{user}");
        }
    }

    #[test]
    fn no_user_is_beyond_a_key() {
        let digits = format!(r#"{{"id":{}}}"#, "7".repeat(140_000));
        let longer = format!(r#"{{"id":{}}}"#, "7".repeat(140_001));
        assert_ne!(key(&digits), key(&longer));
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(500), "]".repeat(500));
        for user in [
            deep.as_str(),
            "no JSON",
            "",
            r#"{"id":9e99999999999999999999}"#,
        ] {
            assert_eq!(key(user), key(user), "{user}");
        }
    }
}
