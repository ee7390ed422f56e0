//! Removes from function names what compilers and runtimes add.

use std::borrow::Cow;

/// The text before the first `open` that is not nested in angle brackets, or all of it.
/// `operator()` and `operator<` keep their brackets.
pub(in super::super) fn without_arguments(name: &str) -> &str {
    let bytes = name.as_bytes();
    let mut depth = 0_u32;
    let mut i = 0;
    while let Some(&b) = bytes.get(i) {
        match b {
            b'o' if bytes[i..].starts_with(b"operator") => {
                let sign = &bytes[i + 8..];
                i += 8 + if sign.starts_with(b"()") {
                    2
                } else {
                    sign.iter()
                        .take(3)
                        .take_while(|b| matches!(b, b'<' | b'>' | b'-' | b'='))
                        .count()
                };
                continue;
            }
            b'<' => depth += 1,
            b'>' if i > 0 && bytes[i - 1] == b'-' => {}
            b'>' => depth = depth.saturating_sub(1),
            b'(' if depth == 0 => {
                if bytes[i..].starts_with(b"(anonymous namespace)") {
                    i += "(anonymous namespace)".len();
                    continue;
                }
                return name[..i].trim_ascii_end();
            }
            _ => {}
        }
        i += 1;
    }
    name
}

/// The name without anything between the brackets `open` and `close`, nested ones included.
pub(in super::super) fn without_nested(name: &str, open: u8, close: u8) -> Cow<'_, str> {
    if !name.as_bytes().contains(&open) {
        return Cow::Borrowed(name);
    }
    let (mut kept, mut depth, mut from) = (String::with_capacity(name.len()), 0_u32, 0);
    let bytes = name.as_bytes();
    for (i, b) in bytes.iter().enumerate() {
        if *b == open {
            if depth == 0 {
                kept.push_str(&name[from..i]);
            }
            depth += 1;
        } else if *b == close && !(i > 0 && bytes[i - 1] == b'-' && close == b'>') {
            depth = depth.saturating_sub(1);
            from = i + 1;
        }
    }
    if depth == 0 {
        kept.push_str(&name[from.min(name.len())..]);
    }
    Cow::Owned(kept)
}

/// Whether a minifier made the name: two characters or fewer.
pub(in super::super) fn is_minified(name: &str) -> bool {
    name.len() <= 2
}

/// The parts of `name` that are not numbers, where generators number their output
/// (`Outer$1`, `lambda$run$0`).
pub(in super::super) fn without_numbers(name: &str, separator: char) -> Cow<'_, str> {
    let numbered = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !name.split(separator).any(numbered) {
        return Cow::Borrowed(name);
    }
    let kept: Vec<&str> = name
        .split(separator)
        .filter(|part| !numbered(part))
        .collect();
    Cow::Owned(kept.join(&separator.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_and_templates_are_cut() {
        assert_eq!(
            without_arguments("Store::save(int, char const*)"),
            "Store::save"
        );
        assert_eq!(
            without_arguments("std::function<void (int)>::operator()(int) const"),
            "std::function<void (int)>::operator()"
        );
        assert_eq!(
            without_nested("Map<K, Vec<V>>::get", b'<', b'>'),
            "Map::get"
        );
        assert_eq!(without_nested("a<b", b'<', b'>'), "a");
        assert_eq!(without_numbers("lambda$run$0", '$'), "lambda$run");
    }
}
