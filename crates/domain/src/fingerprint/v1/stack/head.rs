//! Reads messages that are the line with which a run time announces an error, rather than what the error says.

/// What an announcement names and says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Head<'a> {
    /// The type of the exception; empty when the run time names none.
    pub(in super::super) type_name: &'a str,
    /// What the error says.
    pub(in super::super) value: &'a str,
    /// Whether the line names the place of the error, so that it can be read as a stack trace of one call.
    pub(in super::super) placed: bool,
}

/// Reads the announcement of a panic (Rust), an uncaught exception (Apple's Foundation) or an exception (Ruby).
pub(in super::super) fn read(text: &str) -> Option<Head<'_>> {
    let text = text.trim_ascii();
    match text.as_bytes().first()? {
        b't' => rust(text),
        b'*' | b'T' => apple(text),
        _ => ruby(text),
    }
}

/// `thread 'main' panicked at src/cart.rs:12:5:` and what it says on the next line, or before Rust 1.73 `thread 'main'
/// panicked at 'what it says', src/cart.rs:12:5`: `std::panicking::default_hook`.
fn rust(text: &str) -> Option<Head<'_>> {
    let named = text.strip_prefix("thread '")?;
    let (_, said) = named.split_once("panicked at ")?;
    let (value, placed) = match said.strip_prefix('\'') {
        Some(quoted) => match quoted.rfind("', ") {
            Some(end) => (&quoted[..end], true),
            // The place was left out.
            None => (quoted.strip_suffix('\'')?, false),
        },
        None => (said.split_once(":\n").map_or("", |(_, value)| value), true),
    };
    // A backtrace may follow.
    let value = value.split("\nnote: ").next().unwrap_or(value);
    let value = value.split("\nstack backtrace:").next().unwrap_or(value);
    Some(Head {
        type_name: "",
        value: value.trim_ascii(),
        placed,
    })
}

/// `*** Terminating app due to uncaught exception 'NSRangeException', reason: 'what it says'`, as Foundation's handler of
/// uncaught exceptions prints.
fn apple(text: &str) -> Option<Head<'_>> {
    let text = text.strip_prefix("*** ").unwrap_or(text);
    let named = text.strip_prefix("Terminating app due to uncaught exception '")?;
    let (type_name, rest) = named.split_once('\'')?;
    let reason = rest.strip_prefix(", reason: ").unwrap_or_default();
    let line = reason.lines().next().unwrap_or_default().trim_ascii();
    let value = line
        .strip_prefix('\'')
        .map_or(line, |quoted| quoted.strip_suffix('\'').unwrap_or(quoted));
    Some(Head {
        type_name,
        value,
        placed: false,
    })
}

/// `/app/cart.rb:12:in 'total': what it says (TypeError)`: Ruby's `Exception#full_message`.
fn ruby(text: &str) -> Option<Head<'_>> {
    let line = text.lines().next()?;
    let (value, type_name) = super::ruby::announced(line)?;
    Some(Head {
        type_name,
        value,
        placed: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_are_read() {
        let cases = [
            (
                "thread 'main' panicked at 'no lamp at 7', src/row.rs:40:9",
                Some(("", "no lamp at 7")),
            ),
            (
                "thread 'main' panicked at 'no lamp at 7'",
                Some(("", "no lamp at 7")),
            ),
            (
                "thread 'w' (12) panicked at src/row.rs:40:9:\nno lamp at 7\nnote: run with `RUST_BACKTRACE=1`",
                Some(("", "no lamp at 7")),
            ),
            (
                "*** Terminating app due to uncaught exception 'NSRangeException', reason: '-[Row at:]: index 7'",
                Some(("NSRangeException", "-[Row at:]: index 7")),
            ),
            (
                "/srv/row.rb:4:in `light': no lamp (IndexError)",
                Some(("IndexError", "no lamp")),
            ),
            ("thread pool is full", None),
            ("no lamp: row.rb", None),
        ];
        for (text, expected) in cases {
            let read = read(text).map(|head| (head.type_name, head.value));
            assert_eq!(read, expected, "{text}");
        }
    }
}
