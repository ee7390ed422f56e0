//! Matches keys against the list of sensitive keys.

/// The default list of sensitive keys, as in `config/default.toml`.
///
/// An entry is compared with whole words of a key. Words are separated by `-`, `_`, `.`, a space, a change
/// of case, and a change between letters, digits and characters outside ASCII: `api_key` matches
/// `X-Api-Key`, `apiKey`, `API_KEY` and `apikey`, and `pin` does not match `spinner`.
pub const DEFAULT_KEYS: &[&str] = &[
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "db_pass",
    "smtp_pass",
    "mail_pass",
    "user_pass",
    "pgpassword",
    "secret",
    "secrets",
    "token",
    "auth_tokens",
    "access_tokens",
    "refresh_tokens",
    "jwt",
    "api_key",
    "api_keys",
    "access_key",
    "access_keys",
    "auth_key",
    "account_key",
    "encryption_key",
    "signing_key",
    "private_key",
    "private_keys",
    "credentials",
    "authorization",
    "cookie",
    "cookies",
    "csrf",
    "xsrf",
    "credit_card",
    "card_number",
    "card_no",
    "cvv",
    "cvc",
    "pin",
    "ssn",
];

/// Words that measure or describe the sensitive word before them. A key that ends with them holds no
/// secret: `token_count`, `passwordLength`, `token_expires_at`, `cookie_consent`.
const MEASURES: &[&str] = &[
    "accepted",
    "age",
    "alg",
    "algorithm",
    "allowed",
    "at",
    "attempts",
    "audience",
    "banner",
    "budget",
    "changed",
    "class",
    "consent",
    "cost",
    "count",
    "counter",
    "counts",
    "dialog",
    "dir",
    "directory",
    "disabled",
    "domain",
    "enabled",
    "encoding",
    "endpoint",
    "error",
    "errors",
    "event",
    "exists",
    "exp",
    "expiration",
    "expired",
    "expires",
    "expiry",
    "failed",
    "failure",
    "failures",
    "field",
    "fields",
    "file",
    "filename",
    "files",
    "folder",
    "form",
    "found",
    "httponly",
    "in",
    "invalid",
    "issued",
    "issuer",
    "kind",
    "label",
    "language",
    "len",
    "length",
    "lifetime",
    "limit",
    "max",
    "maxage",
    "method",
    "min",
    "missing",
    "mode",
    "ms",
    "name",
    "names",
    "page",
    "path",
    "policy",
    "position",
    "present",
    "protection",
    "provider",
    "required",
    "reset",
    "rotated",
    "rules",
    "samesite",
    "seconds",
    "secure",
    "size",
    "source",
    "state",
    "status",
    "stdin",
    "strategy",
    "strength",
    "success",
    "title",
    "total",
    "ttl",
    "type",
    "types",
    "uri",
    "url",
    "usage",
    "used",
    "valid",
    "validated",
    "validation",
    "verified",
    "version",
];

/// Words with which a key asks whether there is a secret instead of holding it: `has_password`.
const QUESTIONS: &[&str] = &[
    "can", "forgot", "has", "have", "hide", "is", "lacks", "missing", "needs", "no", "num",
    "requires", "show", "supports", "uses", "without",
];

/// Words that leave a key a value: `Secret Key`, `PinCode`.
pub(super) const PARTS: &[&str] = &[
    "code", "data", "hash", "header", "id", "key", "no", "number", "value",
];

/// An entry of one word shorter than this never joins two words of a key, so that `p_in` is no `pin`
/// while `passWord` is a `password`.
const JOINABLE: usize = 6;

#[derive(Debug, Clone)]
struct Entry {
    /// Letters and digits only, those of ASCII in lower case.
    joined: Box<[u8]>,
    /// Whether it may begin in one word of a key and end in another.
    spans_words: bool,
    /// Whether its first word is a single letter, after which alone a word may end at once.
    begins_with_letter: bool,
}

/// A set of sensitive keys, prepared for matching.
#[derive(Debug, Clone)]
pub(super) struct KeySet {
    /// By first byte (a letter or digit in lower case), so that a word costs one look-up.
    by_first: Vec<Vec<Entry>>,
    beginnings: Beginnings,
}

/// Which two bytes an entry may begin with, case and more left out: turns most words of a key away at
/// the cost of one look-up.
#[derive(Debug, Clone, Default)]
struct Beginnings([u32; 32]);

impl Beginnings {
    fn add(&mut self, entry: &Entry) {
        let row = &mut self.0[usize::from(entry.joined[0] & 31)];
        match entry.joined.get(1) {
            Some(second) if !entry.begins_with_letter => *row |= 1 << (second & 31),
            _ => *row = u32::MAX,
        }
    }

    fn has(&self, first: u8, second: u8) -> bool {
        self.0[usize::from(first & 31)] >> (second & 31) & 1 == 1
    }
}

impl KeySet {
    pub(super) fn new(keys: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut by_first = vec![Vec::new(); 256];
        let mut beginnings = Beginnings::default();
        for key in keys {
            let bytes = key.as_ref().as_bytes();
            let joined: Box<[u8]> = bytes
                .iter()
                .filter(|b| is_word_byte(**b))
                .map(u8::to_ascii_lowercase)
                .collect();
            let Some(first) = joined.first().copied() else {
                continue;
            };
            let words = (0..bytes.len())
                .filter(|at| starts_word(bytes, *at))
                .count();
            let first_word = bytes.iter().position(|b| is_word_byte(*b)).unwrap_or(0);
            let entry = Entry {
                spans_words: words > 1 || joined.len() >= JOINABLE,
                begins_with_letter: word_end(bytes, first_word) == first_word + 1,
                joined,
            };
            beginnings.add(&entry);
            by_first[usize::from(first)].push(entry);
        }
        Self {
            by_first,
            beginnings,
        }
    }

    /// Whether a value under `key` is to be removed.
    pub(super) fn is_sensitive(&self, key: &str) -> bool {
        let bytes = key.as_bytes();
        self.last_match(bytes).is_some_and(|found| {
            !ends_in(&bytes[found.end..], MEASURES) && !asks(bytes, found.start)
        })
    }

    /// Whether `name` is one of the entries and nothing more.
    pub(super) fn is_whole(&self, name: &str) -> bool {
        self.last_match(name.as_bytes())
            .is_some_and(|found| found == (0..name.len()))
    }

    /// Whether a value that is said to have this name is to be removed. Names are said of more than
    /// values (`PasswordService`), so that the sensitive word is to be the last one that counts.
    pub(super) fn names_secret(&self, name: &str) -> bool {
        const MOST_BLANKS: usize = 2;
        let bytes = name.as_bytes();
        self.is_sensitive(name)
            && bytes.iter().filter(|b| **b == b' ').count() <= MOST_BLANKS
            && self.last_match(bytes).is_some_and(|found| {
                let rest = &bytes[found.end..];
                !rest.iter().any(u8::is_ascii_alphabetic) || ends_in(rest, PARTS)
            })
    }

    /// The last part of `key` that an entry matches, measuring words not looked at.
    pub(super) fn last_match(&self, key: &[u8]) -> Option<std::ops::Range<usize>> {
        let mut last: Option<std::ops::Range<usize>> = None;
        for at in 0..key.len() {
            let second = key.get(at + 1).copied().unwrap_or_default();
            if !self.beginnings.has(key[at], second) || !starts_word(key, at) {
                continue;
            }
            for entry in &self.by_first[usize::from(key[at].to_ascii_lowercase())] {
                if let Some(end) = match_at(key, at, entry)
                    && last.as_ref().is_none_or(|l| end > l.end)
                {
                    last = Some(at..end);
                }
            }
        }
        last
    }
}

/// Whether `key` begins with a word that asks, before the match at `start`.
fn asks(key: &[u8], start: usize) -> bool {
    let end = word_end(key, 0);
    start >= end
        && QUESTIONS
            .iter()
            .any(|word| word.as_bytes().eq_ignore_ascii_case(&key[..end]))
}

/// Whether `rest` is one or more words, all of them in `table` (lower case).
pub(super) fn ends_in(rest: &[u8], table: &[&str]) -> bool {
    let mut any = false;
    let mut at = 0;
    while at < rest.len() {
        if !is_word_byte(rest[at]) {
            at += 1;
            continue;
        }
        let end = word_end(rest, at);
        let word = &rest[at..end];
        if !table
            .iter()
            .any(|t| t.as_bytes().eq_ignore_ascii_case(word))
        {
            return false;
        }
        any = true;
        at = end;
    }
    any
}

fn word_end(key: &[u8], start: usize) -> usize {
    (start + 1..key.len())
        .find(|at| !is_word_byte(key[*at]) || starts_word(key, *at))
        .unwrap_or(key.len())
}

/// The end of `entry` in `key` when it stands there as whole words.
fn match_at(key: &[u8], start: usize, entry: &Entry) -> Option<usize> {
    let mut at = start;
    for (n, expected) in entry.joined.iter().enumerate() {
        if n > 0 {
            let skipped = at;
            while at < key.len() && is_separator(key[at]) {
                at += 1;
            }
            let may_break = entry.spans_words && (n > 1 || entry.begins_with_letter);
            if !may_break && (at > skipped || starts_word(key, at)) {
                return None;
            }
        }
        if !key.get(at)?.eq_ignore_ascii_case(expected) {
            return None;
        }
        at += 1;
    }
    let ends = key.get(at).is_none_or(|b| !is_word_byte(*b)) || starts_word(key, at);
    ends.then_some(at)
}

fn is_separator(b: u8) -> bool {
    matches!(b, b'-' | b'_' | b'.' | b' ')
}

/// A letter, a digit or a part of a letter outside ASCII.
fn is_word_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80
}

/// Whether a word of `key` begins at `at`.
fn starts_word(key: &[u8], at: usize) -> bool {
    let Some(&this) = key.get(at) else {
        return false;
    };
    if !is_word_byte(this) {
        return false;
    }
    let Some(&before) = at.checked_sub(1).and_then(|i| key.get(i)) else {
        return true;
    };
    if !is_word_byte(before) {
        return true;
    }
    if this.is_ascii_uppercase() {
        return before.is_ascii_lowercase()
            || before.is_ascii_digit()
            || (before.is_ascii_uppercase()
                && key.get(at + 1).is_some_and(u8::is_ascii_lowercase));
    }
    this.is_ascii_digit() != before.is_ascii_digit() || this.is_ascii() != before.is_ascii()
}
