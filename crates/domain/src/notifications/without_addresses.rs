//! Takes addresses out of what receivers say.

/// Returns a text with e-mail addresses and URLs cut to their host, and telephone numbers masked: what a receiver says
/// may repeat to whom a message went, or a secret of the path.
pub(super) fn without_addresses(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        clean.push_str(&without_address(word));
        clean.push_str(&piece[word.len()..]);
    }
    clean
}

/// The same of a text without blanks.
fn without_address(word: &str) -> String {
    if let Some((before, rest)) = word.split_once("://") {
        let is_host = |c: char| c.is_alphanumeric() || "-.:[]".contains(c);
        let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
        let host: String = rest.chars().take_while(|c| is_host(*c)).collect();
        let host = host.trim_end_matches(['.', ':']);
        return format!("{before}://{host}");
    }
    if let Some((before, host)) = word.rsplit_once('@')
        && !before.is_empty()
    {
        let opening: String = before
            .chars()
            .take_while(|c| !c.is_alphanumeric())
            .collect();
        return format!("{opening}***@{host}");
    }
    let digits = word.chars().filter(char::is_ascii_digit).count();
    match word.split_once('+') {
        Some((before, _)) if digits >= 7 => format!("{before}+***"),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_stay_and_addresses_go() {
        for (text, clean) in [
            ("451 mailbox busy", "451 mailbox busy"),
            (
                "550 <ada@example.com>: unknown user",
                "550 <***@example.com>: unknown user",
            ),
            (
                "see https://u:p@hooks.example.com/T0/secret?x=1 now",
                "see https://hooks.example.com now",
            ),
            (
                "The 'To' number +15551234567 is not valid",
                "The 'To' number +*** is not valid",
            ),
            ("a + b @ c", "a + b @ c"),
            (
                "cannot connect to 127.0.0.1:25",
                "cannot connect to 127.0.0.1:25",
            ),
        ] {
            assert_eq!(without_addresses(text), clean);
        }
    }
}
