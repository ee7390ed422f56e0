//! Puts parameters into a message: `%s`, `%d`, `%1$s`, `%(name)s`, `{}`, `{0}`, `{name}`.

use serde_json::Value;

/// Puts the parameters in where the message has a placeholder for them. A placeholder without a parameter stays.
///
/// The text ends soon after `limit` bytes, however often it names a long parameter.
pub(super) fn put_in(message: &str, params: &Value, limit: usize) -> String {
    let mut writer = Writer {
        params,
        next: 0,
        out: String::with_capacity(message.len()),
        limit,
    };
    let mut rest = message;
    while let Some(found) = rest.find(['%', '{']) {
        writer.push(&rest[..found]);
        rest = &rest[found..];
        let taken = if rest.starts_with('%') {
            writer.percent(rest)
        } else {
            writer.brace(rest)
        };
        let taken = taken.unwrap_or_else(|| {
            writer.push(&rest[..1]);
            1
        });
        rest = &rest[taken..];
        if writer.out.len() >= limit {
            return writer.out;
        }
    }
    writer.push(rest);
    writer.out
}

struct Writer<'a> {
    params: &'a Value,
    /// The next parameter of a list.
    next: usize,
    out: String,
    limit: usize,
}

impl Writer<'_> {
    fn push(&mut self, text: &str) {
        let left = self.limit.saturating_sub(self.out.len());
        // A byte holds no more than a character.
        self.out.push_str(super::fields::cut_str(text, left));
    }

    /// Writes the parameter of a `%` placeholder and returns the placeholder's length; `None` when it is none.
    fn percent(&mut self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        if bytes.get(1) == Some(&b'%') {
            self.push("%");
            return Some(2);
        }
        let mut at = 1;
        let mut name = None;
        if bytes.get(at) == Some(&b'(') {
            let end = text.find(')')?;
            name = Some(&text[at + 1..end]);
            at = end + 1;
        }
        let from = at;
        at += bytes[at..].iter().position(|b| !b.is_ascii_digit())?;
        let mut place = None;
        if bytes[at] == b'$' {
            place = text[from..at].parse::<usize>().ok();
            at += 1;
        }
        // Flags, width, precision and sizes say how a parameter is shown, which does not matter here.
        at += bytes[at..]
            .iter()
            .position(|b| !b"-+#0123456789.*hlLqz".contains(b))?;
        if !bytes[at].is_ascii_alphabetic() {
            return None;
        }
        match (name, place) {
            (Some(name), _) => self.named(name)?,
            (None, Some(place)) => self.listed(place.checked_sub(1)?)?,
            (None, None) => self.following()?,
        }
        Some(at + 1)
    }

    /// Writes the parameter of a `{}` placeholder and returns the placeholder's length; `None` when it is none.
    fn brace(&mut self, text: &str) -> Option<usize> {
        let end = text.find('}').filter(|end| *end <= 100)?;
        let name = text[1..end].split([':', '!']).next().unwrap_or_default();
        if name.is_empty() {
            self.following()?;
        } else if let Ok(place) = name.parse() {
            self.listed(place)?;
        } else {
            self.named(name)?;
        }
        Some(end + 1)
    }

    fn following(&mut self) -> Option<()> {
        self.listed(self.next)?;
        self.next += 1;
        Some(())
    }

    fn listed(&mut self, place: usize) -> Option<()> {
        let param = match self.params {
            Value::Array(params) => params.get(place)?,
            Value::Object(params) => params.values().nth(place)?,
            one => (place == 0).then_some(one)?,
        };
        self.write(param);
        Some(())
    }

    fn named(&mut self, name: &str) -> Option<()> {
        let param = match self.params {
            Value::Object(params) => params.get(name)?,
            // Python hands over `{"name": ...}` as the one parameter of a list.
            Value::Array(params) => params.first()?.get(name)?,
            _ => return None,
        };
        self.write(param);
        Some(())
    }

    fn write(&mut self, param: &Value) {
        match param {
            Value::String(text) => self.push(text),
            other => self.push(&other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn parameters_are_put_in() {
        let cases = [
            ("a %s b %d", json!(["x", 5]), "a x b 5"),
            ("%s", json!(["a %s"]), "a %s"),
            ("%s and %s", json!(["one"]), "one and %s"),
            ("100% of %s", json!(["x"]), "100% of x"),
            ("100%% of %s", json!(["x"]), "100% of x"),
            ("100%", json!(["x"]), "100%"),
            (
                "%(a)s-%(b)d %(c)s",
                json!({ "a": "x", "b": 2 }),
                "x-2 %(c)s",
            ),
            ("%(a)s", json!([{ "a": "x" }]), "x"),
            (
                "%5.2f|%-10s|%lu|%+v",
                json!([1.5, "l", 7, "go"]),
                "1.5|l|7|go",
            ),
            ("%2$s %1$s", json!(["a", "b"]), "b a"),
            ("a {} b {}", json!(["x", null]), "a x b null"),
            ("{1} {0:>5} {2}", json!(["a", true]), "true a {2}"),
            (
                "{name!r} {other}",
                json!({ "name": [1, 2] }),
                "[1,2] {other}",
            ),
            ("{} {", json!("one"), "one {"),
            ("é%é {é}", json!(["x"]), "é%é {é}"),
        ];
        for (message, params, expected) in cases {
            assert_eq!(put_in(message, &params, 1_000), expected, "{message}");
        }
    }

    #[test]
    fn the_text_ends_at_the_limit() {
        let text = put_in(
            &"%(a)s".repeat(10_000),
            &json!({ "a": "x".repeat(10_000) }),
            1_000,
        );
        assert!(text.len() <= 1_000);
    }

    proptest! {
        #[test]
        fn no_message_panics(message in "([%{}()$.0-9a-zé]|%s)*", params in proptest::collection::vec("[a-z%{}]*", 0..3)) {
            put_in(&message, &json!(params), 100);
        }
    }
}
