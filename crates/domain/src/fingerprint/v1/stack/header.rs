//! Parses the line that names an exception: `Type: message`.

use super::super::message;

/// What may stand before the type.
const ANNOUNCEMENTS: &[&str] = &[
    "Uncaught (in promise) ",
    "Uncaught ",
    "Unhandled exception. ",
    "Unhandled Exception: ",
    "Unhandled exception: ",
    "UnhandledPromiseRejectionWarning: ",
    "Caused by: ",
    "caused by: ",
    "Wrapped by: ",
    "[cause]: ",
    "PHP Fatal error:  Uncaught ",
    "Fatal error: Uncaught ",
    "Error: Uncaught ",
    "** (EXIT) ",
    "Suppressed: ",
    "Fatal Exception: ",
    "ERROR: ",
    "WARN: ",
    "LoadError: ",
];

/// Splits `Type: message` into both. A type is a name without spaces that is qualified, or starts
/// with a capital letter and is not all capitals.
pub(in super::super) fn split(line: &str) -> Option<(&str, &str)> {
    let bare = message::strip_prefix(line);
    announced(bare).or_else(|| {
        // `12:00:01 ERROR [main] c.a.Shop - java.lang.IllegalStateException: ...`
        let prefixed = bare.len() < line.trim_ascii().len();
        let (_, rest) = prefixed.then(|| bare.split_once(" - ")).flatten()?;
        announced(rest)
    })
}

fn announced(line: &str) -> Option<(&str, &str)> {
    let mut rest = line.trim_ascii();
    while let Some(after) = ANNOUNCEMENTS
        .iter()
        .find_map(|start| rest.strip_prefix(start))
    {
        rest = after;
    }
    if let Some(after) = rest.strip_prefix("Exception in thread ") {
        let name = after.strip_prefix('"')?;
        rest = name[name.find('"')? + 1..].trim_ascii_start();
    }
    // Google Play's console: `Exception java.lang.IllegalStateException: ...`.
    if let Some(after) = rest.strip_prefix("Exception ")
        && after
            .split([':', ' '])
            .next()
            .is_some_and(|name| name.contains('.') && is_type(name, true))
    {
        rest = after;
    }
    let end = rest
        .bytes()
        .take(200)
        .position(|b| b.is_ascii_whitespace())
        .unwrap_or_else(|| rest.len().min(200));
    let word = rest.get(..end)?;
    let (name, message) = match word.strip_suffix(':') {
        Some(name) => (name, rest[end..].trim_ascii_start()),
        None if end == rest.len() => (word, ""),
        // Node prints the code of its errors: `TypeError [ERR_INVALID_ARG_TYPE]: ...`.
        None if rest[end..].starts_with(" [") => {
            let (_, message) = rest[end..].split_once("]: ")?;
            (word, message)
        }
        // .NET prints the code of some: `SocketException (11001): ...`.
        None if rest[end..].starts_with(" (")
            && word.contains('.')
            && coded(&rest[end..]).is_some() =>
        {
            (word, coded(&rest[end..])?)
        }
        // Rails' log: `NoMethodError (undefined method 'x' for nil):`.
        None if rest[end..].starts_with(" (") && is_type(word, true) => {
            let inner = rest[end + 2..].trim_end_matches(':').strip_suffix(')')?;
            (word, inner)
        }
        None => return None,
    };
    // Java prints the class loader or module before the type.
    let name = name.rsplit('/').next().unwrap_or(name);
    // A report's field: `Exception: System.InvalidOperationException`.
    if name == "Exception" && message.contains('.') && is_type(message, true) {
        return Some((message, ""));
    }
    is_type(name, message.is_empty()).then_some((name, message))
}

/// What follows ` (11001): `.
fn coded(rest: &str) -> Option<&str> {
    let (code, message) = rest.strip_prefix(" (")?.split_once("): ")?;
    let is_code = !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    is_code.then_some(message)
}

/// How names of exceptions end.
const ENDINGS: &[&str] = &[
    "Error",
    "Exception",
    "Failure",
    "Fault",
    "Warning",
    "Interrupt",
    "Exit",
    "Panic",
];

/// Whether the name says that it is an exception's, or is qualified.
pub(in super::super) fn is_telling(name: &str) -> bool {
    name.contains(['.', ':', '\\']) || ENDINGS.iter().any(|end| name.ends_with(end))
}

/// Whether the name can be a type. Alone on its line it must say so itself.
fn is_type(name: &str, alone: bool) -> bool {
    let last = name.rsplit(['.', ':', '\\', '$']).next().unwrap_or(name);
    let word = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'\\' | b'$' | b'`' | b'+')
    };
    let capital = last.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && last.bytes().any(|b| b.is_ascii_lowercase());
    let telling = ENDINGS.iter().any(|end| last.ends_with(end));
    let qualified = last.len() < name.len();
    name.len() >= 3
        && name.bytes().all(word)
        && !name.as_bytes()[0].is_ascii_digit()
        && !name.ends_with(['.', ':'])
        && if alone {
            telling || qualified && capital
        } else {
            capital || telling
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_told_from_prose() {
        let cases = [
            (
                "TypeError: x is undefined",
                Some(("TypeError", "x is undefined")),
            ),
            ("Uncaught RangeError: bad", Some(("RangeError", "bad"))),
            (
                "Exception in thread \"main\" java.lang.IllegalStateException: no",
                Some(("java.lang.IllegalStateException", "no")),
            ),
            ("TypeError [ERR_X]: no", Some(("TypeError", "no"))),
            (
                "java.lang.StackOverflowError",
                Some(("java.lang.StackOverflowError", "")),
            ),
            (
                "Shop\\StoreException: gone",
                Some(("Shop\\StoreException", "gone")),
            ),
            ("could not save: gone", None),
            ("ERROR: gone", None),
            ("Stopped", None),
        ];
        for (line, expected) in cases {
            assert_eq!(split(line), expected, "{line}");
        }
    }
}
