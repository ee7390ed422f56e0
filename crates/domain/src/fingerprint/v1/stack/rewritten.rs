//! Undoes what loggers do to stack traces, for texts that are of no format as they are.

use super::{lines, recognize};

/// Most ends of a shared prefix that are tried.
const ENDS: usize = 3;
/// Longest prefix of a logger, in bytes.
const LONGEST_PREFIX: usize = 128;
/// How many lines are looked at for one that tells the format. Traces begin within their first lines.
const LOOKED_AT: usize = 8;

/// The text as a run time printed it, when it is of a known format but for what a logger did to it: something before
/// every line, line breaks that were escaped, or a trace on one line.
pub(in super::super) fn rewritten(text: &str) -> Option<String> {
    let known = |text: &String| {
        lines(text)
            .take(LOOKED_AT)
            .any(|line| recognize(line).is_some())
    };
    unprefixed(text)
        .or_else(|| unescaped(text).filter(known))
        .or_else(|| unfolded(text))
}

/// The text without the longest prefix that all lines share, numbers and widths of columns aside; or without less of it,
/// for traces whose lines all begin with the same word.
fn unprefixed(text: &str) -> Option<String> {
    let mut filled = text.lines().filter(|line| !line.trim_ascii().is_empty());
    let first = filled.next()?;
    let end = first
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| *at >= LONGEST_PREFIX)
        .unwrap_or(first.len());
    let first = &first[..end];
    let mut shared = match filled.next() {
        Some(second) => common(first, second).0,
        None => 0,
    };
    for line in filled {
        if shared == 0 {
            return None;
        }
        shared = common(&first[..shared], line).0;
    }
    let ends_prefix = |end: &usize| {
        first[..*end].ends_with([' ', '\t', ':', '|', ']', ')', '>'])
            && first[*end..].starts_with(|c: char| !c.is_whitespace())
    };
    first[..shared]
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .rev()
        .filter(ends_prefix)
        .take(ENDS)
        .map(|end| &first[..end])
        .find(|prefix| {
            let rests = text
                .lines()
                .take(LOOKED_AT)
                .map(|line| line[common(prefix, line).1..].trim_ascii());
            rests
                .filter(|line| !line.is_empty())
                .any(|line| recognize(line).is_some())
        })
        .map(|prefix| without(text, prefix))
}

/// The text without `prefix` before each line. Blanks at its end that are more than the prefix has indent the line.
fn without(text: &str, prefix: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let solid = prefix.trim_ascii_end();
    let blanks = prefix.len() - solid.len();
    for line in text.lines() {
        let (_, end) = common(solid, line);
        let rest = &line[end..];
        let indent = rest.len() - rest.trim_ascii_start().len();
        kept.push_str(&rest[indent.min(blanks)..]);
        kept.push('\n');
    }
    kept
}

/// How much of `prefix` the line begins with, and where that ends in the line. Numbers equal each other, and so do runs
/// of blanks.
fn common(prefix: &str, line: &str) -> (usize, usize) {
    let (a, b) = (prefix.as_bytes(), line.as_bytes());
    let (mut i, mut j) = (0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        if x.is_ascii_digit() && y.is_ascii_digit() {
            i += run(&a[i..], u8::is_ascii_digit);
            j += run(&b[j..], u8::is_ascii_digit);
        } else if is_blank(x) && is_blank(y) {
            i += run(&a[i..], is_blank);
            j += run(&b[j..], is_blank);
        } else if x == y {
            i += 1;
            j += 1;
        } else {
            break;
        }
    }
    if j == b.len() {
        // Of a line of the prefix alone, loggers and editors cut the blanks at its end.
        i += run(&a[i..], is_blank);
    }
    while !prefix.is_char_boundary(i) || !line.is_char_boundary(j) {
        i -= 1;
        j -= 1;
    }
    (i, j)
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// How many bytes at the start are `of` a kind.
fn run(bytes: &[u8], of: impl Fn(&u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| of(byte)).count()
}

/// The text with line breaks in place of `\n`, as JSON and shells escape them.
fn unescaped(text: &str) -> Option<String> {
    text.contains("\\n").then(|| {
        text.replace("\\r\\n", "\n")
            .replace("\\n", "\n")
            .replace("\\t", "\t")
    })
}

/// The text with a line for each call, where a call begins within a line: ` #0 `, ` #1 ` and so on, or ` at ` before a
/// name and a place in parentheses.
fn unfolded(text: &str) -> Option<String> {
    let mut begins = Vec::new();
    let mut number = 0;
    for blank in memchr::memchr2_iter(b' ', b'\t', text.as_bytes()) {
        let rest = &text[blank + 1..];
        // Cheap first: most blanks are before other words.
        let begin = match rest.as_bytes().first() {
            Some(b'#') => is_numbered(rest, number),
            Some(b'a') => begins_call(rest),
            Some(b'S') => rest.starts_with("Stack trace: "),
            _ => false,
        };
        if begin {
            number += u32::from(rest.starts_with('#'));
            begins.push(blank);
        }
    }
    let ends = begins.iter().skip(1).copied().chain([text.len()]);
    let mut calls = begins.iter().zip(ends).take(LOOKED_AT);
    let is_call = |(from, to): (&usize, usize)| recognize(text[*from..to].trim_ascii()).is_some();
    if !calls.any(is_call) {
        return None;
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for blank in begins {
        kept.push_str(&text[from..blank]);
        kept.push('\n');
        from = blank + 1;
    }
    kept.push_str(&text[from..]);
    Some(kept)
}

/// Where a stack trace begins that was written on the line of the message: before the first of its calls.
pub(in super::super) fn folded_at(text: &str) -> Option<usize> {
    if memchr::memchr(b'\n', text.as_bytes()).is_some() {
        return None;
    }
    let mut calls = memchr::memmem::find_iter(text.as_bytes(), " at ")
        .filter(|at| begins_call(&text[at + 1..]))
        .take(LOOKED_AT);
    let (first, second) = (calls.next()?, calls.next()?);
    let is_call = recognize(text[first..second].trim_ascii()).is_some();
    (is_call && first > 0).then_some(first)
}

/// Whether the call of this number begins here.
fn is_numbered(rest: &str, number: u32) -> bool {
    rest.strip_prefix('#')
        .and_then(|rest| rest.split(' ').next())
        .is_some_and(|digits| digits.parse() == Ok(number))
}

/// Whether a call of a trace on one line begins here.
fn begins_call(rest: &str) -> bool {
    /// Longest name of a call, in bytes.
    const LONGEST: usize = 256;
    let Some(call) = rest.strip_prefix("at ") else {
        return false;
    };
    let open = call.bytes().take(LONGEST).position(|b| b == b'(');
    let Some(open) = open else {
        return false;
    };
    let name = call[..open].trim_ascii_end();
    let name = ["async ", "new "]
        .iter()
        .find_map(|word| name.strip_prefix(word))
        .unwrap_or(name);
    !name.is_empty() && !name.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_lines_share_is_taken_off() {
        let text = "11-26 09:14:02.5 812  91 E Run: java.lang.Error: x\n11-26 09:14:02.61 8123 8140 E Run: \tat a.b.C.d(C.java:1)\n11-26 09:14:02.61 8123 8140 E Run:\n11-26 09:14:02.61 8123 8140 E Run: \tat a.b.D.d(D.java:1)\n";
        assert_eq!(
            rewritten(text).as_deref(),
            Some("java.lang.Error: x\n\tat a.b.C.d(C.java:1)\n\n\tat a.b.D.d(D.java:1)\n")
        );
        let text = "pod-7: Traceback (most recent call last):\npod-7:   File \"/a.py\", line 1, in f\npod-7:     g()\npod-7: E: x";
        assert_eq!(
            rewritten(text).as_deref(),
            Some(
                "Traceback (most recent call last):\n  File \"/a.py\", line 1, in f\n    g()\nE: x\n"
            )
        );
        assert_eq!(rewritten("one: a\none: b"), None);
        assert_eq!(rewritten("é1 é\né2 è"), None);
    }

    #[test]
    fn lines_that_all_begin_alike_keep_what_makes_them_calls() {
        let text = "app: at f (/a.js:1:2)\napp: at g (/b.js:1:2)";
        assert_eq!(
            rewritten(text).as_deref(),
            Some("at f (/a.js:1:2)\nat g (/b.js:1:2)\n")
        );
    }

    #[test]
    fn traces_on_one_line_are_broken_up() {
        assert_eq!(
            rewritten("Error: x    at f (/a.js:1:2)    at g (/b.js:1:2)").as_deref(),
            Some("Error: x   \nat f (/a.js:1:2)   \nat g (/b.js:1:2)")
        );
        assert_eq!(
            rewritten("Error: x\\n    at f (/a.js:1:2)").as_deref(),
            Some("Error: x\n    at f (/a.js:1:2)")
        );
        assert_eq!(rewritten("look at it (again) at noon"), None);
    }
}
