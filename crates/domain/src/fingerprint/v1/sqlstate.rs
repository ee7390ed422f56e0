//! Reads PostgreSQL's messages by their SQLSTATE, which is the same in every language.

/// English messages of PostgreSQL, by what only they hold, with the code that `errcodes.txt` of its source gives their
/// condition. Conditions that one code joins although they are different errors are left out.
const CONDITIONS: &[(&str, &str)] = &[
    ("duplicate key value violates unique constraint ", "23505"),
    (" violates foreign key constraint ", "23503"),
    (" violates not-null constraint", "23502"),
    (" violates check constraint ", "23514"),
    (" violates exclusion constraint ", "23P01"),
    ("invalid input syntax for type ", "22P02"),
    ("invalid input syntax for integer", "22P02"),
    ("invalid input value for enum ", "22P02"),
    ("value too long for type ", "22001"),
    ("deadlock detected", "40P01"),
    ("could not serialize access due to ", "40001"),
    ("current transaction is aborted", "25P02"),
    ("division by zero", "22012"),
];

/// The SQLSTATE that PostgreSQL puts before a message when it is verbose, and the message.
pub(super) fn split(message: &str) -> (Option<&str>, &str) {
    match message.split_once(": ") {
        Some((code, rest))
            if code.len() == 5
                && code
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) =>
        {
            (Some(code), rest)
        }
        _ => (None, message),
    }
}

/// The message by its code and the names in it, where both are the same in every language. `normalized` is `message`
/// without its parameters.
pub(super) fn alike(message: &str, normalized: &str) -> Option<String> {
    let (printed, text) = split(message.trim_ascii());
    let code = match printed {
        Some(printed) => CONDITIONS
            .iter()
            .map(|(_, code)| *code)
            .find(|code| *code == printed),
        None => CONDITIONS
            .iter()
            .find(|(words, _)| text.contains(words))
            .map(|(_, code)| *code),
    }?;
    // Languages order them differently.
    let mut names: Vec<&str> = normalized
        .split(' ')
        .filter_map(|word| word.strip_prefix('\'')?.split('\'').next())
        .collect();
    names.sort_unstable();
    names.insert(0, code);
    Some(names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_share_a_code() {
        let code = |message, normalized| alike(message, normalized);
        let said = Some("23505 orders_pkey".to_owned());
        assert_eq!(
            code(
                "duplicate key value violates unique constraint \"orders_pkey\"",
                "duplicate key value violates unique constraint 'orders_pkey'"
            ),
            said
        );
        assert_eq!(
            code(
                "23505: doppelter Schlüsselwert verletzt Unique-Constraint »orders_pkey«",
                "doppelter Schlüsselwert verletzt Unique-Constraint 'orders_pkey'"
            ),
            said
        );
        assert_eq!(code("57014: storniere Anfrage", "storniere Anfrage"), None);
        assert_eq!(code("relation \"a\" does not exist", ""), None);
    }
}
