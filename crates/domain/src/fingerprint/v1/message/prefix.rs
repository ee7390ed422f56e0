//! Removes what a logger writes before a message: time, level, thread, process and host.

use super::bytes::is_space;

/// Most parts a prefix has.
const PARTS: usize = 8;

const WEEKDAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const LEVELS: &[&str] = &[
    "trace", "debug", "info", "notice", "warn", "warning", "error", "err", "crit", "critical",
    "alert", "emerg", "fatal", "panic", "severe", "log",
];

/// The message without its logger's prefix. Only a time, a level in brackets, or Python's
/// `LEVEL:logger:` starts one: a bare word such as `error:` belongs to the message.
pub(in super::super) fn strip(text: &str) -> &str {
    let text = text.trim_ascii();
    let text = composed(text).unwrap_or(text);
    let first = text.as_bytes().first().copied().unwrap_or_default();
    if !first.is_ascii_digit()
        && !first.is_ascii_uppercase()
        && !matches!(first, b'[' | b'(' | b'<')
    {
        return text;
    }
    if let Some(rest) = python_logging(text).or_else(|| logcat_brief(text)) {
        return rest;
    }
    let mut rest = text;
    let (mut timed, mut levelled) = (false, false);
    for _ in 0..PARTS {
        let part = if let Some(after) = time(rest) {
            (timed, levelled) = (true, false);
            after
        } else if let Some((after, has_time)) = bracketed(rest, timed) {
            timed |= has_time;
            after
        } else if let Some(after) = timed.then(|| after_time(rest, levelled)).flatten() {
            after
        } else {
            break;
        };
        levelled |= is_level(
            first_word(rest)
                .0
                .trim_matches(['[', ']', '(', ')', '<', '>', ':']),
        );
        let part = part.trim_ascii_start();
        if part.is_empty() {
            return rest;
        }
        rest = part;
    }
    rest
}

/// `web_1     | message`, `db  | 2024-05-03 10:11:12 message`: Docker Compose's logs. The name ends with the container's
/// number, or a time follows.
fn composed(text: &str) -> Option<&str> {
    let (name, rest) = first_word(text);
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    if name.is_empty() || !name.bytes().all(is_name) {
        return None;
    }
    let message = rest
        .trim_ascii_start()
        .strip_prefix("| ")?
        .trim_ascii_start();
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = bare.len() < name.len() && bare.ends_with(['_', '-']);
    (numbered || time(message).is_some()).then_some(message)
}

fn is_level(word: &str) -> bool {
    LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word))
}

fn first_word(text: &str) -> (&str, &str) {
    let end = text
        .bytes()
        .take(80)
        .position(is_space)
        .unwrap_or(text.len().min(80));
    match text.get(..end) {
        Some(word) => (word, &text[end..]),
        None => ("", text),
    }
}

/// `ERROR:billing.worker:message`.
fn python_logging(text: &str) -> Option<&str> {
    let (word, _) = first_word(text);
    let (level, rest) = word.split_once(':')?;
    let (logger, _) = rest.split_once(':')?;
    let named = !logger.is_empty()
        && logger
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let upper = level.bytes().all(|b| b.is_ascii_uppercase());
    let start = level.len() + 1 + logger.len() + 1;
    (named && upper && is_level(level)).then(|| text[start..].trim_ascii_start())
}

/// `E/Tag ( 123): message`: logcat's format brief.
fn logcat_brief(text: &str) -> Option<&str> {
    let priority = matches!(
        text.as_bytes(),
        [b'V' | b'D' | b'I' | b'W' | b'E' | b'F', b'/', ..]
    );
    let (tag, rest) = priority.then(|| text.split_once('(')).flatten()?;
    let (process, rest) = rest.split_once("):")?;
    let plain = tag.len() <= 64
        && tag.trim_ascii_end().bytes().all(|b| b.is_ascii_graphic())
        && !process.is_empty()
        && process.bytes().all(|b| b == b' ' || b.is_ascii_digit());
    plain.then_some(rest)
}

/// `8123  8140 E Tag: message`, after a time: logcat's format threadtime.
fn logcat_threadtime(text: &str) -> Option<&str> {
    let number = |text: &'_ str| -> Option<usize> {
        let (word, rest) = first_word(text);
        (!word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()))
            .then(|| text.len() - rest.trim_ascii_start().len())
    };
    let after = &text[number(text)?..];
    let after = &after[number(after)?..];
    let (priority, rest) = first_word(after);
    let priority = matches!(priority, "V" | "D" | "I" | "W" | "E" | "F");
    let (tag, rest) = priority.then(|| rest.split_once(": ")).flatten()?;
    (tag.trim_ascii().len() <= 64 && !tag.trim_ascii().contains(' ')).then_some(rest)
}

/// `8123-8140/com.shop E/Tag: message` or `8123-8140 Tag com.shop E message`, after a time: Android Studio's window of
/// logcat, before and since version 2022.1.
fn android_studio(text: &str) -> Option<&str> {
    let (ids, rest) = first_word(text);
    let (ids, package) = ids.split_once('/').unwrap_or((ids, ""));
    let (process, thread) = ids.split_once('-')?;
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !number(process) || !number(thread) {
        return None;
    }
    let rest = rest.trim_ascii_start();
    let is_priority = |word: &str| matches!(word, "V" | "D" | "I" | "W" | "E" | "F" | "A");
    if !package.is_empty() {
        let (tag, message) = rest.split_once(": ")?;
        let (priority, tag) = tag.split_once('/')?;
        return (is_priority(priority) && tag.len() <= 64).then_some(message);
    }
    let (_, rest) = first_word(rest);
    let (_, rest) = first_word(rest.trim_ascii_start());
    let (priority, message) = first_word(rest.trim_ascii_start());
    is_priority(priority).then_some(message)
}

/// `6#6: *1 message`, after a level: process, thread and connection as nginx writes them (`ngx_log_error_core`).
fn nginx(text: &str) -> Option<&str> {
    let (word, rest) = first_word(text);
    let (process, thread) = word.strip_suffix(':')?.split_once('#')?;
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !number(process) || !number(thread) {
        return None;
    }
    let (connection, after) = first_word(rest.trim_ascii_start());
    let connected = connection.strip_prefix('*').is_some_and(number);
    Some(if connected { after } else { rest })
}

/// A date with a time, a time alone, or the form of syslog.
fn time(text: &str) -> Option<&str> {
    let (word, rest) = first_word(text);
    let bare = word.trim_end_matches([',', ':', '|']);
    if is_date_time(bare) || is_clock(bare) {
        return Some(rest);
    }
    if is_date(bare) {
        let (clock, after) = first_word(rest.trim_ascii_start());
        if is_clock(clock.trim_end_matches([',', ':', '|'])) {
            let later = after.trim_ascii_start();
            if let Some(message) = logcat_threadtime(later).or_else(|| android_studio(later)) {
                return Some(message);
            }
            let (zone, later) = first_word(after.trim_ascii_start());
            let zoned = zone.len() <= 5
                && zone.len() >= 3
                && zone
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'+')
                && !is_level(zone);
            return Some(if zoned { later } else { after });
        }
        return None;
    }
    if word.len() == 3 && WEEKDAYS.contains(&word) {
        // `Wed Sep 17 19:52:19 2014`: C's `asctime`, and Apache's error log.
        let after = monthly(rest.trim_ascii_start())?;
        let (year, later) = first_word(after.trim_ascii_start());
        let dated = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
        return Some(if dated { later } else { after });
    }
    monthly(text)
}

/// `Sep 17 19:52:19`.
fn monthly(text: &str) -> Option<&str> {
    let (word, rest) = first_word(text);
    if word.len() != 3 || !super::lexicon::is(super::lexicon::MONTH, word) {
        return None;
    }
    let (day, after) = first_word(rest.trim_ascii_start());
    let (clock, last) = first_word(after.trim_ascii_start());
    (day.len() <= 2 && day.bytes().all(|b| b.is_ascii_digit()) && is_clock(clock)).then_some(last)
}

fn is_clock(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let colons = word.bytes().filter(|b| *b == b':').count();
    (1..=3).contains(&colons)
        && digits >= 4
        && word
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b',' | b'Z' | b'+' | b'-'))
        && word.len() >= 5
        && word.as_bytes()[2] == b':'
}

fn is_date(word: &str) -> bool {
    let separators = word
        .bytes()
        .filter(|b| matches!(b, b'-' | b'/' | b'.'))
        .count();
    // Logcat leaves the year out.
    let short = separators == 1 && word.len() == 5 && word.as_bytes()[2] == b'-';
    (short || separators == 2 && (8..=10).contains(&word.len()))
        && word
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/' | b'.'))
}

fn is_date_time(word: &str) -> bool {
    word.split_once(['T', 't', '_'])
        .is_some_and(|(date, clock)| is_date(date) && is_clock(clock))
}

/// `[2024-05-03T10:11:12Z]`, `[ERROR]`, `<2024-05-03 10:11:12>`; after a time also `[worker-3]` and
/// `(pid 4711)`.
fn bracketed(text: &str, timed: bool) -> Option<(&str, bool)> {
    let close = match text.as_bytes().first()? {
        b'[' => ']',
        b'(' => ')',
        b'<' => '>',
        _ => return None,
    };
    let end = text.bytes().take(80).position(|b| b == close as u8)?;
    let inner = text[1..end].trim_ascii();
    let has_time = time(inner).is_some_and(str::is_empty);
    let rest = text[end + 1..].trim_start_matches([':', '-']);
    (has_time || timed || is_level(inner)).then_some((rest, has_time))
}

/// A level, a process (`gateway[4711]:`), a host before a process, or a dash, after a time. A second level is the first word
/// of the message.
fn after_time(text: &str, levelled: bool) -> Option<&str> {
    if let Some(rest) = nginx(text) {
        return Some(rest);
    }
    let (word, rest) = first_word(text);
    let bare = word.trim_end_matches(':');
    // Android announces a crash with `FATAL EXCEPTION: main`.
    let level = !levelled && is_level(bare) && !rest.starts_with(" EXCEPTION");
    if level || matches!(word, "-" | "---" | "|" | ":") {
        return Some(rest);
    }
    let is_process = |w: &str| {
        w.strip_suffix("]:")
            .or_else(|| w.strip_suffix(']'))
            .is_some_and(|w| {
                w.split_once('[').is_some_and(|(name, pid)| {
                    // Apple's `NSLog` prints process and thread: `Shop[4711:9]`.
                    let number = |b: u8| b.is_ascii_digit() || b == b':';
                    !name.is_empty() && !pid.is_empty() && pid.bytes().all(number)
                })
            })
    };
    if is_process(word) {
        return Some(rest);
    }
    let (second, after) = first_word(rest.trim_ascii_start());
    if is_process(second) {
        return Some(after);
    }
    // PostgreSQL's `%u@%d`, before the severity.
    let account = word.split_once('@').is_some_and(|(user, database)| {
        let name = |text: &str| !text.is_empty() && !text.contains(['.', '@', ':']);
        name(user) && name(database)
    });
    let severity = second.strip_suffix(':').is_some_and(is_level);
    (account && severity).then_some(after)
}
