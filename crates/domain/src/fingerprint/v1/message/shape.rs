//! Tells by its shape what a word is: a number, a path, a host, a name of code.

use super::lexicon;

/// Whether the word is a number, perhaps with a sign, separators, a currency or a unit attached.
pub(super) fn is_numeric(word: &str) -> bool {
    let start = word.trim_start_matches(['+', '-', '$', '€', '£', '~', '#']);
    start.as_bytes().first().is_some_and(u8::is_ascii_digit)
        && !start.starts_with("0x")
        && start.bytes().filter(|b| b.is_ascii_alphabetic()).count() <= 2
}

/// Pairs of hex digits joined by colons: hardware addresses, serial numbers, key fingerprints.
pub(super) fn is_hex_pairs(word: &str) -> bool {
    word.len() >= 5
        && word
            .split(':')
            .all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Letters only, and yet hex: eight or more of `a` to `f`.
pub(super) fn is_hex_word(word: &str) -> bool {
    word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A qualified name that ends like a type (`psycopg2.errors.UniqueViolation`,
/// `SQLite3::BusyException`), or a plain one that ends like an exception (`Http2Exception`).
pub(super) fn is_type_name(word: &str) -> bool {
    let last = word.rsplit(['.', ':', '$', '\\']).next().unwrap_or(word);
    let identifier = |part: &str| {
        part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && part.bytes().next().is_some_and(|b| !b.is_ascii_digit())
    };
    let qualified = last.len() < word.len()
        && word
            .split(['.', ':', '$', '\\'])
            .all(|part| part.is_empty() || identifier(part));
    let camel = last.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && last.bytes().any(|b| b.is_ascii_lowercase())
        && !last.bytes().any(|b| b.is_ascii_digit());
    let exception = identifier(last) && (last.ends_with("Error") || last.ends_with("Exception"));
    qualified && (camel || exception) || exception && last.len() == word.len()
}

/// A function by its name and number of arguments (`Shop.Cart.total/2`, `init/1`).
pub(super) fn is_arity(word: &str) -> bool {
    word.rsplit_once('/').is_some_and(|(name, count)| {
        count.len() <= 2
            && count.bytes().all(|b| b.is_ascii_digit())
            && name.bytes().any(|b| b.is_ascii_lowercase())
            && name
                .bytes()
                .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b':'))
    })
}

pub(super) fn is_email(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !user.contains(['/', ':']) && !host.contains('@')
    })
}

/// Whether the word is a path: absolute, relative by dots, with a drive or share, with two or more
/// separators, or with a file's extension after one.
pub(super) fn is_path(word: &str) -> bool {
    let bytes = word.as_bytes();
    match bytes {
        [b'/', _, ..]
        | [b'~', b'/', ..]
        | [b'.', b'/' | b'\\', ..]
        | [b'.', b'.', b'/' | b'\\', ..] => {
            return true;
        }
        [b'\\', b'\\', ..] => return true,
        [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic() => return true,
        _ => {}
    }
    let slashes = bytes.iter().filter(|b| **b == b'/').count();
    if slashes == 0 {
        return false;
    }
    if bytes.iter().filter(|b| **b == b'.').count() >= 2 {
        return true;
    }
    let file = word.rsplit('/').next().unwrap_or(word);
    let extension = file
        .rsplit_once('.')
        .is_some_and(|(stem, ext)| !stem.is_empty() && (1..=5).contains(&ext.len()));
    slashes >= 2 || extension
}

/// Whether the word is a host name: two or more labels, the last of them a known ending.
pub(in super::super) fn is_host(word: &str) -> bool {
    let Some((front, last)) = word.rsplit_once('.') else {
        return word == "localhost";
    };
    !front.is_empty()
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && !front.bytes().any(|b| b.is_ascii_uppercase())
        && lexicon::is(lexicon::HOST_ENDING, last)
}

/// The name of a shared library without folder and version (`libfroth` of `/opt/lib/libfroth-1.2.so.9`), for the formats
/// that dynamic linkers load: ELF, PE, Mach-O.
pub(super) fn library_name(word: &str) -> Option<&str> {
    let file = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let end = [".so", ".dll", ".DLL", ".dylib"]
        .iter()
        .find_map(|ending| {
            let at = file.rfind(ending)?;
            let after = &file[at + ending.len()..];
            let version = after.is_empty()
                || *ending == ".so"
                    && after.starts_with('.')
                    && after.bytes().all(|b| b == b'.' || b.is_ascii_digit());
            (at > 0 && version).then_some(at)
        })?;
    let stem = &file[..end];
    let version = stem
        .find(['-', '.', '_'])
        .filter(|at| stem[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    let name = &stem[..version.unwrap_or(end)];
    name.starts_with(char::is_alphabetic).then_some(name)
}
